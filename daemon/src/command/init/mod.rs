//! `kasasagi init`: from nothing to a gateway that can start, and a test page that shows it.

mod args;
mod ask;

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Desktop, Ending, Failure, SETTINGS, check, print, warn};
use crate::Error;
use crate::credentials::KEPT;
use crate::setup::{self, Answers, Arrived, Place};
pub(super) use args::Args;
use args::Given;

pub(super) fn run(desktop: &Desktop, args: Args) -> Ending {
    let file = desktop.config.clone().unwrap_or_else(|| PathBuf::from(SETTINGS));
    may_write(&file, args.replace)?;
    let asks = !args.yes && std::io::stdin().is_terminal();
    let installed = desktop.config.is_none() && Path::new(KEPT).is_dir();
    let (test, sample) = (args.test_page, args.sample_registry);
    let folder = folder_of(&file)?;
    let Given { answers, passwords, fax_address } = args.answered(asks, &folder, installed)?;
    let place =
        if installed { Place::Credentials(KEPT.into()) } else { Place::Files(folder.join("credentials")) };
    let certificate = folder.join("smime.crt");
    // What is wrong with an answer is told before anything is made.
    let settings = answers.settings(&place, &certificate, &file)?;
    for made in setup::make(&answers, &place, &certificate, &passwords, sample)? {
        told(desktop, if made.new { "made" } else { "kept" }, &made.path.display().to_string())?;
    }
    write(&file, &answers.to_toml(&place, &certificate), desktop)?;
    if test {
        let to = fax_address.or_else(|| answers.admins.first().cloned()).unwrap_or_default();
        test_page(desktop, &settings, &to)?;
    }
    told(desktop, "check", "what `kasasagi check` finds now:")?;
    let ending = check::run(&Desktop { config: Some(file), json: desktop.json }, &check::Args::default());
    next(desktop, &answers, sample, installed)?;
    ending
}

/// Settings that somebody made are not lost, nor replaced unasked.
fn may_write(file: &Path, replace: bool) -> Ending<()> {
    let there = fs::read_to_string(file).unwrap_or_default();
    let own = there.lines().any(|line| line.starts_with('[') && line.trim() != "[log]");
    if own && !replace {
        let message = format!("{} is there already: --replace keeps it under another name", file.display());
        return Err(Failure { exit: 2, message });
    }
    Ok(())
}

fn write(file: &Path, text: &str, desktop: &Desktop) -> Ending<()> {
    let fault = |action| {
        let path = file.to_owned();
        move |source| Error::File { action, path, source }
    };
    if file.exists() {
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        let before = file.with_extension(format!("toml.before-{now}"));
        fs::rename(file, &before).map_err(fault("keep"))?;
        told(desktop, "kept", &before.display().to_string())?;
    }
    fs::write(file, text).map_err(fault("write"))?;
    told(desktop, "made", &file.display().to_string())
}

fn test_page(desktop: &Desktop, settings: &kasasagi_config::Settings, to: &str) -> Ending<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(Error::Reader)?;
    let round = setup::round(settings, to, |step| warn(&format!("test page: {step} …")));
    let Arrived { sent, in_mailbox, fields: (sure, filled) } = runtime.block_on(round)?;
    let sent =
        sent.map_or("drawn, not sent: there is no relay".to_owned(), |code| format!("sent to {to} ({code})"));
    let back = if in_mailbox { ", came into the mailbox and was put away there" } else { "" };
    let told_of = format!("{sent}{back}; {sure} of {filled} fields read for sure");
    told(desktop, "test page", &told_of)
}

fn next(desktop: &Desktop, answers: &Answers, sample: bool, installed: bool) -> Ending<()> {
    if desktop.json {
        return Ok(());
    }
    print("\nnext:")?;
    if sample {
        print(
            "  the registry is that of an invented town, for trying; put your own tables in its place first",
        )?;
    } else {
        print(&format!("  fill in the four tables in {}", answers.registry.display()))?;
    }
    print("  kasasagi check                until nothing has failed")?;
    print(if installed {
        "  systemctl start kasasagi      then `kasasagi check` once more"
    } else {
        "  kasasagi run                  the gateway"
    })?;
    print("  keep a copy of the master key elsewhere: without it nothing opens")
}

/// One line of what was done; on standard error where standard output is for a program.
fn told(desktop: &Desktop, what: &str, text: &str) -> Ending<()> {
    if desktop.json {
        warn(&format!("{what}: {text}"));
        return Ok(());
    }
    print(&format!("{what:<10} {text}"))
}

fn folder_of(file: &Path) -> Ending<PathBuf> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fault = |source| Error::File { action: "use the folder", path: dir.to_owned(), source };
    fs::create_dir_all(dir).map_err(fault)?;
    Ok(dir.canonicalize().map_err(fault)?)
}

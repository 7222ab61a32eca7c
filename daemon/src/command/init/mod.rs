//! `kasasagi init`: from nothing to a gateway that can start, and a test page that shows it.

mod args;
mod ask;

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::table::padded;
use super::{Desktop, Ending, Failure, SETTINGS, check, print, warn};
use crate::credentials::KEPT;
use crate::setup::{self, Answers, Arrived, Place, Step};
use crate::{Error, say};
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
        let what = if made.new { say!("init-made") } else { say!("init-kept") };
        told(desktop, &what, &made.path.display().to_string())?;
    }
    write(&file, &answers.to_toml(&place, &certificate), desktop)?;
    if test {
        let to = fax_address.or_else(|| answers.admins.first().cloned()).unwrap_or_default();
        test_page(desktop, &settings, &to)?;
    }
    told(desktop, &say!("init-check"), &say!("init-check-finds"))?;
    let ending = check::run(&Desktop { config: Some(file), json: desktop.json }, &check::Args::default());
    next(desktop, &answers, sample, installed)?;
    ending
}

/// Settings that somebody made are not lost, nor replaced unasked.
fn may_write(file: &Path, replace: bool) -> Ending<()> {
    let there = fs::read_to_string(file).unwrap_or_default();
    let own = there.lines().any(|line| line.starts_with('[') && line.trim() != "[log]");
    if own && !replace {
        return Err(Failure { exit: 2, message: say!("init-settings-there", file = %file.display()) });
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
        told(desktop, &say!("init-kept"), &before.display().to_string())?;
    }
    fs::write(file, text).map_err(fault("write"))?;
    told(desktop, &say!("init-made"), &file.display().to_string())
}

fn test_page(desktop: &Desktop, settings: &kasasagi_config::Settings, to: &str) -> Ending<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(Error::Reader)?;
    let round = setup::round(settings, to, |step| warn(&step_words(step)));
    let Arrived { sent, in_mailbox, fields: (sure, filled) } = runtime.block_on(round)?;
    let (sure, filled) = (sure.to_string(), filled.to_string());
    let text = match sent {
        None => say!("init-page-drawn", sure = sure, filled = filled),
        Some(code) if in_mailbox => {
            say!("init-page-came-back", to = %to, code = code, sure = sure, filled = filled)
        }
        Some(code) => say!("init-page-sent", to = %to, code = code, sure = sure, filled = filled),
    };
    told(desktop, &say!("init-page"), &text)
}

fn step_words(step: Step) -> String {
    match step {
        Step::Sending => say!("init-step-sending"),
        Step::Waiting => say!("init-step-waiting"),
        Step::Reading => say!("init-step-reading"),
    }
}

fn next(desktop: &Desktop, answers: &Answers, sample: bool, installed: bool) -> Ending<()> {
    if desktop.json {
        return Ok(());
    }
    print(&say!("init-next"))?;
    if sample {
        print(&say!("init-next-sample"))?;
    } else {
        print(&say!("init-next-tables", dir = %answers.registry.display()))?;
    }
    print(&say!("init-next-check"))?;
    print(&if installed { say!("init-next-service") } else { say!("init-next-run") })?;
    print(&say!("init-next-key"))
}

/// One line of what was done; on standard error where standard output is for a program.
fn told(desktop: &Desktop, what: &str, text: &str) -> Ending<()> {
    if desktop.json {
        warn(&say!("init-told", what = %what, text = %text));
        return Ok(());
    }
    print(&format!("{} {text}", padded(what, 10)))
}

fn folder_of(file: &Path) -> Ending<PathBuf> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fault = |source| Error::File { action: "use the folder", path: dir.to_owned(), source };
    fs::create_dir_all(dir).map_err(fault)?;
    Ok(dir.canonicalize().map_err(fault)?)
}

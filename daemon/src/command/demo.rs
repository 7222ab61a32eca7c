//! `kasasagi demo`: the main job from end to end, on invented people, in a folder left for a look.

use std::path::PathBuf;

use kasasagi_store::DayCount;

use super::table::table;
use super::{Desktop, Ending, Failure, print, words};
use crate::demo::{self, Ended, Finished};
use crate::language::{Both, chosen};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder for everything; must be new or empty. Without it a new one in the temporary folder.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// PP-OCR model; without it the installed one or the one fetched beside the sources.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Chance of the fax lines.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let dir = folder(args)?;
    let model = match &args.model {
        Some(path) => path.clone(),
        None => desktop.settings()?.reading.model,
    };
    let finished = demo::show(&dir, &model, args.seed)?;
    for warning in &finished.warnings {
        print(&say!("demo-warning", what = %Both::detail(warning).to(chosen())))?;
    }
    let rows: Vec<Vec<String>> = finished.faxes.iter().map(row).collect();
    print(&table(&say!("demo-columns"), &rows))?;
    print(&say!("demo-audit", found = super::audit::told(&finished.verification)))?;
    print(&if balanced(&finished) { say!("demo-balanced") } else { say!("demo-unbalanced") })?;
    let place = |name: &str| finished.dir.join(name).display().to_string();
    print(&say!(
        "demo-left",
        mails = finished.mails,
        dir = %finished.dir.display(),
        sheet = place("contact-sheet.png"),
        outgoing = place("outgoing"),
        opened = place("opened"),
        settings = place("kasasagi.toml")
    ))?;
    let as_expected = finished.faxes.iter().all(|fax| fax.view.state == fax.expected);
    if !as_expected {
        print(&say!("demo-elsewhere"))?;
    }
    Ok(u8::from(!(as_expected && balanced(&finished) && finished.verification.passed())))
}

fn folder(args: &Args) -> Ending<PathBuf> {
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("kasasagi-demo-{}", std::process::id())));
    let fault = |source| crate::Error::File { action: "use the folder", path: dir.clone(), source };
    std::fs::create_dir_all(&dir).map_err(fault)?;
    let dir = dir.canonicalize().map_err(fault)?;
    if std::fs::read_dir(&dir).map_err(fault)?.next().is_some() {
        return Err(Failure { exit: 2, message: say!("demo-not-empty", dir = %dir.display()) });
    }
    Ok(dir)
}

fn balanced(finished: &Finished) -> bool {
    finished.days.iter().all(DayCount::balanced)
}

fn row(fax: &Ended) -> Vec<String> {
    let view = &fax.view;
    let forms: Vec<&str> = view.records.iter().map(|r| r.form.as_str()).collect();
    let sum = |count: fn(&kasasagi_store::Counts) -> u32| -> String {
        let sum: u32 = view.records.iter().map(|r| count(&r.counts)).sum();
        if forms.is_empty() { String::new() } else { sum.to_string() }
    };
    let mails = view.items().count();
    let state = words::state_word(view.state);
    vec![
        view.id.to_string(),
        fax.title.clone(),
        forms.join(" "),
        sum(|c| c.sure),
        sum(|c| c.doubtful),
        if view.state == fax.expected { state.to_owned() } else { format!("{state} (!)") },
        mails.to_string(),
        words::remark(view),
    ]
}

//! `kasasagi held show`: what was read, what is doubtful, and why it waits.

use std::path::{Path, PathBuf};

use kasasagi_ocr::reading::{FieldReading, FormReading, State};

use super::super::table::table;
use super::super::{Desktop, Ending, print, unexpected, words};
use super::what;
use crate::control::request::{Answer, HeldDetail, Request};
use crate::language::chosen;
use crate::library::Library;
use crate::message::line;
use crate::reason::sentence;
use crate::{Error, say};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Fax or record.
    id: String,
    /// Write the pages to this folder, and say where: every page as it came (PDF), every form laid straight (PNG).
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
}

pub(super) fn run(desktop: &Desktop, args: Args) -> Ending {
    let id = args.id.clone();
    let Answer::HeldShown(detail) = desktop.ask(Request::HeldShow { id }, None)? else {
        return Err(unexpected());
    };
    let pages = args.pages.map(|dir| save_pages(desktop, args.id, &dir)).transpose()?.unwrap_or_default();
    if desktop.json {
        #[derive(serde::Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            detail: &'a HeldDetail,
            written: &'a [PathBuf],
        }
        Desktop::print_json(&Shown { detail: &detail, written: &pages })?;
        return Ok(0);
    }
    let settings = desktop.settings()?;
    let library = Library::open(settings.forms_dir.as_deref())?;
    print(&summary(&detail, &settings.time_zone))?;
    if let Some((subject, text)) = &detail.mail {
        print(&say!("held-subject", subject = line(subject)))?;
        for words in text.lines().map(line).filter(|words| !words.is_empty()).take(LINES) {
            print(&format!("  {words}"))?;
        }
    }
    for (record, form) in &detail.records {
        print(&format!("\n{record}  {} v{}", form.form, form.version))?;
        let earlier = detail.earlier.get(record);
        if earlier.is_some() {
            print(&say!("held-earlier"))?;
        }
        print(&fields(form, earlier, &library))?;
    }
    for path in pages {
        print(&say!("held-page-written", path = %path.display()))?;
    }
    Ok(0)
}

/// Most lines of a mail that are shown.
const LINES: usize = 60;

/// Writes the pictures to files nobody else may read.
fn save_pages(desktop: &Desktop, id: String, dir: &Path) -> Ending<Vec<PathBuf>> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let Answer::Pictures(pictures) = desktop.ask(Request::HeldPages { id }, None)? else {
        return Err(unexpected());
    };
    let mut paths = Vec::new();
    for picture in pictures {
        let path = dir.join(&picture.name);
        let fault = |source| Error::File { action: "write", path: path.clone(), source };
        // A file or link that lies there already would keep its own permissions.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error).into()),
            _ => {}
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&path).map_err(fault)?;
        file.write_all(&picture.bytes).map_err(fault)?;
        paths.push(path);
    }
    Ok(paths)
}

fn summary(detail: &HeldDetail, zone: &jiff::tz::TimeZone) -> String {
    let fax = &detail.fax;
    let (at, way) = (words::time(fax.received_at, zone), words::source(fax.source));
    let mut lines = vec![say!("held-received", fax = %fax.id, at = at, way = way)];
    for held in &detail.held {
        lines.push(say!("held-is", id = %held.id, what = what(&held.what)));
        for reason in &held.reasons {
            lines.push(say!("held-reason", code = %reason, words = sentence(reason, chosen())));
        }
    }
    lines.join("\n")
}

fn fields(reading: &FormReading, earlier: Option<&FormReading>, library: &Library) -> String {
    let Some(file) = library.get(&reading.form, reading.version) else {
        return say!("held-no-form");
    };
    let rows: Vec<Vec<String>> = file
        .form
        .fields
        .iter()
        .filter_map(|field| reading.fields.get(&field.key).map(|read| (field, read)))
        .map(|(field, read)| (field, read, earlier.and_then(|earlier| earlier.fields.get(&field.key))))
        .filter(|(_, read, was)| [Some(*read), *was].into_iter().flatten().any(|r| r.state != State::Blank))
        .map(|(field, read, was)| row(&field.key, &field.label, read, was))
        .collect();
    let head = if earlier.is_some() { say!("held-field-columns-before") } else { say!("held-field-columns") };
    table(&head, &rows)
}

fn row(key: &str, label: &str, read: &FieldReading, was: Option<&FieldReading>) -> Vec<String> {
    let state = match read.state {
        State::Sure => say!("held-sure"),
        State::Doubtful => say!("held-doubtful"),
        State::Blank => say!("held-blank"),
    };
    let value = |read: &FieldReading| match (read.state, &read.value) {
        (State::Blank, _) => "-".to_owned(),
        (_, None) => format!("?{}", read.raw),
        (_, Some(value)) => crate::command::value_text(value),
    };
    let why = read.why.clone().unwrap_or_default();
    let before = was.filter(|was| was.value != read.value).map(value).unwrap_or_default();
    vec![key.to_owned(), label.to_owned(), state, value(read), why, before]
}

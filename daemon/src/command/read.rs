//! `kasasagi read`: fax files in, fields out. Nothing is stored, nothing is sent.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, Found, State};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::table::table;
use super::{Desktop, Ending, print, warn};
use crate::journey::no_form_code;
use crate::language::{Both, Language, chosen};
use crate::library::Library;
use crate::progress::Progress;
use crate::reader::{Outcome, PageRead, Readers};
use crate::reason::sentence;
use crate::{Error, Result, phrase, say};

#[derive(clap::Args)]
pub(super) struct Args {
    /// PDF, TIFF or PNG files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let settings = desktop.settings()?;
    let library = Library::open(settings.forms_dir.as_deref())?;
    let readers = crate::readers(&settings, &library);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Reader)?;
    for warning in runtime.block_on(readers.probe()).map_err(Error::Reader)?.warnings {
        warn(Both::detail(&warning).to(chosen()));
    }
    let progress = (args.files.len() > 1).then(|| Progress::of(phrase!("general-progress-reading")));
    let (mut found, mut done) = (0, 0);
    runtime.block_on(in_order(readers, settings.reading.workers, &args.files, |answers| {
        if answers.iter().any(|answer| answer.get("form").is_none_or(Json::is_null)) {
            found = 1;
        }
        let told = || answers.iter().try_for_each(|answer| tell(desktop, answer));
        done += 1;
        let Some(progress) = &progress else { return told() };
        progress.told(done, args.files.len() as u64);
        progress.beside(told)
    }))?;
    Ok(found)
}

fn tell(desktop: &Desktop, answer: &Json) -> Ending<()> {
    print(&if desktop.json { answer.to_string() } else { describe(answer) })
}

/// Reads as many files at a time as there are readers, and tells of them in the order given.
async fn in_order(
    readers: Readers,
    workers: usize,
    files: &[PathBuf],
    mut tell: impl FnMut(Vec<Json>) -> Ending<()>,
) -> Ending<()> {
    let readers = Arc::new(readers);
    let mut files = files.iter();
    let mut begun = VecDeque::new();
    loop {
        while begun.len() <= workers
            && let Some(file) = files.next()
        {
            let (readers, file) = (Arc::clone(&readers), file.clone());
            begun.push_back(tokio::spawn(async move { one(&readers, &file).await }));
        }
        let Some(first) = begun.pop_front() else { return Ok(()) };
        let answers = first.await.map_err(|fault| Error::Reader(std::io::Error::other(fault)))?;
        tell(answers?)?;
    }
}

/// One object per record; a page that is no form, and a document that cannot be read, give one with the reason.
async fn one(readers: &Readers, file: &Path) -> Result<Vec<Json>> {
    let bytes = std::fs::read(file).map_err(|source| Error::File {
        action: "read",
        path: file.to_owned(),
        source,
    })?;
    let name = file.display().to_string();
    let (pages, fault) = match readers.read(&bytes).await? {
        Outcome::Pages(pages) => (pages, None),
        Outcome::Refused { pages, fault } => (pages, Some((fault.code, fault.what))),
        Outcome::Died { pages, code } => (pages, Some((code.to_owned(), sentence(code, Language::En)))),
    };
    let mut answers = Vec::new();
    for (number, page) in (1u32..).zip(pages) {
        match page {
            PageRead::Fault(code) => answers.push(no_form(&name, Some(number), &code)),
            PageRead::Sheet { reading, .. } => match &reading.found {
                Found::NoForm(reason) => {
                    answers.push(no_form(&name, Some(number), no_form_code(*reason, &reading.flaws)));
                }
                Found::Forms(forms) => answers.extend(forms.iter().map(|form| record(&name, number, form))),
            },
        }
    }
    if let Some((code, what)) = fault {
        let mut answer = no_form(&name, None, &code);
        if let Some(object) = answer.as_object_mut() {
            object.insert("why".to_owned(), json!(what));
        }
        answers.push(answer);
    }
    Ok(answers)
}

fn no_form(file: &str, page: Option<u32>, code: &str) -> Json {
    json!({ "file": file, "page": page, "form": null, "reason": code, "why": sentence(code, Language::En) })
}

fn record(file: &str, page: u32, form: &FormReading) -> Json {
    let fields: serde_json::Map<String, Json> = form
        .fields
        .iter()
        .map(|(key, read)| {
            let field = json!({
                "state": read.state, "value": read.value.as_ref().map(plain), "raw": read.raw,
                "confidence": read.confidence, "by": read.by, "why": read.why,
            });
            (key.clone(), field)
        })
        .collect();
    let quality = json!({
        "dpi": [form.quality.dpi.x, form.quality.dpi.y],
        "skew_deg": form.quality.skew_deg, "scale": form.quality.scale,
    });
    json!({
        "file": file, "page": page, "form": form.form, "version": form.version, "serial": form.serial,
        "quality": quality, "fields": fields,
    })
}

/// A value as plain JSON: text, number, list or flag; dates as `YYYY-MM-DD`.
fn plain(value: &Value) -> Json {
    match value {
        Value::Check(ticked) => json!(ticked),
        Value::Number(number) => json!(number),
        Value::Choices(options) => json!(options),
        Value::Date(date) => json!(date.to_string()),
        Value::Choice(text) | Value::Digits(text) | Value::Text(text) => json!(text),
    }
}

/// A value on one line.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::Check(ticked) => if *ticked { "✓" } else { "-" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Choices(options) => options.join("、"),
        Value::Date(date) => date.to_string(),
        Value::Choice(text) | Value::Digits(text) | Value::Text(text) => text.clone(),
    }
}

fn describe(answer: &Json) -> String {
    let text = |key: &str| answer.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let place = match answer.get("page").and_then(Json::as_u64) {
        Some(number) => say!("read-page", file = text("file"), number = number),
        None => text("file"),
    };
    let Some(fields) = answer.get("fields").and_then(Json::as_object) else {
        let code = text("reason");
        let why = match chosen() {
            Language::En => text("why"),
            other => sentence(&code, other),
        };
        return say!("read-no-form", place = place, why = why, code = code);
    };
    let rows: Vec<Vec<String>> = fields.iter().filter_map(|(key, field)| row(key, field)).collect();
    let head = say!("read-form", place = place, form = text("form"));
    format!("{head}\n{}", table(&say!("read-columns"), &rows))
}

/// One field; nothing for a blank one.
fn row(key: &str, field: &Json) -> Option<Vec<String>> {
    let state = match field.get("state").and_then(|state| State::deserialize(state).ok()) {
        Some(State::Blank) | None => return None,
        Some(State::Sure) => say!("read-sure"),
        Some(State::Doubtful) => say!("read-doubtful"),
    };
    let part = |name: &str| match field.get(name) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    Some(vec![key.to_owned(), state, part("value"), part("raw"), part("why")])
}

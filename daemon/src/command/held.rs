//! `kasasagi held`: what waits for a person, and what was read of it.

use kasasagi_ocr::reading::{FieldReading, FormReading, State};
use kasasagi_store::id::FaxId;

use super::table::table;
use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, HeldDetail, Request};
use crate::library::Library;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List what is held.
    List,
    /// Show one held fax or record with every field.
    Show {
        /// A fax (20261123-7K3QXD2M) or a record of it (20261123-7K3QXD2M.1).
        id: String,
    },
    /// Vouch for the sender of a fax that is held as from an unknown sender; it is then opened and read.
    Admit {
        /// The fax.
        fax: FaxId,
    },
}

pub(super) fn run(desktop: &Desktop, args: Args) -> Ending {
    match args.verb {
        None | Some(Verb::List) => list(desktop),
        Some(Verb::Show { id }) => show(desktop, id),
        Some(Verb::Admit { fax }) => admit(desktop, fax),
    }
}

fn admit(desktop: &Desktop, fax: FaxId) -> Ending {
    let Answer::Admitted(fax) = desktop.ask(Request::HeldAdmit { fax }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "fax": fax }))?;
    } else {
        print(&format!("{fax} goes on; `kasasagi trace {fax}` tells its story"))?;
    }
    Ok(0)
}

fn list(desktop: &Desktop) -> Ending {
    let Answer::Held(held) = desktop.ask(Request::HeldList, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&held)?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    let rows: Vec<Vec<String>> = held
        .iter()
        .map(|h| vec![h.id.clone(), h.what.clone(), words::time(h.received_at, &zone), h.reasons.join(", ")])
        .collect();
    print(&table(&["ID", "WHAT", "RECEIVED", "WHY"], &rows))?;
    Ok(0)
}

fn show(desktop: &Desktop, id: String) -> Ending {
    let Answer::HeldShown(detail) = desktop.ask(Request::HeldShow { id }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&detail)?;
        return Ok(0);
    }
    let settings = desktop.settings()?;
    let library = Library::open(settings.forms_dir.as_deref())?;
    print(&summary(&detail, &settings.time_zone))?;
    for (record, form) in &detail.records {
        print(&format!("\n{record}  {} v{}", form.form, form.version))?;
        let earlier = detail.earlier.get(record);
        if earlier.is_some() {
            print("This sheet was delivered before; what stood there is shown where it differs.")?;
        }
        print(&fields(form, earlier, &library))?;
    }
    Ok(0)
}

fn summary(detail: &HeldDetail, zone: &jiff::tz::TimeZone) -> String {
    let fax = &detail.fax;
    let mut lines = vec![format!(
        "{}  received {} by {}",
        fax.id,
        words::time(fax.received_at, zone),
        words::source(fax.source)
    )];
    for held in &detail.held {
        lines.push(format!("{} ({}) is held:", held.id, held.what));
        for reason in &held.reasons {
            lines.push(format!("  - {reason}: {}", crate::reason::sentence(reason)));
        }
    }
    lines.join("\n")
}

fn fields(reading: &FormReading, earlier: Option<&FormReading>, library: &Library) -> String {
    let Some(file) = library.get(&reading.form, reading.version) else {
        return "this version of the form is no longer configured".to_owned();
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
    table(&["FIELD", "LABEL", "STATE", "VALUE", "WHY", if earlier.is_some() { "BEFORE" } else { "" }], &rows)
}

fn row(key: &str, label: &str, read: &FieldReading, was: Option<&FieldReading>) -> Vec<String> {
    let state = match read.state {
        State::Sure => "sure",
        State::Doubtful => "DOUBTFUL",
        State::Blank => "blank",
    };
    let value = |read: &FieldReading| match (read.state, &read.value) {
        (State::Blank, _) => "-".to_owned(),
        (_, None) => format!("?{}", read.raw),
        (_, Some(value)) => super::read::value_text(value),
    };
    let why = read.why.clone().unwrap_or_default();
    let before = was.filter(|was| was.value != read.value).map(value).unwrap_or_default();
    vec![key.to_owned(), label.to_owned(), state.to_owned(), value(read), why, before]
}

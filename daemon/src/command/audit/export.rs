//! `kasasagi audit export`: the trail for another program, page by page.

use kasasagi_store::{AuditQuery, Entry};

use super::super::{Desktop, Ending, print, unexpected};
use crate::control::request::{Answer, Request};

/// Events asked for at a time.
const PAGE: usize = 1000;

#[derive(Clone, Copy, clap::ValueEnum)]
pub(in crate::command) enum Format {
    /// One JSON object a line, as in the journal.
    Jsonl,
    /// Number, time, actor, kind, fax, patient and the event as JSON, for a spreadsheet.
    Csv,
}

pub(super) fn run(desktop: &Desktop, format: Format, mut query: AuditQuery) -> Ending {
    if matches!(format, Format::Csv) {
        print("seq,at,actor,kind,fax,patient,event")?;
    }
    let mut left = query.limit;
    while left > 0 {
        query.limit = left.min(PAGE);
        let Answer::Entries(entries) = desktop.ask(Request::AuditList(query.clone()), None)? else {
            return Err(unexpected());
        };
        for entry in &entries {
            print(&line(format, entry)?)?;
        }
        let Some(last) = entries.last().filter(|_| entries.len() == query.limit) else { break };
        query.after_seq = last.seq;
        left -= entries.len();
    }
    Ok(0)
}

fn line(format: Format, entry: &Entry) -> Ending<String> {
    if matches!(format, Format::Jsonl) {
        return Ok(serde_json::to_string(entry).map_err(crate::Error::from)?);
    }
    let event = serde_json::to_value(&entry.event).map_err(crate::Error::from)?;
    let patient = [&event["patient"], &event["decision"]["patient"]].into_iter().find_map(|v| v.as_str());
    let fax = entry.event.fax().map(ToString::to_string).unwrap_or_default();
    let cells = [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.actor.clone(),
        entry.event.kind().to_owned(),
        fax,
        patient.unwrap_or_default().to_owned(),
        event.to_string(),
    ];
    Ok(cells.map(|cell| quoted(&cell)).join(","))
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

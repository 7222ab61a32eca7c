//! `kasasagi trace`: the whole story of one fax, in order.

use kasasagi_store::Entry;
use kasasagi_store::id::FaxId;

use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The fax.
    fax: FaxId,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let Answer::Story(fax, entries) = desktop.ask(Request::Trace { fax: args.fax.clone() }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "fax": fax, "events": entries }))?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    print(&format!("{}  {}  {}", fax.id, words::state_word(fax.state), words::remark(&fax)))?;
    for entry in &entries {
        print(&line(entry, &zone))?;
    }
    Ok(0)
}

/// One event on one line.
pub(super) fn line(entry: &Entry, zone: &jiff::tz::TimeZone) -> String {
    format!(
        "{:>8}  {}  {:<10}  {}",
        entry.seq,
        words::time(entry.at, zone),
        entry.actor,
        super::story::sentence(&entry.event)
    )
}

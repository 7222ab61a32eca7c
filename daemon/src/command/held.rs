//! `kasasagi held`: what waits for a person, and what a person decides.

mod decide;
mod show;

use kasasagi_store::id::FaxId;

use super::table::table;
use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List what is held.
    List,
    /// Show one held fax (20261123-7K3QXD2M) or record (20261123-7K3QXD2M.1) with every field.
    Show(show::Args),
    /// Confirm what was read on a record, or correct it; it is then decided anew by the rules.
    Accept(decide::Accept),
    /// Say which registered patient a record is about; it goes to their physician and care team.
    Route(decide::Route),
    /// Settle a fax or record without a delivery.
    Reject(decide::Reject),
    /// Vouch for the sender of a fax that is held as from an unknown sender; it is then opened and read.
    Admit {
        /// The fax.
        fax: FaxId,
    },
}

pub(super) fn run(desktop: &Desktop, args: Args) -> Ending {
    match args.verb {
        None | Some(Verb::List) => list(desktop),
        Some(Verb::Show(args)) => show::run(desktop, args),
        Some(Verb::Accept(args)) => decide::accept(desktop, args),
        Some(Verb::Route(args)) => decide::route(desktop, args),
        Some(Verb::Reject(args)) => decide::reject(desktop, args),
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
        print(&say!("held-admitted", fax = %fax))?;
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
        .map(|h| vec![h.id.clone(), what(&h.what), words::time(h.received_at, &zone), h.reasons.join(", ")])
        .collect();
    print(&table(&say!("held-columns"), &rows))?;
    Ok(0)
}

/// A fax, a page, a record or a mail, as the gateway names it.
fn what(code: &str) -> String {
    let page = code.strip_prefix("page ").map(str::to_owned);
    match (code, page) {
        ("fax", _) => say!("held-fax"),
        ("record", _) => say!("held-record"),
        ("message", _) => say!("held-message"),
        (_, Some(number)) => say!("held-page", number = number),
        (other, None) => other.to_owned(),
    }
}

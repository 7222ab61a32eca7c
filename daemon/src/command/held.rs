//! `kasasagi held`: what waits for a person, and what a person decides.

mod decide;
mod show;

use kasasagi_store::id::FaxId;

use super::table::table;
use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};

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
    print(&table("ID | WHAT | RECEIVED | WHY", &rows))?;
    Ok(0)
}

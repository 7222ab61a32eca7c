//! `kasasagi digest`: what waits for whose digest, and sending it before its time.

use super::table::table;
use super::{Desktop, Ending, print, unexpected};
use crate::control::request::{Answer, Request};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List what waits, and until when.
    List,
    /// Put together and send every digest now.
    Send,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    match args.verb {
        None | Some(Verb::List) => list(desktop),
        Some(Verb::Send) => send(desktop),
    }
}

fn list(desktop: &Desktop) -> Ending {
    let Answer::Digests(waiting) = desktop.ask(Request::DigestList, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&waiting)?;
        return Ok(0);
    }
    let written = |at: jiff::civil::DateTime| at.strftime("%Y-%m-%d %H:%M").to_string();
    let next = |at: Option<jiff::civil::DateTime>| at.map_or_else(|| say!("digest-at-once"), written);
    let rows: Vec<Vec<String>> =
        waiting.iter().map(|w| vec![w.recipient.clone(), w.items.to_string(), next(w.next)]).collect();
    print(&table(&say!("digest-columns"), &rows))?;
    Ok(0)
}

fn send(desktop: &Desktop) -> Ending {
    let Answer::Digested(digests) = desktop.ask(Request::DigestSend, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "digests": digests }))?;
    } else {
        print(&say!("digest-due", count = digests))?;
    }
    Ok(0)
}

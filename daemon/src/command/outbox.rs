//! `kasasagi outbox`: messages to recipients and how far they are.

use kasasagi_store::{ItemState, ItemView};

use super::table::table;
use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, PAGE, Request};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List the messages not sent yet.
    List {
        /// Also those already sent.
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let all = matches!(args.verb, Some(Verb::List { all: true }));
    let mut items: Vec<ItemView> = Vec::new();
    loop {
        let after = items.last().map(|item| item.id.clone());
        let Answer::Items(more) = desktop.ask(Request::Outbox { all, after }, None)? else {
            return Err(unexpected());
        };
        let done = more.len() < PAGE;
        items.extend(more);
        if done {
            break;
        }
    }
    if desktop.json {
        Desktop::print_json(&items)?;
    } else {
        let zone = desktop.settings()?.time_zone;
        let rows: Vec<Vec<String>> = items.iter().map(|item| row(item, &zone)).collect();
        print(&table(&["ITEM", "ROLE", "STATE", "CODE", "TIME"], &rows))?;
    }
    Ok(0)
}

fn row(item: &ItemView, zone: &jiff::tz::TimeZone) -> Vec<String> {
    let (state, code, at) = match &item.state {
        ItemState::Waiting => ("waits for the digest".to_owned(), String::new(), item.created_at),
        ItemState::Cancelled { at } => ("cancelled".to_owned(), String::new(), *at),
        ItemState::Due { next, attempt } => (format!("due, attempt {}", attempt + 1), String::new(), *next),
        ItemState::Sent { at, code } => ("sent".to_owned(), code.clone(), *at),
        ItemState::GaveUp { at, code } => ("given up".to_owned(), code.clone(), *at),
    };
    vec![item.id.to_string(), item.role.clone(), state, code, words::time(at, zone)]
}

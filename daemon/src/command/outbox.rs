//! `kasasagi outbox`: messages to recipients, how far they are, and what a person decides about them.

use kasasagi_store::id::ItemId;
use kasasagi_store::{ItemState, ItemView};

use super::table::table;
use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, PAGE, Request};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List the messages not sent yet.
    List {
        /// Also those already sent or cancelled.
        #[arg(long)]
        all: bool,
    },
    /// Send a message now that was given up or cancelled, or that waits for a digest.
    Retry {
        /// The message.
        item: ItemId,
    },
    /// Do not send a message any more.
    Cancel {
        /// The message.
        item: ItemId,
    },
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let all = match &args.verb {
        None => false,
        Some(Verb::List { all }) => *all,
        Some(Verb::Retry { item }) => return one(desktop, Request::OutboxRetry { item: item.clone() }),
        Some(Verb::Cancel { item }) => return one(desktop, Request::OutboxCancel { item: item.clone() }),
    };
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
    show(desktop, &items)
}

fn one(desktop: &Desktop, request: Request) -> Ending {
    let Answer::Items(items) = desktop.ask(request, None)? else { return Err(unexpected()) };
    show(desktop, &items)
}

fn show(desktop: &Desktop, items: &[ItemView]) -> Ending {
    if desktop.json {
        Desktop::print_json(&items)?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    let rows: Vec<Vec<String>> = items.iter().map(|item| row(item, &zone)).collect();
    print(&table(&say!("outbox-columns"), &rows))?;
    Ok(0)
}

fn row(item: &ItemView, zone: &jiff::tz::TimeZone) -> Vec<String> {
    let (state, code, at) = match &item.state {
        ItemState::Waiting { since } => (say!("outbox-waiting"), String::new(), *since),
        ItemState::Cancelled { at } => (say!("outbox-cancelled"), String::new(), *at),
        ItemState::Due { next, attempt } => (say!("outbox-due", attempt = attempt + 1), String::new(), *next),
        ItemState::Sent { at, code } => (say!("outbox-sent"), code.clone(), *at),
        ItemState::GaveUp { at, code } => (say!("outbox-gave-up"), code.clone(), *at),
    };
    vec![item.id.to_string(), item.role.clone(), state, code, words::time(at, zone)]
}

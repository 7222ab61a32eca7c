//! `kasasagi list`: faxes and where they are.

use jiff::Timestamp;
use kasasagi_store::{FaxState, FaxView};

use super::table::table;
use super::{Desktop, Ending, Failure, print, unexpected, words};
use crate::control::request::{Answer, PAGE, Request};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Only faxes in this state (received, opened, read, sending, delivered, held, duplicate, refused).
    #[arg(long, value_parser = words::state)]
    state: Option<FaxState>,
    /// Only faxes received since: a date (2026-11-23), a time, or an age such as 2d or 3h.
    #[arg(long)]
    since: Option<String>,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let since = args.since.as_deref().map(|text| desktop.moment(text)).transpose()?;
    let mut faxes: Vec<FaxView> = Vec::new();
    loop {
        let before = faxes.last().map(|fax| fax.id.clone());
        let request = Request::List { state: args.state, since, before };
        let Answer::Faxes(more) = desktop.ask(request, None)? else { return Err(unexpected()) };
        let done = more.len() < PAGE;
        faxes.extend(more);
        if done {
            break;
        }
    }
    if desktop.json {
        Desktop::print_json(&faxes)?;
    } else {
        let zone = desktop.settings()?.time_zone;
        let rows: Vec<Vec<String>> = faxes.iter().map(|fax| row(fax, &zone)).collect();
        print(&table(&say!("list-columns"), &rows))?;
        let Answer::Status(status) = desktop.ask(Request::Status, None)? else { return Err(unexpected()) };
        super::standing::remarks(&status).iter().try_for_each(|remark| print(remark))?;
    }
    Ok(0)
}

fn row(fax: &FaxView, zone: &jiff::tz::TimeZone) -> Vec<String> {
    vec![
        fax.id.to_string(),
        words::time(fax.received_at, zone),
        words::source(fax.source).to_owned(),
        words::state_word(fax.state),
        fax.records.len().to_string(),
        words::remark(fax),
    ]
}

impl Desktop {
    /// A moment as a person writes it: date, timestamp, or age.
    pub(super) fn moment(&self, text: &str) -> Result<Timestamp, Failure> {
        let zone = self.settings()?.time_zone;
        words::moment(text, Timestamp::now(), &zone)
            .ok_or_else(|| Failure { exit: 2, message: say!("general-no-moment", text = %text) })
    }
}

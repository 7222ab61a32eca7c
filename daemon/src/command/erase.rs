//! `kasasagi erase` and `keep`: content that goes for ever, and content that must stay.

use jiff::Timestamp;
use kasasagi_store::FaxView;
use kasasagi_store::id::FaxId;

use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};
use crate::say;

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// This fax.
    #[arg(long, value_name = "FAX")]
    fax: Option<FaxId>,
    /// Every settled fax to which nothing has happened for so long: an age such as 90d, or a date.
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Only show what would be erased.
    #[arg(long)]
    dry_run: bool,
}

#[derive(clap::Args)]
pub(super) struct Keep {
    /// The fax.
    fax: FaxId,
    /// It need not stay any more.
    #[arg(long)]
    release: bool,
}

/// The key goes first, and with it everything that was sealed under it. The events stay.
pub(super) fn erase(desktop: &Desktop, args: Args) -> Ending {
    let faxes = match args.which {
        Which { fax: Some(fax), .. } => faxes(desktop, Request::Fax { fax })?,
        Which { older_than, .. } => {
            let until = desktop.moment(&older_than.unwrap_or_default())?;
            return older(desktop, until, args.dry_run);
        }
    };
    erase_all(desktop, &faxes, args.dry_run)?;
    Ok(0)
}

/// Page by page, until nothing is left.
fn older(desktop: &Desktop, until: Timestamp, dry_run: bool) -> Ending {
    let mut count = 0;
    loop {
        let faxes = faxes(desktop, Request::Erasable { until })?;
        erase_all(desktop, &faxes, dry_run)?;
        count += faxes.len();
        if faxes.is_empty() || dry_run {
            break;
        }
    }
    if !desktop.json {
        print(&match (count, dry_run) {
            (0, _) => say!("erase-none"),
            (count, true) => say!("erase-would", count = count),
            (count, false) => say!("erase-erased", count = count),
        })?;
    }
    Ok(0)
}

fn erase_all(desktop: &Desktop, faxes: &[FaxView], dry_run: bool) -> Ending<()> {
    let zone = desktop.settings()?.time_zone;
    for fax in faxes {
        if !dry_run {
            self::faxes(desktop, Request::Erase { fax: fax.id.clone() })?;
        }
        let last = fax.last_at();
        if desktop.json {
            Desktop::print_json(&serde_json::json!({ "fax": fax.id, "erased": !dry_run, "last": last }))?;
        } else {
            let last = words::time(last, &zone);
            print(&if dry_run {
                say!("erase-one-would", fax = %fax.id, last = last)
            } else {
                say!("erase-one", fax = %fax.id, last = last)
            })?;
        }
    }
    Ok(())
}

fn faxes(desktop: &Desktop, request: Request) -> Ending<Vec<FaxView>> {
    match desktop.ask(request, None)? {
        Answer::Faxes(faxes) => Ok(faxes),
        _ => Err(unexpected()),
    }
}

pub(super) fn keep(desktop: &Desktop, args: Keep) -> Ending {
    let stays = !args.release;
    let faxes = faxes(desktop, Request::Keep { fax: args.fax, stays })?;
    if desktop.json {
        Desktop::print_json(&faxes)?;
        return Ok(0);
    }
    for fax in faxes {
        print(&if fax.kept {
            say!("erase-stays", fax = %fax.id)
        } else {
            say!("erase-need-not-stay", fax = %fax.id)
        })?;
    }
    Ok(0)
}

//! `kasasagi held accept`, `route` and `reject`: a person decides.

use std::path::PathBuf;
use std::time::Duration;

use kasasagi_store::FaxView;
use kasasagi_store::event::Decision;
use kasasagi_store::id::{FaxId, RecordId};

use super::super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};
use crate::language::chosen;
use crate::reason::{RejectReason, sentence};
use crate::{Error, say};

/// How long the gateway is given to decide a record anew, and between looks.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub(super) struct Accept {
    /// The record.
    id: RecordId,
    #[command(flatten)]
    fields: Fields,
}

/// What stands in some fields.
#[derive(clap::Args)]
struct Fields {
    /// What stands in a field, such as `--field dr_code=0865`; nothing after `=` for a field left empty. Everybody on
    /// this machine can see a command line while it runs.
    #[arg(long = "field", value_name = "KEY=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,
    /// Read such KEY=VALUE lines from a file, `-` for standard input: nobody else sees them.
    #[arg(long, value_name = "FILE")]
    fields_from: Option<PathBuf>,
}

impl Fields {
    fn read(mut self) -> Ending<Vec<(String, String)>> {
        let Some(path) = self.fields_from else { return Ok(self.fields) };
        let text = if path.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(&path)
        };
        let text = text.map_err(|source| Error::File { action: "read", path: path.clone(), source })?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{}:{}", path.display(), number + 1);
            self.fields.push(pair(line).map_err(|why| Error::Typed { field: place, why })?);
        }
        Ok(self.fields)
    }
}

#[derive(clap::Args)]
pub(super) struct Route {
    /// The record.
    id: RecordId,
    /// 連携ID of the registered patient it is about.
    #[arg(long, value_name = "NUMBER")]
    patient: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(clap::Args)]
pub(super) struct Reject {
    /// Fax or record.
    id: String,
    /// Why.
    #[arg(long)]
    reason: RejectReason,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| say!("held-no-pair"))?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

pub(super) fn accept(desktop: &Desktop, args: Accept) -> Ending {
    taken_up(desktop, Request::HeldAccept { record: args.id, fields: args.fields.read()? })
}

pub(super) fn route(desktop: &Desktop, args: Route) -> Ending {
    let Route { id, patient, fields } = args;
    taken_up(desktop, Request::HeldRoute { record: id, patient, fields: fields.read()? })
}

pub(super) fn reject(desktop: &Desktop, args: Reject) -> Ending {
    let request = Request::HeldReject { id: args.id, reason: args.reason };
    let Answer::Faxes(faxes) = desktop.ask(request, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&faxes)?;
        return Ok(0);
    }
    for fax in &faxes {
        print(&say!("held-settled-as", fax = %fax.id, state = words::state_word(fax.state)))?;
    }
    Ok(0)
}

/// Waits for the new decision and tells it; 1 if the record is held again.
fn taken_up(desktop: &Desktop, request: Request) -> Ending {
    let Answer::TakenUp { record, decides } = desktop.ask(request, None)? else { return Err(unexpected()) };
    if !decides && desktop.json {
        Desktop::print_json(&serde_json::json!({ "record": record, "decision": null }))?;
        return Ok(0);
    }
    if !decides {
        print(&say!("held-later", record = %record))?;
        return Ok(0);
    }
    let mut waited = Duration::ZERO;
    let fax = loop {
        let fax = fax(desktop, record.fax())?;
        let decided = fax.record(&record).is_some_and(|record| record.decision.is_some());
        if decided || waited >= PATIENCE {
            break fax;
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    };
    tell(desktop, &fax, &record)
}

fn fax(desktop: &Desktop, id: &FaxId) -> Ending<FaxView> {
    let Answer::Faxes(faxes) = desktop.ask(Request::Fax { fax: id.clone() }, None)? else {
        return Err(unexpected());
    };
    faxes.into_iter().next().ok_or_else(unexpected)
}

fn tell(desktop: &Desktop, fax: &FaxView, record: &RecordId) -> Ending {
    let decision = fax.record(record).and_then(|view| view.decision.as_ref());
    let held = matches!(decision, Some(Decision::Hold { .. }));
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "record": record, "decision": decision }))?;
        return Ok(u8::from(held));
    }
    match decision {
        Some(Decision::Deliver { items, .. }) => {
            let to: Vec<String> = items.iter().map(|i| format!("{} ({})", i.recipient, i.role)).collect();
            print(&say!("held-goes-to", record = %record, to = to.join(&say!("general-comma"))))?;
        }
        Some(Decision::Hold { reasons, .. }) => {
            print(&say!("held-still", record = %record))?;
            for reason in reasons {
                print(&say!("held-reason", code = %reason, words = sentence(reason, chosen())))?;
            }
        }
        Some(Decision::Repeat { of }) => print(&say!("held-repeats", record = %record, of = %of))?,
        Some(Decision::Reject { reason }) => {
            print(&say!("held-settled", record = %record, reason = %reason))?;
        }
        None => print(&say!("held-undecided", record = %record, fax = %record.fax()))?,
    }
    Ok(u8::from(held))
}

//! `kasasagi reconcile`: what came in against what became of it.

use super::table::table;
use super::{Desktop, Ending, print, unexpected};
use crate::control::request::{Answer, Request};
use crate::say;

pub(super) fn run(desktop: &Desktop) -> Ending {
    let Answer::Days(days) = desktop.ask(Request::Reconcile, None)? else { return Err(unexpected()) };
    let balanced = days.iter().all(kasasagi_store::DayCount::balanced);
    if desktop.json {
        Desktop::print_json(&days)?;
        return Ok(u8::from(!balanced));
    }
    let rows: Vec<Vec<String>> = days
        .iter()
        .map(|day| {
            let counts = [day.received, day.delivered, day.held, day.duplicate, day.refused, day.in_progress];
            let mut row = vec![day.day.to_string()];
            row.extend(counts.map(|n| n.to_string()));
            row.push(if day.balanced() { say!("reconcile-ok") } else { say!("reconcile-wrong") });
            row
        })
        .collect();
    print(&table(&say!("reconcile-columns"), &rows))?;
    Ok(u8::from(!balanced))
}

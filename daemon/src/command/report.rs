//! `kasasagi report`: what the office is told of a day.

use jiff::civil::Date;

use super::{Desktop, Ending, print, unexpected};
use crate::control::request::{Answer, Request};
use crate::say;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The day, such as 2026-11-25; today when left out.
    #[arg(long, value_name = "DATE")]
    day: Option<Date>,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let Answer::Report(report) = desktop.ask(Request::Report { day: args.day }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&report)?;
        return Ok(0);
    }
    print(&format!("{}", report.day))?;
    for figure in &report.figures {
        print(&format!("  {}", say!("report-figure", label = %figure.label, value = %figure.value)))?;
    }
    for section in &report.sections {
        print(&format!("\n{}", section.heading))?;
        for entry in &section.entries {
            print(&format!("  {entry}"))?;
        }
    }
    print(&format!("\n{}", report.checkpoint))?;
    Ok(0)
}

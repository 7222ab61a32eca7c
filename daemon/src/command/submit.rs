//! `kasasagi submit`: one message to the intake, as if it had come by mail.

use std::path::PathBuf;

use super::{Desktop, Ending, print, unexpected};
use crate::control::request::{Answer, Request};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The message (RFC 5322, an .eml file).
    file: PathBuf,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let message = std::fs::read(&args.file).map_err(|source| crate::Error::File {
        action: "read",
        path: args.file.clone(),
        source,
    })?;
    let Answer::Submitted(fax) = desktop.ask(Request::Submit, Some(&message))? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "fax": fax }))?;
    } else {
        print(&format!("{fax} received; `kasasagi trace {fax}` tells its story"))?;
    }
    Ok(0)
}

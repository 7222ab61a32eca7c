//! `kasasagi submit`: one message to the intake, as if it had come by mail.

use std::path::PathBuf;

use super::{Desktop, Ending, Failure, print, unexpected};
use crate::control::request::{Answer, Request};
use crate::say;

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
    let most = desktop.settings()?.max_message;
    if message.len() as u64 > most {
        let message = say!("submit-too-large", file = %args.file.display());
        return Err(Failure { exit: 2, message });
    }
    let Answer::Submitted(fax) = desktop.ask(Request::Submit, Some(&message))? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "fax": fax }))?;
    } else {
        print(&say!("submit-received", fax = %fax))?;
    }
    Ok(0)
}

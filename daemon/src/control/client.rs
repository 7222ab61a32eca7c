//! The command line's end: ask the running daemon, or open the store when none runs.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use kasasagi_config::Settings;

use super::request::{Answer, Request, VERSION};
use super::{Desk, actor, wire};
use crate::{Error, Result};

/// Asks one question. With a daemon running it goes over the socket; otherwise this process
/// opens the store itself for as long as it takes.
///
/// # Errors
/// When neither works; an answer that refuses is an `Ok`.
pub fn ask(settings: &Settings, request: Request, message: Option<&[u8]>) -> Result<Answer> {
    match UnixStream::connect(&settings.control) {
        Ok(stream) => over(stream, &request, message).map_err(|source| Error::File {
            action: "talk to the daemon at",
            path: settings.control.clone(),
            source,
        }),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            if !matches!(request, Request::Submit) && !settings.store_dir.join("journal").exists() {
                return Err(Error::NoStore { dir: settings.store_dir.clone() });
            }
            own(&settings.store_dir)?;
            let desk = Desk::new(Arc::new(crate::open_store(settings)?), None);
            Ok(desk.answer(&actor::myself(), request, message))
        }
        Err(source) => {
            Err(Error::File { action: "talk to the daemon at", path: settings.control.clone(), source })
        }
    }
}

/// Refuses a store of another user: files that root makes in it would keep the daemon out.
fn own(dir: &Path) -> Result<()> {
    let owner = dir.metadata().map_or_else(|_| myself_id(), |found| found.uid());
    if owner == myself_id() {
        return Ok(());
    }
    Err(Error::OtherUser { dir: dir.to_owned(), owner: actor::of_user(owner) })
}

fn myself_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn over(mut stream: UnixStream, request: &Request, message: Option<&[u8]>) -> io::Result<Answer> {
    wire::write(&mut stream, &serde_json::to_vec(&(VERSION, request))?)?;
    if let Some(message) = message {
        wire::write(&mut stream, message)?;
    }
    Ok(serde_json::from_slice(&wire::read(&mut stream)?)?)
}

//! The command line's end: ask the running daemon, or open the store when none runs.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use kasasagi_config::Settings;
use kasasagi_store::Store;

use super::request::{Answer, Request, VERSION};
use super::{Desk, actor, wire};
use crate::credentials;
use crate::gateway::{self, PATIENCE, PAUSE};
use crate::language::chosen;
use crate::owner::AsOwner;
use crate::progress::Progress;
use crate::{Error, Result, phrase};

/// Asks one question. With a daemon running it goes over the socket; otherwise this process
/// opens the store itself for as long as it takes. A store in use is waited for: a daemon that is
/// starting will answer soon, another command will be done.
///
/// # Errors
/// When neither works; an answer that refuses is an `Ok`.
pub fn ask(settings: &Settings, request: Request, message: Option<&[u8]>) -> Result<Answer> {
    // One that may not be looked at may be there.
    let no_store = matches!(settings.store_dir.join("journal").try_exists(), Ok(false));
    let mut patience = PATIENCE;
    loop {
        match connect(&settings.control)? {
            Some(stream) => {
                let _waiting = matches!(request, Request::AuditVerify { .. })
                    .then(|| Progress::waiting(phrase!("general-progress-verifying")));
                return over(stream, &request, message).map_err(|e| silent(&settings.control, e));
            }
            None if no_store && !matches!(request, Request::Submit) => {
                return Err(Error::NoStore { dir: settings.store_dir.clone() });
            }
            None => match alone(settings) {
                Err(Error::Store(kasasagi_store::Error::InUse(_))) if !patience.is_zero() => {
                    std::thread::sleep(PAUSE);
                    patience = patience.saturating_sub(PAUSE);
                }
                opened => {
                    let (store, _owner) = opened?;
                    let desk = Desk::alone(Arc::new(store), Arc::new(settings.clone()));
                    return Ok(desk.answer(&actor::myself(), chosen(), request, message));
                }
            },
        }
    }
}

/// Asks the running daemon; nothing when none runs.
///
/// # Errors
/// When it does not answer.
pub fn ask_running(settings: &Settings, request: &Request) -> Result<Option<Answer>> {
    let Some(stream) = connect(&settings.control)? else { return Ok(None) };
    over(stream, request, None).map(Some).map_err(|error| silent(&settings.control, error))
}

/// The line to the daemon; none when no daemon runs.
fn connect(socket: &Path) -> Result<Option<UnixStream>> {
    match UnixStream::connect(socket) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            Ok(None)
        }
        Err(source) => Err(silent(socket, source)),
    }
}

fn silent(socket: &Path, source: io::Error) -> Error {
    Error::File { action: "talk to the daemon at", path: socket.to_owned(), source }
}

/// The store, opened by this process as its owner. The key may be root's alone.
fn alone(settings: &Settings) -> Result<(Store, AsOwner)> {
    if credentials::is_handed_over(&settings.master_key) && !settings.master_key.exists() {
        return Err(Error::KeyOfService);
    }
    let key = gateway::master_key(settings)?;
    let owner = AsOwner::of(&settings.store_dir)?;
    Ok((gateway::open_with(settings, key)?, owner))
}

fn over(mut stream: UnixStream, request: &Request, message: Option<&[u8]>) -> io::Result<Answer> {
    wire::write(&mut stream, &serde_json::to_vec(&(VERSION, chosen(), request))?)?;
    if let Some(message) = message {
        wire::write(&mut stream, message)?;
    }
    Ok(serde_json::from_slice(&wire::read(&mut stream)?)?)
}

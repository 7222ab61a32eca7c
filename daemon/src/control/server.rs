//! The daemon's end of the control socket. Who asks is told by the kernel, not by the asker.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::request::{Answer, Request, VERSION};
use super::{Desk, actor, wire};
use crate::journey::blocking;
use crate::language::{Language, told};
use crate::{Error, Result, phrase};

/// Longest question, without the message that may follow it.
const MAX_QUESTION: u64 = 64 * 1024;

/// Clients at a time; each may hold a message in memory.
const CLIENTS: usize = 16;

/// Longest wait for a client to ask, and to take its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the socket, readable and writable for owner and group. A socket nobody listens on is replaced.
///
/// # Errors
/// When another daemon listens there or the folder cannot be used.
pub fn listen(path: &Path) -> Result<UnixListener> {
    let fault = |action| move |source| Error::File { action, path: path.to_owned(), source };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fault("make the folder of"))?;
    }
    if let Ok(found) = path.symlink_metadata() {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(Error::AlreadyRunning { socket: path.to_owned() });
        }
        if !found.file_type().is_socket() {
            let taken = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(fault("replace, since it is no socket,")(taken));
        }
        std::fs::remove_file(path).map_err(fault("replace the stale socket"))?;
    }
    let listener = UnixListener::bind(path).map_err(fault("listen on"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .map_err(fault("set the mode of"))?;
    Ok(listener)
}

/// Answers until shutdown. A client that has not asked by then is let go.
pub async fn serve(listener: UnixListener, desk: Arc<Desk>, max_message: u64, shutdown: CancellationToken) {
    let talks = TaskTracker::new();
    let turns = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let turn = tokio::select! {
            () = shutdown.cancelled() => break,
            Ok(turn) = turns.clone().acquire_owned() => turn,
        };
        let stream = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => {
                let (desk, shutdown) = (desk.clone(), shutdown.clone());
                talks.spawn(async move {
                    let _turn = turn;
                    if let Err(error) = talk(stream, desk, max_message, &shutdown).await {
                        tracing::debug!(%error, "a control client went away");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "control socket");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    talks.close();
    talks.wait().await;
}

async fn talk(
    mut stream: UnixStream,
    desk: Arc<Desk>,
    max_message: u64,
    shutdown: &CancellationToken,
) -> std::io::Result<()> {
    let who = actor::of_user(stream.peer_cred()?.uid());
    let heard = tokio::select! {
        () = shutdown.cancelled() => return Ok(()),
        heard = timeout(PATIENCE, hear(&mut stream, max_message)) => heard??,
    };
    let answer = match heard {
        Some((language, request, message)) => {
            let asked = blocking(move || Ok(desk.answer(&who, language, request, message.as_deref()))).await;
            asked.unwrap_or_else(|error| Answer::Refused { exit: 75, message: told(&error, language) })
        }
        None => Answer::Refused {
            exit: 75,
            // Whoever asks cannot say in which language.
            message: phrase!("general-other-version").to(Language::En),
        },
    };
    timeout(PATIENCE, wire::send(&mut stream, &serde_json::to_vec(&answer)?)).await?
}

/// One question with its message; nothing when it is none of this version.
async fn hear(
    stream: &mut UnixStream,
    max_message: u64,
) -> std::io::Result<Option<(Language, Request, Option<Vec<u8>>)>> {
    let question = wire::receive(stream, MAX_QUESTION).await?;
    Ok(match serde_json::from_slice::<(u16, Language, Request)>(&question) {
        Ok((VERSION, language, request)) if request.is_followed() => {
            Some((language, request, Some(wire::receive(stream, max_message).await?)))
        }
        Ok((VERSION, language, request)) => Some((language, request, None)),
        _ => None,
    })
}

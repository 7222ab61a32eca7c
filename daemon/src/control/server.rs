//! The daemon's end of the control socket. Who asks is told by the kernel, not by the asker.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::request::{Answer, Request, VERSION};
use super::{Desk, actor, wire};
use crate::journey::blocking;
use crate::{Error, Result};

/// Longest question, without the message that may follow it.
const MAX_QUESTION: u64 = 64 * 1024;

/// Opens the socket, readable and writable for owner and group. A socket nobody listens on is replaced.
///
/// # Errors
/// When another daemon listens there or the folder cannot be used.
pub fn listen(path: &Path) -> Result<UnixListener> {
    let fault = |action| move |source| Error::File { action, path: path.to_owned(), source };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fault("make the folder of"))?;
    }
    if path.exists() {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(Error::AlreadyRunning { socket: path.to_owned() });
        }
        std::fs::remove_file(path).map_err(fault("replace the stale socket"))?;
    }
    let listener = UnixListener::bind(path).map_err(fault("listen on"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .map_err(fault("set the mode of"))?;
    Ok(listener)
}

/// Answers until shutdown.
pub async fn serve(listener: UnixListener, desk: Arc<Desk>, max_message: u64, shutdown: CancellationToken) {
    let talks = TaskTracker::new();
    loop {
        let stream = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => {
                let desk = desk.clone();
                talks.spawn(async move {
                    if let Err(error) = talk(stream, desk, max_message).await {
                        tracing::debug!(%error, "a control client went away");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "control socket");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
    talks.close();
    talks.wait().await;
}

async fn talk(mut stream: UnixStream, desk: Arc<Desk>, max_message: u64) -> std::io::Result<()> {
    let who = actor::of_user(stream.peer_cred()?.uid());
    let question = wire::receive(&mut stream, MAX_QUESTION).await?;
    let answer = match serde_json::from_slice::<(u16, Request)>(&question) {
        Ok((VERSION, request)) => {
            let message = match request {
                Request::Submit => Some(wire::receive(&mut stream, max_message).await?),
                _ => None,
            };
            let asked = blocking(move || Ok(desk.answer(&who, request, message.as_deref()))).await;
            asked.unwrap_or_else(|error| Answer::Refused { exit: 75, message: error.to_string() })
        }
        _ => Answer::Refused {
            exit: 75,
            message: "the running daemon speaks another version; restart it after the upgrade".to_owned(),
        },
    };
    wire::send(&mut stream, &serde_json::to_vec(&answer)?).await
}

//! Waiting: for an answer, and for new mail.

use std::future::Future;
use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use tokio::time::timeout;

use super::connect::Session;
use super::fault::ImapFault;

/// Longest IDLE: below the 29 minutes of RFC 2177, and short enough to notice a line that died silently.
const LONGEST_IDLE: Duration = Duration::from_secs(9 * 60);

/// An answer of the server, but not for ever.
pub(super) async fn within<T>(
    patience: Duration,
    doing: &'static str,
    work: impl Future<Output = Result<T, ImapFault>>,
) -> Result<T, ImapFault> {
    timeout(patience, work).await.unwrap_or(Err(ImapFault::Silent { doing }))
}

/// Returns when there may be new mail: the server says so, or it is time to look. The server gets `patience` to
/// begin and to end an IDLE.
pub(super) async fn for_mail(
    session: Session,
    idle: bool,
    poll: Duration,
    patience: Duration,
) -> Result<Session, ImapFault> {
    // What the server told while it answered other questions does not come again.
    let mut told = false;
    while session.unsolicited_responses.try_recv().is_ok() {
        told = true;
    }
    if told {
        return Ok(session);
    }
    if !idle {
        tokio::time::sleep(poll).await;
        return Ok(session);
    }
    let broken = ImapFault::broken("waiting for mail");
    let news = session.unsolicited_responses.clone();
    let mut handle = session.idle();
    within(patience, "waiting for mail", async { handle.init().await.map_err(&broken) }).await?;
    // What came before the server began to wait does not come again either.
    if news.is_empty() {
        let (news, _interrupt) = handle.wait_with_timeout(LONGEST_IDLE);
        // The inner time starts anew with every sign of life, this one does not.
        if let Ok(news) = timeout(LONGEST_IDLE, news).await
            && let IdleResponse::ManualInterrupt = news.map_err(&broken)?
        {
            let what = "the server closed the connection".to_owned();
            return Err(ImapFault::Broken { doing: "waiting for mail", what });
        }
    }
    within(patience, "waiting for mail", async { handle.done().await.map_err(&broken) }).await
}

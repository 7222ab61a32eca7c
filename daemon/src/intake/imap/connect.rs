//! From a host name to a session that is logged in.

use std::fmt::Debug;
use std::time::Duration;

use async_imap::Client;
use async_imap::error::Error as ServerError;
use kasasagi_config::secret::Secret;
use kasasagi_config::settings::{Imap, Security};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fault::ImapFault;
use super::wait::within;
use crate::tls;

/// A line to the server, open or protected.
pub(super) trait Line: AsyncRead + AsyncWrite + Debug + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Line for T {}

/// A session after login.
pub(super) type Session = async_imap::Session<Box<dyn Line>>;

/// Connects, protects the line and logs in; the password is read anew each time, so a corrected one is used.
pub(super) async fn connect(settings: &Imap, patience: Duration) -> Result<Session, ImapFault> {
    let server = format!("{}:{}", settings.host, settings.port);
    let unreachable = |what: String| ImapFault::Unreachable { server: server.clone(), what };
    let connecting = TcpStream::connect((settings.host.as_str(), settings.port));
    let stream = match timeout(patience, connecting).await {
        Err(_) => return Err(unreachable("no answer".to_owned())),
        Ok(stream) => stream.map_err(|error| unreachable(error.to_string()))?,
    };
    // Commands are small and each waits for its answer.
    stream.set_nodelay(true).ok();
    let client = within(patience, "connecting", protect(settings, &server, stream)).await?;
    let password = Secret::from_file("intake.imap.password_file", &settings.password_file)?;
    let login = client.login(&settings.user, password.reveal());
    let login = async { login.await.map_err(|(error, _)| refused(error)) };
    within(patience, "logging in", login).await
}

async fn protect(
    settings: &Imap,
    server: &str,
    stream: TcpStream,
) -> Result<Client<Box<dyn Line>>, ImapFault> {
    match settings.security {
        Security::PlainLocal => greeted(Box::new(stream)).await,
        Security::Tls => greeted(encrypt(settings, server, stream).await?).await,
        Security::StartTls => {
            let mut client = Client::new(stream);
            greeting(&mut client).await?;
            let started = client.run_command_and_check_ok("STARTTLS", None).await;
            let no_tls = |what: String| ImapFault::Tls { server: server.to_owned(), what };
            started.map_err(|error| no_tls(error.to_string()))?;
            // No second greeting comes after TLS has begun.
            Ok(Client::new(encrypt(settings, server, client.into_inner()).await?))
        }
    }
}

async fn encrypt(settings: &Imap, server: &str, stream: TcpStream) -> Result<Box<dyn Line>, ImapFault> {
    let no_tls = |what: String| ImapFault::Tls { server: server.to_owned(), what };
    let connector = tls::connector(settings.ca_file.as_deref()).map_err(no_tls)?;
    let tls = connector.connect(&settings.host, stream).await;
    Ok(Box::new(tls.map_err(|error| no_tls(error.to_string()))?))
}

async fn greeted(line: Box<dyn Line>) -> Result<Client<Box<dyn Line>>, ImapFault> {
    let mut client = Client::new(line);
    greeting(&mut client).await?;
    Ok(client)
}

async fn greeting<T: Line>(client: &mut Client<T>) -> Result<(), ImapFault> {
    let broken = |what: String| ImapFault::Broken { doing: "waiting for its greeting", what };
    match client.read_response().await {
        Err(error) => Err(broken(error.to_string())),
        Ok(None) => Err(broken("it closed the connection".to_owned())),
        Ok(Some(_)) => Ok(()),
    }
}

/// A server that says NO refuses; anything else is trouble with the line.
fn refused(error: ServerError) -> ImapFault {
    match error {
        ServerError::No(what) | ServerError::Bad(what) => ImapFault::Login { what },
        ServerError::Validate(error) => ImapFault::Login { what: error.to_string() },
        error => ImapFault::broken("logging in")(error),
    }
}

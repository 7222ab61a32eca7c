use async_imap::error::Error as ServerError;

use crate::intake::DepositError;

/// Why mail cannot be taken from the mailbox now, and what to do. Nothing in it comes from a mail.
#[derive(Debug, thiserror::Error)]
pub enum ImapFault {
    /// No connection.
    #[error("cannot reach the IMAP server {server}: {what}; check intake.imap.host, port and the network")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the system says.
        what: String,
    },
    /// The line cannot be protected.
    #[error(
        "no TLS with the IMAP server {server}: {what}; check intake.imap.security, and ca_file for a server with a certificate of its own"
    )]
    Tls {
        /// Host and port.
        server: String,
        /// What TLS says.
        what: String,
    },
    /// The password file cannot be used.
    #[error(transparent)]
    Password(#[from] kasasagi_config::Error),
    /// User or password are wrong.
    #[error("the IMAP server refuses the login: {what}; check intake.imap.user and the password file")]
    Login {
        /// What the server says.
        what: String,
    },
    /// The folder is not there.
    #[error("cannot open the IMAP folder {folder:?}: {what}; check intake.imap.folder")]
    Folder {
        /// Its name in the settings.
        folder: String,
        /// What the server says.
        what: String,
    },
    /// Mails without lasting numbers cannot be taken exactly once.
    #[error("the IMAP server gives no UIDVALIDITY for the folder; its mails cannot be told apart")]
    NoValidity,
    /// Taken mail cannot be put away.
    #[error("cannot move taken mail to the IMAP folder {folder:?}: {what}; it stays where it is")]
    PutAway {
        /// Its name in the settings.
        folder: String,
        /// What the server says.
        what: String,
    },
    /// The server went away or said something else than was asked.
    #[error("the IMAP connection broke while {doing}: {what}")]
    Broken {
        /// The step.
        doing: &'static str,
        /// What was seen.
        what: String,
    },
    /// The server did not answer in time.
    #[error("the IMAP server did not answer in time while {doing}")]
    Silent {
        /// The step.
        doing: &'static str,
    },
    /// A mail was fetched and could not be made durable; it stays on the server.
    #[error("a mail from the IMAP server was not taken: {0}")]
    Deposit(DepositError),
    /// The store cannot tell what was taken.
    #[error("the store does not answer: {0}")]
    Store(#[from] kasasagi_store::Error),
}

impl ImapFault {
    /// A fault of the connection. What cannot be understood may be part of a mail and is not repeated.
    pub(super) fn broken(doing: &'static str) -> impl Fn(ServerError) -> Self {
        move |error| {
            let what = match error {
                ServerError::Io(error) => error.kind().to_string(),
                ServerError::No(what) | ServerError::Bad(what) => what.chars().take(200).collect(),
                ServerError::ConnectionLost => "the server closed the connection".to_owned(),
                _ => "an answer that cannot be understood".to_owned(),
            };
            Self::Broken { doing, what }
        }
    }

    /// Whether trying again soon may lock the account.
    pub(super) fn is_login(&self) -> bool {
        matches!(self, Self::Login { .. } | Self::Password(_))
    }
}

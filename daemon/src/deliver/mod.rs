//! The way out: takes a finished mail to the next server, or into a folder, and says what became of it.
//!
//! The outcome is a code of digits or a fixed word; nothing of what a server wrote goes further than that.

mod folder;
mod retry;
mod smtp;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

pub use kasasagi_config::secret::Secret;
pub use kasasagi_config::settings::Security;
pub use retry::next_try;

use crate::Result;

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Route {
    /// Into a folder, one `.eml` file each; for tests and for a first look.
    Folder {
        /// The folder; created when missing.
        dir: PathBuf,
    },
    /// To one mail server, the relay.
    Smtp {
        /// Its name; the certificate must carry it.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is kept private.
        security: Security,
        /// Login name; goes with `password`.
        user: Option<String>,
        /// Password; goes with `user`.
        password: Option<Secret>,
        /// The name we greet with.
        helo: String,
        /// Longest wait for the connection or one answer. The answer to the mail itself may take ten times
        /// as long, for a server that examines it before answering (RFC 5321 section 4.5.3.2.6).
        timeout: Duration,
    },
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The next server has taken charge of it.
    Sent {
        /// `250`, with the enhanced status where there was one: `250 2.0.0`.
        code: String,
    },
    /// Not now; worth another try.
    Defer {
        /// The reply (`451 4.7.1`), or `timeout`, `connect`, `tls`, `auth`, `io`, `protocol`, or
        /// `after-data`: the mail may have been taken although no answer came.
        code: String,
    },
    /// Never; another try would end the same.
    Refuse {
        /// The reply (`550 5.1.1`), or `address`, `message-id`, `not-ascii`: it cannot be offered at all.
        code: String,
    },
}

/// Takes mails along one route.
#[derive(Debug)]
pub struct Courier {
    way: Way,
}

#[derive(Debug)]
enum Way {
    Folder(PathBuf),
    Smtp(Box<smtp::Relay>),
}

impl Courier {
    /// Checks the route; connects to nothing yet.
    ///
    /// # Errors
    /// [`crate::Error::Route`] for a route that contradicts itself, such as a plain connection to another
    /// machine; [`crate::Error::File`] when the folder cannot be made.
    pub fn new(route: Route) -> Result<Self> {
        let way = match route {
            Route::Folder { dir } => Way::Folder(folder::prepared(dir)?),
            Route::Smtp { host, port, security, user, password, helo, timeout } => {
                let login = smtp::login(user, password)?;
                Way::Smtp(Box::new(smtp::Relay::new(host, port, security, login, helo, timeout)?))
            }
        };
        Ok(Self { way })
    }

    /// Tries once to hand over `raw`, a composed mail of CRLF lines in ASCII, in an envelope from `from`
    /// to `to`. `message_id` is that of the mail, without angle brackets; a folder names the file after it.
    ///
    /// Connections are kept for the next call; calls may overlap.
    pub async fn send(&self, from: &str, to: &str, message_id: &str, raw: &[u8]) -> Outcome {
        match &self.way {
            Way::Folder(dir) => folder::put(dir, message_id, raw).await,
            Way::Smtp(relay) => relay.send(from, to, raw).await,
        }
    }
}

impl Outcome {
    fn sent(code: impl Into<String>) -> Self {
        Self::Sent { code: code.into() }
    }

    fn defer(code: impl Into<String>) -> Self {
        Self::Defer { code: code.into() }
    }

    fn refuse(code: impl Into<String>) -> Self {
        Self::Refuse { code: code.into() }
    }
}

#[cfg(test)]
mod tests;

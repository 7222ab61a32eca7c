//! The way out: takes a finished mail to the next server, or into a folder, and says what became of it.
//!
//! The outcome is a code of digits or a fixed word; nothing of what a server wrote goes further than that.

mod folder;
mod gate;
mod line;
mod relay;
mod reply;
mod retry;
mod session;
mod verdict;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use kasasagi_config::settings::Delivery;

pub use gate::Gate;
pub use line::Line;
pub use retry::next_try;

use crate::Result;
use relay::Relay;

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

/// Knows the way; mails go along [`Line`]s.
#[derive(Clone, Debug)]
pub struct Courier {
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Folder(Arc<PathBuf>),
    Smtp(Arc<Relay>),
}

impl Courier {
    /// Prepares the way that the settings name; connects to nothing yet.
    ///
    /// # Errors
    /// [`crate::Error::Route`] when the CA file cannot be used; [`crate::Error::File`] when the folder cannot
    /// be made.
    pub fn new(delivery: &Delivery) -> Result<Self> {
        Ok(Self {
            way: match delivery {
                Delivery::Folder(dir) => Way::Folder(Arc::new(folder::prepared(dir.clone())?)),
                Delivery::Smtp(smtp) => Way::Smtp(Arc::new(Relay::new(smtp.clone())?)),
            },
        })
    }

    /// A line of its own, not connected yet; lines do not wait for each other.
    pub fn line(&self) -> Line {
        Line::new(self.way.clone())
    }

    /// Whether what goes this way can be read by nobody on the way: over verified TLS, into a folder, or to a
    /// relay on this machine of which the admin states that it sends on over verified TLS only.
    pub fn is_private(&self) -> bool {
        match &self.way {
            Way::Folder(_) => true,
            Way::Smtp(relay) => relay.is_private(),
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

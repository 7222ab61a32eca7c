//! What must be done before a mail may come to its end.

use std::fmt;

use tokio::task::JoinHandle;

use crate::{Error, Result};

/// Shut until what became of the mail before is durable. A mail is offered meanwhile, but its last line is sent
/// only through an open gate: so a crash leaves one mail in doubt, never two.
pub struct Gate {
    before: Option<JoinHandle<Result<()>>>,
    end: Result<()>,
}

impl Gate {
    /// A gate with nothing before it.
    pub fn open() -> Self {
        Self { before: None, end: Ok(()) }
    }

    /// A gate that opens when this has succeeded.
    pub fn after(before: JoinHandle<Result<()>>) -> Self {
        Self { before: Some(before), end: Ok(()) }
    }

    /// Waits; whether it opened.
    pub async fn passed(&mut self) -> bool {
        if let Some(before) = &mut self.before {
            self.end = before.await.unwrap_or(Err(Error::PartEnded));
            self.before = None;
        }
        self.end.is_ok()
    }

    /// Waits, if nobody has, and tells why it did not open.
    ///
    /// # Errors
    /// As what was before it.
    pub async fn closed(mut self) -> Result<()> {
        self.passed().await;
        self.end
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("waits", &self.before.is_some()).finish_non_exhaustive()
    }
}

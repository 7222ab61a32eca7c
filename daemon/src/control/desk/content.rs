//! Content that is erased, or must stay, and copies of it.

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxState, FaxView};

use super::Desk;
use crate::control::request::{Answer, PAGE};
use crate::{Error, Result};

/// States in which nothing more is to be done.
const SETTLED: [FaxState; 3] = [FaxState::Delivered, FaxState::Refused, FaxState::Duplicate];

impl Desk {
    /// What waits for a person is not erased: settling it comes first.
    pub(super) fn erase(&self, actor: &str, fax: &FaxId) -> Result<Answer> {
        let view = self.known(fax)?;
        if view.state == FaxState::Held {
            return Err(Error::StillHeld { fax: fax.clone() });
        }
        self.store.erase(actor, fax)?;
        Ok(Answer::Faxes(vec![self.known(fax)?]))
    }

    pub(super) fn erasable(&self, until: Timestamp) -> Result<Vec<FaxView>> {
        let mut faxes = Vec::new();
        for state in SETTLED {
            faxes.extend(self.store.erasable(state, until, PAGE)?);
        }
        Ok(faxes)
    }

    pub(super) fn keep(&self, actor: &str, fax: &FaxId, stays: bool) -> Result<Answer> {
        self.known(fax)?;
        let event =
            if stays { Event::Kept { fax: fax.clone() } } else { Event::Released { fax: fax.clone() } };
        self.store.append_following(actor, &[event])?;
        Ok(Answer::Faxes(vec![self.known(fax)?]))
    }

    pub(super) fn backed_up(&self, actor: &str, seq: u64) -> Result<Answer> {
        self.store.append(actor, &[Event::BackedUp { seq }])?;
        self.store.checkpoint().map(Answer::Head).map_err(Error::from)
    }
}

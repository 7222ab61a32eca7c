//! The registries that the association handed in: what each is, and whether it is in force.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::frame::Entry;
use crate::{Error, Result};

/// One registry as the journal tells it. Its tables are sealed content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryView {
    /// Its number, from 1.
    pub version: u32,
    /// SHA-256 of the sealed tables, hexadecimal.
    pub sha256: String,
    /// First day it is to be used; at once if none.
    pub effective: Option<Date>,
    /// Rows added, changed and removed.
    pub rows: (u32, u32, u32),
    /// Who handed it in.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// How it stands.
    pub standing: RegistryStanding,
}

/// Whether a registry may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RegistryStanding {
    /// It waits for approval.
    Proposed,
    /// It is used from its effective day on, until a later one is.
    Approved {
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// It is not used.
    TurnedDown {
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
    },
}

/// The row of a registry after the entry, or why the entry cannot follow.
pub(crate) fn next(row: Option<&[u8]>, entry: &Entry) -> Result<Result<Vec<u8>, &'static str>> {
    let known = row.map(read).transpose()?;
    let (by, at) = (entry.actor.clone(), entry.at);
    let standing = match (&entry.event, &known) {
        (Event::RegistryProposed { version, sha256, effective, added, changed, removed }, None) => {
            let view = RegistryView {
                version: *version,
                sha256: sha256.clone(),
                effective: *effective,
                rows: (*added, *changed, *removed),
                proposed_by: by,
                proposed_at: at,
                standing: RegistryStanding::Proposed,
            };
            return written(&view).map(Ok);
        }
        (Event::RegistryProposed { .. }, Some(_)) => return Ok(Err("the registry was handed in before")),
        (_, None) => return Ok(Err("the registry was never handed in")),
        (_, Some(view)) if view.standing != RegistryStanding::Proposed => {
            return Ok(Err("the registry is settled already"));
        }
        (Event::RegistryApproved { .. }, Some(_)) => RegistryStanding::Approved { by, at },
        _ => RegistryStanding::TurnedDown { by, at },
    };
    let Some(view) = known else { return Ok(Err("the registry was never handed in")) };
    written(&RegistryView { standing, ..view }).map(Ok)
}

/// Reads the row of a registry.
pub(crate) fn read(bytes: &[u8]) -> Result<RegistryView> {
    serde_json::from_slice(bytes).map_err(|e| Error::View(format!("the row of a registry is garbled: {e}")))
}

fn written(view: &RegistryView) -> Result<Vec<u8>> {
    serde_json::to_vec(view).map_err(Error::Encode)
}

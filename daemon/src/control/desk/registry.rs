//! Registries: handed in, looked at, approved, turned down.

use jiff::civil::Date;
use kasasagi_config::registry::Bundle;

use super::Desk;
use crate::Result;
use crate::control::request::{Answer, Registry};
use crate::registries::Proposal;

impl Desk {
    pub(super) fn propose(&self, actor: &str, effective: Option<Date>, tables: &[u8]) -> Result<Answer> {
        Ok(told(self.registries.propose(actor, &Bundle::from_bytes(tables)?, effective)?))
    }

    pub(super) fn show_registry(&self, actor: &str, version: u32) -> Result<Answer> {
        let proposal = self.registries.show(version)?;
        self.looked(actor, "registry_show", None)?;
        Ok(told(proposal))
    }

    /// The tables of a registry, or of the one in force.
    pub(super) fn tables(&self, actor: &str, version: Option<u32>) -> Result<Answer> {
        let version = match version {
            Some(version) => version,
            None => self.registries.on(self.today())?.version,
        };
        let tables = self.registries.tables(&self.store.registry(version)?)?;
        self.looked(actor, "registry_tables", None)?;
        Ok(Answer::Tables(tables.to_bytes()))
    }

    /// The day in the gateway's time zone.
    pub(super) fn today(&self) -> Date {
        jiff::Timestamp::now().to_zoned(self.settings.time_zone.clone()).date()
    }
}

fn told(Proposal { view, changes, warnings }: Proposal) -> Answer {
    Answer::Registry(Registry { view, changes: changes.iter().map(ToString::to_string).collect(), warnings })
}

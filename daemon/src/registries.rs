//! The registry in force on a day, and how another one comes into force.
//!
//! Every registry that was handed in is sealed in the store under a number. The journal says who handed it in
//! and who approved it; what is not approved is never used.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use jiff::civil::Date;
use kasasagi_config::office::Approvals;
use kasasagi_config::registry::{self, Bundle, Change, What};
use kasasagi_routing::registry::Registry;
use kasasagi_store::event::Event;
use kasasagi_store::{RegistryStanding, RegistryView, Store};

use crate::lexicon::Lexicons;
use crate::library::Library;
use crate::{Error, Result};

/// Every registry of a store.
pub struct Registries {
    store: Arc<Store>,
    /// Folder of the first one.
    dir: PathBuf,
    approvals: Approvals,
    current: RwLock<Option<Arc<InForce>>>,
    /// Held while a number is found for a registry handed in.
    handing_in: Mutex<()>,
}

/// A registry in force.
pub struct InForce {
    /// Its number.
    pub version: u32,
    /// The registry.
    pub registry: Registry,
    /// What a person should look at though it is sound.
    pub warnings: Vec<String>,
    lexicons: OnceLock<Arc<Lexicons>>,
}

/// A registry handed in, and what it would change.
pub struct Proposal {
    /// The registry.
    pub view: RegistryView,
    /// Rows that differ from the registry in force before.
    pub changes: Vec<Change>,
    /// What a person should look at though it is sound.
    pub warnings: Vec<String>,
}

impl InForce {
    fn new(version: u32, tables: &Bundle) -> Result<Self> {
        let loaded = tables.parse()?;
        Ok(Self { version, registry: loaded.registry, warnings: loaded.warnings, lexicons: OnceLock::new() })
    }

    /// The registry as readings are looked up in it.
    pub fn lexicons(&self, library: &Library, budget: f64) -> Arc<Lexicons> {
        let made = || Arc::new(Lexicons::new(library, &self.registry, budget));
        self.lexicons.get_or_init(made).clone()
    }
}

impl Registries {
    /// The registries of a store whose first one lies, or lay, in the folder `dir`.
    pub fn new(store: Arc<Store>, dir: PathBuf, approvals: Approvals) -> Self {
        Self { store, dir, approvals, current: RwLock::new(None), handing_in: Mutex::new(()) }
    }

    /// The registry of this day. Blocks.
    ///
    /// # Errors
    /// [`Error::NoRegistry`] if none was ever approved; when its tables cannot be opened or understood.
    pub fn on(&self, day: Date) -> Result<Arc<InForce>> {
        let view = self.store.registry_on(day)?.ok_or(Error::NoRegistry)?;
        let held = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(current) = held.filter(|current| current.version == view.version) {
            return Ok(current);
        }
        self.take(&view)
    }

    /// Reads the registry of this day anew; the one in use stays if it cannot be opened or understood. Blocks.
    ///
    /// # Errors
    /// As of [`Self::on`].
    pub fn renew(&self, day: Date) -> Result<Arc<InForce>> {
        self.take(&self.store.registry_on(day)?.ok_or(Error::NoRegistry)?)
    }

    fn take(&self, view: &RegistryView) -> Result<Arc<InForce>> {
        let found = Arc::new(InForce::new(view.version, &self.tables(view)?)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }

    /// Takes the folder as the first registry if none was ever approved. Whoever sets up the gateway vouches for it.
    ///
    /// # Errors
    /// With every fault of the folder.
    pub fn begin(&self, actor: &str) -> Result<()> {
        if self.store.registries()?.iter().any(is_approved) {
            return Ok(());
        }
        let Proposal { view, .. } = self.hand_in(actor, &Bundle::read(&self.dir)?, None)?;
        self.approved(actor, view.version)
    }

    /// Whether the folder of the first registry says something else than the registry of this day: somebody
    /// edited it and may believe that to be enough.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn folder_differs(&self, day: Date) -> Result<bool> {
        let Some(view) = self.store.registry_on(day)? else { return Ok(false) };
        Ok(Bundle::read(&self.dir)?.to_bytes() != self.tables(&view)?.to_bytes())
    }

    /// Hands in a registry. It comes into force when a second person approves it, or at once if one is enough.
    ///
    /// # Errors
    /// With every fault of its tables: a registry with one is refused whole.
    pub fn propose(&self, actor: &str, tables: &Bundle, effective: Option<Date>) -> Result<Proposal> {
        let mut proposal = self.hand_in(actor, tables, effective)?;
        if self.approvals == Approvals::One {
            self.approved(actor, proposal.view.version)?;
            proposal.view = self.store.registry(proposal.view.version)?;
        }
        Ok(proposal)
    }

    /// Approves a registry.
    ///
    /// # Errors
    /// [`Error::OwnApproval`] if two people are needed and this is the one who handed it in.
    pub fn approve(&self, actor: &str, version: u32) -> Result<RegistryView> {
        let view = self.open(version)?;
        if self.approvals == Approvals::Two && view.proposed_by == actor {
            return Err(Error::OwnApproval { version, actor: actor.to_owned() });
        }
        self.approved(actor, version)?;
        Ok(self.store.registry(version)?)
    }

    /// Turns a registry down.
    ///
    /// # Errors
    /// When there is none of this number, or it is settled.
    pub fn turn_down(&self, actor: &str, version: u32) -> Result<RegistryView> {
        self.open(version)?;
        self.store.append(actor, &[Event::RegistryTurnedDown { version }])?;
        Ok(self.store.registry(version)?)
    }

    /// A registry and what it changed or would change. Blocks.
    ///
    /// # Errors
    /// When there is none of this number, or its tables cannot be opened.
    pub fn show(&self, version: u32) -> Result<Proposal> {
        let view = self.store.registry(version)?;
        let tables = self.tables(&view)?;
        let warnings = tables.parse()?.warnings;
        let changes = registry::difference(self.latest(version)?.as_ref(), &tables)?;
        Ok(Proposal { view, changes, warnings })
    }

    /// The tables of a registry.
    ///
    /// # Errors
    /// When they cannot be opened.
    pub fn tables(&self, view: &RegistryView) -> Result<Bundle> {
        Ok(Bundle::from_bytes(&self.store.archived(view)?)?)
    }

    fn hand_in(&self, actor: &str, tables: &Bundle, effective: Option<Date>) -> Result<Proposal> {
        let _alone = self.handing_in.lock().unwrap_or_else(PoisonError::into_inner);
        let warnings = tables.parse()?.warnings;
        let changes = registry::difference(self.latest(u32::MAX)?.as_ref(), tables)?;
        let count = |wanted: fn(&What) -> bool| {
            u32::try_from(changes.iter().filter(|change| wanted(&change.what)).count()).unwrap_or(u32::MAX)
        };
        let (version, sha256) = self.store.archive(&tables.to_bytes())?;
        let proposed = Event::RegistryProposed {
            version,
            sha256,
            effective,
            added: count(|what| matches!(what, What::Added)),
            changed: count(|what| matches!(what, What::Changed(_))),
            removed: count(|what| matches!(what, What::Removed)),
        };
        self.store.append(actor, &[proposed])?;
        Ok(Proposal { view: self.store.registry(version)?, changes, warnings })
    }

    fn approved(&self, actor: &str, version: u32) -> Result<()> {
        self.store.append(actor, &[Event::RegistryApproved { version }])?;
        Ok(())
    }

    fn open(&self, version: u32) -> Result<RegistryView> {
        let view = self.store.registry(version)?;
        let overtaken =
            self.store.registries()?.iter().any(|other| other.version > version && is_approved(other));
        if view.standing == RegistryStanding::Proposed && !overtaken {
            Ok(view)
        } else {
            Err(Error::RegistrySettled { version })
        }
    }

    /// The tables of the registry approved last of those with a smaller number, whenever it takes effect.
    fn latest(&self, below: u32) -> Result<Option<Bundle>> {
        let registries = self.store.registries()?.into_iter().rev();
        let last = registries.filter(is_approved).find(|view| view.version < below);
        last.map(|view| self.tables(&view)).transpose()
    }
}

fn is_approved(view: &RegistryView) -> bool {
    matches!(view.standing, RegistryStanding::Approved { .. })
}

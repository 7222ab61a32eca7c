//! The sealed tables of every registry that was ever handed in, under a key of their own.

use std::ops::ControlFlow;

use zeroize::Zeroizing;

use jiff::civil::Date;

use crate::hash::Hash;
use crate::registry::{self, RegistryStanding, RegistryView};
use crate::seal::{Magic, seal, unseal};
use crate::store::Store;
use crate::{Error, Result, chance, disk, rows};

pub(crate) const KEY: Magic = *b"KSGRKEY\x01";
const TABLES: Magic = *b"KSGREGS\x01";
pub(crate) const NAME: &str = "registry";

impl Store {
    /// Seals the tables of a registry under the next free number, which is returned with their SHA-256.
    /// They are durable on return, and become a registry by a `RegistryProposed` event alone.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::View`], [`Error::Tampered`].
    pub fn archive(&self, tables: &[u8]) -> Result<(u32, String)> {
        let version = self.registries()?.last().map_or(0, |last| last.version).saturating_add(1);
        let key = self.archive_key(true)?;
        let sealed = seal(&key, &TABLES, &version.to_be_bytes(), tables)?;
        disk::make_dir(&self.dir().join(NAME))?;
        disk::replace(&self.archive_path(version), &sealed)?;
        Ok((version, Hash::of(&[tables]).to_string()))
    }

    /// The tables of a registry.
    ///
    /// # Errors
    /// [`Error::NoRegistry`]; [`Error::Tampered`] if they are not those that were handed in.
    pub fn archived(&self, registry: &RegistryView) -> Result<Vec<u8>> {
        let path = self.archive_path(registry.version);
        let sealed = disk::read(&path)?.ok_or(Error::NoRegistry(registry.version))?;
        let key = self.archive_key(false)?;
        unseal(&key, &TABLES, &registry.version.to_be_bytes(), &sealed)
            .filter(|tables| Hash::of(&[tables]).to_string() == registry.sha256)
            .ok_or(Error::Tampered(path))
    }

    /// Every registry, the oldest first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn registries(&self) -> Result<Vec<RegistryView>> {
        let mut found = Vec::new();
        self.view()?.scan(&rows::registries(), b"", |_, row| {
            found.push(registry::read(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The registry of this number.
    ///
    /// # Errors
    /// [`Error::NoRegistry`], [`Error::View`].
    pub fn registry(&self, version: u32) -> Result<RegistryView> {
        let row = self.view()?.get(&rows::registry(version))?;
        row.map(|row| registry::read(&row)).transpose()?.ok_or(Error::NoRegistry(version))
    }

    /// The registry in force on a day: the latest approved whose first day has come.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn registry_on(&self, day: Date) -> Result<Option<RegistryView>> {
        let approved = |r: &RegistryView| matches!(r.standing, RegistryStanding::Approved { .. });
        let begun = |r: &RegistryView| r.effective.is_none_or(|first| first <= day);
        Ok(self.registries()?.into_iter().rev().find(|r| approved(r) && begun(r)))
    }

    fn archive_path(&self, version: u32) -> std::path::PathBuf {
        self.dir().join(NAME).join(format!("{version:08}"))
    }

    fn archive_key(&self, make: bool) -> Result<Zeroizing<[u8; 32]>> {
        let path = self.dir().join("keys").join(NAME);
        let master = self.master_key();
        if let Some(wrapped) = disk::read(&path)? {
            let key = unseal(master, &KEY, NAME.as_bytes(), &wrapped).map(Zeroizing::new);
            return key
                .and_then(|key| key.as_slice().try_into().ok())
                .map(Zeroizing::new)
                .ok_or(Error::Tampered(path));
        }
        if !make {
            return Err(Error::Tampered(path));
        }
        let key = Zeroizing::new(chance::bytes::<32>()?);
        disk::replace(&path, &seal(master, &KEY, NAME.as_bytes(), &*key)?)?;
        Ok(key)
    }
}

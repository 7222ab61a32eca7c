//! `kasasagi key`: the master key that opens the store.

use std::path::{Path, PathBuf};

use kasasagi_config::Settings;
use kasasagi_store::MasterKey;
use kasasagi_store::event::Event;

use super::{Desktop, Ending, print};
use crate::control::actor;
use crate::owner::AsOwner;
use crate::{Error, Result, gateway, say};

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// Put another master key in the place of the one there is; the gateway must not run.
    Rotate {
        /// Where to write the new key, if the old one is given by a credential that this program cannot replace.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

pub(super) fn run(desktop: &Desktop, verb: Verb) -> Ending {
    let Verb::Rotate { to } = verb;
    let mut settings = desktop.settings()?;
    if !settings.store_dir.join("journal").exists() {
        return Err(Error::NoStore { dir: settings.store_dir }.into());
    }
    let old = MasterKey::from_file(&settings.master_key)?;
    let place = to.clone().unwrap_or_else(|| with(&settings.master_key, "new"));
    let new = new_key(&place)?;
    let wrapped = wrap(&settings.store_dir, &old, &new)?;
    let kept = if to.is_none() { Some(put_in_place(&place, &settings.master_key)?) } else { None };
    settings.master_key = to.clone().unwrap_or(settings.master_key);
    tell_the_trail(&settings, new)?;
    if desktop.json {
        let told = serde_json::json!({ "keys": wrapped, "key": settings.master_key, "before": kept });
        Desktop::print_json(&told)?;
        return Ok(0);
    }
    print(&say!("key-rotated", count = wrapped, key = %settings.master_key.display()))?;
    if to.is_some() {
        print(&say!("key-settings"))?;
    }
    if let Some(kept) = kept {
        print(&say!("key-kept", kept = %kept.display()))?;
    }
    Ok(0)
}

/// A rotation that was cut short goes on with the key it began with.
fn new_key(place: &Path) -> Result<MasterKey> {
    let _owner = AsOwner::beside(place)?;
    Ok(if place.exists() { MasterKey::from_file(place)? } else { MasterKey::generate_file(place)? })
}

fn wrap(store: &Path, old: &MasterKey, new: &MasterKey) -> Result<u64> {
    let _owner = AsOwner::of(store)?;
    Ok(kasasagi_store::rotate(store, old, new)?)
}

fn tell_the_trail(settings: &Settings, key: MasterKey) -> Result<()> {
    let _owner = AsOwner::of(&settings.store_dir)?;
    let store = gateway::open_with(settings, key)?;
    store.append(&actor::myself(), &[Event::KeyRotated])?;
    store.checkpoint()?;
    Ok(())
}

/// The old key gets another name, then the new one takes its place in one step.
fn put_in_place(new: &Path, key: &Path) -> Ending<PathBuf> {
    let _owner = AsOwner::beside(key)?;
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let kept = with(key, &format!("before-{now}"));
    let fault = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Error::File { action, path, source }
    };
    std::fs::hard_link(key, &kept).map_err(fault("keep", key))?;
    std::fs::rename(new, key).map_err(fault("replace", key))?;
    let dir = key.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(fault("sync", dir))?;
    Ok(kept)
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

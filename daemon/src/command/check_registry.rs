//! `kasasagi check`: the registry in force.

use std::result::Result;

use kasasagi_config::registry::{Bundle, Loaded};
use kasasagi_config::{Settings, registry};
use kasasagi_store::{RegistryStanding, RegistryView};

use super::check::Finding::{self, Bad, Good, Warning};
use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::language::Both;
use crate::{Error, phrase};

/// The registry in force, and whether the settings' folder says something else; before the first start, that folder.
pub(super) fn in_force(settings: &Settings) -> Result<(Loaded, bool), Both> {
    let told = |error: Error| Both::of(&error);
    let folder = || registry::load(&settings.registry_dir).map_err(|error| told(error.into()));
    if !settings.store_dir.join("journal").exists() {
        return folder().map(|loaded| (loaded, false));
    }
    let ask = |request| client::ask(settings, request, None).map_err(told);
    let approved = |view: &RegistryView| matches!(view.standing, RegistryStanding::Approved { .. });
    match ask(Request::RegistryHistory)? {
        Answer::Registries(all) if !all.iter().any(approved) => folder().map(|loaded| (loaded, false)),
        _ => match ask(Request::RegistryTables { version: None })? {
            Answer::Tables(bytes) => {
                let loaded = Bundle::from_bytes(&bytes).and_then(|tables| tables.parse());
                let differs = Bundle::read(&settings.registry_dir).is_ok_and(|it| it.to_bytes() != bytes);
                loaded.map(|loaded| (loaded, differs)).map_err(|error| told(error.into()))
            }
            Answer::Refused { message, .. } => Err(message.into()),
            _ => Err(phrase!("general-unexpected").into()),
        },
    }
}

pub(super) fn finding(settings: &Settings, registry: &Result<(Loaded, bool), Both>) -> Finding {
    let (loaded, differs) = match registry {
        Err(message) => return Bad(message.clone()),
        Ok(found) => found,
    };
    let registry = &loaded.registry;
    let mut told = Both::from(phrase!(
        "check-registry",
        physicians = registry.physicians().count(),
        facilities = registry.facilities().count(),
        patients = registry.patients().count()
    ));
    if *differs {
        told = told.and(&phrase!("check-registry-differs", dir = %settings.registry_dir.display()).into());
    }
    match loaded.warnings.len() {
        0 => Good(told),
        count => Warning(told.and(&phrase!("check-registry-remarks", count = count).into())),
    }
}

//! `kasasagi registry`: is it sound, who is in it, how it changes, and who would get what.

mod change;
mod outlook;

use std::path::{Path, PathBuf};

use kasasagi_config::registry::{self, Bundle, Loaded};

use super::table::table;
use super::{Desktop, Ending, Failure, print, unexpected};
use crate::control::request::{Answer, Request};
use crate::language::{Both, chosen};
use crate::say;

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// Check every table and row of a folder.
    Check {
        /// The folder; that of the settings when left out.
        dir: Option<PathBuf>,
    },
    /// Hand in a folder of tables as the next registry, and show what it changes.
    Import(change::Import),
    /// Show a registry that was handed in, and what it changes.
    Show {
        /// Its number.
        version: u32,
    },
    /// Let a registry that somebody else handed in come into force.
    Approve {
        /// Its number.
        version: u32,
    },
    /// Do not use a registry that was handed in.
    TurnDown {
        /// Its number.
        version: u32,
    },
    /// List every registry that was handed in.
    History,
    /// Write the tables of a registry to a folder.
    Export(change::Export),
    /// Find people and offices by code or a part of the name.
    Find {
        /// Code, name or kana, or a part of one.
        text: String,
    },
    /// Show who would get what about a patient, when and how; nothing is sent.
    Policy(outlook::Args),
}

pub(super) fn run(desktop: &Desktop, verb: &Verb) -> Ending {
    match verb {
        Verb::Check { dir } => check(desktop, dir.as_deref()),
        Verb::Import(args) => change::import(desktop, args),
        Verb::Show { version } => change::show(desktop, *version),
        Verb::Approve { version } => change::approve(desktop, *version),
        Verb::TurnDown { version } => change::turn_down(desktop, *version),
        Verb::History => change::history(desktop),
        Verb::Export(args) => change::export(desktop, args),
        Verb::Find { text } => find(desktop, text),
        Verb::Policy(args) => outlook::run(desktop, &in_force(desktop)?.registry, args),
    }
}

/// The registry in force; before the first start the folder of the settings.
fn in_force(desktop: &Desktop) -> Ending<Loaded> {
    let settings = desktop.settings()?;
    if !settings.store_dir.join("journal").exists() {
        return Ok(registry::load(&settings.registry_dir).map_err(crate::Error::from)?);
    }
    let Answer::Tables(bytes) = desktop.ask(Request::RegistryTables { version: None }, None)? else {
        return Err(unexpected());
    };
    let tables = Bundle::from_bytes(&bytes).map_err(crate::Error::from)?;
    Ok(tables.parse().map_err(crate::Error::from)?)
}

/// The code of the one whom this names among the kinds; a code names itself, in the registry or not.
pub(super) fn code_of(desktop: &Desktop, text: String, fits: impl Fn(&str) -> bool) -> Ending<String> {
    if text.is_ascii() {
        return Ok(text);
    }
    let hits = in_force(desktop)?.registry.find(&text);
    let hits: Vec<_> = hits.into_iter().filter(|hit| fits(hit.kind)).collect();
    match &hits[..] {
        [one] => Ok(one.code.clone()),
        [] => Err(Failure { exit: 2, message: say!("registry-nobody", text = %text) }),
        several => {
            let codes: Vec<String> = several.iter().map(|hit| format!("{} {}", hit.code, hit.name)).collect();
            let codes = codes.join(&say!("general-comma"));
            Err(Failure { exit: 2, message: say!("registry-several", text = text, codes = codes) })
        }
    }
}

fn find(desktop: &Desktop, text: &str) -> Ending {
    let hits = in_force(desktop)?.registry.find(text);
    if desktop.json {
        let hits: Vec<_> = hits
            .iter()
            .map(
                |h| serde_json::json!({ "kind": h.kind, "code": h.code, "name": h.name, "detail": h.detail }),
            )
            .collect();
        Desktop::print_json(&hits)?;
    } else {
        let row = |h: &kasasagi_routing::registry::Hit| {
            vec![kind(h.kind), h.code.clone(), h.name.clone(), h.detail.clone()]
        };
        let rows: Vec<Vec<String>> = hits.iter().map(row).collect();
        print(&table(&say!("registry-find-columns"), &rows))?;
    }
    Ok(u8::from(hits.is_empty()))
}

fn check(desktop: &Desktop, dir: Option<&Path>) -> Ending {
    let dir = match dir {
        Some(dir) => dir.to_owned(),
        None => desktop.settings()?.registry_dir,
    };
    let loaded = registry::load(&dir).map_err(crate::Error::from)?;
    let registry = &loaded.registry;
    let counts = [registry.physicians().count(), registry.facilities().count(), registry.patients().count()];
    let [physicians, facilities, patients] = counts;
    let warnings = &loaded.warnings;
    if desktop.json {
        Desktop::print_json(&serde_json::json!({
            "dir": dir, "physicians": physicians, "facilities": facilities, "patients": patients,
            "warnings": warnings,
        }))?;
        return Ok(0);
    }
    warnings.iter().try_for_each(|warning| remark(warning))?;
    print(&say!(
        "registry-sound",
        dir = %dir.display(),
        physicians = physicians,
        facilities = facilities,
        patients = patients,
        warnings = warnings.len()
    ))?;
    Ok(0)
}

/// What a person should know of a registry that is used all the same: a file, a line, and what about it.
fn remark(warning: &str) -> Ending<()> {
    let parts: Vec<String> =
        warning.splitn(3, ": ").map(|part| Both::detail(part).to(chosen()).to_owned()).collect();
    print(&say!("registry-warning", what = parts.join(&say!("registry-colon"))))
}

fn kind(code: &str) -> String {
    match code {
        "patient" => say!("registry-patient"),
        "physician" => say!("registry-physician"),
        "facility" => say!("registry-facility"),
        other => other.to_owned(),
    }
}

//! `kasasagi registry`: is it sound, and who is in it.

use std::path::Path;

use kasasagi_config::registry::{self, Loaded};

use super::table::table;
use super::{Desktop, Ending, print};

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// Check every table and row.
    Check,
    /// Find people and offices by code or a part of the name.
    Find {
        /// Code, name or kana, or a part of one.
        text: String,
    },
}

pub(super) fn run(desktop: &Desktop, verb: &Verb) -> Ending {
    let settings = desktop.settings()?;
    let loaded = registry::load(&settings.registry_dir).map_err(crate::Error::from)?;
    match verb {
        Verb::Check => check(desktop, &settings.registry_dir, &loaded),
        Verb::Find { text } => {
            let rows: Vec<Vec<String>> = loaded
                .registry
                .find(text)
                .into_iter()
                .map(|hit| vec![hit.kind.to_owned(), hit.code, hit.name, hit.detail])
                .collect();
            if desktop.json {
                let hits: Vec<_> = rows
                    .iter()
                    .map(|r| serde_json::json!({ "kind": r[0], "code": r[1], "name": r[2], "detail": r[3] }))
                    .collect();
                Desktop::print_json(&hits)?;
            } else {
                print(&table(&["KIND", "CODE", "NAME", ""], &rows))?;
            }
            Ok(u8::from(rows.is_empty()))
        }
    }
}

fn check(desktop: &Desktop, dir: &Path, loaded: &Loaded) -> Ending {
    let registry = &loaded.registry;
    let counts = [registry.physicians().count(), registry.facilities().count(), registry.patients().count()];
    let [physicians, facilities, patients] = counts;
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    if desktop.json {
        Desktop::print_json(&serde_json::json!({
            "dir": dir, "physicians": physicians, "facilities": facilities, "patients": patients,
            "warnings": warnings,
        }))?;
        return Ok(0);
    }
    for warning in &warnings {
        print(&format!("warning: {warning}"))?;
    }
    print(&format!(
        "{}: {physicians} physicians, {facilities} facilities, {patients} patients; no faults, {} warnings",
        dir.display(),
        warnings.len()
    ))?;
    Ok(0)
}

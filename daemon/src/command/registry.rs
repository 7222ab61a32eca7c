//! `kasasagi registry`: is it sound, and who is in it.

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
    let loaded = kasasagi_config::registry::load(&settings.registry_dir).map_err(crate::Error::from)?;
    match verb {
        Verb::Check => {
            for warning in &loaded.warnings {
                print(&format!("warning: {warning}"))?;
            }
            let registry = &loaded.registry;
            print(&format!(
                "{}: {} physicians, {} facilities, {} patients; no faults, {} warnings",
                settings.registry_dir.display(),
                registry.physicians().count(),
                registry.facilities().count(),
                registry.patients().count(),
                loaded.warnings.len()
            ))?;
            Ok(0)
        }
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

//! `kasasagi registry import`, `show`, `approve`, `turn-down`, `history` and `export`: how a registry changes.

use std::path::PathBuf;

use jiff::civil::Date;
use kasasagi_config::registry::{self, Bundle, Format};
use kasasagi_store::{RegistryStanding, RegistryView};

use super::super::table::table;
use super::super::{Desktop, Ending, print, unexpected, words};
use super::remark;
use crate::control::request::{Answer, Registry, Request};
use crate::say;

#[derive(clap::Args)]
pub(in crate::command) struct Import {
    /// Folder with the tables (CSV or TOML) and certificates.
    dir: PathBuf,
    /// First day it is to be used, such as 2026-12-01; at once when left out.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
}

#[derive(clap::Args)]
pub(in crate::command) struct Export {
    /// Folder to write to; made if it is missing.
    dir: PathBuf,
    /// Number of the registry; the one in force when left out.
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
    /// As which kind of table.
    #[arg(long, value_enum, default_value_t = Kind::Csv)]
    format: Kind,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Csv,
    Toml,
}

pub(super) fn import(desktop: &Desktop, args: &Import) -> Ending {
    let tables = Bundle::read(&args.dir).map_err(crate::Error::from)?;
    let Answer::Registry(registry) =
        desktop.ask(Request::RegistryPropose { effective: args.from }, Some(&tables.to_bytes()))?
    else {
        return Err(unexpected());
    };
    told(desktop, &registry)
}

pub(super) fn show(desktop: &Desktop, version: u32) -> Ending {
    let Answer::Registry(registry) = desktop.ask(Request::RegistryShow { version }, None)? else {
        return Err(unexpected());
    };
    told(desktop, &registry)
}

pub(super) fn history(desktop: &Desktop) -> Ending {
    list(desktop, Request::RegistryHistory)
}

pub(super) fn approve(desktop: &Desktop, version: u32) -> Ending {
    list(desktop, Request::RegistryApprove { version })
}

pub(super) fn turn_down(desktop: &Desktop, version: u32) -> Ending {
    list(desktop, Request::RegistryTurnDown { version })
}

pub(super) fn export(desktop: &Desktop, args: &Export) -> Ending {
    let Answer::Tables(bytes) = desktop.ask(Request::RegistryTables { version: args.version }, None)? else {
        return Err(unexpected());
    };
    let tables = Bundle::from_bytes(&bytes).map_err(crate::Error::from)?;
    let format = match args.format {
        Kind::Csv => Format::Csv,
        Kind::Toml => Format::Toml,
    };
    registry::export(&tables, &args.dir, format).map_err(crate::Error::from)?;
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "written_to": args.dir }))?;
        return Ok(0);
    }
    print(&say!("registry-written", dir = %args.dir.display()))?;
    Ok(0)
}

fn told(desktop: &Desktop, registry: &Registry) -> Ending {
    if desktop.json {
        Desktop::print_json(registry)?;
        return Ok(0);
    }
    for change in &registry.changes {
        print(change)?;
    }
    registry.warnings.iter().try_for_each(|warning| remark(warning))?;
    let RegistryView { version, rows: (added, changed, removed), .. } = registry.view;
    print(&say!(
        "registry-rows",
        version = version,
        added = %added,
        changed = %changed,
        removed = %removed
    ))?;
    print(&match &registry.view.standing {
        RegistryStanding::Proposed => say!("registry-not-in-force", version = version),
        standing => describe(standing),
    })?;
    Ok(0)
}

fn list(desktop: &Desktop, request: Request) -> Ending {
    let Answer::Registries(registries) = desktop.ask(request, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&registries)?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    let row = |view: &RegistryView| {
        let (added, changed, removed) = view.rows;
        vec![
            view.version.to_string(),
            words::time(view.proposed_at, &zone),
            view.proposed_by.clone(),
            format!("+{added} ~{changed} -{removed}"),
            view.effective.map_or_else(|| say!("registry-at-once"), |day| day.to_string()),
            describe(&view.standing),
        ]
    };
    let rows: Vec<Vec<String>> = registries.iter().map(row).collect();
    print(&table(&say!("registry-columns"), &rows))?;
    Ok(0)
}

fn describe(standing: &RegistryStanding) -> String {
    match standing {
        RegistryStanding::Proposed => say!("registry-proposed"),
        RegistryStanding::Approved { by, .. } => say!("registry-approved", by = %by),
        RegistryStanding::TurnedDown { by, .. } => say!("registry-turned-down", by = %by),
    }
}

//! `kasasagi backup` and `restore`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kasasagi_config::Settings;
use kasasagi_store::{MasterKey, Since};

use super::{Desktop, Ending, print, unexpected, words};
use crate::control::actor;
use crate::control::request::{Answer, Request};
use crate::progress::OfStore;
use crate::{Error, say};

#[derive(clap::Args)]
pub(super) struct Backup {
    /// Folder for the copy: empty, or not there yet.
    dir: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Restore {
    /// Folder of the backup.
    dir: PathBuf,
    /// Move the store that is there aside.
    #[arg(long)]
    replace: bool,
    /// You know that the gateway never ran again after this backup was made: everything goes on where it was, and what
    /// waits in it is sent.
    #[arg(long)]
    never_ran_since: bool,
}

/// The daemon may run: its files are copied in an order in which that does no harm.
pub(super) fn backup(desktop: &Desktop, args: &Backup) -> Ending {
    let settings = desktop.settings()?;
    // A signed head that the copy must hold.
    let Answer::Head(_) = desktop.ask(Request::AuditHead, None)? else { return Err(unexpected()) };
    let bars = OfStore::default();
    let told = |work, done, all| bars.told(work, done, all);
    let made = kasasagi_store::backup_telling(&settings.store_dir, &args.dir, Timestamp::now(), &told)?;
    drop(bars);
    let Answer::Head(_) = desktop.ask(Request::BackedUp { seq: made.seq }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&made)?;
        return Ok(0);
    }
    print(&say!(
        "backup-made",
        files = made.files,
        seq = made.seq,
        dir = %args.dir.display(),
        key = %settings.master_key.display()
    ))?;
    Ok(0)
}

pub(super) fn restore(desktop: &Desktop, args: &Restore) -> Ending {
    let settings = desktop.settings()?;
    let since = if args.never_ran_since { Since::Stopped } else { Since::Unknown };
    let opens = kasasagi_store::Settings {
        dir: settings.store_dir.clone(),
        master_key: MasterKey::from_file(&settings.master_key)?,
        time_zone: settings.time_zone.clone(),
        disk_floor_bytes: settings.disk_floor,
    };
    let bars = OfStore::default();
    let told = |work, done, all| bars.told(work, done, all);
    let (from, actor) = (&args.dir, actor::myself());
    let found = kasasagi_store::restore_telling(from, opens, &actor, since, args.replace, &told)?;
    drop(bars);
    if let Some(aside) = &found.aside {
        keep_identity(&settings, aside)?;
    }
    if desktop.json {
        Desktop::print_json(&serde_json::json!({
            "backup": found.backup, "in_doubt": found.in_doubt, "aside": found.aside,
        }))?;
        return Ok(0);
    }
    print(&say!(
        "backup-restored",
        dir = %settings.store_dir.display(),
        made = words::time(found.backup.made, &settings.time_zone),
        seq = found.backup.seq
    ))?;
    if let Some(aside) = found.aside {
        print(&say!("backup-aside", aside = %aside.display()))?;
    }
    if found.in_doubt > 0 {
        print(&say!("backup-in-doubt", count = found.in_doubt))?;
    }
    Ok(0)
}

/// The master key and the certificate that signs mails may lie in the store's folder, and are in no backup: nothing
/// seals them.
fn keep_identity(settings: &Settings, aside: &Path) -> Ending<()> {
    let smime = &settings.office.smime;
    for path in [&settings.master_key, &smime.certificate, &smime.key] {
        let Ok(name) = path.strip_prefix(&settings.store_dir) else { continue };
        let before = aside.join(name);
        if before.exists() && !path.exists() {
            std::fs::rename(&before, path).map_err(|source| Error::File {
                action: "move back",
                path: before.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

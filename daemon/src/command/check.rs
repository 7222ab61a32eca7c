//! `kasasagi check`: everything the gateway needs, a line each; or what it would make of one mail.

use std::path::{Path, PathBuf};

use kasasagi_config::Settings;
use kasasagi_ocr::blank::Typeface;
use kasasagi_store::MasterKey;

use super::table::padded;
use super::{Desktop, Ending, print};
use crate::credentials::is_handed_over;
use crate::language::{Both, chosen};
use crate::library::Library;
use crate::mail::Sources;
use crate::reader::walls::{Strength, Walls};
use crate::{Error, Result, phrase, say};

/// What one check found.
pub(super) enum Finding {
    /// In order; what was seen.
    Good(Both),
    /// Works, but a person should know.
    Warning(Both),
    /// Does not work.
    Bad(Both),
}

use Finding::{Bad, Good, Warning};

#[derive(clap::Args, Default)]
pub(super) struct Args {
    /// Show what the gateway would make of this mail instead; nothing is stored.
    #[arg(long, value_name = "FILE.eml")]
    mail: Option<PathBuf>,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    if let Some(mail) = &args.mail {
        return super::check_mail::run(desktop, mail);
    }
    let mut lines: Vec<(&str, Finding)> = Vec::new();
    match desktop.settings() {
        Err(failure) => lines.push(("settings", Bad(failure.message.into()))),
        Ok(settings) => {
            let place = desktop.config.as_ref().map(|path| path.display().to_string().into());
            lines.push(("settings", Good(place.unwrap_or_else(|| phrase!("check-installed").into()))));
            lines.extend(with(&settings));
        }
    }
    let bad = lines.iter().any(|(_, finding)| matches!(finding, Bad(_)));
    if desktop.json {
        let json: Vec<_> = lines
            .iter()
            .map(|(what, finding)| {
                serde_json::json!({ "check": what, "state": finding.code(), "text": finding.text() })
            })
            .collect();
        Desktop::print_json(&json)?;
    } else {
        for (what, finding) in &lines {
            print(&format!("{} {what:<11} {}", padded(&finding.state(), 8), finding.text().to(chosen())))?;
        }
    }
    Ok(u8::from(bad))
}

impl Finding {
    /// An error with its causes.
    pub(super) fn bad(error: &(dyn std::error::Error + 'static)) -> Self {
        Bad(Both::of(error))
    }

    fn code(&self) -> &'static str {
        match self {
            Good(_) => "ok",
            Warning(_) => "warning",
            Bad(_) => "FAILED",
        }
    }

    fn state(&self) -> String {
        match self {
            Good(_) => say!("check-good"),
            Warning(_) => say!("check-warning"),
            Bad(_) => say!("check-bad"),
        }
    }

    fn text(&self) -> &Both {
        let (Good(text) | Warning(text) | Bad(text)) = self;
        text
    }
}

fn with(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let mut lines = Vec::new();
    match Library::open(settings.forms_dir.as_deref()) {
        Err(error) => lines.push(("forms", Finding::bad(&error))),
        Ok(library) => {
            let names: Vec<String> =
                library.forms().map(|f| format!("{} v{}", f.form.id, f.form.version)).collect();
            lines.push(("forms", Good(names.join(", ").into())));
            lines.push((
                "policy",
                finding(crate::gateway::policy_of(settings, &library), |_| phrase!("check-sound").into()),
            ));
            lines.extend(readers(settings, &library));
        }
    }
    lines.push((
        "font",
        finding(Typeface::find(settings.reading.font.as_deref()).map_err(Error::from), |face| {
            face.path().display().to_string().into()
        }),
    ));
    lines.push(("senders", senders(settings)));
    let registry = super::check_registry::in_force(settings);
    lines.push(("registry", super::check_registry::finding(settings, &registry)));
    lines.extend(super::check_sending::findings(settings, registry.as_ref().ok().map(|(loaded, _)| loaded)));
    lines.push(("key", key(settings)));
    lines.push(("disk", disk(settings)));
    lines.extend(settings.imap.as_ref().map(|imap| ("imap", super::check_servers::mailbox(imap))));
    lines.extend(super::standing::findings(settings));
    lines.push(("metrics", super::check_metrics::finding(settings.metrics.as_ref())));
    lines.push(("delivery", super::check_servers::delivery(&settings.delivery)));
    lines
}

/// The profiles, and whether anybody may send.
fn senders(settings: &Settings) -> Finding {
    match Sources::open(settings) {
        Err(error) => Finding::bad(&error),
        Ok(_) if settings.senders.is_empty() => Warning(phrase!("check-no-senders").into()),
        Ok(sources) => {
            let profiles: Vec<&str> = sources.profile_names().collect();
            let (count, profiles) = (settings.senders.len(), profiles.join(", "));
            Good(phrase!("check-senders", count = count, profiles = profiles).into())
        }
    }
}

fn finding<T>(result: Result<T>, tell: impl FnOnce(T) -> Both) -> Finding {
    result.map_or_else(|error| Finding::bad(&error), |value| Good(tell(value)))
}

fn readers(settings: &Settings, library: &Library) -> Vec<(&'static str, Finding)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let probed = runtime.and_then(|runtime| runtime.block_on(crate::readers(settings, library).probe()));
    let ready = match probed {
        Err(error) => return vec![("readers", Finding::bad(&Error::from(error)))],
        Ok(ready) => ready,
    };
    let mut lines: Vec<_> =
        ready.warnings.iter().map(|text| ("readers", Warning(Both::detail(text)))).collect();
    if lines.is_empty() {
        lines.push(("readers", Good(phrase!("check-readers").into())));
    }
    let around = walls(ready.walls);
    lines.push(("walls", if ready.walls.lacks().is_none() { Good(around) } else { Warning(around) }));
    lines
}

fn walls(walls: Walls) -> Both {
    let files = match walls.files {
        Strength::Whole => phrase!("check-walls-files-and-network"),
        Strength::Part => phrase!("check-walls-files"),
        Strength::None => phrase!("check-walls-no-files"),
    };
    let calls = match walls.calls {
        Strength::Whole | Strength::Part => phrase!("check-walls-calls"),
        Strength::None => phrase!("check-walls-no-calls"),
    };
    Both::from(files).and(&calls.into())
}

/// What systemd hands to the service alone, and only while it runs: nothing can be said of it before.
pub(super) fn handed_over(path: &Path) -> Option<Finding> {
    let later = is_handed_over(path) && !path.exists();
    later.then(|| Warning(phrase!("check-handed-over", path = %path.display()).into()))
}

fn key(settings: &Settings) -> Finding {
    let path = &settings.master_key;
    if let Some(later) = handed_over(path) {
        return later;
    }
    if !path.exists() {
        return match settings.store_dir.join("journal").exists() {
            true => Bad(phrase!("check-key-missing", path = %path.display()).into()),
            false => Warning(phrase!("check-made-at-start", path = %path.display()).into()),
        };
    }
    let opens =
        MasterKey::from_file(path).and_then(|key| kasasagi_store::check_key(&settings.store_dir, &key));
    finding(opens.map_err(Error::from), |()| path.display().to_string().into())
}

fn disk(settings: &Settings) -> Finding {
    let dir = settings.store_dir.ancestors().find(|p| p.exists()).unwrap_or(&settings.store_dir);
    match rustix::fs::statvfs(dir) {
        Err(error) => Bad(at(&dir.display().to_string(), &error.into())),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let (megabytes, dir) = ((free / (1024 * 1024)).to_string(), dir.display().to_string());
            if free < settings.disk_floor {
                Bad(phrase!("check-disk-full", free = megabytes, dir = dir).into())
            } else {
                Good(phrase!("check-disk", free = megabytes, dir = dir).into())
            }
        }
    }
}

/// What the system says of a place.
pub(super) fn at(place: &str, error: &std::io::Error) -> Both {
    Both::of(error).within(|why| phrase!("check-at", place = %place, why = why))
}

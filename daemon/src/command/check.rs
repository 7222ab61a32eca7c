//! `kasasagi check`: everything the gateway needs, a line each; or what it would make of one mail.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kasasagi_config::registry::{Bundle, Loaded};
use kasasagi_config::secret::Password;
use kasasagi_config::settings::{Delivery, Imap};
use kasasagi_config::{Settings, registry};
use kasasagi_ocr::blank::Typeface;
use kasasagi_store::{MasterKey, RegistryStanding, RegistryView};

use super::{Desktop, Ending, print};
use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::journey::chain;
use crate::library::Library;
use crate::mail::Sources;
use crate::{Error, Result};

/// Patience with the mail server.
const KNOCK: Duration = Duration::from_secs(5);

/// What one check found.
pub(super) enum Finding {
    /// In order; what was seen.
    Good(String),
    /// Works, but a person should know.
    Warning(String),
    /// Does not work.
    Bad(String),
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
        Err(failure) => lines.push(("settings", Bad(failure.message))),
        Ok(settings) => {
            let source =
                desktop.config.as_ref().map_or("as installed".to_owned(), |p| p.display().to_string());
            lines.push(("settings", Good(source)));
            lines.extend(with(&settings));
        }
    }
    let bad = lines.iter().any(|(_, finding)| matches!(finding, Bad(_)));
    if desktop.json {
        let json: Vec<_> = lines
            .iter()
            .map(|(what, finding)| {
                let (state, text) = told(finding);
                serde_json::json!({ "check": what, "state": state, "text": text })
            })
            .collect();
        Desktop::print_json(&json)?;
    } else {
        for (what, finding) in &lines {
            let (state, text) = told(finding);
            print(&format!("{state:<8} {what:<10} {text}"))?;
        }
    }
    Ok(u8::from(bad))
}

fn told(finding: &Finding) -> (&'static str, &str) {
    match finding {
        Good(text) => ("ok", text),
        Warning(text) => ("warning", text),
        Bad(text) => ("FAILED", text),
    }
}

fn with(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let mut lines = Vec::new();
    match Library::open(settings.forms_dir.as_deref()) {
        Err(error) => lines.push(("forms", bad(&error))),
        Ok(library) => {
            let names: Vec<String> =
                library.forms().map(|f| format!("{} v{}", f.form.id, f.form.version)).collect();
            lines.push(("forms", Good(names.join(", "))));
            lines.push((
                "policy",
                finding(crate::gateway::policy_of(settings, &library), |_| "sound".to_owned()),
            ));
            lines.extend(readers(settings, &library));
        }
    }
    lines.push((
        "font",
        finding(Typeface::find(settings.reading.font.as_deref()).map_err(Error::from), |face| {
            face.path().display().to_string()
        }),
    ));
    lines.push(("senders", senders(settings)));
    let registry = registry_in_force(settings);
    lines.push(("registry", registry_line(settings, &registry)));
    lines.extend(super::check_sending::findings(settings, registry.as_ref().ok().map(|(loaded, _)| loaded)));
    lines.push(("key", key(settings)));
    lines.push(("disk", disk(settings)));
    lines.extend(settings.imap.as_ref().map(|imap| ("imap", mailbox(imap))));
    lines.extend(super::standing::findings(settings));
    lines.push(("metrics", super::check_metrics::finding(settings.metrics.as_ref())));
    lines.push(("delivery", delivery(&settings.delivery)));
    lines
}

/// The profiles, and whether anybody may send.
fn senders(settings: &Settings) -> Finding {
    match Sources::open(settings) {
        Err(error) => bad(&error),
        Ok(_) if settings.senders.is_empty() => Warning(
            "nobody is listed in intake.senders: mail that a server has relayed is held; see docs/senders.md"
                .to_owned(),
        ),
        Ok(sources) => {
            let profiles: Vec<&str> = sources.profile_names().collect();
            Good(format!("{} entries; profiles {}", settings.senders.len(), profiles.join(", ")))
        }
    }
}

fn finding<T>(result: Result<T>, tell: impl FnOnce(T) -> String) -> Finding {
    result.map_or_else(|error| bad(&error), |value| Good(tell(value)))
}

fn bad(error: &Error) -> Finding {
    Bad(chain(error))
}

fn readers(settings: &Settings, library: &Library) -> Vec<(&'static str, Finding)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let probed = runtime.and_then(|runtime| runtime.block_on(crate::readers(settings, library).probe()));
    let ready = match probed {
        Err(error) => return vec![("readers", bad(&error.into()))],
        Ok(ready) => ready,
    };
    let mut lines: Vec<_> = ready.warnings.into_iter().map(|text| ("readers", Warning(text))).collect();
    if lines.is_empty() {
        lines.push(("readers", Good("PP-OCR and Tesseract".to_owned())));
    }
    let walls = ready.walls.to_string();
    lines.push(("walls", if ready.walls.lacks().is_none() { Good(walls) } else { Warning(walls) }));
    lines
}

/// The registry in force, and whether the settings' folder says something else; before the first start, that folder.
fn registry_in_force(settings: &Settings) -> std::result::Result<(Loaded, bool), String> {
    let told = |error: Error| chain(&error);
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
            Answer::Refused { message, .. } => Err(message),
            _ => Err(super::unexpected().message),
        },
    }
}

fn registry_line(settings: &Settings, registry: &std::result::Result<(Loaded, bool), String>) -> Finding {
    match registry {
        Err(message) => Bad(message.clone()),
        Ok((loaded, differs)) => {
            let registry = &loaded.registry;
            let unused =
                || format!("; {} says something else and is not used", settings.registry_dir.display());
            let counts = format!(
                "{} physicians, {} facilities, {} patients{}",
                registry.physicians().count(),
                registry.facilities().count(),
                registry.patients().count(),
                differs.then(unused).unwrap_or_default()
            );
            match loaded.warnings.len() {
                0 => Good(counts),
                n => Warning(format!("{counts}; {n} remarks, see `kasasagi registry check`")),
            }
        }
    }
}

/// What systemd hands to the service alone, and only while it runs: nothing can be said of it before.
pub(super) fn handed_over(path: &Path) -> Option<Finding> {
    let later = path.starts_with("/run/credentials") && !path.exists();
    later.then(|| Warning(format!("{} is there while the service runs", path.display())))
}

fn mailbox(imap: &Imap) -> Finding {
    if let Some(later) = handed_over(&imap.password_file) {
        return later;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(crate::intake::imap::probe(imap))) {
        Ok(Ok(seen)) => Good(seen),
        Ok(Err(fault)) => Bad(chain(&fault)),
        Err(error) => bad(&error.into()),
    }
}

fn key(settings: &Settings) -> Finding {
    let path = &settings.master_key;
    if let Some(later) = handed_over(path) {
        return later;
    }
    if !path.exists() {
        return match settings.store_dir.join("journal").exists() {
            true => Bad(format!(
                "{} is missing, and the store needs it; restore it from your safe copy",
                path.display()
            )),
            false => Warning(format!("{} will be made at the first start", path.display())),
        };
    }
    let opens =
        MasterKey::from_file(path).and_then(|key| kasasagi_store::check_key(&settings.store_dir, &key));
    finding(opens.map_err(Error::from), |()| path.display().to_string())
}

fn disk(settings: &Settings) -> Finding {
    let dir = settings.store_dir.ancestors().find(|p| p.exists()).unwrap_or(&settings.store_dir);
    match rustix::fs::statvfs(dir) {
        Err(error) => Bad(format!("{}: {error}", dir.display())),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let text = format!("{} MB free at {}", free / (1024 * 1024), dir.display());
            if free < settings.disk_floor {
                Bad(format!("{text}; below the floor, mail is deferred"))
            } else {
                Good(text)
            }
        }
    }
}

fn delivery(delivery: &Delivery) -> Finding {
    match delivery {
        Delivery::Folder(dir) => Warning(format!("mails are written to {}, not sent", dir.display())),
        Delivery::Smtp(smtp) => {
            if let Some((_, Password::File { path, .. })) = &smtp.login
                && let Some(later) = handed_over(path)
            {
                return later;
            }
            if let Some(Err(error)) = smtp.login.as_ref().map(|(_, password)| password.read()) {
                return bad(&error.into());
            }
            let place = format!("{}:{}", smtp.host, smtp.port);
            let found = (smtp.host.as_str(), smtp.port).to_socket_addrs();
            let address = found.ok().and_then(|mut addresses| addresses.next());
            match address.map(|address| TcpStream::connect_timeout(&address, KNOCK)) {
                None => Bad(format!("{place}: no such host")),
                Some(Err(error)) => Bad(format!("{place}: {error}")),
                Some(Ok(_)) => Good(format!("{place} answers")),
            }
        }
    }
}

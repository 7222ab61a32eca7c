//! Everything put together: opens what the gateway needs, then runs its parts until shutdown.

mod doors;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kasasagi_config::secret::Secret;
use kasasagi_config::settings::{Delivery, Smtp};
use kasasagi_config::{Settings, policy};
use kasasagi_routing::policy::Policy;
use kasasagi_store::event::Event;
use kasasagi_store::{MasterKey, Store, ViewStart};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::control::{self, Desk};
use crate::deliver::Courier;
use crate::digest::Digests;
use crate::health::Health;
use crate::journey::pulse::Pulse;
use crate::journey::{ACTOR, Journey, chain};
use crate::library::Library;
use crate::listener::Listener;
use crate::mail::Sources;
use crate::message::Templates;
use crate::metrics::{Metrics, ReadingWatch, Register};
use crate::outbox::Outbox;
use crate::owner::AsOwner;
use crate::post::Post;
use crate::progress::Progress;
use crate::reader::Readers;
use crate::reader::child::Setup;
use crate::redact::Redactor;
use crate::registries::Registries;
use crate::reload::{self, Reload};
use crate::report::Office;
use crate::retention::Retention;
use crate::smime::Identity;
use crate::{Error, Result, message, phrase, systemd, watchdog};
use doors::Doors;

/// How long a store in use is waited for, and how long between looks.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// Opens the store of these settings; the master key is made at the first start.
///
/// # Errors
/// When another process has the store, the key is missing beside existing data, or the disk fails.
pub fn open_store(settings: &Settings) -> Result<Store> {
    open_with(settings, master_key(settings)?)
}

/// The master key of these settings, made at the first start.
pub(crate) fn master_key(settings: &Settings) -> Result<MasterKey> {
    // What may not be looked at may be there.
    let absent = |path: &Path| matches!(path.try_exists(), Ok(false));
    if absent(&settings.store_dir.join("journal")) && absent(&settings.master_key) {
        let _owner = AsOwner::beside(&settings.master_key)?;
        MasterKey::generate_file(&settings.master_key)?;
    }
    Ok(MasterKey::from_file(&settings.master_key)?)
}

/// Opens the store with its key.
pub(crate) fn open_with(settings: &Settings, master_key: MasterKey) -> Result<Store> {
    let progress = Progress::of(phrase!("general-progress-view"));
    let (store, opened) = Store::open_telling(
        kasasagi_store::Settings {
            dir: settings.store_dir.clone(),
            master_key,
            time_zone: settings.time_zone.clone(),
            disk_floor_bytes: settings.disk_floor,
        },
        Timestamp::now,
        ACTOR,
        &|done, all| progress.told(done, all),
    )?;
    drop(progress);
    if let Some(cut) = &opened.cut {
        tracing::warn!(
            ?cut,
            "the journal ended in the middle of an event, as after a power cut; the rest was cut off"
        );
    }
    if let ViewStart::Rebuilt { .. } = &opened.view {
        tracing::warn!(view = ?opened.view, "the view was rebuilt from the journal");
    }
    Ok(store)
}

/// Opens the store; a command that found no daemon may hold it for a moment.
async fn open_when_free(settings: &Settings) -> Result<Store> {
    let mut patience = PATIENCE;
    loop {
        match open_store(settings) {
            Err(Error::Store(kasasagi_store::Error::InUse(_))) if !patience.is_zero() => {
                tokio::time::sleep(PAUSE).await;
                patience = patience.saturating_sub(PAUSE);
            }
            opened => return opened,
        }
    }
}

/// Prepares the reader children of these settings.
pub fn readers(settings: &Settings, library: &Library) -> Readers {
    let setup = Setup {
        forms: library.texts().to_vec(),
        model: settings.reading.model.clone(),
        tessdata: settings.reading.tessdata.clone(),
        fallback_font: settings.reading.font.clone(),
        threads: cores().div_ceil(settings.reading.workers.max(1)),
        budget: settings.reading.budget,
        memory: settings.reading.memory,
        cpu: settings.reading.cpu,
    };
    // This very program, even after an upgrade has replaced its file.
    let program = PathBuf::from("/proc/self/exe");
    Readers::new(program, &setup, settings.reading.workers, settings.reading.wall)
}

/// Processors that readers share.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The policy of these settings, checked against the fields of all forms.
///
/// # Errors
/// When the file cannot be read or names an unknown role or field.
pub fn policy_of(settings: &Settings, library: &Library) -> Result<Policy> {
    let keys: BTreeSet<String> =
        library.forms().flat_map(|f| f.form.fields.iter().map(|field| field.key.clone())).collect();
    Ok(match &settings.policy {
        Some(path) => policy::load(path, &keys)?,
        None => policy::embedded(&keys)?,
    })
}

/// Runs the gateway until `shutdown`.
///
/// # Errors
/// When something it cannot work without cannot be opened; nothing has been taken in then.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> Result<()> {
    tell_only_where_it_panicked();
    let settings = Arc::new(settings);
    passwords(&settings)?;
    let library = Arc::new(Library::open(settings.forms_dir.as_deref())?);
    let sources = Arc::new(Sources::open(&settings)?);
    let policy = policy_of(&settings, &library)?;
    // The store lets in one process, so whoever has it may replace the socket of one that died.
    let store = Arc::new(open_when_free(&settings).await?);
    let registries = registries(&settings, &store)?;
    let control_socket = control::server::listen(&settings.control)?;
    let register = Register::default();
    let readers = readers(&settings, &library).logged().watched(ReadingWatch::new(&register));
    let readers = Arc::new(readers);
    for warning in readers.probe().await?.warnings {
        tracing::warn!("{warning}");
    }
    let health = Health::new(Timestamp::now);
    let metrics = settings.metrics.as_ref().map(|listen| {
        let metrics =
            Metrics::new(store.clone(), health.clone(), register, settings.disk_floor, Timestamp::now);
        Arc::new(metrics).run(Listener::from(listen), shutdown.clone())
    });
    store.append(ACTOR, &[Event::Started { version: env!("CARGO_PKG_VERSION").to_owned() }])?;

    let (arrived, arrivals) = mpsc::unbounded_channel();
    let bell = Arc::new(Notify::new());
    let post = Arc::new(post(&settings, &store, &registries)?);
    let courier = Arc::new(Courier::new(&settings.delivery)?);
    let journey = Arc::new(Journey {
        store: store.clone(),
        settings: settings.clone(),
        sources,
        library,
        registries: registries.clone(),
        policy: Arc::new(policy),
        readers,
        redactor: Redactor::new(settings.reading.font.clone()),
        clock: Timestamp::now,
        turns: Semaphore::new(settings.reading.workers + 2),
        shutdown: shutdown.clone(),
        outbox: bell.clone(),
        health: health.clone(),
        deciding: Default::default(),
        opening: Default::default(),
        pulse: Pulse::new(Instant::now()),
    });
    let outbox = Arc::new(Outbox {
        store: store.clone(),
        post: post.clone(),
        courier: courier.clone(),
        limits: settings.outbox.clone(),
        from: settings.from.clone(),
        clock: Timestamp::now,
        chance: rand::random,
        bell: bell.clone(),
    });
    let digests = Arc::new(Digests {
        store: store.clone(),
        registries: registries.clone(),
        settings: settings.clone(),
        clock: Timestamp::now,
        chance: rand::random,
        outbox: bell.clone(),
        rounds: Default::default(),
    });
    let reload = Reload {
        post: post.clone(),
        registries: registries.clone(),
        settings: settings.clone(),
        health: health.clone(),
    };
    let desk = Arc::new(Desk::running(
        store.clone(),
        settings.clone(),
        control::Daemon {
            registries,
            digests: digests.clone(),
            arrivals: arrived.clone(),
            outbox: bell.clone(),
            health: health.clone(),
        },
    ));

    let mut parts = JoinSet::new();
    let doors = Doors::new(&settings, &store, &health, &shutdown, arrived);
    doors.open(&settings, &mut parts).await?;
    let control = control::server::serve(control_socket, desk, settings.max_message, shutdown.clone());
    parts.spawn(well(control));
    parts.spawn(journey.clone().run(arrivals));
    parts.spawn(outbox.run(shutdown.clone()));
    parts.spawn(digests.run(shutdown.clone()));
    if let Some(within) = systemd::watchdog() {
        parts.spawn(well(watchdog::watch(journey.clone(), within, shutdown.clone())));
    }
    parts.spawn(journey.watch_receipts(shutdown.clone()));
    let hangups = signal(SignalKind::hangup()).map_err(Error::Reader)?;
    parts.spawn(well(Arc::new(reload).run(hangups, shutdown.clone())));
    parts.spawn(Arc::new(Office { post, courier }).run(shutdown.clone()));
    let retention =
        Retention { store: store.clone(), days: settings.office.retention, clock: Timestamp::now };
    parts.spawn(Arc::new(retention).run(shutdown.clone()));
    if let Some(metrics) = metrics {
        parts.spawn(well(metrics));
    }
    tracing::info!("taking mail");
    systemd::ready();

    let end = until_stopped(parts, &shutdown).await;
    let _ = std::fs::remove_file(&settings.control);
    store.append(ACTOR, &[Event::Stopped])?;
    tracing::info!("stopped");
    // A view that broke refuses every question: ending in its error makes the service manager start
    // a process that rebuilds it.
    end.and(store.unfinished().map(drop).map_err(Error::from))
}

/// What composes the mails of these settings; the gateway's certificate is made at the first start.
///
/// # Errors
/// When a template is wrong, or certificate and key cannot be used.
pub fn post(settings: &Arc<Settings>, store: &Arc<Store>, registries: &Arc<Registries>) -> Result<Post> {
    Ok(Post {
        store: store.clone(),
        registries: registries.clone(),
        sender: message::Sender {
            name: settings.organisation.clone(),
            address: settings.from.clone(),
            domain: settings.domain.clone(),
            organisation: settings.organisation.clone(),
            contact: settings.contact.clone(),
            reply_to: settings.from.clone(),
        },
        words: RwLock::new(Arc::new(Templates::open(settings.office.templates.as_deref())?)),
        identity: identity(settings)?,
        private: Courier::new(&settings.delivery)?.is_private(),
        settings: settings.clone(),
        clock: Timestamp::now,
        footer: Default::default(),
    })
}

/// The certificate and key that mails are signed with; made if neither is there.
fn identity(settings: &Settings) -> Result<Identity> {
    let kasasagi_config::office::Smime { certificate, key, .. } = &settings.office.smime;
    let (address, name, now) = (&settings.from, &settings.organisation, Timestamp::now());
    match (certificate.exists(), key.exists()) {
        (false, false) => Identity::generate(certificate, key, address, name, now)?,
        (false, true) => Identity::certify(certificate, key, address, name, now)?,
        (true, _) => {}
    }
    Identity::open(certificate, key, address, now)
}

/// The registries of the store; at the first start the folder of the settings becomes the first one.
fn registries(settings: &Settings, store: &Arc<Store>) -> Result<Arc<Registries>> {
    let registries = Registries::new(store.clone(), settings.registry_dir.clone(), settings.office.approvals);
    registries.begin(ACTOR)?;
    reload::registry(&registries, settings)?;
    Ok(Arc::new(registries))
}

/// What can be known of the passwords before they are needed: they can be read.
fn passwords(settings: &Settings) -> Result<()> {
    if let Some(imap) = &settings.imap {
        Secret::from_file("intake.imap.password_file", &imap.password_file)?;
    }
    if let Delivery::Smtp(Smtp { login: Some((_, password)), .. }) = &settings.delivery {
        password.read()?;
    }
    Ok(())
}

/// A part that has no way to fail.
async fn well(part: impl Future<Output = ()>) -> Result<()> {
    part.await;
    Ok(())
}

/// Waits for shutdown, or for a part to end by itself: a gateway without one of its parts would take in
/// faxes that go nowhere. Then all parts end.
async fn until_stopped(mut parts: JoinSet<Result<()>>, shutdown: &CancellationToken) -> Result<()> {
    let ended = |part: std::result::Result<Result<()>, JoinError>| part.unwrap_or(Err(Error::PartEnded));
    let first = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        Some(part) = parts.join_next() => match ended(part) {
            Ok(()) if !shutdown.is_cancelled() => Err(Error::PartEnded),
            end => end,
        },
    };
    if let Err(error) = &first {
        tracing::error!(error = %chain(error), "stopping, to be started again");
    }
    shutdown.cancel();
    systemd::stopping();
    let mut end = first;
    while let Some(part) = parts.join_next().await {
        end = end.and(ended(part));
    }
    end
}

/// A panic message may quote what stood in a mail; the log gets the place alone.
fn tell_only_where_it_panicked() {
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            tracing::error!("a step panicked at {}:{}", place.file(), place.line());
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn stop(parts: JoinSet<Result<()>>, asked: bool) -> Result<()> {
        let shutdown = CancellationToken::new();
        if asked {
            shutdown.cancel();
        }
        let end = until_stopped(parts, &shutdown).await;
        assert!(shutdown.is_cancelled(), "the other parts are told");
        end
    }

    #[tokio::test]
    async fn a_gateway_that_loses_a_part_ends_in_an_error() {
        for how in ["ends", "panics", "fails"] {
            let mut parts = JoinSet::new();
            parts.spawn(async move {
                match how {
                    "ends" => Ok(()),
                    "panics" => panic!("on purpose"),
                    _ => Err(Error::NotLoopback("192.0.2.1:25".parse().unwrap())),
                }
            });
            assert!(stop(parts, false).await.is_err(), "{how}");
        }
    }

    #[tokio::test]
    async fn a_gateway_that_is_stopped_waits_for_its_parts_and_ends_well() {
        let mut parts = JoinSet::new();
        parts.spawn(async {
            tokio::task::yield_now().await;
            Ok(())
        });
        assert!(stop(parts, true).await.is_ok());
        let mut parts = JoinSet::new();
        parts.spawn(async { Err(Error::PartEnded) });
        assert!(stop(parts, true).await.is_err(), "a part that fails while stopping is told");
    }
}

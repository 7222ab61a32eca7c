//! The ways in: what each door of the settings needs, and what a refusal of the store means to it.

use std::sync::Arc;

use kasasagi_config::Settings;
use kasasagi_store::Store;
use kasasagi_store::event::Arrival;
use kasasagi_store::id::FaxId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::well;
use crate::health::{Health, Part};
use crate::intake::imap::Door;
use crate::intake::{self, Deposit, DepositError, Disk, Intake};
use crate::journey::chain;
use crate::language::Both;
use crate::listener::Listener;
use crate::{Error, Result, mail};

/// Everything that the doors share.
pub(super) struct Doors {
    intake: Intake,
    disk: Disk,
    store: Arc<Store>,
    health: Health,
    shutdown: CancellationToken,
}

impl Doors {
    /// Doors into this store; each new fax is told to `arrived`.
    pub(super) fn new(
        settings: &Settings,
        store: &Arc<Store>,
        health: &Health,
        shutdown: &CancellationToken,
        arrived: mpsc::UnboundedSender<FaxId>,
    ) -> Self {
        let (store, health, shutdown) = (store.clone(), health.clone(), shutdown.clone());
        let disk = Disk::new(store.clone(), health.clone(), settings.disk_floor);
        let deposit = deposit(store.clone(), disk.clone(), health.clone(), shutdown.clone());
        let gate = disk.clone();
        let intake = Intake::new(deposit, arrived, limits(settings));
        let intake = intake.behind(Arc::new(move |bytes| gate.admit(bytes)));
        Self { intake, disk, store, health, shutdown }
    }

    /// Opens the doors of the settings, and watches the disk behind them.
    pub(super) async fn open(self, settings: &Settings, parts: &mut JoinSet<Result<()>>) -> Result<()> {
        let Self { intake, disk, store, health, shutdown } = self;
        if let Some(listen) = &settings.lmtp {
            let bound = Listener::from(listen).bind().await?;
            parts.spawn(well(bound.serve(intake.clone(), Default::default(), shutdown.clone())));
        }
        if let Some((dir, interval)) = settings.maildir.clone() {
            let door =
                intake::maildir::watch(dir, intake.clone(), interval, health.clone(), shutdown.clone());
            parts.spawn(well(door));
        }
        if let Some(imap) = settings.imap.clone() {
            let door = Door { settings: imap, intake, store, health, patience: Default::default() };
            parts.spawn(well(door.watch(shutdown.clone())));
        }
        parts.spawn(well(disk.watch(shutdown)));
        Ok(())
    }
}

fn limits(settings: &Settings) -> intake::Limits {
    intake::Limits {
        message: usize::try_from(settings.max_message).unwrap_or(usize::MAX),
        ..Default::default()
    }
}

/// Intake's way into the store, and what its refusals mean to a mail server.
fn deposit(store: Arc<Store>, disk: Disk, health: Health, shutdown: CancellationToken) -> Arc<Deposit> {
    Arc::new(move |arrival, raw| {
        match store.receive(Arrival { unique: mail::is_unique(raw), ..arrival }, raw) {
            Ok(fax) => {
                health.well(Part::Intake);
                health.well(Part::Disk);
                Ok(fax)
            }
            Err(error) => Err(disk.refusal(&error).unwrap_or_else(|| {
                let error = Error::from(error);
                health.trouble(Part::Intake, Both::of(&error));
                if error.is_broken_store() {
                    shutdown.cancel();
                }
                DepositError::Other(chain(&error))
            })),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(delivery: &str) -> Settings {
        Settings::parse("test.toml", delivery, std::path::Path::new("/base")).unwrap()
    }

    #[test]
    fn doors_and_limits_follow_the_settings() {
        let unix = settings("[intake.lmtp]\nlisten = \"unix:l.sock\"").lmtp.unwrap();
        assert!(
            matches!(Listener::from(&unix), Listener::Unix { path, mode: 0o660 } if path.ends_with("l.sock"))
        );
        let port = settings("[intake.lmtp]\nlisten = \"127.0.0.1:2424\"").lmtp.unwrap();
        assert!(matches!(Listener::from(&port), Listener::Tcp(address) if address.port() == 2424));
        assert_eq!(limits(&settings("[intake]\nmax_message_mb = 3")).message, 3 << 20);
    }
}

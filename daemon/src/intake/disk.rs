use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use kasasagi_store::Store;
use tokio_util::sync::CancellationToken;

use super::DepositError;
use crate::health::{Health, Part};
use crate::language::Both;
use crate::phrase;

/// Between two looks at the disk while nothing comes in.
const LOOK: Duration = Duration::from_secs(15);

/// The disk of the store: whether it takes another message, and what a person is told of it.
#[derive(Clone)]
pub(crate) struct Disk {
    store: Arc<Store>,
    health: Health,
    /// Bytes that must stay free.
    floor: u64,
}

impl Disk {
    pub(crate) fn new(store: Arc<Store>, health: Health, floor: u64) -> Self {
        Self { store, health, floor }
    }

    /// Whether a message of so many bytes may come.
    pub(crate) fn admit(&self, bytes: u64) -> Result<(), DepositError> {
        self.store.check_disk(bytes).map_err(|error| self.refusal(&error).unwrap_or(DepositError::Full))
    }

    /// What an error means to a mail server if the disk is at fault; then it is told as trouble.
    pub(crate) fn refusal(&self, error: &kasasagi_store::Error) -> Option<DepositError> {
        use kasasagi_store::Error as E;
        // Free bytes are not told: with them every try would be another trouble.
        let (refusal, what) = match error {
            E::DiskLow { .. } => {
                let floor = self.floor >> 20;
                (DepositError::Full, phrase!("trouble-disk-floor", floor = floor))
            }
            E::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    (DepositError::Full, phrase!("trouble-disk-full"))
                }
                ErrorKind::ReadOnlyFilesystem => (DepositError::ReadOnly, phrase!("trouble-disk-read-only")),
                _ => return None,
            },
            _ => return None,
        };
        self.health.trouble(Part::Disk, what);
        Some(refusal)
    }

    /// Looks again and again, so that trouble is told before the next mail comes, and goes when it is over.
    pub(crate) async fn watch(self, shutdown: CancellationToken) {
        loop {
            self.look();
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn look(&self) {
        match self.store.check_disk(0) {
            Ok(()) => {
                // What could not be written while the disk was in trouble is tried again by who has it.
                if self.health.is_in_trouble(Part::Disk) {
                    self.health.well(Part::Disk);
                    self.health.well(Part::Intake);
                }
            }
            Err(error) => {
                if self.refusal(&error).is_none() {
                    self.health.trouble(Part::Disk, Both::of(&error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kasasagi_store::{MasterKey, Settings};

    use super::*;

    fn disk(floor: u64) -> (tempfile::TempDir, Disk) {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            dir: dir.path().to_owned(),
            master_key: MasterKey::new([1; 32]),
            time_zone: jiff::tz::TimeZone::UTC,
            disk_floor_bytes: floor,
        };
        let (store, _) = Store::open(settings, Timestamp::now, "kasasagi").unwrap();
        (dir, Disk::new(Arc::new(store), Health::new(Timestamp::now), floor))
    }

    #[test]
    fn a_disk_at_its_floor_is_told_once_however_often_it_is_met() {
        let (_dir, full) = disk(u64::MAX / 2);
        for bytes in [0, 1000] {
            assert_eq!(full.admit(bytes), Err(DepositError::Full));
        }
        full.look();
        let troubles = full.health.troubles();
        assert_eq!(troubles.len(), 1);
        assert_eq!(troubles[0].part, Part::Disk);
    }

    #[test]
    fn trouble_goes_by_itself_when_there_is_room_again() {
        let (_dir, disk) = disk(0);
        assert_eq!(disk.admit(1000), Ok(()));
        disk.health.trouble(Part::Disk, "full");
        disk.health.trouble(Part::Intake, "the journal could not be written");
        disk.look();
        assert_eq!(disk.health.troubles(), []);
        disk.health.trouble(Part::Intake, "something else");
        disk.look();
        assert_eq!(disk.health.troubles().len(), 1, "what is not the disk's fault stays");
    }
}

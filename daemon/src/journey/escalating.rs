//! Urgent mail that does not reach a physician, or of which they take no note in time: it goes to their backup as well.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kasasagi_ocr::reading::PageReading;
use kasasagi_routing::code::{DrCode, PatientId};
use kasasagi_routing::decision::Recipient;
use kasasagi_routing::facts::Urgency;
use kasasagi_routing::policy::When;
use kasasagi_routing::registry::{Physician, Registry};
use kasasagi_routing::role::Role;
use kasasagi_store::event::{Decision, Event, OutboxNote};
use kasasagi_store::id::ItemId;
use kasasagi_store::{ItemState, ItemView, RecordView};
use tokio_util::sync::CancellationToken;

use super::deciding::Case;
use super::writing::Told;
use super::{ACTOR, Journey, blocking, chain};
use crate::{Result, fax, post};

/// Between two looks at what was sent.
const EVERY: Duration = Duration::from_secs(20);

/// The longest time a registry may give is 14 days; what is older was looked at often enough.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 15);

/// Said to the backup of somebody who took no note.
const UNNOTED: &str = "登録医による確認の連絡がないため、代行の医師にお送りしています。";

/// Said to the backup of somebody whom the mail did not reach.
const UNDELIVERED: &str = "登録医にメールが届かなかったため、代行の医師にお送りしています。";

impl Journey {
    /// Looks for urgent mail that nobody took note of, until shutdown.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn watch_receipts(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            let journey = self.clone();
            match blocking(move || journey.escalate_overdue()).await {
                Ok(0) => {}
                Ok(_) => self.outbox.notify_one(),
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "cannot look for mail nobody took note of");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        Ok(())
    }

    /// Passes on every urgent mail that is overdue; how many there were. Blocks.
    ///
    /// # Errors
    /// When the store or the registry cannot be read.
    pub fn escalate_overdue(&self) -> Result<usize> {
        let now = (self.clock)();
        let in_force = self.registry()?;
        let mut passed_on = 0;
        for item in self.store.unnoted_items(now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN))? {
            let Some((record, urgency)) = self.pressing(&item)? else { continue };
            let physician =
                item.recipient.parse().ok().and_then(|code: DrCode| in_force.registry.physician(&code));
            // Whoever left the registry has no backup any more: the office alone is told.
            if physician.is_some_and(|physician| !self.is_overdue(physician, urgency, &item, now)) {
                continue;
            }
            let to = physician
                .map(|physician| self.to_backup(&in_force.registry, physician, (&item, &record), urgency));
            let to = match to.transpose() {
                Ok(to) => to.unwrap_or_default(),
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => {
                    tracing::error!(item = %item.id, error = %chain(&error), "no mail to the backup can be written");
                    if error.may_pass() {
                        continue;
                    }
                    Vec::new()
                }
            };
            self.store.append(ACTOR, &[Event::Escalated { item: item.id, to }])?;
            passed_on += 1;
        }
        Ok(passed_on)
    }

    /// The record of an item, and how urgent it is.
    fn pressing(&self, item: &ItemView) -> Result<Option<(RecordView, Urgency)>> {
        let Some(record) = self.store.record(item.id.record())? else { return Ok(None) };
        let urgency = match &record.decision {
            Some(Decision::Deliver { urgency, .. }) => urgency.parse().ok(),
            _ => None,
        };
        Ok(urgency.map(|urgency| (record, urgency)))
    }

    /// Routine mail is never overdue: it would be shown to one more person, and nobody is harmed while it waits. What
    /// could not be delivered is overdue at once. An emergency runs by the clock; what must be seen today waits while
    /// the physician's office is closed.
    fn is_overdue(&self, physician: &Physician, urgency: Urgency, item: &ItemView, now: Timestamp) -> bool {
        let at = match item.state {
            ItemState::Sent { at, .. } => at,
            ItemState::GaveUp { .. } => return urgency != Urgency::Routine,
            _ => return false,
        };
        let minutes = match urgency {
            Urgency::Emergency => physician.ack_minutes.emergency,
            Urgency::Today => physician.ack_minutes.today,
            Urgency::Routine => None,
        };
        let Some(minutes) = minutes else { return false };
        let by_the_clock = || at.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok();
        let due = match &physician.office_hours {
            Some(hours) if urgency != Urgency::Emergency => {
                let sent = at.to_zoned(self.settings.time_zone.clone()).datetime();
                let due = hours.add_minutes(sent, minutes, &self.settings.office.holidays);
                due.and_then(|due| due.to_zoned(self.settings.time_zone.clone()).ok())
                    .map(|due| due.timestamp())
            }
            _ => by_the_clock(),
        };
        due.is_some_and(|due| now >= due)
    }

    /// Writes to the first backup who is there and does not have the record already.
    fn to_backup(
        &self,
        registry: &Registry,
        physician: &Physician,
        (from, record): (&ItemView, &RecordView),
        urgency: Urgency,
    ) -> Result<Vec<OutboxNote>> {
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        let backups = physician.backups.iter().filter_map(|code| registry.physician(code));
        let free = |backup: &&Physician| {
            backup.is_available(today)
                && record.items.iter().all(|item| item.recipient != backup.code.as_str())
        };
        let Some((backup, address)) = backups.filter(free).find_map(|b| Some((b, b.email.clone()?))) else {
            return Ok(Vec::new());
        };
        let recipient = Recipient {
            code: backup.code.to_string(),
            role: Role::BackupPhysician,
            address,
            name: backup.name.as_str().to_owned(),
            fields: self.policy.fields(Role::BackupPhysician),
            when: When::Now,
        };
        let item = ItemId::new(record.id.clone(), &recipient.code)?;
        let notes = self.notes(from)?;
        let written = self.write_to(&item, registry, record, (urgency, &notes), &recipient)?;
        Ok(if written { vec![OutboxNote::now(item, recipient.role.code())] } else { Vec::new() })
    }

    /// Why the backup gets it, and the remarks that the physician got.
    fn notes(&self, from: &ItemView) -> Result<Vec<String>> {
        let why = if matches!(from.state, ItemState::GaveUp { .. }) { UNDELIVERED } else { UNNOTED };
        let before = match post::sheet(&self.store, &from.id) {
            Ok(sheet) => sheet.notes().to_vec(),
            Err(error) if error.may_pass() || error.is_broken_store() => return Err(error),
            // It may be the very reason why the mail could not be delivered.
            Err(_) => Vec::new(),
        };
        let before = before.into_iter().filter(|note| ![UNNOTED, UNDELIVERED].contains(&note.as_str()));
        Ok(std::iter::once(why.to_owned()).chain(before).collect())
    }

    fn write_to(
        &self,
        item: &ItemId,
        registry: &Registry,
        record: &RecordView,
        (urgency, notes): (Urgency, &[String]),
        recipient: &Recipient,
    ) -> Result<bool> {
        let Some(Decision::Deliver { patient, .. }) = &record.decision else { return Ok(false) };
        let (Some(view), Ok(patient)) = (self.store.fax(record.id.fax())?, patient.parse::<PatientId>())
        else {
            return Ok(false);
        };
        let pages: Vec<PageReading> =
            serde_json::from_slice(&self.store.unseal(&view.id, &"reading".parse()?)?)?;
        let Some((file, reading)) = self.known_form(record, &pages) else { return Ok(false) };
        let reading = &fax::corrected(&self.store, &record.id, reading.clone())?;
        let case = Case { view: &view, record, file, reading };
        let told = Told { registry, patient: &patient, urgency, notes, before: None };
        self.write_sheet(&case, &told, item, recipient)?;
        Ok(true)
    }
}

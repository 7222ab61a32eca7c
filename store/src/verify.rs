//! Checks everything on disk against everything else.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::blob::BlobName;
use crate::catchup::catch_up;
use crate::chain::{JournalCheck, check};
use crate::fold::Ignored;
use crate::hash::Hash;
use crate::id::FaxId;
use crate::index::{Index, equal};
use crate::journal::Head;
use crate::pack::unpack;
use crate::registry;
use crate::rows;
use crate::store::Store;
use crate::view::FaxView;
use crate::vouch::{Standing, Vouched};
use crate::work::{Told, Work};
use crate::{Error, Result};

/// What all files of a store show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Good events from the start on.
    pub events: u64,
    /// Hash of the last good one.
    pub head: Hash,
    /// The first bad or missing event and what is wrong with it.
    pub first_bad: Option<(u64, String)>,
    /// Checkpoints compared with the journal.
    pub checkpoints: u64,
    /// Checkpoints that are garbled, or not signed with the key of this store.
    pub bad_checkpoints: Vec<String>,
    /// Sealed contents opened.
    pub blobs: u64,
    /// Faxes whose content is missing, altered or not erased as it should be.
    pub bad_blobs: Vec<(FaxId, String)>,
    /// Registries whose tables are missing or altered.
    #[serde(default)]
    pub bad_registries: Vec<(u32, String)>,
    /// Faxes whose content was erased on purpose.
    pub erased: u64,
    /// Content whose fax was never acknowledged: the machine stopped while receiving it. Harmless.
    pub orphans: Vec<FaxId>,
    /// Events that could not follow from those before and change nothing. A fault of the program.
    pub ignored: Vec<(u64, String)>,
    /// Whether the view equals a fresh fold of the journal.
    pub view_agrees: bool,
    /// Checkpoints that left the machine, as far as somebody brought some.
    #[serde(default)]
    pub vouched: Vec<Vouched>,
}

impl Verification {
    /// Whether nothing is lost or altered.
    pub fn passed(&self) -> bool {
        self.first_bad.is_none()
            && self.bad_checkpoints.is_empty()
            && self.bad_blobs.is_empty()
            && self.bad_registries.is_empty()
            && self.view_agrees
            && self.vouched.iter().all(|vouched| vouched.standing == Standing::Included)
    }
}

impl Store {
    /// Checks the chain, the checkpoints, the sealed content and the view. Work goes on meanwhile, but for
    /// the moment in which the view is compared.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::View`] if the check itself cannot be made. Damage is a finding.
    pub fn verify(&self) -> Result<Verification> {
        self.verify_telling(&|_, _, _| {})
    }

    /// The same; `told` hears how far [`Work::Events`] has come if there are many, then [`Work::Contents`], in faxes.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub fn verify_telling(&self, told: Told) -> Result<Verification> {
        let _one = self.verifying();
        let head = self.head();
        let folder = self.dir().join("view.verify");
        remove(&folder)?;
        let scratch = Index::open(&folder)?;
        let (found, folded) = self.walk_and_fold(&scratch, head, told);
        let found = found?;
        let good = Head { seq: found.events, hash: found.head };
        let ignored = match folded {
            Ok(ignored) => ignored,
            // What stands before the damage is good, and its content is looked at.
            Err(Error::Damaged { .. }) => catch_up(&scratch, &self.journal_dir(), good, &|_, _| {})?,
            Err(e) => return Err(e),
        };
        let mut report = Verification {
            events: found.events,
            head: found.head,
            first_bad: found.first_bad,
            checkpoints: found.checkpoints,
            bad_checkpoints: found.bad_checkpoints,
            blobs: 0,
            bad_blobs: Vec::new(),
            bad_registries: Vec::new(),
            erased: 0,
            orphans: Vec::new(),
            ignored,
            view_agrees: false,
            vouched: Vec::new(),
        };
        if report.first_bad.is_none() && found.events < head.seq {
            report.first_bad = Some((found.events + 1, "it is missing".to_owned()));
        }
        self.check_blobs(&scratch, &mut report, told)?;
        self.check_registries(&scratch, &mut report)?;
        report.view_agrees = report.first_bad.is_none() && self.view_equals(&scratch)?;
        drop(scratch);
        remove(&folder)?;
        Ok(report)
    }

    /// The chain is checked on one thread and folded on another.
    fn walk_and_fold(
        &self,
        scratch: &Index,
        head: Head,
        told: Told,
    ) -> (Result<JournalCheck>, Result<Ignored>) {
        thread::scope(|scope| {
            let chain = scope.spawn(|| check(self.dir(), Some(&self.public_key()), head.seq));
            let folded =
                catch_up(scratch, &self.journal_dir(), head, &|done, all| told(Work::Events, done, all));
            let panicked = |_| Err(Error::View("the thread that checks the journal panicked".to_owned()));
            (chain.join().unwrap_or_else(panicked), folded)
        })
    }

    fn check_blobs(&self, faxes: &Index, report: &mut Verification, told: Told) -> Result<()> {
        let (mut done, mut all) = (0, 0);
        faxes.scan(&rows::arrivals(), b"", |_, _| {
            all += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        faxes.scan(&rows::arrivals(), b"", |_, id| {
            let id: FaxId = String::from_utf8_lossy(id).parse()?;
            let Some(row) = faxes.get(&rows::fax(&id))? else { return Ok(ControlFlow::Continue(())) };
            let fax = unpack(&row)?;
            match self.check_fax(&fax) {
                Ok(blobs) => report.blobs += blobs,
                Err(what) => report.bad_blobs.push((id, what)),
            }
            report.erased += u64::from(fax.erased);
            done += 1;
            told(Work::Contents, done, all);
            Ok(ControlFlow::Continue(()))
        })?;
        for id in self.blobs().faxes()? {
            if self.view()?.get(&rows::fax(&id))?.is_none() {
                report.orphans.push(id);
            }
        }
        Ok(())
    }

    fn check_registries(&self, registries: &Index, report: &mut Verification) -> Result<()> {
        registries.scan(&rows::registries(), b"", |_, row| {
            let registry = registry::read(row)?;
            if let Err(e) = self.archived(&registry) {
                report.bad_registries.push((registry.version, e.to_string()));
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The number of contents that open, or what is wrong.
    fn check_fax(&self, fax: &FaxView) -> Result<u64, String> {
        let blobs = self.blobs();
        // It may have been erased since the entries were walked.
        if self.fax(&fax.id).is_ok_and(|now| now.is_some_and(|f| f.erased)) {
            return if blobs.holds(&fax.id) {
                Err("erased content is still there".to_owned())
            } else {
                Ok(0)
            };
        }
        let text = |e: Error| e.to_string();
        let raw = blobs.get(&fax.id, &BlobName::raw()).map_err(text)?;
        if Hash::of(&[&raw]).to_string() != fax.sha256 || raw.len() as u64 != fax.bytes {
            return Err("the raw message is not the one received".to_owned());
        }
        let names = blobs.names(&fax.id).map_err(text)?;
        for name in names.iter().filter(|name| **name != BlobName::raw()) {
            blobs.get(&fax.id, name).map_err(text)?;
        }
        // What a person typed is in no other content of the fax.
        for name in fax.records.iter().flat_map(|record| &record.corrections) {
            if !names.iter().any(|there| there.as_str() == name) {
                return Err(format!("{name} is missing"));
            }
        }
        Ok(names.len() as u64)
    }

    /// Whether the live view has the rows of this one, taken on to the same entry.
    fn view_equals(&self, scratch: &Index) -> Result<bool> {
        let _still = self.settling();
        let view = self.view()?;
        let applied = view.applied()?.unwrap_or_default();
        let head = Head { seq: applied.seq, hash: applied.hash };
        match catch_up(scratch, &self.journal_dir(), head, &|_, _| {}) {
            Ok(_) => equal(view, scratch),
            Err(Error::Damaged { .. } | Error::View(_)) => Ok(false),
            Err(e) => Err(e),
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::io("remove", folder))?;
    }
    Ok(())
}

//! Opened → Read: every page is looked at in a child process; pages and readings are sealed.

use std::sync::Arc;
use std::time::Instant;

use kasasagi_ocr::page::Flaw;
use kasasagi_ocr::reading::{Found, NoForm, PageReading, State};
use kasasagi_store::event::{Event, PageNote, RecordNote};
use kasasagi_store::id::{FaxId, RecordId};

use super::{Journey, blocking};
use crate::Result;
use crate::lexicon::Lexicons;
use crate::mail::{self, Opened, Trust};
use crate::reader::{Outcome, PageRead};

impl Journey {
    /// Reads every document of the fax. A document that breaks its reader is tried again up to
    /// the configured number of times; then what was read before the break is kept and the rest held.
    pub(super) async fn read(self: &Arc<Self>, fax: &FaxId, attempts: u32) -> Result<()> {
        let (store, sources, id) = (self.store.clone(), self.sources.clone(), fax.clone());
        // Its sender was accepted when it was opened.
        let opened =
            blocking(move || Ok(mail::open(&store.unseal(&id, &"raw".parse()?)?, &sources, Trust::Vouched)))
                .await?;
        let (documents, left_out) = match opened {
            Opened::Fax(envelope) => (envelope.documents, envelope.notes),
            Opened::Hold(fault) | Opened::Refuse(fault) => (Vec::new(), vec![fault]),
        };
        let attempt = attempts + 1;
        let journey = self.clone();
        let lexicons = blocking(move || {
            let budget = journey.settings.reading.budget;
            Ok(journey.registry()?.lexicons(&journey.library, budget))
        });
        let mut sheets = Sheets::new(fax.clone(), lexicons.await?);
        for document in &documents {
            self.pulse.moved(fax, Instant::now());
            match self.readers.read(&document.bytes).await? {
                Outcome::Pages(pages) if pages.is_empty() => sheets.hold_rest("no_pages"),
                Outcome::Pages(pages) => sheets.add(pages),
                Outcome::Refused { pages, fault } => {
                    sheets.add(pages);
                    sheets.hold_rest(&fault.code);
                }
                Outcome::Died { code, .. } if attempt < self.settings.reading.attempts => {
                    let failed = Event::ReadingFailed { fax: fax.clone(), attempt, reason: code.to_owned() };
                    return self.record(vec![failed]).await;
                }
                Outcome::Died { pages, code } => {
                    sheets.add(pages);
                    sheets.hold_rest(code);
                }
            }
            self.seal_pages(fax, std::mem::take(&mut sheets.blobs)).await?;
        }
        for fault in left_out {
            sheets.hold_rest(fault.code());
        }
        sheets.hold_if_empty();
        let (store, id) = (self.store.clone(), fax.clone());
        let event = blocking(move || {
            let readings = serde_json::to_vec(&sheets.readings)?;
            store.seal(&id, &"reading".parse()?, &readings)?;
            Ok(Event::Read { fax: id, pages: sheets.pages, records: sheets.records })
        })
        .await?;
        self.record(vec![event]).await
    }

    /// Seals the pictures of one document, so that no more than one document's are in memory.
    async fn seal_pages(&self, fax: &FaxId, blobs: Vec<(String, Vec<u8>)>) -> Result<()> {
        let (store, id) = (self.store.clone(), fax.clone());
        blocking(move || {
            for (name, bytes) in &blobs {
                store.seal(&id, &name.parse()?, bytes)?;
            }
            Ok(())
        })
        .await
    }
}

/// Pages of all documents in order, numbered from 1, and the records on them.
struct Sheets {
    fax: FaxId,
    lexicons: Arc<Lexicons>,
    pages: Vec<PageNote>,
    records: Vec<RecordNote>,
    readings: Vec<PageReading>,
    blobs: Vec<(String, Vec<u8>)>,
}

impl Sheets {
    fn new(fax: FaxId, lexicons: Arc<Lexicons>) -> Self {
        Self {
            fax,
            lexicons,
            pages: Vec::new(),
            records: Vec::new(),
            readings: Vec::new(),
            blobs: Vec::new(),
        }
    }

    fn next_page(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// What could not be read, of a document or of the mail, stands in the story as one held page.
    fn hold_rest(&mut self, reason: &str) {
        self.pages.push(PageNote { page: self.next_page(), held: Some(reason.to_owned()) });
    }

    /// A blank back is no work for anybody, but a fax of nothing else is.
    fn hold_if_empty(&mut self) {
        if self.pages.is_empty() {
            self.hold_rest("no_pages");
        }
        if self.records.is_empty() && self.pages.iter().all(|page| page.held.is_none()) {
            for page in &mut self.pages {
                page.held = Some(BLANK.to_owned());
            }
        }
    }

    fn add(&mut self, pages: Vec<PageRead>) {
        for page in pages {
            match page {
                PageRead::Fault(code) => self.hold_rest(&code),
                PageRead::Sheet { reading, pdf, aligned } => self.sheet(reading, pdf, aligned),
            }
        }
    }

    fn sheet(&mut self, mut reading: PageReading, pdf: Vec<u8>, aligned: Vec<Vec<u8>>) {
        let page = self.next_page();
        reading.page = page;
        self.lexicons.consult(&mut reading);
        let held = match &reading.found {
            // Records are numbered through the forms of all readings: one form without its picture would
            // put every later record beside another patient's page.
            Found::Forms(forms) if forms.is_empty() || forms.len() != aligned.len() => {
                return self.hold_rest("reader_internal");
            }
            Found::Forms(forms) => {
                for (form, image) in forms.iter().zip(aligned) {
                    let number = u16::try_from(self.records.len()).unwrap_or(u16::MAX).saturating_add(1);
                    let count = |state| {
                        u32::try_from(form.fields.values().filter(|f| f.state == state).count())
                            .unwrap_or(u32::MAX)
                    };
                    self.records.push(RecordNote {
                        record: RecordId::new(self.fax.clone(), number),
                        page,
                        form: form.form.clone(),
                        version: form.version,
                        sure: count(State::Sure),
                        doubtful: count(State::Doubtful),
                        blank: count(State::Blank),
                    });
                    self.blobs.push((format!("record-{number}"), image));
                }
                None
            }
            Found::NoForm(reason) => {
                let code = no_form_code(*reason, &reading.flaws);
                (code != BLANK).then(|| code.to_owned())
            }
        };
        self.pages.push(PageNote { page, held });
        self.blobs.push((format!("page-{page}"), pdf));
        self.readings.push(reading);
    }
}

/// The code of a page with nothing on it.
const BLANK: &str = "blank_page";

/// The code of a page that is no form, in events and on the command line. White is not blank where
/// part of the page was lost on its way.
pub(crate) fn no_form_code(reason: NoForm, flaws: &[Flaw]) -> &'static str {
    match reason {
        NoForm::Blank if flaws.iter().any(|flaw| *flaw != Flaw::ScaledDown) => "unreadable",
        NoForm::Blank => BLANK,
        NoForm::Unknown => "unknown_form",
        NoForm::UnknownVersion => "unknown_form_version",
        NoForm::CodesDisagree => "codes_disagree",
    }
}

//! What a recipient is told of one record, sealed when the record is decided and read when a mail is sent.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{Timestamp, Zoned};
use kasasagi_ocr::form::Form;
use kasasagi_ocr::reading::FormReading;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::RecordId;
use serde::{Deserialize, Serialize};

use super::content::{self, Corrects, Section};
use super::plain::line;
use super::{Correction, armour, value};
use crate::Result;

/// Everything one recipient may see of one record. `Debug` shows its number only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    pub(super) record: RecordId,
    pub(super) urgency: Urgency,
    pub(super) received_at: Timestamp,
    /// The moment of arrival as people write it, in the gateway's time zone.
    pub(super) received: String,
    pub(super) form: FormName,
    /// Groups the sheets of a digest; `name` is set, and the id said, only to who may see the name.
    pub(super) patient: PatientLabel,
    pub(super) patient_shown: bool,
    pub(super) corrects: Option<Corrects>,
    pub(super) sections: Vec<Section>,
    pub(super) missing: Vec<String>,
    pub(super) notes: Vec<String>,
    #[serde(with = "armour::named")]
    pub(super) crops: BTreeMap<String, Vec<u8>>,
    #[serde(with = "armour::bytes")]
    pub(super) page_pdf: Vec<u8>,
    pub(super) page_masked: bool,
}

/// Which form, as printed on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FormName {
    pub id: String,
    pub version: u8,
    pub title: String,
}

/// Whom a record is about.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PatientLabel {
    /// Registered number (連携ID).
    pub id: String,
    /// Name in the registry.
    pub name: Option<String>,
}

/// What a sheet is made of.
pub struct SheetSource<'a> {
    /// The record.
    pub record: &'a RecordId,
    /// The form it was written on.
    pub form: &'a Form,
    /// What was read.
    pub reading: &'a FormReading,
    /// Whether this recipient may see the field with this key.
    pub visible: &'a dyn Fn(&str) -> bool,
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// When the fax arrived, in the gateway's time zone.
    pub received_at: &'a Zoned,
    /// Remarks in Japanese, such as consent not given or pages missing.
    pub notes: &'a [String],
    /// Set when the sheet came before and says something else now.
    pub correction: Option<&'a Correction<'a>>,
    /// Whom it is about, from the registry.
    pub patient: &'a PatientLabel,
    /// Pictures of fields (PNG) by key; those of fields that are doubtful and visible are kept.
    pub crops: BTreeMap<String, Vec<u8>>,
    /// The page of the record as PDF; empty when there is none to attach.
    pub page_pdf: Vec<u8>,
    /// Whether the zones of hidden fields are blanked out in `page_pdf`.
    /// A page that is not masked goes only to a recipient who may see every field of the form.
    pub page_masked: bool,
}

impl SheetSource<'_> {
    /// Keys of the fields whose picture helps the recipient: doubtful, visible, and nothing that a mail
    /// may not say.
    pub fn pictured(&self) -> Vec<&str> {
        content::pictured(self).collect()
    }

    fn sees_all(&self) -> bool {
        self.form.fields.iter().all(|field| (self.visible)(&field.key))
    }
}

impl Sheet {
    /// Decides what the recipient is told; only fields they may see are looked at.
    pub fn of(mut source: SheetSource<'_>) -> Self {
        let mut crops = std::mem::take(&mut source.crops);
        let pictured: Vec<&str> = content::pictured(&source).collect();
        crops.retain(|key, _| pictured.contains(&key.as_str()));
        let attach = source.page_masked || source.sees_all();
        let page_pdf = if attach { std::mem::take(&mut source.page_pdf) } else { Vec::new() };
        let patient_shown = (source.visible)(NAME);
        let name = source.patient.name.as_deref().map(line).filter(|name| patient_shown && !name.is_empty());
        Self {
            record: source.record.clone(),
            urgency: source.urgency,
            received_at: source.received_at.timestamp(),
            received: value::moment(source.received_at),
            form: FormName {
                id: line(&source.form.id),
                version: source.reading.version,
                title: line(&source.form.title),
            },
            patient: PatientLabel { id: line(&source.patient.id), name },
            patient_shown,
            corrects: source.correction.map(|correction| content::corrects(&source, correction)),
            sections: content::sections(&source),
            missing: content::missing(&source),
            notes: source.notes.iter().map(|n| line(n)).filter(|n| !n.is_empty()).collect(),
            crops,
            page_pdf,
            page_masked: source.page_masked,
        }
    }

    /// The record it tells of.
    pub fn record(&self) -> &RecordId {
        &self.record
    }

    /// How soon somebody must look.
    pub fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// When the fax arrived.
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Remarks for the recipient.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Fields that a person must check.
    pub fn doubtful(&self) -> usize {
        self.sections.iter().flat_map(|section| &section.rows).filter(|row| row.doubt.is_some()).count()
    }

    /// Whether it says what changed since an earlier fax.
    pub fn is_correction(&self) -> bool {
        self.corrects.is_some()
    }

    /// About how many bytes it adds to a mail, before any encryption.
    pub fn weight(&self) -> usize {
        let files = self.page_pdf.len() + self.crops.values().map(Vec::len).sum::<usize>();
        files * 3 / 2 + WORDS
    }

    /// As JSON, to be sealed.
    ///
    /// # Errors
    /// [`crate::Error::Reading`]; never for a sheet of ours.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    /// What [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`crate::Error::Reading`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({}, [redacted])", self.record)
    }
}

impl fmt::Debug for PatientLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientLabel([redacted])")
    }
}

/// The field that a recipient must be allowed to see to be told whom a record is about.
const NAME: &str = "name";

/// About the bytes of a record's words, twice and in base64.
const WORDS: usize = 32 * 1024;

//! What the association knows: physicians, offices, patients, and who cares for whom.
//!
//! A registry is built whole or not at all: [`Registry::build`] checks every reference and
//! names every fault by table and line. What can be meant but looks like a slip (similar
//! names, shared numbers) is kept as a warning.

mod build;
mod certificate;
mod facility;
mod find;
mod patient;
mod physician;
mod row;
mod similar;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::civil::Date;

pub use build::Tables;
pub use certificate::Certificate;
pub use facility::{Agreement, AgreementKind, Facility};
pub use find::Hit;
pub use patient::{CareLevel, Consent, ConsentForm, Insurance, Membership, Patient, Sex, Standing};
pub use physician::{AckMinutes, Channel, Clinic, Duty, Physician, Status};
pub use row::{Fault, Provenance, Row, Table};
pub(crate) use similar::core_name;

use crate::code::{DrCode, InsuredNo, InsurerNo, OfficeNo, PatientId};
use crate::contact::Phone;
use crate::name::Kana;

/// A consistent registry with the indexes that matching needs.
#[derive(Clone)]
pub struct Registry {
    physicians: BTreeMap<DrCode, Physician>,
    facilities: BTreeMap<OfficeNo, Facility>,
    patients: BTreeMap<PatientId, Patient>,
    teams: HashMap<PatientId, Vec<Membership>>,
    by_insured: HashMap<InsuredNo, Vec<PatientId>>,
    by_birth: HashMap<Date, Vec<PatientId>>,
    by_kana: HashMap<String, Vec<PatientId>>,
    by_line: HashMap<Phone, Vec<OfficeNo>>,
    warnings: Vec<Fault>,
}

impl Registry {
    /// Checks the rows against each other and indexes them.
    ///
    /// # Errors
    /// Every fault: repeated codes, references to nobody, impossible dates, one person approving
    /// their own change, numbers that contradict each other.
    pub fn build(tables: Tables) -> Result<Self, Vec<Fault>> {
        build::build(tables)
    }

    /// What a person should look at though nothing is wrong for certain.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The physician with this code.
    pub fn physician(&self, code: &DrCode) -> Option<&Physician> {
        self.physicians.get(code)
    }

    /// The office with this number.
    pub fn facility(&self, number: &OfficeNo) -> Option<&Facility> {
        self.facilities.get(number)
    }

    /// The patient with this number, whatever their standing.
    pub fn patient(&self, id: &PatientId) -> Option<&Patient> {
        self.patients.get(id)
    }

    /// All physicians by code.
    pub fn physicians(&self) -> impl Iterator<Item = &Physician> {
        self.physicians.values()
    }

    /// All offices by number.
    pub fn facilities(&self) -> impl Iterator<Item = &Facility> {
        self.facilities.values()
    }

    /// All patients by number.
    pub fn patients(&self) -> impl Iterator<Item = &Patient> {
        self.patients.values()
    }

    /// The offices caring for a patient, in the order of the table, past and future ones included.
    pub fn team(&self, patient: &PatientId) -> &[Membership] {
        self.teams.get(patient).map_or(&[], Vec::as_slice)
    }

    /// Whether the office cares for the patient on this day.
    pub fn on_team(&self, patient: &PatientId, office: &OfficeNo, on: Date) -> bool {
        self.team(patient).iter().any(|m| m.office == *office && m.provenance.in_force(on))
    }

    /// Holders of an insured number; several only if they are with different insurers.
    /// Merged rows are left out, here and in the other searches.
    pub fn by_insured(&self, number: &InsuredNo, insurer: Option<&InsurerNo>) -> Vec<&Patient> {
        let mut holders = self.resolve(self.by_insured.get(number));
        holders.retain(|p| {
            insurer.is_none_or(|wanted| p.insurance.as_ref().is_some_and(|held| held.insurer == *wanted))
        });
        holders
    }

    /// Patients with this reading and birth date.
    pub fn by_kana_and_birth(&self, kana: &Kana, birth: Date) -> Vec<&Patient> {
        let mut namesakes = self.resolve(self.by_kana.get(kana.key()));
        namesakes.retain(|p| p.birth == birth);
        namesakes
    }

    /// Patients whom one slip of the pen can turn into this one: the same reading, or the same birth date.
    pub fn confusable(&self, patient: &Patient) -> Vec<&Patient> {
        let twins = self.resolve(self.by_birth.get(&patient.birth));
        let namesakes = self.resolve(self.by_kana.get(patient.kana.key()));
        let mut found: Vec<&Patient> =
            namesakes.into_iter().chain(twins).filter(|p| p.id != patient.id).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }

    /// Offices that fax or call from this number.
    pub fn by_line(&self, number: &Phone) -> &[OfficeNo] {
        self.by_line.get(number).map_or(&[], Vec::as_slice)
    }

    /// Every certificate with the code of its holder and a label without a name, such as `physician 0013`.
    pub fn certificates(&self) -> impl Iterator<Item = (&str, String, &Certificate)> {
        let physicians = self.physicians().map(|p| (p.code.as_str(), "physician", p.certificate.as_ref()));
        let facilities = self.facilities().map(|f| (f.number.as_str(), "facility", f.certificate.as_ref()));
        physicians
            .chain(facilities)
            .filter_map(|(code, kind, held)| Some((code, format!("{kind} {code}"), held?)))
    }

    fn resolve(&self, ids: Option<&Vec<PatientId>>) -> Vec<&Patient> {
        ids.into_iter().flatten().filter_map(|id| self.patients.get(id)).collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("physicians", &self.physicians.len())
            .field("facilities", &self.facilities.len())
            .field("patients", &self.patients.len())
            .finish_non_exhaustive()
    }
}

//! Rows to registry: every reference followed, every repetition found, all faults at once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::similar;
use super::{Facility, Fault, Membership, Patient, Physician, Provenance, Registry, Row, Standing, Table};
use crate::code::PatientId;
use crate::contact::Phone;

/// The rows of the four tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Physicians.
    pub physicians: Vec<Row<Physician>>,
    /// Offices.
    pub facilities: Vec<Row<Facility>>,
    /// Patients.
    pub patients: Vec<Row<Patient>>,
    /// Who cares for whom.
    pub care_team: Vec<Row<Membership>>,
}

pub(super) fn build(tables: Tables) -> Result<Registry, Vec<Fault>> {
    let faults = faults(&tables);
    if !faults.is_empty() {
        return Err(faults);
    }
    let warnings = similar::warnings(&tables);
    let in_use = || tables.patients.iter().map(|row| &row.item).filter(|p| !is_merged(p));
    let by_insured =
        group(in_use().filter_map(|p| p.insurance.as_ref().map(|held| (held.number.clone(), p.id.clone()))));
    let by_birth = group(in_use().map(|p| (p.birth, p.id.clone())));
    let by_kana = group(in_use().map(|p| (p.kana.key().to_owned(), p.id.clone())));
    let by_line = group(tables.facilities.iter().flat_map(|row| {
        let lines: std::collections::HashSet<&Phone> = row.item.lines().collect();
        lines.into_iter().map(|line| (line.clone(), row.item.number.clone()))
    }));
    let teams = group(tables.care_team.into_iter().map(|row| (row.item.patient.clone(), row.item)));
    Ok(Registry {
        physicians: tables.physicians.into_iter().map(|row| (row.item.code.clone(), row.item)).collect(),
        facilities: tables.facilities.into_iter().map(|row| (row.item.number.clone(), row.item)).collect(),
        patients: tables
            .patients
            .into_iter()
            .map(|row| (row.item.id.clone(), row.item))
            .collect::<BTreeMap<_, _>>(),
        teams,
        by_insured,
        by_birth,
        by_kana,
        by_line,
        warnings,
    })
}

fn group<K: Hash + Eq, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

fn is_merged(patient: &Patient) -> bool {
    matches!(patient.standing, Standing::Merged { .. })
}

/// Everything that is wrong, in the order of tables and lines.
fn faults(tables: &Tables) -> Vec<Fault> {
    let mut check = Check::default();
    let physicians = check.unique(Table::Physicians, "dr_code", &tables.physicians, |p| Some(&p.code));
    let facilities = check.unique(Table::Facilities, "office_no", &tables.facilities, |f| Some(&f.number));
    let patients = check.unique(Table::Patients, "patient_id", &tables.patients, |p| Some(&p.id));
    check.unique(Table::Patients, "insurer_no and insured_no", &tables.patients, |p| {
        p.insurance.as_ref().filter(|_| !is_merged(p))
    });

    for Row { line, item } in &tables.physicians {
        let mut at = |what: &str| check.add(Table::Physicians, *line, what);
        provenance(&item.provenance, &mut at);
        for backup in &item.backups {
            if *backup == item.code {
                at("backup_dr_codes: names the physician themselves");
            } else if !physicians.contains_key(backup) {
                at(&format!("backup_dr_codes: {backup} is no row of physicians"));
            }
        }
    }
    for Row { line, item } in &tables.facilities {
        facility(item, &mut |what| check.add(Table::Facilities, *line, what));
    }
    for Row { line, item } in &tables.patients {
        let mut at = |what: &str| check.add(Table::Patients, *line, what);
        provenance(&item.provenance, &mut at);
        if !physicians.contains_key(&item.physician) {
            at(&format!("dr_code: {} is no row of physicians", item.physician));
        }
        if let Some(hospital) =
            item.backup_hospital.as_ref().filter(|number| !facilities.contains_key(number))
        {
            at(&format!("backup_hospital: {hospital} is no row of facilities"));
        }
        if let Standing::Merged { into } = &item.standing {
            let target = patients.get(into).filter(|target| target.id != item.id && !is_merged(target));
            if target.is_none() {
                at("merged_into: names no other patient in use");
            }
        }
        if matches!(item.care_period, (Some(from), Some(to)) if to < from) {
            at("care_to is before care_from");
        }
    }
    care_team(&tables.care_team, &mut check, &facilities, &patients);
    check.faults.sort_by_key(|fault| (fault.table, fault.line));
    check.faults
}

fn facility(item: &Facility, at: &mut dyn FnMut(&str)) {
    provenance(&item.provenance, at);
    if !item.role.is_facility() {
        at("type: physicians have their own table");
    }
    if item.number.phone_tail().is_some_and(|tail| !item.tel.e164().ends_with(tail)) {
        at("office_no: starts with 9 but does not end in the digits of tel");
    }
}

fn care_team(
    rows: &[Row<Membership>],
    check: &mut Check,
    facilities: &HashMap<&crate::code::OfficeNo, &Facility>,
    patients: &HashMap<&PatientId, &Patient>,
) {
    let mut seen: HashMap<(&PatientId, &crate::code::OfficeNo), Vec<&Row<Membership>>> = HashMap::new();
    for row in rows {
        let Row { line, item } = row;
        let mut at = |what: &str| check.add(Table::CareTeam, *line, what);
        provenance(&item.provenance, &mut at);
        if !patients.contains_key(&item.patient) {
            at("patient_id: is no row of patients");
        }
        match facilities.get(&item.office) {
            None => at(&format!("office_no: {} is no row of facilities", item.office)),
            Some(office) if office.role != item.role => {
                at(&format!("role: is {}, but the office is {}", item.role.code(), office.role.code()));
            }
            Some(_) => {}
        }
        let earlier = seen.entry((&item.patient, &item.office)).or_default();
        if let Some(twice) = earlier.iter().find(|other| other.item.provenance.overlaps(&item.provenance)) {
            at(&format!("same patient, office and time as line {}", twice.line));
        }
        earlier.push(row);
    }
}

fn provenance(provenance: &Provenance, at: &mut dyn FnMut(&str)) {
    if let Some(what) = provenance.fault() {
        at(what);
    }
}

#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn add(&mut self, table: Table, line: u64, what: &str) {
        self.faults.push(Fault { table, line, what: what.to_owned() });
    }

    /// Indexes the rows by a key that must not repeat.
    fn unique<'r, T, K: Hash + Eq>(
        &mut self,
        table: Table,
        column: &str,
        rows: &'r [Row<T>],
        key: impl Fn(&'r T) -> Option<&'r K>,
    ) -> HashMap<&'r K, &'r T> {
        let mut first: HashMap<&K, &Row<T>> = HashMap::new();
        for row in rows {
            let Some(key) = key(&row.item) else { continue };
            match first.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(row);
                }
                Entry::Occupied(taken) => {
                    self.add(table, row.line, &format!("{column}: the same as in line {}", taken.get().line));
                }
            }
        }
        first.into_iter().map(|(key, row)| (key, &row.item)).collect()
    }
}

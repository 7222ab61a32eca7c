//! What a registry refuses, what it warns of, and what it finds.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod town;

use jiff::civil::date;
use kasasagi_routing::registry::{Registry, Standing, Table, Tables};
use kasasagi_routing::role::Role;
use town::*;

type Change = fn(&mut Tables);

fn faults(change: impl Fn(&mut Tables)) -> Vec<(Table, u64, String)> {
    let mut town = tables(20);
    change(&mut town);
    let faults = Registry::build(town).err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.table, fault.line, fault.what)).collect()
}

#[test]
fn a_sound_registry_has_no_faults() {
    assert_eq!(faults(|_| {}), []);
}

#[test]
fn each_fault_names_table_line_and_cause() {
    let cases: [(Change, Table, u64, &str); 14] = [
        (|t| t.physicians[1].item.code = dr_code(0), Table::Physicians, 3, "dr_code: the same as in line 2"),
        (
            |t| t.physicians[4].item.backups = vec![dr_code(4)],
            Table::Physicians,
            6,
            "names the physician themselves",
        ),
        (
            |t| t.physicians[4].item.backups = vec![dr_code(90)],
            Table::Physicians,
            6,
            "is no row of physicians",
        ),
        (
            |t| t.facilities[5].item.number = office_no(4),
            Table::Facilities,
            7,
            "office_no: the same as in line 6",
        ),
        (
            |t| t.facilities[5].item.number = "9586999999".parse().unwrap(),
            Table::Facilities,
            7,
            "the digits of tel",
        ),
        (|t| t.facilities[0].item.role = Role::Physician, Table::Facilities, 2, "their own table"),
        (|t| t.patients[2].item.id = patient_id(1), Table::Patients, 4, "patient_id: the same as in line 3"),
        (
            |t| t.patients[2].item.insurance = patient(1).insurance,
            Table::Patients,
            4,
            "insured_no: the same as",
        ),
        (|t| t.patients[2].item.physician = dr_code(90), Table::Patients, 4, "is no row of physicians"),
        (
            |t| t.patients[2].item.backup_hospital = Some(office_no(70)),
            Table::Patients,
            4,
            "is no row of facilities",
        ),
        (
            |t| t.patients[2].item.standing = Standing::Merged { into: patient_id(2) },
            Table::Patients,
            4,
            "merged_into",
        ),
        (|t| t.care_team[1].item.office = office_no(70), Table::CareTeam, 3, "is no row of facilities"),
        (
            |t| t.care_team[1].item.role = Role::Dental,
            Table::CareTeam,
            3,
            "role: is dental, but the office is",
        ),
        (
            |t| t.care_team[1].item = t.care_team[0].item.clone(),
            Table::CareTeam,
            3,
            "same patient, office and time as line 2",
        ),
    ];
    for (change, table, line, what) in cases {
        let found = faults(change);
        assert!(found.iter().any(|f| f.0 == table && f.1 == line && f.2.contains(what)), "{what}: {found:?}");
    }
}

#[test]
fn all_faults_come_at_once_in_the_order_of_the_tables() {
    let found = faults(|town| {
        town.care_team[0].item.patient = patient_id(99);
        town.patients[7].item.provenance.valid_from = Some(date(2026, 4, 1));
        town.patients[7].item.provenance.valid_to = Some(date(2026, 3, 31));
        (town.physicians[3].item.provenance.updated_by, town.physicians[3].item.provenance.approved_by) =
            ("office-a".into(), "office-a".into());
    });
    let places: Vec<_> = found.iter().map(|fault| (fault.0, fault.1)).collect();
    assert_eq!(places, [(Table::Physicians, 5), (Table::Patients, 9), (Table::CareTeam, 2)]);
}

#[test]
fn one_office_may_come_back_to_a_patient_after_it_left() {
    let found = faults(|town| {
        let mut again = town.care_team[0].clone();
        again.line = 900;
        again.item.provenance.valid_from = Some(date(2026, 10, 1));
        town.care_team[0].item.provenance.valid_to = Some(date(2026, 9, 30));
        town.care_team.push(again);
    });
    assert_eq!(found, []);
}

#[test]
fn the_same_insured_number_with_two_insurers_is_found_only_with_its_insurer() {
    let mut town = tables(20);
    let mut insurance = patient(1).insurance.unwrap();
    insurance.insurer = "232207".parse().unwrap();
    let (number, insurer) = (insurance.number.clone(), insurance.insurer.clone());
    town.patients[2].item.insurance = Some(insurance);
    let registry = registry(town);
    assert_eq!(registry.by_insured(&number, None).len(), 2);
    let [only] = registry.by_insured(&number, Some(&insurer))[..] else { panic!("one holder") };
    assert_eq!(only.id, patient_id(2));
}

#[test]
fn merged_rows_are_found_by_their_number_only() {
    let mut town = tables(20);
    town.patients[2].item = patient(1);
    town.patients[2].item.id = patient_id(2);
    town.patients[2].item.standing = Standing::Merged { into: patient_id(1) };
    let registry = registry(town);
    let one = patient(1);
    assert!(registry.patient(&patient_id(2)).is_some());
    assert_eq!(registry.by_kana_and_birth(&one.kana, one.birth).len(), 1);
    assert_eq!(registry.by_insured(&one.insurance.as_ref().unwrap().number, None).len(), 1);
    assert!(registry.confusable(registry.patient(&patient_id(1)).unwrap()).is_empty());
}

#[test]
fn similar_names_and_shared_numbers_are_warned_of() {
    let mut town = tables(20);
    town.facilities[1].item.faxes = facility(0).faxes;
    town.physicians[11].item.email = None;
    let registry = registry(town);
    let warned = |table, line, what: &str| {
        registry.warnings().iter().any(|w| (w.table, w.line) == (table, line) && w.what.contains(what))
    };
    assert!(warned(Table::Physicians, 3, "name is similar to that of line 2"));
    assert!(warned(Table::Patients, 11, "same birth date and family name as line 10"));
    assert!(warned(Table::Facilities, 3, "same fax or caller number as line 2"));
    assert!(warned(Table::Physicians, 13, "email: none"));
    assert_eq!(registry.by_line(&facility(0).faxes[0]).len(), 2);
}

#[test]
fn rows_are_found_by_code_or_part_of_a_name() {
    let registry = registry(tables(20));
    let found =
        |text: &str| registry.find(text).into_iter().map(|hit| (hit.kind, hit.code)).collect::<Vec<_>>();
    assert_eq!(found(dr_code(3).as_str()), [("physician", dr_code(3).to_string())]);
    assert_eq!(found("渡辺"), [("physician", dr_code(9).to_string())], "渡邉 is 渡辺");
    assert_eq!(found("つばめ"), [("physician", dr_code(3).to_string())]);
    assert_eq!(found("事業所C"), [("facility", office_no(2).to_string())]);
    assert!(found("ハヤシ").contains(&("patient", patient_id(3).to_string())));
    assert_eq!(found(""), []);
    assert_eq!(found("nobody"), []);
}

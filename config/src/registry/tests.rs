use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use kasasagi_routing::decision::{Decision, Reason, decide};
use kasasagi_routing::facts::{ConsentMark, Fact, Facts, Urgency};
use kasasagi_routing::policy::{Policy, Rule};
use kasasagi_routing::registry::{Channel, Patient};
use kasasagi_routing::role::Role;

use super::*;
use crate::Error;

mod certificates;
mod differences;
mod formats;

const FILES: [&str; 4] = ["physicians.csv", "facilities.csv", "patients.csv", "care_team.csv"];

/// A folder with the sample, one table changed.
fn folder(changed: &str, change: impl Fn(&str) -> Vec<u8>) -> tempfile::TempDir {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample");
    let dir = tempfile::tempdir().unwrap();
    for name in FILES {
        let text = std::fs::read_to_string(Path::new(sample).join(name)).unwrap();
        let bytes = if name == changed { change(&text) } else { text.into_bytes() };
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn complaint(changed: &str, change: impl Fn(&str) -> String) -> String {
    load(folder(changed, |text| change(text).into_bytes()).path()).unwrap_err().to_string()
}

/// Everything that the form of this patient should say, sent by the first office of their team.
fn form_of(registry: &Registry, patient: &Patient) -> Facts {
    let office = registry.facility(&registry.team(&patient.id)[0].office).unwrap();
    let physician = registry.physician(&patient.physician).unwrap();
    let addressee = format!("{} {}先生", physician.clinic.name.as_str(), physician.name.as_str());
    let insurance = patient.insurance.clone().unwrap();
    Facts {
        urgency: Fact::Sure(Urgency::Routine),
        written_on: Fact::Sure(date(2026, 11, 22)),
        pages_stated: Fact::Sure(1),
        pages_received: Fact::Sure(1),
        dr_code: Fact::Sure(patient.physician.clone()),
        addressee: Fact::Sure(addressee.parse().unwrap()),
        sender_office: Fact::Sure(office.number.clone()),
        sender_fax: Fact::Sure(office.faxes[0].clone()),
        patient_id: Fact::Sure(patient.id.clone()),
        insured_no: Fact::Sure(insurance.number),
        insurer_no: Fact::Sure(insurance.insurer),
        birth: Fact::Sure(patient.birth),
        kana: Fact::Sure(patient.kana.clone()),
        name: Fact::Sure(patient.name.clone()),
        sex: Fact::Sure(patient.sex),
        consent: Fact::Sure(BTreeSet::from([ConsentMark::Person, ConsentMark::Written])),
        ..Facts::default()
    }
}

#[test]
fn the_sample_is_a_small_town_without_faults() {
    let Loaded { registry, warnings } = sample();
    assert_eq!(registry.physicians().count(), 20);
    assert_eq!(registry.facilities().count(), 30);
    assert_eq!(registry.patients().count(), 80);
    for patient in registry.patients() {
        let team = registry.team(&patient.id);
        assert!((1..=4).contains(&team.len()) && team[0].role == Role::CareManager);
        assert!((1928..=1955).contains(&patient.birth.year()));
        assert!(patient.address.starts_with("一宮市") && patient.kana.as_str().chars().count() <= 20);
        assert!(patient.name.family_key().is_some() && patient.kana.family_key().is_some());
        assert!(patient.insurance.is_some() && patient.tel.is_some());
    }
    let physicians = registry.physicians().map(|p| p.email.as_ref());
    for address in physicians.chain(registry.facilities().map(|f| f.email.as_ref())) {
        assert!(address.unwrap().as_str().ends_with(".example"), "nobody real is ever written to");
    }
    let numbers: BTreeSet<_> =
        registry.patients().map(|p| p.insurance.as_ref().unwrap().number.as_str()).collect();
    assert_eq!(numbers.len(), 80);
    for trap in ["same name reading", "same birth date and family name", "name is similar"] {
        assert!(warnings.iter().any(|w| w.contains(trap)), "{trap} in {warnings:?}");
    }
}

#[test]
fn a_clear_form_of_every_sample_patient_goes_to_their_physician_or_is_held_for_cause() {
    let registry = sample().registry;
    let policy = Policy::build(Role::ALL.iter().map(|role| (*role, Rule::All)), &BTreeSet::new()).unwrap();
    let mut held = BTreeMap::new();
    for patient in registry.patients() {
        match decide(&registry, &policy, &form_of(&registry, patient), date(2026, 11, 23)) {
            Decision::Deliver { patient: whom, recipients, .. } => {
                assert_eq!(whom, patient.id);
                let attending = registry.physician(&patient.physician).unwrap();
                let stand_in = attending.backups.iter().any(|b| b.as_str() == recipients[0].code);
                assert!(recipients[0].code == attending.code.as_str() || stand_in);
            }
            Decision::Hold { reasons, .. } => *held.entry(reasons).or_insert(0) += 1,
        }
    }
    let expected = [Reason::PatientStopped, Reason::ConsentWithdrawn, Reason::PatientDeceased];
    assert_eq!(held, expected.into_iter().map(|reason| (vec![reason], 1)).collect());
}

#[test]
fn a_folder_reads_as_the_embedded_sample_with_or_without_a_byte_order_mark() {
    let dir = folder("patients.csv", |text| format!("\u{FEFF}{}", text.replace('\n', "\r\n")).into_bytes());
    let loaded = load(dir.path()).unwrap();
    assert_eq!(loaded.registry.patients().count(), 80);
    assert_eq!(loaded.warnings, sample().warnings);
}

#[test]
fn unknown_missing_and_doubled_columns_are_refused() {
    let message = complaint("facilities.csv", |text| text.replacen("csid_patterns", "csid_pattern", 1));
    assert!(message.contains("facilities.csv: line 1, column csid_pattern: is not known"), "{message}");
    let message = complaint("care_team.csv", |text| text.replacen("office_no", "note", 1));
    assert!(message.contains("column office_no: is missing") && message.contains("twice"), "{message}");
}

#[test]
fn every_fault_of_every_table_is_named_by_line_without_the_value() {
    let dir = folder("patients.csv", |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[1] = lines[1].replace("0003878", "0003879");
        lines[4] = lines[4].replace("19", "xx");
        lines[6].push_str(",more");
        lines[8] = lines[9].clone();
        lines.join("\n").into_bytes()
    });
    let path = dir.path().join("physicians.csv");
    let physicians = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, physicians.replacen("renkei@", "renkei＠", 1)).unwrap();
    let Error::Many(faults) = load(dir.path()).unwrap_err() else { panic!("all at once") };
    let message = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for part in [
        "physicians.csv: line 2, column email",
        "patients.csv: line 2, column patient_id",
        "patients.csv: line 5, column birth: no date such as",
        "patients.csv: line 7: has",
        "patients.csv: line 10: patient_id: the same as in line 9",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    assert!(!message.contains("0003879") && !message.contains("renkei"));
}

#[test]
fn references_to_nobody_are_faults() {
    let message = complaint("care_team.csv", |text| text.replacen("0003878", "9999990", 1));
    assert!(message.contains("care_team.csv: line 2: patient_id: is no row of patients"), "{message}");
    let message = complaint("physicians.csv", |text| text.replacen("office-b", "office-a", 1));
    assert!(message.contains("physicians.csv: line 2: approved_by is updated_by"), "{message}");
}

#[test]
fn files_that_are_missing_or_in_no_known_encoding_are_named() {
    let dir = folder("patients.csv", |_| b"patient_id,name\n0003878,\xff\n".to_vec());
    let message = load(dir.path()).unwrap_err().to_string();
    assert!(message.contains("patients.csv: line 2: is neither UTF-8 nor Shift_JIS"), "{message}");
    std::fs::remove_file(dir.path().join("care_team.csv")).unwrap();
    assert!(load(dir.path()).unwrap_err().to_string().contains("care_team.csv"));
}

#[test]
fn times_and_ways_of_delivery_are_read_from_their_columns() {
    let registry = sample().registry;
    let with = |has: fn(&kasasagi_routing::registry::Physician) -> bool| {
        registry.physicians().filter(|p| has(p)).count()
    };
    assert!(with(|p| p.digest.is_some()) >= 2 && with(|p| p.office_hours.is_some()) >= 2);
    assert!(with(|p| p.quiet_hours.is_some()) >= 1);
    assert!(registry.facilities().filter(|f| f.digest.is_some() && f.quiet_hours.is_some()).count() >= 1);
    assert!(registry.facilities().all(|f| f.channel == Channel::Smime));

    let message = complaint("physicians.csv", |text| text.replacen("21:00-07:00", "21:00", 1));
    assert!(message.contains("column quiet_hours: no valid quiet hours: write one span"), "{message}");
    let dir = folder("physicians.csv", |text| {
        text.replacen(",smime,", ",fax,", 1).replacen(",smime,", ",受取サイト,", 1).into_bytes()
    });
    let loaded = load(dir.path()).unwrap();
    let held = "physicians.csv: line 2: delivery fax: mail to this recipient will be held";
    assert!(loaded.warnings.iter().any(|w| w == held), "{:?}", loaded.warnings);
    assert!(loaded.registry.physicians().any(|p| p.channel == Channel::Notice), "the old word for a notice");
}

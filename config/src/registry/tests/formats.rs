use std::collections::BTreeMap;

use encoding_rs::SHIFT_JIS;
use proptest::prelude::*;

use super::*;

fn files() -> BTreeMap<String, Vec<u8>> {
    SAMPLE.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}

fn bundle(files: BTreeMap<String, Vec<u8>>) -> Bundle {
    Bundle::from_files(files).unwrap()
}

/// Everything a registry says that shows in searches, matching and letters.
fn told(loaded: &Loaded) -> Vec<String> {
    let registry = &loaded.registry;
    let physicians = registry.physicians().map(|p| {
        let email = p.email.as_ref().map(|e| e.as_str());
        let (digest, hours) =
            (p.digest.as_ref().map(ToString::to_string), p.office_hours.as_ref().map(ToString::to_string));
        let backups: Vec<&str> = p.backups.iter().map(|b| b.as_str()).collect();
        format!(
            "{} {} {} {email:?} {digest:?} {hours:?} {backups:?} {}",
            p.code,
            p.name.as_str(),
            p.kana.as_str(),
            p.hours
        )
    });
    let patients = registry.patients().map(|p| {
        let team: Vec<String> =
            registry.team(&p.id).iter().map(|m| format!("{}{}", m.office, m.may_receive)).collect();
        let number = p.insurance.as_ref().map(|i| i.number.as_str());
        format!(
            "{} {} {} {} {number:?} {:?} {} {team:?}",
            p.id,
            p.name.as_str(),
            p.kana.as_str(),
            p.birth,
            p.standing,
            p.address
        )
    });
    let facilities = registry.facilities().map(|f| {
        let faxes: Vec<&str> = f.faxes.iter().map(|x| x.e164()).collect();
        format!(
            "{} {} {faxes:?} {:?} {:?} {}",
            f.number,
            f.name.as_str(),
            f.agreement,
            f.csid_patterns,
            f.tel.original()
        )
    });
    physicians.chain(patients).chain(facilities).collect()
}

#[derive(Clone, Copy, Debug)]
enum Variant {
    AsItIs,
    Marked,
    Windows,
    MarkedWindows,
    Cp932,
    Cp932Windows,
}

fn written(text: &str, variant: Variant) -> Vec<u8> {
    use Variant::{AsItIs, Cp932, Cp932Windows, Marked, MarkedWindows, Windows};
    let text = match variant {
        Windows | MarkedWindows | Cp932Windows => text.replace('\n', "\r\n"),
        AsItIs | Marked | Cp932 => text.to_owned(),
    };
    match variant {
        Marked | MarkedWindows => format!("\u{FEFF}{text}").into_bytes(),
        Cp932 | Cp932Windows => {
            let (bytes, _, lost) = SHIFT_JIS.encode(&text);
            assert!(!lost, "the sample has characters that CP932 lacks");
            bytes.into_owned()
        }
        AsItIs | Windows => text.into_bytes(),
    }
}

/// The sample with what CP932 has no code for written as it can be.
fn plain(text: &str) -> String {
    text.replace('𠮷', "吉").replace('〜', "～")
}

fn variant() -> impl Strategy<Value = Variant> {
    use Variant::{AsItIs, Cp932, Cp932Windows, Marked, MarkedWindows, Windows};
    proptest::sample::select(vec![AsItIs, Marked, Windows, MarkedWindows, Cp932, Cp932Windows])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn however_excel_saves_the_tables_the_registry_is_the_same(variants in [variant(), variant(), variant(), variant()]) {
        let plainly = SAMPLE.map(|(name, text)| (name.to_owned(), plain(text).into_bytes()));
        let saved = SAMPLE.iter().zip(variants).map(|((name, text), variant)| {
            ((*name).to_owned(), written(&plain(text), variant))
        });
        let (plainly, saved) = (bundle(plainly.into()), bundle(saved.collect()));
        prop_assert_eq!(difference(Some(&plainly), &saved).unwrap(), vec![]);
        let (one, other) = (plainly.parse().unwrap(), saved.parse().unwrap());
        prop_assert_eq!(told(&one), told(&other));
        prop_assert_eq!(one.warnings, other.warnings);
    }

    #[test]
    fn foreign_bytes_are_refused_not_panicked_on(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Bundle::from_bytes(&bytes);
        for name in ["patients.csv", "patients.toml"] {
            let mut files = files();
            files.remove("patients.csv");
            files.insert(name.to_owned(), bytes.clone());
            prop_assert!(bundle(files).parse().is_err());
        }
    }
}

#[test]
fn a_registry_goes_from_csv_to_toml_and_back_unchanged() {
    let original = bundle(files());
    let toml = bundle(exported(&original, Format::Toml).unwrap());
    let back = bundle(exported(&toml, Format::Csv).unwrap());
    assert!(toml != original && back != original);
    for copy in [&toml, &back] {
        assert_eq!(difference(Some(&original), copy).unwrap(), []);
        assert_eq!(told(&copy.parse().unwrap()), told(&original.parse().unwrap()));
    }
    let csv = exported(&original, Format::Csv).unwrap();
    assert!(exported(&back, Format::Csv).unwrap() == csv, "written alike from wherever it came");
    let patients = String::from_utf8(csv["patients.csv"].clone()).unwrap();
    assert!(patients.starts_with("\u{FEFF}patient_id,name,") && patients.contains("\r\n0003878,倉知 幸男,"));
}

#[test]
fn equal_folders_give_equal_bytes_and_damaged_bytes_are_refused() {
    let one = Bundle::read(folder("", |_| Vec::new()).path()).unwrap();
    assert!(one == bundle(files()) && one.to_bytes() == bundle(files()).to_bytes());
    assert!(Bundle::from_bytes(&one.to_bytes()).unwrap() == one);
    let bytes = one.to_bytes();
    for damaged in [&bytes[1..], &bytes[..bytes.len() - 1], &[&bytes[..], b"x"].concat(), b""] {
        assert!(Bundle::from_bytes(damaged).is_err());
    }
    assert!(!format!("{one:?}").contains("倉知"));
}

#[test]
fn a_folder_is_exported_to_and_read_again_and_two_formats_are_one_too_many() {
    let original = bundle(files());
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    export(&original, &out, Format::Toml).unwrap();
    assert_eq!(difference(Some(&original), &Bundle::read(&out).unwrap()).unwrap(), []);
    let message = export(&original, &out, Format::Csv).unwrap_err().to_string();
    assert!(message.contains("physicians.toml: stands in this folder already"), "{message}");
    std::fs::write(out.join("patients.csv"), "").unwrap();
    let message = Bundle::read(&out).unwrap_err().to_string();
    assert!(message.contains("patients.csv: and patients.toml are both there"), "{message}");
}

#[test]
fn toml_may_be_written_with_lists_days_and_truth_and_faults_name_the_line() {
    let mut files = files();
    files.remove("care_team.csv");
    let team = r#"
[[care_team]]
patient_id = "0003878"
office_no = 2372207338
role = "居宅介護支援"
may_receive = true
valid_from = 2026-04-01
note = ["一", "二"]
"#;
    let with = |text: String| {
        let mut files = files.clone();
        files.insert("care_team.toml".to_owned(), text.into_bytes());
        bundle(files).parse().map_err(|error| error.to_string())
    };
    let loaded = with(team.to_owned()).unwrap();
    let member = &loaded.registry.team(&"0003878".parse().unwrap())[0];
    assert!(member.may_receive && member.provenance.valid_from == Some(date(2026, 4, 1)));
    assert_eq!(member.provenance.note, "一;二");

    for (wrong, right, part) in [
        ("note =", "remark =", "care_team.toml: line 8, column remark: is not known"),
        ("= true", "= 1.5", "care_team.toml: line 6, column may_receive: must be a text"),
        ("\"0003878\"", "3878", "care_team.toml: line 2, column patient_id: no valid patient_id"),
        ("role = \"居宅介護支援\"\n", "", "care_team.toml: line 2, column role: is empty"),
        ("\"0003878\"", "\"00038", "care_team.toml: line 3: "),
        ("[[care_team]]", "[[team]]", "line 2, column team: only [[care_team]] may stand here"),
    ] {
        let message = with(team.replacen(wrong, right, 1)).unwrap_err();
        assert!(message.contains(part) && !message.contains("00038"), "{part} in {message}");
    }
}

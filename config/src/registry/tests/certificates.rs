use openssl::nid::Nid;

use super::super::certificate::tests::{Request, curve};
use super::*;

/// The sample with certificates for the first physician.
fn town(reference: &str, last_day: &str, address: &str) -> tempfile::TempDir {
    let dir = folder("physicians.csv", |text| {
        text.replacen(".example,,,", &format!(".example,{reference},{last_day},"), 1).into_bytes()
    });
    let key = curve(Nid::X9_62_PRIME256V1);
    let made = Request { key, alternative: Some(address), subject: None, usage: None }.made();
    std::fs::create_dir(dir.path().join("certs")).unwrap();
    std::fs::write(dir.path().join("certs/0013.pem"), made.to_pem().unwrap()).unwrap();
    dir
}

const ADDRESS: &str = "renkei@hibari-naika-clinic.example";

#[test]
fn a_certificate_comes_with_its_row_and_with_the_list_of_all() {
    let loaded = load(town("certs/0013.pem", "2027-03-31", ADDRESS).path()).unwrap();
    let found: Vec<_> = loaded.certificates().collect();
    let [(code, label, certificate)] = &found[..] else { panic!("one") };
    assert_eq!((*code, label.as_str()), ("0013", "physician 0013"));
    assert_eq!(certificate.reference, "certs/0013.pem");
    let without = |w: &&String| w.contains("delivery smime: without a certificate");
    assert_eq!(loaded.warnings.iter().filter(without).count(), 20 + 30 - 1);
}

#[test]
fn every_fault_of_a_certificate_names_the_row_and_no_address() {
    for (reference, last_day, address, part) in [
        ("certs/0021.pem", "", ADDRESS, "column smime_cert: names a file that is not in the folder"),
        ("../certs/0013.pem", "", ADDRESS, "column smime_cert: must be the path"),
        ("certs/0013.pem", "2027-03-30", ADDRESS, "column smime_not_after: is not the last day"),
        ("certs/0013.pem", "", "other@clinic.example", "column smime_cert: is a certificate for another"),
    ] {
        let message = load(town(reference, last_day, address).path()).unwrap_err().to_string();
        assert!(message.contains(&format!("physicians.csv: line 2, {part}")), "{part} in {message}");
        assert!(!message.contains('@'), "{message}");
    }
}

#[test]
fn a_bundle_carries_the_certificates_that_rows_name_and_a_new_one_is_a_change() {
    let dir = town("certs/0013.pem", "", ADDRESS);
    std::fs::write(dir.path().join("certs/left-over.pem"), "nothing").unwrap();
    let bundle = Bundle::read(dir.path()).unwrap();
    let again = Bundle::from_bytes(&bundle.to_bytes()).unwrap();
    assert!(again == bundle && again.parse().unwrap().certificates().count() == 1);
    assert!(!String::from_utf8_lossy(&bundle.to_bytes()).contains("left-over"));

    let renewed = Bundle::read(town("certs/0013.pem", "", ADDRESS).path()).unwrap();
    let changes = difference(Some(&bundle), &renewed).unwrap();
    let [Change { key, what: What::Changed(cells), .. }] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((key.as_str(), cells[0].column.as_str()), ("0013", "smime_cert"));
    assert_ne!(cells[0].old, cells[0].new);

    let out = tempfile::tempdir().unwrap();
    export(&bundle, out.path(), Format::Toml).unwrap();
    assert_eq!(difference(Some(&bundle), &Bundle::read(out.path()).unwrap()).unwrap(), []);
}

use jiff::civil::date;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509Builder, X509NameBuilder};

use super::*;

/// A certificate to be made for a test.
pub(in crate::registry) struct Request<'a> {
    pub(in crate::registry) key: PKey<Private>,
    pub(in crate::registry) alternative: Option<&'a str>,
    pub(in crate::registry) subject: Option<&'a str>,
    pub(in crate::registry) usage: Option<KeyUsage>,
}

impl Request<'_> {
    /// Signed by itself, from 2026-04-01 until 2027-03-31, the last second of the day in Japan.
    pub(in crate::registry) fn made(self) -> X509 {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, "試験").unwrap();
        if let Some(address) = self.subject {
            name.append_entry_by_nid(Nid::PKCS9_EMAILADDRESS, address).unwrap();
        }
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_not_before(&Asn1Time::from_str("20260331150000Z").unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_str("20270331145959Z").unwrap()).unwrap();
        builder.set_pubkey(&self.key).unwrap();
        if let Some(address) = self.alternative {
            let names =
                SubjectAlternativeName::new().email(address).build(&builder.x509v3_context(None, None));
            builder.append_extension(names.unwrap()).unwrap();
        }
        if let Some(usage) = self.usage {
            builder.append_extension(usage.build().unwrap()).unwrap();
        }
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        builder.build()
    }
}

pub(in crate::registry) fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

pub(in crate::registry) fn curve(nid: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(nid).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn of(request: Request<'_>) -> Result<Certificate, Fault> {
    from(request.made().to_pem().unwrap())
}

fn from(bytes: Vec<u8>) -> Result<Certificate, Fault> {
    let email: MailAddress = "renkei@hibari.example".parse().unwrap();
    read("certs/0013.pem", &BTreeMap::from([("certs/0013.pem".to_owned(), bytes)]), Some(&email))
}

fn p256() -> Request<'static> {
    let key = curve(Nid::X9_62_PRIME256V1);
    Request { key, alternative: Some("Renkei@Hibari.example"), subject: None, usage: None }
}

#[test]
fn a_sound_certificate_is_read_from_pem_and_der_with_its_time() {
    let made = p256().made();
    let pem = from(made.to_pem().unwrap()).unwrap();
    assert_eq!(pem, from(made.to_der().unwrap()).unwrap());
    assert_eq!(pem.der, made.to_der().unwrap());
    assert_eq!(pem.not_before.to_string(), "2026-03-31T15:00:00Z");
    assert_eq!(pem.not_after.to_string(), "2027-03-31T14:59:59Z");
    assert!(ends_on(&pem, date(2027, 3, 31)) && !ends_on(&pem, date(2027, 4, 1)));
    of(Request { alternative: None, subject: Some("renkei@hibari.example"), ..p256() }).unwrap();
    of(Request { key: rsa(2048), ..p256() }).unwrap();
}

#[test]
fn weak_keys_other_addresses_and_other_uses_are_refused() {
    let usage = |set: fn(&mut KeyUsage) -> &mut KeyUsage| {
        let mut usage = KeyUsage::new();
        set(&mut usage);
        Some(usage)
    };
    for (request, part) in [
        (Request { key: rsa(1024), ..p256() }, "fewer than 2048"),
        (Request { key: curve(Nid::SECP256K1), ..p256() }, "a curve other than"),
        (Request { key: PKey::generate_ed25519().unwrap(), ..p256() }, "must have an RSA key"),
        (Request { alternative: Some("other@hibari.example"), ..p256() }, "for another address"),
        (Request { alternative: None, ..p256() }, "for another address"),
        (Request { usage: usage(KeyUsage::digital_signature), ..p256() }, "keyAgreement"),
        (Request { key: rsa(2048), usage: usage(KeyUsage::key_agreement), ..p256() }, "keyEncipherment"),
    ] {
        let signed_without_hash = request.key.id() == Id::ED25519;
        let fault = if signed_without_hash { ed25519(&request.key) } else { of(request) }.unwrap_err();
        assert!(fault.contains(part), "{part} in {fault}");
    }
    of(Request { usage: usage(KeyUsage::key_agreement), ..p256() }).unwrap();
    of(Request { key: rsa(2048), usage: usage(KeyUsage::key_encipherment), ..p256() }).unwrap();
}

/// Keys that only sign are certified by somebody else's key.
fn ed25519(key: &PKey<Private>) -> Result<Certificate, Fault> {
    let mut builder = X509Builder::new().unwrap();
    builder.set_not_before(&Asn1Time::from_str("20260401000000Z").unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_str("20270401000000Z").unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(&rsa(2048), MessageDigest::sha256()).unwrap();
    from(builder.build().to_der().unwrap())
}

#[test]
fn what_is_no_certificate_or_says_too_much_is_refused() {
    for (bytes, part) in [
        (Vec::new(), "no X.509"),
        (b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n".to_vec(), "no X.509"),
        (vec![0x30, 0x82, 0xFF], "no X.509"),
        (curve(Nid::SECP384R1).private_key_to_pem_pkcs8().unwrap(), "private key"),
    ] {
        let fault = from(bytes).unwrap_err();
        assert!(fault.contains(part), "{part} in {fault}");
    }
}

#[test]
fn paths_stay_inside_the_folder() {
    for good in ["0013.pem", "certs/0013.pem", "証明書/0013.pem"] {
        assert!(is_inside(good), "{good}");
    }
    for bad in [
        "",
        "/etc/0013.pem",
        "../0013.pem",
        "certs/../../x.pem",
        "certs\\x.pem",
        "C:\\x.pem",
        "a\nb.pem",
        "./x.pem",
        "patients.csv",
    ] {
        assert!(!is_inside(bad), "{bad}");
    }
}

//! S/MIME certificates of recipients, checked against their rows: the only file here naming openssl.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use kasasagi_routing::contact::MailAddress;
use kasasagi_routing::registry::Certificate;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509KeyUsage, X509Ref};

const ENDINGS: [&str; 4] = ["pem", "crt", "cer", "der"];
const LEAST_RSA_BITS: u32 = 2048;
const CURVES: [Nid; 3] = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1];

/// What is wrong with a certificate; never repeats what it says.
pub(super) type Fault = &'static str;

const UNREADABLE: Fault = "is no X.509 certificate in PEM or DER";

/// Finds the certificate of this path, for this address.
pub(super) fn read(
    reference: &str,
    files: &BTreeMap<String, Vec<u8>>,
    email: Option<&MailAddress>,
) -> Result<Certificate, Fault> {
    if !is_inside(reference) {
        return Err(
            "must be the path of a .pem, .crt, .cer or .der file inside the folder of the registry, such as certs/0013.pem",
        );
    }
    let bytes = files
        .get(reference)
        .ok_or("names a file that is not in the folder of the registry, cannot be read, or is over 64 KiB")?;
    let email = email.ok_or("needs an address in email to be checked against")?;
    let parsed = parse(bytes)?;
    let certificate = || -> Result<Certificate, ErrorStack> {
        Ok(Certificate {
            reference: reference.to_owned(),
            not_before: moment(parsed.not_before())?,
            not_after: moment(parsed.not_after())?,
            der: parsed.to_der()?,
        })
    };
    let certificate = certificate().map_err(|_| UNREADABLE)?;
    is_usable(&parsed)?;
    if is_for(&parsed, email) { Ok(certificate) } else { Err("is a certificate for another address") }
}

/// Whether this is the last day of the certificate, by universal or by Japanese time.
pub(super) fn ends_on(certificate: &Certificate, day: Date) -> bool {
    let last = |offset: Offset| offset.to_datetime(certificate.not_after).date();
    [Offset::UTC, Offset::constant(9)].map(last).contains(&day)
}

/// A path of plain names, none leading out of the folder, to what may be a certificate.
pub(super) fn is_inside(reference: &str) -> bool {
    let plain = |component| matches!(component, Component::Normal(_));
    !reference.is_empty()
        && !reference.contains(|c: char| c.is_control() || c == '\\')
        && Path::new(reference).components().all(plain)
        && Path::new(reference).extension().is_some_and(|end| ENDINGS.iter().any(|known| end == *known))
}

/// What tells one certificate file from another, for a person's eye.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    openssl::sha::sha256(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn parse(bytes: &[u8]) -> Result<X509, Fault> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("PRIVATE KEY-----") {
        return Err(
            "holds a private key; only the certificate belongs here, and the key is no secret any more",
        );
    }
    let parsed = if text.contains("-----BEGIN") { X509::from_pem(bytes) } else { X509::from_der(bytes) };
    parsed.map_err(|_| UNREADABLE)
}

/// Whether something can be encrypted for this key today, and its certificate allows it.
fn is_usable(certificate: &X509Ref) -> Result<(), Fault> {
    let key = certificate.public_key().map_err(|_| UNREADABLE)?;
    let (needed, forbidden) = match key.id() {
        Id::RSA if key.bits() >= LEAST_RSA_BITS => {
            (X509KeyUsage::KEY_ENCIPHERMENT, "its keyUsage does not allow keyEncipherment")
        }
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            if !curve.is_some_and(|curve| CURVES.contains(&curve)) {
                return Err("has a key on a curve other than P-256, P-384 or P-521");
            }
            (X509KeyUsage::KEY_AGREEMENT, "its keyUsage does not allow keyAgreement")
        }
        Id::RSA => return Err("has an RSA key of fewer than 2048 bits"),
        _ => return Err("must have an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521"),
    };
    let allowed = certificate.key_usage().is_none_or(|usage| usage.contains(needed));
    if allowed { Ok(()) } else { Err(forbidden) }
}

fn is_for(certificate: &X509Ref, email: &MailAddress) -> bool {
    let names = certificate.subject_alt_names();
    let named = names.iter().flatten().filter_map(|name| name.email().map(str::to_owned));
    let subject = certificate.subject_name().entries_by_nid(Nid::PKCS9_EMAILADDRESS);
    let subject = subject.filter_map(|entry| entry.data().to_string().ok());
    named.chain(subject).any(|address| address.eq_ignore_ascii_case(email.as_str()))
}

fn moment(time: &Asn1TimeRef) -> Result<Timestamp, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * 24 * 60 * 60 + i64::from(since.secs);
    let moment = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(seconds));
    Ok(moment.unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
pub(super) mod tests;

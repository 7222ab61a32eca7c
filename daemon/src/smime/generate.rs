//! Makes an identity that nobody else vouches for: enough to encrypt and to notice changes on the way.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name};

use super::Identity;
use crate::{Error, Result};

impl Identity {
    /// Makes a key (EC P-256, mode 0600) and a self-signed certificate for `address`, valid five years
    /// from `now`, in two new files.
    ///
    /// # Errors
    /// [`Error::Identity`] when a file is there already or cannot be written.
    pub fn generate(
        cert: &Path,
        key: &Path,
        address: &str,
        organisation: &str,
        now: Timestamp,
    ) -> Result<()> {
        let private = new_key().map_err(unmade)?;
        let certificate = self_signed(&private, address, organisation, now).map_err(unmade)?;
        write_new(key, &private.private_key_to_pem_pkcs8().map_err(unmade)?, 0o600)?;
        write_new(cert, &certificate.to_pem().map_err(unmade)?, 0o644).inspect_err(|_| {
            // Written a moment ago and of no use without its certificate.
            let _ = fs::remove_file(key);
        })
    }

    /// Makes the certificate for a key that has none, as after a power cut in the midst of [`Self::generate`].
    ///
    /// # Errors
    /// [`Error::Identity`] when the key cannot be read, or the certificate is there already.
    pub fn certify(cert: &Path, key: &Path, address: &str, organisation: &str, now: Timestamp) -> Result<()> {
        let unusable = |what: String| Error::Identity { file: key.to_owned(), what };
        let pem = fs::read(key).map_err(|e| unusable(format!("cannot be read ({e})")))?;
        let private =
            PKey::private_key_from_pem(&pem).map_err(|_| unusable("is no key in PEM".to_owned()))?;
        let certificate = self_signed(&private, address, organisation, now).map_err(unmade)?;
        write_new(cert, &certificate.to_pem().map_err(unmade)?, 0o644)
    }
}

fn new_key() -> std::result::Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn self_signed(
    key: &PKey<Private>,
    address: &str,
    organisation: &str,
    now: Timestamp,
) -> std::result::Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    let organisation: String = organisation.chars().take(LONGEST_NAME).collect();
    let common_name = if organisation.is_empty() { "Kasasagi" } else { &organisation };
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    let name = name.build();

    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let serial = serial.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    let from = Asn1Time::from_unix(now.as_second())?;
    let to = Asn1Time::from_unix(now.as_second() + VALID_SECONDS)?;
    builder.set_not_before(&from)?;
    builder.set_not_after(&to)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().key_agreement().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().email_protection().build()?)?;
    let context = builder.x509v3_context(None, None);
    let address = SubjectAlternativeName::new().email(address).build(&context)?;
    let identifier = SubjectKeyIdentifier::new().build(&context)?;
    builder.append_extension(address)?;
    builder.append_extension(identifier)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// Never over what is there: an old certificate may still be needed.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let refuse = |error: std::io::Error| {
        let what = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "is there already; move it away first".to_owned(),
            _ => format!("cannot be written ({error}); check its folder"),
        };
        Error::Identity { file: path.to_owned(), what }
    };
    // A file under its own name is whole, whenever the power goes.
    let unfinished = path.with_extension("part");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&unfinished)
        .map_err(refuse)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(refuse)?;
    let end = fs::hard_link(&unfinished, path).map_err(refuse);
    let _ = fs::remove_file(&unfinished);
    end
}

fn unmade(source: ErrorStack) -> Error {
    Error::Seal { what: "make a certificate; is the address a mail address in ASCII?", source: source.into() }
}

/// Upper bound of a common name (RFC 5280 appendix A.1).
const LONGEST_NAME: usize = 64;

const VALID_SECONDS: i64 = 5 * 365 * 86_400 + 86_400;

//! What an X.509 certificate says that matters to mail.

use jiff::Timestamp;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509Ref};

use crate::{Error, Result};

/// A recipient's certificate, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// Mail addresses it is for, in lower case.
    pub addresses: Vec<String>,
}

impl Certificate {
    /// Understands a certificate that mail can be encrypted for.
    ///
    /// # Errors
    /// [`Error::Seal`] for bytes that are no certificate, or a key that is neither RSA of 2048 bits or more
    /// nor EC.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let certificate = recipient(der)?;
        Self::of(&certificate)
    }

    pub(super) fn of(certificate: &X509Ref) -> Result<Self> {
        Ok(Self {
            not_before: moment(certificate.not_before())?,
            not_after: moment(certificate.not_after())?,
            addresses: addresses(certificate),
        })
    }

    /// Whether it is for this mail address.
    pub fn covers(&self, address: &str) -> bool {
        self.addresses.contains(&address.to_ascii_lowercase())
    }

    /// Whether it is valid at this moment.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// Refuses a key that a mail is not safe with.
pub(super) fn recipient(der: &[u8]) -> Result<X509> {
    let refuse = |source: Box<dyn std::error::Error + Send + Sync>| Error::Seal {
        what: "encrypt for the recipient's certificate; ask for a new one",
        source,
    };
    let certificate = X509::from_der(der).map_err(|e| refuse(e.into()))?;
    let key = certificate.public_key().map_err(|e| refuse(e.into()))?;
    match key.id() {
        Id::EC => Ok(certificate),
        Id::RSA if key.bits() >= LEAST_RSA_BITS => Ok(certificate),
        Id::RSA => Err(refuse("its RSA key has less than 2048 bits".into())),
        _ => Err(refuse("its key is neither RSA nor EC".into())),
    }
}

/// From the alternative names, or the subject of old certificates.
fn addresses(certificate: &X509Ref) -> Vec<String> {
    let names = certificate.subject_alt_names();
    let mut addresses: Vec<String> =
        names.iter().flatten().filter_map(|name| name.email()).map(str::to_ascii_lowercase).collect();
    let subject = certificate.subject_name().entries_by_nid(Nid::PKCS9_EMAILADDRESS);
    let old = subject.filter_map(|entry| Some(entry.data().to_string().ok()?.to_ascii_lowercase()));
    addresses.extend(old.collect::<Vec<_>>());
    addresses.dedup();
    addresses
}

fn moment(time: &Asn1TimeRef) -> Result<Timestamp> {
    let refuse = |source: Box<dyn std::error::Error + Send + Sync>| Error::Seal {
        what: "understand the dates of a certificate; ask for a new one",
        source,
    };
    let epoch = Asn1Time::from_unix(0).map_err(|e| refuse(e.into()))?;
    let since = epoch.diff(time).map_err(|e| refuse(e.into()))?;
    Timestamp::from_second(i64::from(since.days) * 86_400 + i64::from(since.secs))
        .map_err(|e| refuse(e.into()))
}

/// BSI TR-02102 and CRYPTREC allow nothing shorter.
const LEAST_RSA_BITS: u32 = 2048;

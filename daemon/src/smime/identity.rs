//! What the gateway signs with.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;
use kasasagi_config::secret::is_private;
use openssl::pkey::{PKey, Private};
use openssl::stack::Stack;
use openssl::x509::X509;

use super::Certificate;
use crate::{Error, Result};

/// The gateway's certificate and key. `Debug` shows what anybody may know.
pub struct Identity {
    pub(super) certificate: X509,
    pub(super) key: PKey<Private>,
    /// Certificates between ours and a root, sent along.
    pub(super) chain: Stack<X509>,
    about: Certificate,
}

impl Identity {
    /// Opens a certificate (PEM, its chain behind it) and its key (PEM, not encrypted).
    ///
    /// # Errors
    /// [`Error::Identity`] naming the file and the cure: a key that others may read, that does not belong to
    /// the certificate or asks for a passphrase; a certificate that is not valid now or not for `address`.
    pub fn open(cert: &Path, key: &Path, address: &str, now: Timestamp) -> Result<Self> {
        let (certificate, chain) = opened_certificates(cert)?;
        let private = opened_key(key)?;
        let refuse = |file: &Path, what: String| Err(Error::Identity { file: file.to_owned(), what });
        if !certificate.public_key().is_ok_and(|public| public.public_eq(&private)) {
            return refuse(key, format!("the key does not belong to the certificate {}", cert.display()));
        }
        let about = Certificate::of(&certificate)?;
        if !about.is_valid(now) {
            let (from, to) = (about.not_before, about.not_after);
            return refuse(cert, format!("is valid from {from} to {to} only; renew it or correct the clock"));
        }
        if !about.covers(address) {
            return refuse(
                cert,
                format!("is not for the sender's address {address}; have one issued for it"),
            );
        }
        Ok(Self { certificate, key: private, chain, about })
    }

    /// Until when the certificate is valid.
    pub fn not_after(&self) -> Timestamp {
        self.about.not_after
    }

    /// Whether nobody but ourselves vouches for it: recipients must be given the certificate.
    pub fn is_self_signed(&self) -> bool {
        self.certificate.verify(&self.key).unwrap_or(false)
    }

    /// Whether it is for this mail address.
    pub fn covers(&self, address: &str) -> bool {
        self.about.covers(address)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?}, key [redacted])", self.about)
    }
}

fn opened_certificates(path: &Path) -> Result<(X509, Stack<X509>)> {
    let pem = read(path)?;
    let refuse = || Error::Identity { file: path.to_owned(), what: "is no certificate in PEM form".into() };
    let mut certificates = X509::stack_from_pem(&pem).map_err(|_| refuse())?.into_iter();
    let first = certificates.next().ok_or_else(refuse)?;
    let mut chain = Stack::new().map_err(|_| refuse())?;
    for certificate in certificates {
        chain.push(certificate).map_err(|_| refuse())?;
    }
    Ok((first, chain))
}

fn opened_key(path: &Path) -> Result<PKey<Private>> {
    let refuse = |what: &str| Error::Identity { file: path.to_owned(), what: what.to_owned() };
    let about = fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    if !is_private(&about) {
        let mode = about.permissions().mode() & 0o777;
        let what = format!("others may read the key (mode {mode:o}); `chmod 600 {}`", path.display());
        return Err(refuse(&what));
    }
    let pem = read(path)?;
    if pem.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) {
        return Err(refuse("the key asks for a passphrase; take it off with `openssl pkey`"));
    }
    // Without the callback openssl would ask on the terminal.
    PKey::private_key_from_pem_callback(&pem, |_| Ok(0)).map_err(|_| refuse("is no private key in PEM form"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let what = format!("cannot be read ({error}); correct the path in the settings or its owner");
    Error::Identity { file: path.to_owned(), what }
}

const ENCRYPTED: &[u8] = b"ENCRYPTED";

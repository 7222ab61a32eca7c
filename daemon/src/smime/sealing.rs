//! Signs, then encrypts.

use std::borrow::Cow;

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use sha2::{Digest, Sha256};

use super::Identity;
use super::certificate::recipient;
use crate::message::armour;
use crate::{Error, Result};

/// Signs an entity and encrypts it for the holder of a certificate (DER, RSA or EC). The result is an entity
/// in turn: MIME headers, an empty line, a body.
///
/// # Errors
/// [`Error::Seal`] for a certificate that cannot be encrypted for.
pub fn seal(entity: &[u8], identity: &Identity, recipient_der: &[u8]) -> Result<Vec<u8>> {
    let holder = recipient(recipient_der)?;
    let signed = sign_only(entity, identity)?;
    let encrypt = || -> std::result::Result<Vec<u8>, ErrorStack> {
        let mut holders = Stack::new()?;
        holders.push(holder)?;
        CmsContentInfo::encrypt(&holders, &signed, Cipher::aes_256_cbc(), CMSOptions::BINARY)?.to_der()
    };
    let sealed = encrypt().map_err(|source| Error::Seal {
        what: "encrypt for the recipient's certificate; ask for a new one",
        source: source.into(),
    })?;
    let head = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n\
                Content-Transfer-Encoding: base64\r\n\
                Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
    Ok([head, &armour::lines(&sealed)].concat().into_bytes())
}

/// Signs an entity that anybody may read. Mail programs without S/MIME show it with one more attachment.
///
/// # Errors
/// [`Error::Seal`] when openssl cannot sign with this identity.
pub fn sign_only(entity: &[u8], identity: &Identity) -> Result<Vec<u8>> {
    let entity = canonical(entity);
    let sign = || -> std::result::Result<Vec<u8>, ErrorStack> {
        let Identity { certificate, key, chain, .. } = identity;
        let flags = CMSOptions::DETACHED | CMSOptions::BINARY;
        CmsContentInfo::sign(Some(certificate), Some(key), Some(chain), Some(&entity), flags)?.to_der()
    };
    let signature = sign().map_err(|source| Error::Seal {
        what: "sign a mail; check the signing key",
        source: source.into(),
    })?;
    let boundary = boundary(&entity);
    let head = format!(
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n \
         micalg=sha-256; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
    );
    let tail = format!(
        "\r\n--{boundary}\r\n\
         Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n\
         {}--{boundary}--\r\n",
        armour::lines(&signature)
    );
    Ok([head.as_bytes(), &entity, tail.as_bytes()].concat())
}

/// Lines ended by CRLF, as a signature covers them (RFC 8551 section 3.1.1). Our mails are so already.
fn canonical(entity: &[u8]) -> Cow<'_, [u8]> {
    let bare = |(at, byte): (usize, &u8)| *byte == b'\n' && (at == 0 || entity.get(at - 1) != Some(&b'\r'));
    if !entity.iter().enumerate().any(bare) {
        return Cow::Borrowed(entity);
    }
    let mut canonical = Vec::with_capacity(entity.len() + 64);
    for (at, byte) in entity.iter().enumerate() {
        if bare((at, byte)) {
            canonical.push(b'\r');
        }
        canonical.push(*byte);
    }
    Cow::Owned(canonical)
}

/// A digest of the entity, hence not in it.
fn boundary(entity: &[u8]) -> String {
    let digest: String = Sha256::digest(entity).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("signed.{digest}")
}

//! Opens a mail that was encrypted for somebody, with their key: what a recipient's mail program does.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::cms::CmsContentInfo;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;

use crate::{Error, Result};

/// The mail with the encrypted entity replaced by what was in it; a mail that is not encrypted stays as it is.
///
/// # Errors
/// [`Error::File`] when the key cannot be read, [`Error::Seal`] when it does not open the mail.
pub fn open(raw: &[u8], key: &Path) -> Result<Vec<u8>> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(raw.len());
    let (head, body) = raw.split_at(end);
    let head = String::from_utf8_lossy(head);
    if !head.contains("application/pkcs7-mime") {
        return Ok(raw.to_vec());
    }
    let pem =
        std::fs::read(key).map_err(|source| Error::File { action: "read", path: key.to_owned(), source })?;
    let base64: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(base64).map_err(|source| shut(source.into()))?;
    let decrypt = || -> std::result::Result<Vec<u8>, ErrorStack> {
        let key = PKey::private_key_from_pem(&pem)?;
        CmsContentInfo::from_der(&der)?.decrypt_without_cert_check(&key)
    };
    let entity = decrypt().map_err(|source| shut(source.into()))?;
    Ok([envelope(&head).as_bytes(), &entity].concat())
}

/// The fields about the mail, without those about the encrypted entity.
fn envelope(head: &str) -> String {
    let mut kept = String::new();
    let mut keep = true;
    for line in head.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            keep = !line.to_ascii_lowercase().starts_with("content-");
        }
        if keep {
            kept.push_str(line);
            kept.push_str("\r\n");
        }
    }
    kept
}

fn shut(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Seal { what: "open a mail with this key", source }
}

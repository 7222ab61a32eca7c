//! Authenticated encryption; the only file that names the cipher (XChaCha20-Poly1305).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::{Result, chance};

/// What a sealed file is for; it stands in its first eight bytes, the last of them the format number.
pub(crate) type Magic = [u8; 8];

const NONCE: usize = 24;
const TAG: usize = 16;

/// Encrypts: magic, nonce, ciphertext, tag. The magic and `bound` (what the content belongs to) are
/// authenticated, so that a file moved to another place does not open.
pub(crate) fn seal(key: &[u8; 32], magic: &Magic, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = chance::bytes::<NONCE>()?;
    let aad = [magic, bound].concat();
    let payload = Payload { msg: plain, aad: &aad };
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .expect("XChaCha20-Poly1305 fails only above 256 GiB, more than memory holds");
    let mut bytes = Vec::with_capacity(magic.len() + NONCE + sealed.len());
    bytes.extend_from_slice(magic);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

/// Decrypts what [`seal`] made; nothing when anything about it differs.
pub(crate) fn unseal(key: &[u8; 32], magic: &Magic, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let rest = sealed.strip_prefix(magic)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    if sealed.len() < TAG {
        return None;
    }
    let aad = [magic, bound].concat();
    let payload = Payload { msg: sealed, aad: &aad };
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let key = [7; 32];
        let sealed = seal(&key, b"KSGTEST\x01", b"here", b"content").unwrap();
        assert_eq!(unseal(&key, b"KSGTEST\x01", b"here", &sealed).unwrap(), b"content");
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(&key, b"KSGTEST\x01", b"here", &bad), None, "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert_eq!(unseal(&key, b"KSGTEST\x01", b"here", &sealed[..len]), None, "length {len}");
        }
        assert_eq!(unseal(&[8; 32], b"KSGTEST\x01", b"here", &sealed), None, "another key");
        assert_eq!(unseal(&key, b"KSGTEST\x01", b"there", &sealed), None, "another place");
    }
}

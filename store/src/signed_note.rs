//! A signed head in the form of C2SP's signed notes and checkpoints, which tools of transparency logs read:
//! <https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>. Where those have the root of a Merkle tree, ours
//! has the head of the chain. The extension line is the checkpoint as [`Checkpoint`] writes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::checkpoint::{Checkpoint, PublicKey};
use crate::hash::{Hash, hex};

/// Ed25519, as the first byte of a key.
const ED25519: u8 = 1;

/// The note of a checkpoint.
pub(crate) fn note(key: &SigningKey, checkpoint: &Checkpoint) -> String {
    let public = key.verifying_key();
    let (origin, head) = (origin(&public), STANDARD.encode(checkpoint.head.0));
    let text = format!("{origin}\n{}\n{head}\n{checkpoint}\n", checkpoint.seq);
    let signature = [&key_id(&origin, &public)[..], &key.sign(text.as_bytes()).to_bytes()].concat();
    format!("{text}\n\u{2014} {origin} {}\n", STANDARD.encode(signature))
}

impl PublicKey {
    /// The key as readers of signed notes want it ("vkey"): `NAME+ID+KEY`.
    pub fn verifier(&self) -> String {
        let origin = origin(&self.0);
        let key = [&[ED25519][..], self.0.as_bytes()].concat();
        format!("{origin}+{}+{}", hex(&key_id(&origin, &self.0)), STANDARD.encode(key))
    }
}

/// Every store is a log of its own; its key names it.
fn origin(key: &VerifyingKey) -> String {
    format!("kasasagi/{}", hex(key.as_bytes()).get(..16).unwrap_or_default())
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let Hash([a, b, c, d, ..]) = Hash::of(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Signature;

    use super::*;
    use crate::checkpoints_in;

    #[test]
    fn a_note_is_its_text_a_blank_line_and_a_signature_over_the_text() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let checkpoint = Checkpoint {
            seq: 42,
            head: Hash([9; 32]),
            time: jiff::Timestamp::UNIX_EPOCH,
            signature: "0".repeat(128),
        };
        let note = note(&key, &checkpoint);
        let (text, signature) = note.split_once("\n\n").unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1..], ["42", &STANDARD.encode([9; 32]), &checkpoint.to_string()]);
        assert_eq!(checkpoints_in(&note), [checkpoint]);

        let vkey = PublicKey(key.verifying_key()).verifier();
        let [name, id, public] = vkey.split('+').collect::<Vec<_>>()[..] else { panic!("{vkey}") };
        assert_eq!(name, lines[0]);
        assert_eq!(STANDARD.decode(public).unwrap(), [&[1][..], key.verifying_key().as_bytes()].concat());
        let signature = signature.strip_prefix(&format!("\u{2014} {name} ")).unwrap().trim_end();
        let signature = STANDARD.decode(signature).unwrap();
        assert_eq!(hex(&signature[..4]), id);
        let signature = Signature::from_slice(&signature[4..]).unwrap();
        key.verifying_key().verify_strict(format!("{text}\n").as_bytes(), &signature).unwrap();
    }
}

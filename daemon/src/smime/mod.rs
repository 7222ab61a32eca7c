//! S/MIME (RFC 8551): a mail's entity is signed with the gateway's key, then encrypted for one recipient.
//! The only files that name openssl.
//!
//! ```text
//! entity ─▶ multipart/signed (detached, SHA-256) ─▶ application/pkcs7-mime (AES-256-CBC)
//! ```

mod certificate;
mod generate;
mod identity;
mod sealing;

pub use certificate::Certificate;
pub use identity::Identity;
pub use sealing::{seal, sign_only};

#[cfg(test)]
mod tests;

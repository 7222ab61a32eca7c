//! Mails in, mails out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::raster::Raster;
use kasasagi_tests::{Gateway, fax_mail, lmtp_send, wait_until};
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::Value;

use crate::room::{json, rows, text};

/// A mail with one page attached as a fax PDF.
pub fn mail(name: &str, page: &Raster) -> Vec<u8> {
    let pdf = fax::pdf(std::slice::from_ref(page), Coding::Mmr).expect("a PDF");
    fax_mail(&format!("{name}@sender.example.jp"), "FAX", &[("fax.pdf", "application/pdf", &pdf)])
}

/// Hands a mail in over LMTP, once the gateway listens; it must be acknowledged.
pub fn hand_in(gateway: &Gateway, mail: &[u8]) {
    let socket = gateway.room().join("lmtp.sock");
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    let reply = lmtp_send(&socket, mail).expect("LMTP");
    assert_eq!(reply.code, 250, "{reply:?}");
}

/// Waits until `count` faxes have come and each has come to its end, and returns them in order of arrival.
pub fn settled(gateway: &Gateway, count: usize) -> Vec<Value> {
    let mut faxes = Vec::new();
    wait_until(&format!("{count} faxes to be settled"), || {
        faxes = rows(&json(gateway, &["list"])).to_vec();
        let open = ["received", "opened", "read", "sending"];
        faxes.len() == count && faxes.iter().all(|fax| !open.contains(&text(&fax["state"])))
    });
    faxes.sort_by_key(|fax| fax["arrival"].as_u64());
    faxes
}

/// A mail that the gateway wrote.
pub struct Letter {
    /// Its only recipient.
    pub to: String,
    /// Subject, decoded.
    pub subject: String,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// The outbox item it says it is.
    pub item: String,
    /// All text and HTML parts, decoded, one after the other.
    pub words: String,
    /// Attachments by file name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Letter {
    /// Takes a mail apart.
    pub fn open(raw: &[u8]) -> Self {
        let mail = MessageParser::default().parse(raw).expect("a mail");
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
        let header = |name: &str| mail.header_raw(name).unwrap_or_default().trim().to_owned();
        let name =
            |part: &mail_parser::MessagePart<'_>| part.attachment_name().unwrap_or_default().to_owned();
        Self {
            to: to.expect("a recipient").to_owned(),
            subject: mail.subject().expect("a subject").to_owned(),
            message_id: mail.message_id().expect("a Message-ID").to_owned(),
            item: header("X-Kasasagi-Item"),
            words: words(&mail),
            files: (mail.attachments().filter(|part| !is_signature_or_picture(part)))
                .map(|part| (name(part), part.contents().to_vec()))
                .collect(),
        }
    }

    /// Every mail in a folder, in order of the recipient's address.
    pub fn all_in(folder: &Path) -> Vec<Self> {
        let mut letters: Vec<Self> = files(folder)
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "eml"))
            .map(|path| Self::open(&fs::read(path).expect("a mail")))
            .collect();
        letters.sort_by(|a, b| a.to.cmp(&b.to));
        letters
    }
}

/// The signature over a mail, and pictures that stand beside their fields.
fn is_signature_or_picture(part: &mail_parser::MessagePart<'_>) -> bool {
    part.content_type()
        .and_then(|kind| kind.subtype())
        .is_some_and(|kind| kind == "pkcs7-signature" || kind == "png")
}

fn words(mail: &Message<'_>) -> String {
    let texts = (0..mail.text_body_count()).filter_map(|n| mail.body_text(n));
    let pages = (0..mail.html_body_count()).filter_map(|n| mail.body_html(n));
    texts.chain(pages).collect()
}

/// Every file under a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            _ => found.push(entry.path()),
        }
    }
    found
}

/// The state of one fax.
pub fn state_of(gateway: &Gateway, fax: &str) -> String {
    text(&json(gateway, &["trace", fax])["fax"]["state"]).to_owned()
}

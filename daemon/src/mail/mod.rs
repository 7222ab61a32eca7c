//! One raw mail into the documents that were faxed, or the reason why not.
//!
//! Content decides what a part is, never its name or declared type. Every part is looked at: attachments,
//! inline parts, bodies, forwarded mails. What cannot be opened is named, so that a person can look.
//!
//! ```text
//! header ──▶ profile, hints ──▶ sender known? ──▶ the tree of the mail:
//! entity (header, body) ──▶ walk: multipart, message/rfc822 ──▶ leaf ──▶ transfer decoding ──▶ content
//! ```
//! Only [`header`] names `mail_parser`: it reads fields. The tree is walked here, because the walk is where
//! depth, number of parts and memory are bounded, each level in one pass over its bytes.

mod acknowledgement;
mod authentication;
mod body;
mod content;
mod fault;
mod field;
mod header;
mod hints;
mod machine;
mod notification;
mod post;
mod quote;
mod reply;
mod report;
mod response;
mod said;
mod sender;
mod sources;
mod token;
mod transfer;
mod uu;
mod walk;
mod words;

use std::fmt;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kasasagi_store::id::ItemId;
use sha2::{Digest, Sha256};

pub use body::words_of;
pub use fault::MailFault;
pub use hints::Hints;
pub use notification::Notification;
pub use reply::{Reply, Words};
pub use report::{Named, Report};
pub use response::{Response, response};
pub use sender::{Doubt, Verdict};
pub use sources::Sources;

use header::Fields;
use post::{Post, in_lines};
use sources::Seen;
use walk::Walk;

/// What a mail turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// It carries at least one document.
    Fax(Envelope),
    /// It may be a fax, but a person must look.
    Hold(MailFault),
    /// It is none of ours to process.
    Refuse(MailFault),
}

/// The documents of a mail and what it says about them.
#[derive(Debug, PartialEq, Eq)]
pub struct Envelope {
    /// In the order of the mail; at least one.
    pub documents: Vec<Document>,
    /// What the mail says about sender and fax; never proof of anything.
    pub hints: Box<Hints>,
    /// Parts that were left out or are damaged, the weightiest first, each reason once.
    pub notes: Vec<MailFault>,
}

/// One file that was faxed.
#[derive(PartialEq, Eq)]
pub struct Document {
    /// By its first bytes.
    pub format: DocFormat,
    /// The file.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// A format whose pages can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocFormat {
    /// PDF.
    Pdf,
    /// TIFF, classic or big.
    Tiff,
    /// PNG.
    Png,
}

impl DocFormat {
    /// `pdf`, `tiff` or `png`, as in journal events.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Tiff => "tiff",
            Self::Png => "png",
        }
    }
}

impl Document {
    fn new(format: DocFormat, bytes: Vec<u8>) -> Self {
        let sha256 = Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes all it is given");
            hex
        });
        Self { format, bytes, sha256 }
    }
}

/// Prints no content.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({}, {} bytes, {})", self.format.code(), self.bytes.len(), self.sha256)
    }
}

/// Whether the sender of a mail still has to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// By the list of senders.
    Ask,
    /// An administrator has handed it in or admitted it, or it was accepted before.
    Vouched,
}

/// Opens a mail. Never fails and never panics: what goes wrong inside holds this mail.
pub fn open(raw: &[u8], sources: &Sources, trust: Trust) -> Opened {
    catch_unwind(AssertUnwindSafe(|| take_apart(raw, sources, trust)))
        .unwrap_or(Opened::Hold(MailFault::Broken))
}

/// The outbox item that the field [`crate::message::ITEM_FIELD`] of one of our own mails names.
pub fn our_item(field: &str) -> Option<ItemId> {
    field.trim().parse().ok()
}

/// What a mail says about the fax in it; no hints from a mail that cannot be read. Never panics.
pub fn hints(raw: &[u8], sources: &Sources) -> Hints {
    let raw = in_lines(raw);
    let read = || Post::read(&raw).map(|post| hints_of(&Seen::new(&post), sources));
    catch_unwind(AssertUnwindSafe(read)).ok().flatten().unwrap_or_default()
}

/// Whether the sender of a mail may send faxes; none for a mail that cannot be read. Never panics.
pub fn verdict(raw: &[u8], sources: &Sources) -> Option<Verdict> {
    let raw = in_lines(raw);
    let judge = || {
        let post = Post::read(&raw)?;
        let profile = hints_of(&Seen::new(&post), sources).profile;
        Some(Verdict::of(sources, &post.lines, &profile))
    };
    catch_unwind(AssertUnwindSafe(judge)).ok().flatten()
}

/// Whether another mail of the same bytes is this one again: it has a Message-ID. Never panics.
pub fn is_unique(raw: &[u8]) -> bool {
    let raw = in_lines(raw);
    let read = || Post::read(&raw).is_some_and(|post| post.fields.message_id.is_some());
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(false)
}

fn hints_of(seen: &Seen<'_>, sources: &Sources) -> Hints {
    let profile = sources.profile_of(seen);
    profile.map(|profile| Hints::read(profile, seen, &sources.time_zone)).unwrap_or_default()
}

/// Our own mails, reports and automatic answers keep their outcome whoever sent them: none of them is read as
/// an order.
fn take_apart(raw: &[u8], sources: &Sources, trust: Trust) -> Opened {
    let raw = in_lines(raw);
    let Some(post) = Post::read(&raw) else {
        return Opened::Hold(MailFault::Broken);
    };
    if post.fields.is_ours() {
        return Opened::Refuse(MailFault::Loop);
    }
    if post.fields.media.is("multipart", "report") {
        let display = post.fields.media.report_type.as_deref() == Some("disposition-notification");
        return Opened::Refuse(if display { MailFault::ReadReceipt } else { MailFault::DeliveryReport });
    }
    let seen = Seen::new(&post);
    let hints = hints_of(&seen, sources);
    if trust == Trust::Ask
        && post.fields.automatic() != header::Automatic::Reply
        && matches!(Verdict::of(sources, &post.lines, &hints.profile), Verdict::Unknown(_))
    {
        return Opened::Hold(MailFault::UnknownSender);
    }
    let mut walk = Walk::default();
    match walk.inside(&post.fields, post.body) {
        Ok(()) if post.cut && walk.documents.is_empty() => Opened::Hold(MailFault::Broken),
        Ok(()) => settle(walk, &post.fields, hints, || sources.is_notice(&seen)),
        Err(bound) => Opened::Hold(bound),
    }
}

/// An automatic mail is refused only if there is nothing in it: fax services send automatic mails, too.
fn settle(walk: Walk, fields: &Fields, hints: Hints, is_notice: impl Fn() -> bool) -> Opened {
    let Walk { documents, mut faults, .. } = walk;
    let automatic = fields.automatic();
    if documents.is_empty() && automatic != header::Automatic::Reply && is_notice() {
        faults.insert(MailFault::Elsewhere);
    }
    match (documents.is_empty(), faults.first(), automatic) {
        (false, _, header::Automatic::Reply) => Opened::Hold(MailFault::Loop),
        (false, ..) => {
            let notes = faults.into_iter().collect();
            Opened::Fax(Envelope { documents, hints: Box::new(hints), notes })
        }
        (true, Some(weightiest), _) => Opened::Hold(*weightiest),
        (true, None, header::Automatic::No) => Opened::Hold(MailFault::NoAttachment),
        (true, None, _) => Opened::Refuse(MailFault::Loop),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use kasasagi_config::Settings;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_document_shows_its_hash_and_not_its_content() {
        let document = Document::new(DocFormat::Pdf, b"abc".to_vec());
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(document.sha256, expected);
        assert_eq!(format!("{document:?}"), format!("Document(pdf, 3 bytes, {expected})"));
    }

    #[test]
    fn our_own_mails_are_known_by_their_item() {
        let item = our_item(" 20261123-7K3QXD2M.1.P0013\r\n").unwrap();
        assert_eq!(item.to_string(), "20261123-7K3QXD2M.1.P0013");
        for other in ["1234.5678@mfp.example.jp", "", "20261123.1.P0013"] {
            assert_eq!(our_item(other), None, "{other}");
        }
    }

    /// Lines that steer the walk; in any order they bring arbitrary bytes to its inner parts.
    const LINES: [&[u8]; 29] = [
        b"In-Reply-To: =?utf-8?q?=3Ca=40b=3E?= <c@d>\r\n",
        b"Content-Type: multipart/report; report-type=x; boundary=b\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: message/disposition-notification\r\n",
        b"Content-Type: text/rfc822-headers\r\n",
        b"Disposition: (x) a/b; displayed\r\nAction: failed\n",
        "<blockquote>> \u{ff1e}2026\u{5e74}a@b:\n</blockquote>On\n".as_bytes(),
        b"Content-Type: text/html; charset=iso-2022-jp\r\n",
        b"Received: from x by y; Mon, 23 Nov 2026 09:00:00 +0900\r\n",
        b"From: \"x\" (y) <b@c.example>\r\n",
        b"Authentication-Results: mx.example.jp; dkim=pass (x)\r\n header.d=c.example\r\n",
        b"begin 644 x\n#86)C\nend\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/digest; boundary=\"b\"\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: message/partial; id=1\r\n",
        b"Content-Type: application/pdf;\r\n name*1*=x; name*0*=utf-8'ja'%E3\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Subject: =?ISO-2022-JP?B?GyRCJCI=?=\r\n =?utf-8?q?=E3=81?=\r\n",
        b"Subject: \x1b$B$\"\x1b(I1\x1b(B \x82\xa0\r\n",
        b"From: a <b@c>, d\r\n",
        b"X-Kasasagi-Item: 20261123-7K3QXD2M.1.P0013\r\n",
        b"\r\n",
        b"\n",
        b"--b\r\n",
        b"--b--\n",
        b"JVBERi0xLjQKJSVFT0Y=\r\n",
        b"%PDF-1.4\n=3D=\r\n",
    ];

    fn shuffled() -> impl Strategy<Value = Vec<u8>> {
        let line = prop::sample::select(&LINES[..]);
        prop::collection::vec(
            prop_oneof![4 => line.prop_map(<[u8]>::to_vec), 1 => prop::collection::vec(any::<u8>(), 0..40)],
            0..60,
        )
        .prop_map(|lines| lines.concat())
    }

    fn sources() -> Sources {
        let settings =
            "[intake]\nown_server = \"mx.example.jp\"\n[[intake.senders]]\nfrom = [\"*@c.example\"]\n";
        Sources::open(&Settings::parse("test.toml", settings, std::path::Path::new("/")).unwrap()).unwrap()
    }

    static SOURCES: LazyLock<Sources> = LazyLock::new(sources);

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
            // Not through open(), whose guard would hide the panic.
            take_apart(&raw, &SOURCES, Trust::Ask);
            response::read(&raw);
            let post = Post::read(&raw);
            let _ = post.map(|post| hints_of(&Seen::new(&post), &SOURCES));
        }

        #[test]
        fn shuffled_mails_never_panic_and_every_document_is_what_it_says(raw in shuffled()) {
            response::read(&raw);
            if let Opened::Fax(envelope) = take_apart(&raw, &SOURCES, Trust::Vouched) {
                prop_assert!(!envelope.documents.is_empty());
                for document in envelope.documents {
                    prop_assert_eq!(document.format, DocFormat::Pdf);
                    prop_assert!(document.bytes.windows(5).any(|w| w == b"%PDF-"));
                }
            }
        }
    }
}

//! The body of a mail as a MIME tree: words twice, pictures beside the HTML, pages behind.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, MultiPart, SinglePart};

use super::About;

/// What a record mail is put together from.
pub(super) struct Parts<'a> {
    pub text: &'a str,
    pub html: &'a str,
    pub pictures: Vec<Picture<'a>>,
    /// File name and PDF.
    pub pages: Vec<(String, &'a [u8])>,
}

/// A picture that the HTML shows.
pub(super) struct Picture<'a> {
    pub content_id: String,
    pub png: &'a [u8],
}

impl Parts<'_> {
    /// Boundaries follow from what the mail is about, so that composing twice gives the same bytes. They
    /// cannot occur in a part: all parts are base64, which has no full stop.
    pub fn assembled(self, about: &About<'_>) -> MultiPart {
        let boundary = |part: &str| format!("{}.{part}", about.digest());
        let html = part(ContentType::TEXT_HTML, self.html);
        let words = MultiPart::alternative()
            .boundary(boundary("words"))
            .singlepart(part(ContentType::TEXT_PLAIN, self.text));
        let words = if self.pictures.is_empty() {
            words.singlepart(html)
        } else {
            let related = MultiPart::related().boundary(boundary("pictures")).singlepart(html);
            words.multipart(self.pictures.into_iter().fold(related, |related, picture| {
                let attachment = Attachment::new_inline(picture.content_id);
                related.singlepart(attachment.body(base64(picture.png.to_vec()), media("image/png")))
            }))
        };
        let mixed = MultiPart::mixed().boundary(boundary("mixed")).multipart(words);
        self.pages.into_iter().fold(mixed, |mixed, (name, pdf)| {
            mixed.singlepart(Attachment::new(name).body(base64(pdf.to_vec()), media("application/pdf")))
        })
    }
}

/// Text alone.
pub(super) fn plain(text: &str) -> SinglePart {
    part(ContentType::TEXT_PLAIN, text)
}

fn part(kind: ContentType, words: &str) -> SinglePart {
    let body = Body::new_with_encoding(words.to_owned(), ContentTransferEncoding::Base64)
        .expect("any text can be written in base64");
    SinglePart::builder().content_type(kind).body(body)
}

fn base64(bytes: Vec<u8>) -> Body {
    Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
        .expect("any bytes can be written in base64")
}

fn media(kind: &'static str) -> ContentType {
    ContentType::parse(kind).expect("a constant media type")
}

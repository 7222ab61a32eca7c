//! The test page: the form, filled in about an invented patient of the sample registry.

use jiff::Timestamp;
use kasasagi_config::{Settings, registry};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Message, MultiPart, SinglePart};

use crate::library::Library;
use crate::{Error, Result, demo};

/// A mail with the test page, and its Message-ID without angle brackets.
pub(super) struct TestMail {
    pub message_id: String,
    pub raw: Vec<u8>,
}

/// Draws the page and puts it into a mail.
///
/// # Errors
/// When no Japanese font is there, or an address is none.
pub(super) fn mail(settings: &Settings, library: &Library, to: &str) -> Result<TestMail> {
    let today = Timestamp::now().to_zoned(settings.time_zone.clone()).date();
    let pdf = demo::typed_page(&library.newest("ICM-01")?.form, &registry::sample().registry, today)?;
    let fault = |e: Box<dyn std::error::Error + Send + Sync>| Error::Reader(std::io::Error::other(e));
    let address = |text: &str| text.parse().map_err(|e: lettre::address::AddressError| fault(Box::new(e)));
    let message_id = format!("test-page-{:016x}@{}", rand::random::<u64>(), settings.domain);
    let kind = ContentType::parse("application/pdf").map_err(|e| fault(Box::new(e)))?;
    let message = Message::builder()
        .from(address(&settings.from)?)
        .to(address(to)?)
        .subject("Kasasagi test page")
        .message_id(Some(format!("<{message_id}>")))
        .multipart(
            MultiPart::mixed()
                .singlepart(SinglePart::plain(TEXT.to_owned()))
                .singlepart(Attachment::new("test-page.pdf".to_owned()).body(pdf, kind)),
        );
    Ok(TestMail { message_id, raw: message.map_err(|e| fault(Box::new(e)))?.formatted() })
}

const TEXT: &str = "A test page of Kasasagi, about an invented patient. Nobody needs to do anything.\r\n";

//! The test page goes round: out through the relay, into the mailbox, through a reader.

use std::time::Duration;

use kasasagi_config::Settings;
use kasasagi_config::settings::Delivery;
use kasasagi_ocr::reading::{FieldReading, Found, State};

use super::page::{self, TestMail};
use crate::deliver::{Courier, Gate, Outcome};
use crate::intake::imap;
use crate::language::chosen;
use crate::library::Library;
use crate::mail::{self, Opened, Sources, Trust};
use crate::reader::{self, PageRead};
use crate::{Error, Result, reason};

/// How long a mail may take from the relay to the mailbox.
const ON_ITS_WAY: Duration = Duration::from_secs(180);

/// What is done with the test page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes out through the relay.
    Sending,
    /// It is looked for in the mailbox.
    Waiting,
    /// A reader reads it.
    Reading,
}

/// What became of the test page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// What the relay answered; none where there is no relay.
    pub sent: Option<String>,
    /// Whether it was seen in the mailbox and put away there.
    pub in_mailbox: bool,
    /// Fields on the page that are filled in and were read for sure, and all that are filled in.
    pub fields: (usize, usize),
}

/// Sends the test page to `to` if there is a relay, waits for it in the mailbox if there is one, and reads it. `tell` hears of each
/// step before it begins.
///
/// # Errors
/// [`Error::TestPage`] says where it was lost.
pub async fn round(settings: &Settings, to: &str, tell: impl Fn(Step)) -> Result<Arrived> {
    let library = Library::open(settings.forms_dir.as_deref())?;
    let test = page::mail(settings, &library, to)?;
    let sent = match &settings.delivery {
        // The folder is the gateway's own to make.
        Delivery::Folder(_) => None,
        Delivery::Smtp(_) => {
            tell(Step::Sending);
            Some(send(settings, to, &test).await?)
        }
    };
    let raw = match &settings.imap {
        Some(imap) if sent.is_some() => {
            tell(Step::Waiting);
            Some(imap::fetch(imap, &test.message_id, ON_ITS_WAY).await.map_err(Error::Mailbox)?)
        }
        _ => None,
    };
    let in_mailbox = matches!(raw, Some(Some(_)));
    if raw.is_some() && !in_mailbox {
        return Err(Error::TestPage(
            "it was sent, and did not arrive in the mailbox: is it the one of the address?".to_owned(),
        ));
    }
    tell(Step::Reading);
    let fields = read(settings, &library, &raw.flatten().unwrap_or(test.raw)).await?;
    Ok(Arrived { sent, in_mailbox, fields })
}

async fn send(settings: &Settings, to: &str, test: &TestMail) -> Result<String> {
    let mut line = Courier::new(&settings.delivery)?.line();
    let outcome = line.send(&settings.from, to, &test.message_id, &test.raw, &mut Gate::open()).await;
    line.hang_up().await;
    match outcome {
        Outcome::Sent { code } => Ok(code),
        Outcome::Defer { code } | Outcome::Refuse { code } => {
            Err(Error::TestPage(reason::sentence(&format!("undelivered_{code}"), chosen())))
        }
    }
}

/// Opens the mail as the gateway would, and reads its page.
async fn read(settings: &Settings, library: &Library, raw: &[u8]) -> Result<(usize, usize)> {
    let lost = |why: &str| Error::TestPage(why.to_owned());
    let Opened::Fax(envelope) = mail::open(raw, &Sources::open(settings)?, Trust::Vouched) else {
        return Err(lost("it arrived, and is no fax any more: something on its way changes attachments"));
    };
    let document = envelope.documents.first().ok_or_else(|| lost("its page is gone"))?;
    let outcome = crate::readers(settings, library).read(&document.bytes).await.map_err(Error::Reader)?;
    let reader::Outcome::Pages(pages) = outcome else { return Err(lost("the reader cannot read it")) };
    let [PageRead::Sheet { reading, .. }] = &pages[..] else { return Err(lost("the reader cannot read it")) };
    let Found::Forms(forms) = &reading.found else { return Err(lost("the reader finds no form on it")) };
    let read: Vec<&FieldReading> = forms.iter().flat_map(|form| form.fields.values()).collect();
    let count = |wanted: fn(State) -> bool| read.iter().filter(|field| wanted(field.state)).count();
    Ok((count(|state| state == State::Sure), count(|state| state != State::Blank)))
}

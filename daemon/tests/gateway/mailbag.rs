//! Many items at once, composed and sealed.

use kasasagi::message::message_id;
use kasasagi::outbox::Parcel;
use kasasagi_store::Store;
use kasasagi_store::event::{Decision, Event, OutboxNote, RecordNote, Source};
use kasasagi_store::id::{ItemId, RecordId};

/// Right-hand side of the Message-IDs.
pub const DOMAIN: &str = "gateway.example.jp";

/// Records of one fax.
const RECORDS: usize = 10;

/// Puts items for these recipients, by registry code and in turn, into the outbox; the mail of item `n` goes to
/// `n@bag.example.jp`.
pub fn fill(store: &Store, recipients: &[String], count: usize, bytes: usize) -> Vec<ItemId> {
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        let size = RECORDS.min(count - items.len());
        let fax = store.receive(Source::Submit, format!("fax {}", items.len()).as_bytes()).unwrap();
        let numbers = || 1..=u16::try_from(size).unwrap();
        let note = |number| RecordNote {
            record: RecordId::new(fax.clone(), number),
            page: u32::from(number),
            form: "ICM-01".into(),
            version: 1,
            sure: 1,
            doubtful: 0,
            blank: 0,
        };
        let mut events = vec![
            Event::Opened { fax: fax.clone(), documents: Vec::new() },
            Event::Read { fax: fax.clone(), pages: Vec::new(), records: numbers().map(note).collect() },
        ];
        for number in numbers() {
            let n = items.len();
            let record = RecordId::new(fax.clone(), number);
            let recipient = &recipients[n % recipients.len()];
            let item = ItemId::new(record.clone(), recipient).unwrap();
            let parcel = Parcel { to: format!("{n}@bag.example.jp"), raw: mail(&item, bytes) };
            store.seal(&fax, &Parcel::blob_name(&item).unwrap(), &parcel.to_bytes()).unwrap();
            events.push(Event::Decided { record, decision: deliver(&item) });
            items.push(item);
        }
        store.append("test", &events).unwrap();
    }
    items
}

fn deliver(item: &ItemId) -> Decision {
    let note =
        OutboxNote { item: item.clone(), recipient: item.recipient().to_owned(), role: "physician".into() };
    Decision::Deliver {
        patient: "100017".into(),
        evidence: vec!["number".into(), "birth_date".into()],
        urgency: "routine".into(),
        items: vec![note],
    }
}

/// A mail of about so many bytes.
fn mail(item: &ItemId, bytes: usize) -> Vec<u8> {
    let mut raw = format!("Message-ID: <{}>\r\nSubject: test\r\n\r\n", message_id(item, DOMAIN)).into_bytes();
    while raw.len() < bytes {
        raw.extend_from_slice(b"The quick brown fox jumps over the lazy dog, and the dog does not mind.\r\n");
    }
    raw
}

/// The codes of so many recipients of the sample registry, each with a mail domain of its own.
pub fn recipients(count: usize) -> Vec<String> {
    let registry = kasasagi_config::registry::sample().registry;
    let physicians = registry.physicians().map(|p| (p.code.as_str().to_owned(), p.email.as_ref()));
    let offices = registry.facilities().map(|f| (f.number.as_str().to_owned(), f.email.as_ref()));
    let mut domains = std::collections::BTreeSet::new();
    let codes: Vec<String> = physicians
        .chain(offices)
        .filter(|(_, address)| {
            let domain = address.and_then(|address| address.as_str().rsplit_once('@'));
            domain.is_some_and(|(_, domain)| domains.insert(domain.to_owned()))
        })
        .map(|(code, _)| code)
        .take(count)
        .collect();
    assert_eq!(codes.len(), count, "the sample registry has enough domains");
    codes
}

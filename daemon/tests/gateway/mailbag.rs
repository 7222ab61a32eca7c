//! Many items at once, each with its sealed sheet.

#![allow(dead_code, reason = "the bench uses one part of the bag, the tests another")]

use std::collections::HashMap;
use std::path::Path;

use kasasagi::message::{message_id, sample_of};
use kasasagi::post::sheet_blob;
use kasasagi::smime::Identity;
use kasasagi_store::Store;
use kasasagi_store::event::{Decision, Event, OutboxNote, RecordNote, Source};
use kasasagi_store::id::{ItemId, RecordId};
use kasasagi_tests::sample;
use kasasagi_tests::sink::Taken;

/// Right-hand side of the Message-IDs.
pub const DOMAIN: &str = "gateway.example.jp";

/// Records of one fax.
const RECORDS: usize = 2;

/// Puts items for these recipients, by registry code and in turn, into the outbox; each has a page of so many bytes.
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
            let record = RecordId::new(fax.clone(), number);
            let item = ItemId::new(record.clone(), &recipients[items.len() % recipients.len()]).unwrap();
            let sheet = sample_of(record.clone(), vec![b'%'; bytes]).to_bytes().unwrap();
            store.seal(&fax, &sheet_blob(&item).unwrap(), &sheet).unwrap();
            events.push(Event::decided(record, deliver(&item)));
            items.push(item);
        }
        store.append("test", &events).unwrap();
    }
    items
}

fn deliver(item: &ItemId) -> Decision {
    Decision::Deliver {
        patient: "100017".into(),
        evidence: vec!["number".into(), "birth_date".into()],
        urgency: "routine".into(),
        items: vec![OutboxNote::now(item.clone(), "physician")],
    }
}

/// What a server took, by the number of the item that its Message-ID names.
pub fn sorted(items: &[ItemId], taken: Vec<Taken>) -> HashMap<usize, Vec<Taken>> {
    let numbers: HashMap<String, usize> =
        items.iter().enumerate().map(|(n, item)| (message_id(item, DOMAIN), n)).collect();
    let mut sorted: HashMap<usize, Vec<Taken>> = HashMap::new();
    for mail in taken {
        let text = String::from_utf8_lossy(&mail.raw).into_owned();
        let id = text.split("Message-ID: <").nth(1).and_then(|rest| rest.split('>').next());
        let number = numbers[id.expect("a Message-ID")];
        sorted.entry(number).or_default().push(mail);
    }
    sorted
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

/// The mail address of a recipient of the sample registry.
pub fn address(code: &str) -> String {
    let registry = kasasagi_config::registry::sample().registry;
    let physician =
        code.parse().ok().and_then(|code| registry.physician(&code)).and_then(|p| p.email.as_ref());
    let office = code.parse().ok().and_then(|code| registry.facility(&code)).and_then(|f| f.email.as_ref());
    physician.or(office).expect("an address").as_str().to_owned()
}

/// Writes the sample registry as a town where everybody has a certificate; the keys lie beside it as `CODE.key`
/// in `keys`. Mails come at once, at any hour.
pub fn write_sealed(registry: &Path, keys: &Path) {
    std::fs::create_dir_all(registry.join("certs")).unwrap();
    std::fs::create_dir_all(keys).unwrap();
    sample::write(registry, |table, row| {
        let column = match table {
            "physicians" => "dr_code",
            "facilities" => "office_no",
            _ => return,
        };
        let code = row[column].clone();
        let certificate = format!("certs/{code}.pem");
        let now = jiff::Timestamp::now();
        let (file, key) = (registry.join(&certificate), keys.join(format!("{code}.key")));
        Identity::generate(&file, &key, &row["email"], &code, now).unwrap();
        row.insert("smime_cert".into(), certificate);
        row.insert("digest".into(), String::new());
        row.insert("quiet_hours".into(), String::new());
    });
}

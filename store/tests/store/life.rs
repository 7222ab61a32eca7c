//! The promises of the store while nothing breaks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use kasasagi_store::{
    Arrival, AuditQuery, BlobName, Decision, Error, Event, FaxFilter, FaxState, ItemKind, ItemState,
    MailOrigin, OutboxFilter, RecordId, Source, Store, ViewStart, Work,
};

use crate::scene::*;

/// A store whose clock stands still until it is told.
fn clocked(dir: &Path) -> (Store, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(1_790_000_000));
    let clock = Arc::clone(&now);
    let tick = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
    (Store::open(settings(dir), tick, "kasasagi").unwrap().0, now)
}

#[test]
fn the_same_mail_is_one_fax_however_often_and_from_wherever_it_comes() {
    let dir = tempfile::tempdir().unwrap();
    let origin = |uid| MailOrigin { mailbox: "0011223344556677".into(), validity: 7, uid };
    let unique = |source, origin| Arrival { source, origin, unique: true };
    let (store, _) = open(dir.path());
    let fax = store.receive(unique(Source::Imap, Some(origin(3))), b"Message-ID: <1@x>").unwrap();
    let again = store.receive(unique(Source::Imap, Some(origin(9))), b"Message-ID: <1@x>").unwrap();
    assert_eq!(
        (&again, store.receive(unique(Source::Lmtp, None), b"Message-ID: <1@x>").unwrap()),
        (&fax, fax.clone())
    );
    assert_ne!(store.receive(unique(Source::Imap, Some(origin(4))), b"Message-ID: <2@x>").unwrap(), fax);
    assert_ne!(store.receive(Source::Lmtp, b"Message-ID: <1@x>").unwrap(), fax, "one that may have an equal");
    drop(store);
    let (store, _) = open(dir.path());
    assert_eq!(store.taken(&origin(3)).unwrap().as_ref(), Some(&fax));
    assert_eq!(store.taken(&origin(9)).unwrap().as_ref(), Some(&fax));
    assert_eq!(store.taken(&MailOrigin { validity: 8, ..origin(3) }).unwrap(), None);
    assert_eq!(store.trace(&fax).unwrap().len(), 3);
    assert!(store.verify().unwrap().passed());
}

#[test]
fn one_mail_delivered_many_times_at_once_is_one_fax() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let deliver = || store.receive(Arrival { unique: true, ..Source::Lmtp.into() }, b"one").unwrap();
    let faxes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(deliver)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faxes.iter().all(|fax| *fax == faxes[0]), "{faxes:?}");
    assert_eq!(store.reconcile().unwrap()[0].received, 1);
}

#[test]
fn a_mailbox_begins_where_it_was_first_seen_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let begun = |validity, first| Event::MailboxBegun { mailbox: "0011223344556677".into(), validity, first };
    assert_eq!(store.mailbox_start("0011223344556677", 1).unwrap(), None);
    store.append("kasasagi", &[begun(1, 40), begun(2, 1), begun(1, 90)]).unwrap();
    for (validity, first) in [(1, Some(40)), (2, Some(1)), (3, None)] {
        let begun = store.mailbox_start("0011223344556677", validity).unwrap();
        assert_eq!(begun.map(|(first, _)| first), first);
    }
    assert!(store.verify().unwrap().passed());
}

#[test]
fn a_received_fax_is_sealed_listed_and_work_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (store, opened) = open(&dir.path().join("store"));
    assert_eq!((opened.last_seq, opened.view), (0, ViewStart::Current), "a new store");
    let one = store.receive(Source::Lmtp, b"one").unwrap();
    let two = store.receive(Source::Maildir, b"two").unwrap();
    assert_eq!(store.unseal(&one, &BlobName::raw()).unwrap(), b"one");
    assert_eq!(store.unfinished().unwrap(), [one.clone(), two.clone()], "in order of arrival");
    let view = store.fax(&one).unwrap().unwrap();
    assert_eq!((view.state, view.source, view.arrival), (FaxState::Received, Source::Lmtp, 1));
    let newest: Vec<_> = store.faxes(&FaxFilter::default()).unwrap().into_iter().map(|f| f.id).collect();
    assert_eq!(newest, [two.clone(), one.clone()]);
    let page = FaxFilter { before: Some(two), limit: 5, ..FaxFilter::default() };
    assert_eq!(store.faxes(&page).unwrap()[0].id, one);
}

#[test]
fn nothing_in_the_folder_can_be_read_by_others_or_without_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("store");
    let (store, _) = open(&root);
    let fax = store.receive(Source::Lmtp, b"SECRET-CONTENT").unwrap();
    store.seal(&fax, &"page-1".parse().unwrap(), b"SECRET-CONTENT").unwrap();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
        // sled makes its own files; the folder above them keeps others out.
        for entry in
            std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap()).filter(|e| e.file_name() != "view")
        {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(6).any(|w| w == b"SECRET"), "{entry:?}");
        }
    }
    let shown = format!("{store:?} {:?} {:?}", settings(&root), store.fax(&fax).unwrap());
    assert!(!shown.contains("SECRET") && !shown.contains("7, 7"), "{shown}");
}

#[test]
fn a_fax_of_two_records_is_delivered_only_when_all_of_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let state = || store.fax(&fax).unwrap().unwrap().state;
    store.append("kasasagi", &[opened(&fax, &"a".repeat(64)), read(&fax, 2, false)]).unwrap();
    store.append("kasasagi", &[deliver(&fax, 1, "100017", &["P0013", "C0002"])]).unwrap();
    assert_eq!(state(), FaxState::Read, "a record is undecided");
    assert_eq!(store.unfinished().unwrap(), std::slice::from_ref(&fax));
    let hold = Decision::hold(vec!["no_patient".into()]);
    let second = RecordId::new(fax.clone(), 2);
    store.append("kasasagi", &[Event::decided(second.clone(), hold)]).unwrap();
    assert_eq!(state(), FaxState::Sending);
    store.append("kasasagi", &[sent(&fax, 1, "P0013"), sent(&fax, 1, "C0002")]).unwrap();
    assert_eq!(state(), FaxState::Held, "the second record waits for a person");
    store.append("clerk", &[deliver(&fax, 2, "100025", &["P0013"])]).unwrap();
    assert_eq!(state(), FaxState::Sending, "the person routed it");
    store.append("kasasagi", &[sent(&fax, 2, "P0013")]).unwrap();
    assert_eq!(state(), FaxState::Delivered);
    assert_eq!(store.record(&second).unwrap().unwrap().counts.sure, 30);
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn a_held_page_a_bounce_and_an_empty_reading_wait_for_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let state = |fax| store.fax(fax).unwrap().unwrap().state;
    let fax = store.receive(Source::Lmtp, b"held page").unwrap();
    let events = [
        opened(&fax, "aa"),
        read(&fax, 1, true),
        deliver(&fax, 1, "100017", &["P0013"]),
        sent(&fax, 1, "P0013"),
    ];
    store.append("kasasagi", &events).unwrap();
    assert_eq!(state(&fax), FaxState::Held);
    let bounced = deliver_one(&store, b"bounced", "100017");
    assert_eq!(state(&bounced), FaxState::Delivered);
    let gave_up = Event::GaveUp { item: item(&bounced, 1, "P0013"), code: "5.1.1".into() };
    store.append("kasasagi", &[gave_up]).unwrap();
    assert_eq!(state(&bounced), FaxState::Held);
    let empty = store.receive(Source::Lmtp, b"empty").unwrap();
    store.append("kasasagi", &[opened(&empty, "bb"), read(&empty, 0, false)]).unwrap();
    assert_eq!(state(&empty), FaxState::Held, "never silently nothing");
}

#[test]
fn the_outbox_gives_items_when_they_are_due() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now) = clocked(dir.path());
    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let events = [opened(&fax, "aa"), read(&fax, 1, false), deliver(&fax, 1, "100017", &["P0013", "C0002"])];
    store.append("kasasagi", &events).unwrap();
    let at = |later: i64| Timestamp::from_second(1_790_000_000 + later).unwrap();
    let due = |later| -> Vec<String> {
        let items = store.due_items(at(later), 9).unwrap();
        items.into_iter().map(|i| i.recipient).collect()
    };
    assert_eq!(due(0), ["C0002", "P0013"]);
    assert!(due(-1).is_empty());
    let later = Event::deferred(item(&fax, 1, "C0002"), 1, "451", at(600));
    store.append("kasasagi", &[later]).unwrap();
    assert_eq!(due(599), ["P0013"]);
    assert_eq!(due(600), ["P0013", "C0002"], "the longest due first");
    assert_eq!(store.due_items(at(600), 1).unwrap().len(), 1);
    now.fetch_add(5, Ordering::SeqCst);
    store.append("kasasagi", &[sent(&fax, 1, "P0013")]).unwrap();
    let taken = store.item(&item(&fax, 1, "P0013")).unwrap().unwrap();
    assert_eq!(taken.state, ItemState::Sent { at: at(5), code: "250".into() });
    let open = OutboxFilter { kind: Some(ItemKind::Due), ..OutboxFilter::default() };
    assert_eq!(store.outbox(&open).unwrap().len(), 1);
    let all = store.outbox(&OutboxFilter::default()).unwrap();
    assert_eq!(all.iter().map(|i| i.recipient.as_str()).collect::<Vec<_>>(), ["C0002", "P0013"]);
    let rest = OutboxFilter { after: Some(all[0].id.clone()), ..OutboxFilter::default() };
    assert_eq!(store.outbox(&rest).unwrap(), all[1..]);
    let to = OutboxFilter { recipient: Some("P0013".into()), ..OutboxFilter::default() };
    assert_eq!(store.outbox(&to).unwrap(), all[1..]);
}

#[test]
fn the_earliest_fax_with_a_document_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let digest = "c".repeat(64);
    let faxes: Vec<_> = (0..3u8).map(|n| store.receive(Source::Lmtp, &[n]).unwrap()).collect();
    for fax in faxes.iter().rev() {
        store.append("kasasagi", &[opened(fax, &digest)]).unwrap();
    }
    assert_eq!(store.first_with_digest(&digest).unwrap().as_ref(), Some(&faxes[0]));
    assert_eq!(store.first_with_digest("c").unwrap(), None);
}

#[test]
fn the_audit_trail_is_found_by_every_handle_and_their_combinations() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now) = clocked(dir.path());
    let mut faxes = Vec::new();
    for n in 0..40 {
        now.store(1_790_000_000 + n * 60, Ordering::SeqCst);
        faxes.push(deliver_one(&store, &[1; 3], if n % 2 == 0 { "100017" } else { "100025" }));
    }
    let look = Event::Looked { what: "audit".into(), about: Some("100017".into()) };
    store.append("clerk", &[look]).unwrap();
    let everything = store.audit(&AuditQuery::default()).unwrap();
    assert_eq!(everything.len(), 201);
    assert!(everything.iter().zip(1..).all(|(e, seq)| e.seq == seq));
    assert_eq!(store.entry(77).unwrap().as_ref(), everything.get(76));
    assert_eq!((store.entry(0).unwrap(), store.entry(202).unwrap()), (None, None));

    let trace = store.trace(&faxes[3]).unwrap();
    let kinds: Vec<_> = trace.iter().map(|e| e.event.kind()).collect();
    assert_eq!(kinds, ["received", "opened", "read", "decided", "sent"]);

    let count = |query: AuditQuery| store.audit(&query).unwrap().len();
    let patient = || AuditQuery { patient: Some("100017".into()), ..AuditQuery::default() };
    assert_eq!(count(patient()), 41, "decided, sent, and the look at the patient");
    assert_eq!(count(AuditQuery { kind: Some("sent".into()), ..patient() }), 20);
    assert_eq!(count(AuditQuery { actor: Some("clerk".into()), ..patient() }), 1);
    assert_eq!(count(AuditQuery { fax: Some(faxes[1].clone()), ..patient() }), 0);
    assert_eq!(count(AuditQuery { physician: Some("P0013".into()), ..AuditQuery::default() }), 80);
    assert_eq!(count(AuditQuery { physician: Some("P001".into()), ..AuditQuery::default() }), 0);
    let minute = |n: i64| Timestamp::from_second(1_790_000_000 + n * 60).ok();
    let span = || AuditQuery { since: minute(10), until: minute(12), ..AuditQuery::default() };
    assert_eq!(count(span()), 10, "since is included, until is not");
    assert_eq!(count(AuditQuery { patient: Some("100025".into()), ..span() }), 2);
    assert_eq!(count(AuditQuery { limit: 7, ..span() }), 7);
    let page = AuditQuery { after_seq: 199, ..AuditQuery::default() };
    assert_eq!(store.audit(&page).unwrap(), everything[199..]);
}

#[test]
fn every_received_fax_is_counted_on_its_day_in_the_gateways_time_zone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now) = clocked(dir.path());
    for time in ["2026-11-22T14:59:59Z", "2026-11-22T15:00:00Z", "2026-11-23T00:00:00Z"] {
        now.store(time.parse::<Timestamp>().unwrap().as_second(), Ordering::SeqCst);
        deliver_one(&store, time.as_bytes(), "100017");
    }
    let refused = store.receive(Source::Lmtp, b"loop").unwrap();
    store.append("kasasagi", &[Event::Refused { fax: refused, reason: "loop".into() }]).unwrap();
    let open = store.receive(Source::Lmtp, b"open").unwrap();
    assert!(open.as_str().starts_with("20261123-"));
    let days = store.reconcile().unwrap();
    let told: Vec<_> =
        days.iter().map(|d| (d.day.to_string(), d.received, d.delivered, d.refused, d.in_progress)).collect();
    assert_eq!(told, [("2026-11-22".to_owned(), 1, 1, 0, 0), ("2026-11-23".to_owned(), 4, 2, 1, 1)]);
    assert!(days.iter().all(|d| d.balanced()));
}

#[test]
fn erasing_removes_the_content_and_leaves_the_story() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let open_fax = store.receive(Source::Lmtp, b"under way").unwrap();
    assert!(matches!(store.erase("clerk", &open_fax), Err(Error::StillOpen(_))));
    let fax = deliver_one(&store, b"done", "100017");
    store.erase("clerk", &fax).unwrap();
    assert!(matches!(store.unseal(&fax, &BlobName::raw()), Err(Error::Erased(_))));
    assert!(matches!(store.seal(&fax, &BlobName::raw(), b"x"), Err(Error::Erased(_))));
    assert_eq!(store.trace(&fax).unwrap().len(), 6);
    let never = "20261123-00000000".parse().unwrap();
    assert!(matches!(store.unseal(&never, &BlobName::raw()), Err(Error::NoFax(_))));
    let report = store.verify().unwrap();
    assert!(report.passed(), "{report:?}");
    assert_eq!((report.erased, report.blobs), (1, 1));
}

#[test]
fn an_erasure_cut_short_is_finished_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let fax = deliver_one(&store, b"done", "100017");
    store.append("clerk", &[Event::Erased { fax: fax.clone() }]).unwrap();
    assert!(!store.verify().unwrap().passed(), "the content is still there");
    drop(store);
    let (store, _) = open(dir.path());
    assert!(matches!(store.unseal(&fax, &BlobName::raw()), Err(Error::Erased(_))));
    assert!(store.verify().unwrap().passed());
}

#[test]
fn a_full_disk_is_told_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let tight = kasasagi_store::Settings { disk_floor_bytes: u64::MAX / 2, ..settings(dir.path()) };
    let (store, _) = Store::open(tight, Timestamp::now, "kasasagi").unwrap();
    assert!(matches!(store.receive(Source::Lmtp, b"raw"), Err(Error::DiskLow { .. })));
    assert!(store.faxes(&FaxFilter::default()).unwrap().is_empty());
    assert!(store.verify().unwrap().orphans.is_empty());
}

#[test]
fn two_stores_in_one_folder_and_a_wrong_key_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    assert!(matches!(try_open(dir.path()), Err(Error::InUse(_))));
    drop(store);
    let stranger = kasasagi_store::Settings {
        master_key: kasasagi_store::MasterKey::new([8; 32]),
        ..settings(dir.path())
    };
    let refused = Store::open(stranger, Timestamp::now, "kasasagi");
    assert!(matches!(refused, Err(Error::WrongMasterKey(_))));
    open(dir.path());
}

#[test]
fn a_clock_set_back_loses_nothing_and_the_order_of_arrival_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now) = clocked(dir.path());
    let mut faxes = Vec::new();
    for days_back in [0, 40, 3, 3, 400] {
        now.store(1_790_000_000 - days_back * 86_400, Ordering::SeqCst);
        faxes.push(deliver_one(&store, format!("{days_back} {}", faxes.len()).as_bytes(), "100017"));
        store.checkpoint().unwrap();
    }
    let day = |n: usize| faxes[n].as_str()[..8].to_owned();
    assert!(day(1) < day(0) && day(4) < day(1));
    drop(store);
    let (store, opened) = open(dir.path());
    assert_eq!(opened.view, ViewStart::Current);
    assert_eq!(store.faxes(&FaxFilter::default()).unwrap().len(), 5);
    assert!(faxes.iter().all(|fax| store.unseal(fax, &BlobName::raw()).is_ok()));
    let order = store.audit(&AuditQuery { kind: Some("received".into()), ..Default::default() }).unwrap();
    let arrived: Vec<_> = order.iter().filter_map(|e| e.event.fax()).collect();
    assert_eq!(arrived, faxes.iter().collect::<Vec<_>>());
    let since = store.entry(order[1].seq).unwrap().unwrap().at;
    let late = AuditQuery { since: Some(since), until: Some(order[2].at), ..Default::default() };
    assert_eq!(store.audit(&late).unwrap().len(), 5, "time spans are found among times in any order");
    assert!(store.reconcile().unwrap().iter().all(|day| day.balanced()));
    let report = store.verify().unwrap();
    assert!(report.passed() && report.checkpoints == 5, "{report:?}");
}

#[test]
fn a_checkpoint_is_kept_when_the_daemon_stops_and_every_thousand_events() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let look = Event::Looked { what: "list".into(), about: None };
    store.append("clerk", &vec![look; 1200]).unwrap();
    store.append("kasasagi", &[Event::Stopped]).unwrap();
    let own = store.checkpoint().unwrap();
    assert_eq!(own.seq, 1201);
    assert!(own.is_signed_by(&store.public_key()));
    assert_eq!(own.head, store.entry(1201).unwrap().unwrap().hash);
    let report = store.verify().unwrap();
    assert!(report.passed(), "{report:?}");
    assert_eq!((report.events, report.checkpoints), (1201, 3));
}

#[test]
fn every_entry_is_found_in_whichever_segment_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Store::open_in_segments(settings(dir.path()), Timestamp::now, "kasasagi", 3000).unwrap();
    let (store, _) = open();
    let faxes: Vec<_> = (0..30u8).map(|n| deliver_one(&store, &[n; 20], "100017")).collect();
    assert!(segments(dir.path()).len() > 10);
    let last = store.entry(150).unwrap().unwrap();
    assert!((1..=150).all(|seq| store.entry(seq).unwrap().unwrap().seq == seq) && last.seq == 150);
    assert!(faxes.iter().all(|fax| store.trace(fax).unwrap().len() == 5));
    store.erase("clerk", &faxes[20]).unwrap();
    drop(store);
    let (store, opened) = open();
    assert_eq!((opened.last_seq, opened.view), (151, ViewStart::Current));
    assert!(store.verify().unwrap().passed());
}

#[test]
fn whoever_waits_for_a_view_to_be_made_hears_how_far_it_has_come() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let events = vec![Event::Looked { what: "list".into(), about: None }; 3000];
    for _ in 0..8 {
        store.append("clerk", &events).unwrap();
    }
    let last = store.last_event();
    drop(store);
    std::fs::remove_dir_all(dir.path().join("view")).unwrap();
    let heard = std::cell::RefCell::new(Vec::new());
    let told = |done, all| heard.borrow_mut().push((done, all));
    drop(Store::open_telling(settings(dir.path()), Timestamp::now, "kasasagi", &told).unwrap());
    let heard = heard.into_inner();
    assert!(heard.len() > 1 && heard.is_sorted(), "{heard:?}");
    assert_eq!(heard.last(), Some(&(last, last)));
    let (store, _) = open(dir.path());
    let last = store.last_event();
    let heard = std::cell::RefCell::new(Vec::new());
    store.verify_telling(&|work, done, all| heard.borrow_mut().push((work, done, all))).unwrap();
    assert_eq!(heard.borrow().last(), Some(&(Work::Events, last, last)), "and so does whoever proves it");
    drop(store);
    let quick = |_, _| panic!("what is quick is not told of");
    drop(Store::open_telling(settings(dir.path()), Timestamp::now, "kasasagi", &quick).unwrap());
}

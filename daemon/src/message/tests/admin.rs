//! Mails without the content of a record.

use jiff::civil::date;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;

use super::super::*;
use super::scene::*;

#[test]
fn a_notice_says_that_something_waits_and_whom_to_call() {
    let item: ItemId = "20261123-7K3QXD2M.1.P0013".parse().unwrap();
    let records = [item.record().clone()];
    let mail =
        notice(About::Item(&item), &records, Urgency::Today, &TO, &sender(), built_in(), now()).unwrap();
    let raw = mail.clear();
    let parsed = parse(&raw);
    assert_eq!(parsed.subject(), Some("【至急】FAXが届いています 20261123-7K3QXD2M.1"));
    assert_eq!(parsed.header_raw(ITEM_FIELD).map(str::trim), Some("20261123-7K3QXD2M.1.P0013"));
    assert_eq!(mail.message_id(), message_id(&item, "kasasagi.example.jp"));
    let expected = "\
【至急】FAXが届いています 20261123-7K3QXD2M.1

天川 渡 様（主治医）
鵲市医師会で、あなた宛てのFAX 1件をお預かりしています。
このメールには内容を記載していません。

緊急度: 至急（本日中にご確認ください）
受付番号: 20261123-7K3QXD2M.1

■ お願い
・受付番号を伝えて下記までお問い合わせのうえ、内容をお受け取りください。
・問い合わせ先: 鵲市医師会 office@kasasagi.example.jp

-- 
このメールはFAX受信システム Kasasagi が自動で送信しました。
";
    assert_eq!(text(&parsed).replace("\r\n", "\n"), expected);
    assert_eq!(kinds(&parsed), ["text/plain"]);
}

#[test]
fn a_report_counts_the_day() {
    let figures = vec![Figure { label: "受信".into(), value: "12件".into() }];
    let section = ReportSection { heading: "要対応".into(), entries: vec!["保留 2件".into()] };
    let report = Report {
        day: date(2026, 11, 23),
        attention: 2,
        figures,
        sections: vec![section],
        checkpoint: CHECKPOINT.into(),
    };
    let mail = super::super::report(&report, "report-2026-11-23", &TO, &sender(), built_in(), now()).unwrap();
    let raw = mail.clear();
    let parsed = parse(&raw);
    assert_eq!(parsed.subject(), Some("FAX受信システム 日報 2026-11-23 要対応 2件"));
    let text = text(&parsed).replace("\r\n", "\n");
    assert!(text.contains("受信: 12件\n\n■ 要対応\n・保留 2件\n"), "{text}");
    for absent in ["Disposition-Notification-To", "Reply-To", "Importance", ITEM_FIELD, DIGEST_FIELD] {
        assert!(parsed.header_raw(absent).is_none(), "{absent}");
    }
}

#[test]
fn an_alert_says_what_is_wrong_and_what_to_do() {
    let alert = Alert {
        title: "証明書の期限",
        at: "2026-11-23 14:05".into(),
        what: "署名の証明書がまもなく切れます。".into(),
        entries: vec!["2026-12-01まで".into()],
        cure: "新しい証明書を置いてください。".into(),
    };
    let mail = super::super::alert(&alert, "alert-1", &TO, &sender(), built_in(), now()).unwrap();
    let raw = mail.clear();
    let parsed = parse(&raw);
    assert_eq!(parsed.subject(), Some("【警告】FAX受信システム 証明書の期限"));
    assert_eq!(parsed.header_raw("Importance").map(str::trim), Some("high"));
    let text = text(&parsed).replace("\r\n", "\n");
    assert!(text.contains("・2026-12-01まで\n\n■ 対処\n新しい証明書を置いてください。\n"), "{text}");
}

#[test]
fn record_mails_ask_for_a_receipt_and_suppress_answering_machines_only() {
    let raw = sample_mail();
    let mail = parse(&raw);
    let field = |name: &'static str| mail.header_raw(name).map(str::trim);
    assert_eq!(field("Disposition-Notification-To"), Some("<fax@kasasagi.example.jp>"));
    assert_eq!(field("X-Auto-Response-Suppress"), Some("OOF, AutoReply"));
    assert!(field("List-Id").unwrap().ends_with("<records.kasasagi.example.jp>"), "{:?}", field("List-Id"));
    assert!(field("Precedence").is_none());
}

#[test]
fn another_entity_keeps_the_head() {
    let scene = Scene::new();
    let mail = scene.mail(&scene.sheet()).unwrap();
    let wrapped = mail.protected(b"Content-Type: text/x-other\r\n\r\nother\r\n");
    let (clear, parsed) = (mail.clear(), parse(&wrapped));
    assert_eq!(parsed.subject(), parse(&clear).subject());
    assert_eq!(parsed.message_id(), Some(mail.message_id()));
    assert_eq!(parsed.header_raw("MIME-Version").map(str::trim), Some("1.0"));
    assert!(clear.ends_with(mail.entity()) && mail.entity().starts_with(b"Content-Type: multipart/mixed"));
    assert_eq!(mail.to(), TO.address);
}

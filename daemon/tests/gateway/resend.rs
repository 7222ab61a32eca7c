//! A sheet that is faxed again: a repeat is linked and not sent, a correction says what changed.

use kasasagi::post::Composed;
use kasasagi_ocr::reading::{FormReading, State};
use kasasagi_store::FaxState;
use kasasagi_store::event::Decision;
use mail_parser::MessageParser;

use crate::journey::{composed, deliverable};
use crate::office::{Office, note_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_faxed_again_is_linked_and_nobody_gets_it_twice() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    let first = office.decides(&note_of(&form, State::Sure, "微熱 あり")).await;
    assert_eq!(first.state, FaxState::Sending);
    let again = office.decides(&note_of(&form, State::Sure, "微熱あり")).await;
    assert_eq!(again.state, FaxState::Duplicate);
    assert_eq!(again.records[0].decision, Some(Decision::Repeat { of: first.records[0].id.clone() }));
    assert_eq!(again.items().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_goes_out_and_shows_what_was_and_what_is() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    let first = office.decides(&note_of(&form, State::Sure, "体温38度")).await;
    let second = office.decides(&note_of(&form, State::Sure, "体温39度")).await;
    assert_eq!(second.state, FaxState::Sending);
    let earlier = second.records[0].earlier.clone().unwrap();
    assert_eq!((&earlier.record, earlier.differing), (&first.records[0].id, vec!["notes".to_owned()]));
    let mut shown = 0;
    for item in second.items() {
        let Composed::Mail { raw, .. } = composed(&office.scene, item) else { panic!("no mail") };
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert!(mail.subject().unwrap().contains("【訂正】"));
        let text = mail.body_text(0).unwrap();
        assert!(text.contains(&format!("前回のFAX {} からの変更", first.records[0].id)), "{text}");
        let change = text.contains("前回 体温38度 → 今回 体温39度");
        // Who may not see the notes learns neither what they say nor that they changed.
        assert_eq!(change, text.matches("体温39度").count() == 2, "{text}");
        assert_eq!(change, !text.contains("表示している項目に変更はありません"), "{text}");
        shown += u32::from(change);
    }
    assert!(shown > 0, "the physician sees it");
    let third = office.decides(&note_of(&form, State::Sure, "体温39度")).await;
    assert_eq!(third.records[0].decision, Some(Decision::Repeat { of: second.records[0].id.clone() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_held_for_a_person() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    let first = office.decides(&note_of(&form, State::Sure, "体温38度")).await;
    let second = office.decides(&note_of(&form, State::Doubtful, "体温88度")).await;
    let reasons = vec!["resent_unclear".to_owned()];
    assert_eq!(second.records[0].decision, Some(Decision::hold(reasons)));
    let earlier = second.records[0].earlier.clone().unwrap();
    assert_eq!((earlier.record, earlier.unclear), (first.records[0].id.clone(), vec!["notes".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sheet_about_the_same_patient_is_news() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    let serial = |serial| FormReading { serial: Some(serial), ..form.clone() };
    office.decides(&serial(1)).await;
    let second = office.decides(&serial(2)).await;
    assert_eq!((second.state, &second.records[0].earlier), (FaxState::Sending, &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_copies_decided_side_by_side_one_goes_out() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    let faxes = [(); 6].map(|()| office.faxes(&form));
    let states = office.decided(faxes).await.map(|fax| fax.state);
    assert_eq!(states.iter().filter(|state| **state == FaxState::Sending).count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| **state == FaxState::Duplicate).count(), 5, "{states:?}");
}

//! A sheet that is faxed again: a repeat is linked and not sent, a correction says what changed.

use std::sync::Arc;

use kasasagi::journey::Journey;
use kasasagi::post::Composed;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, Found, PageReading, State};
use kasasagi_store::event::{Decision, Event, PageNote};
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxState, FaxView};
use mail_parser::MessageParser;

use crate::journey::{composed, deliverable, journey, run, white};
use crate::scene::{Scene, note};

struct Office {
    scene: Scene,
    journey: Arc<Journey>,
}

impl Office {
    fn new() -> Self {
        let scene = Scene::new();
        let journey = journey(&scene);
        Self { scene, journey }
    }

    /// A fax with this form on its only page, read and not decided yet.
    fn faxes(&self, form: &FormReading) -> FaxId {
        let fax = self.scene.receive(b"raw");
        let page = PageReading { page: 1, flaws: Vec::new(), found: Found::Forms(vec![form.clone()]) };
        let seal = |name: &str, bytes: &[u8]| {
            self.scene.store.seal(&fax, &name.parse().unwrap(), bytes).unwrap();
        };
        seal("reading", &serde_json::to_vec(&[page]).unwrap());
        seal("record-1", &white());
        self.scene.happened(&[
            Event::Opened { fax: fax.clone(), documents: Vec::new() },
            Event::Read {
                fax: fax.clone(),
                pages: vec![PageNote { page: 1, held: None }],
                records: vec![note(&fax, 1, 1)],
            },
        ]);
        fax
    }

    /// Decides what is there.
    async fn decided<const N: usize>(&self, faxes: [FaxId; N]) -> [FaxView; N] {
        // A journey ends with its gateway; each run is another life of it.
        run(&journey(&self.scene)).await;
        faxes.map(|fax| self.scene.fax(&fax))
    }

    async fn decides(&self, form: &FormReading) -> FaxView {
        let [view] = self.decided([self.faxes(form)]).await;
        view
    }
}

fn says(form: &FormReading, key: &str, state: State, value: Value) -> FormReading {
    let mut form = form.clone();
    let mut field = form.fields["name"].clone();
    (field.state, field.value) = (state, Some(value));
    form.fields.insert(key.to_owned(), field);
    form
}

fn note_of(form: &FormReading, state: State, text: &str) -> FormReading {
    says(form, "notes", state, Value::Text(text.into()))
}

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

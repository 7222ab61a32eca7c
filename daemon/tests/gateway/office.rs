//! Sheets that were read, and what is decided about them.

use std::sync::Arc;

use kasasagi::journey::Journey;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, Found, PageReading, State};
use kasasagi_store::FaxView;
use kasasagi_store::event::{Event, PageNote};
use kasasagi_store::id::FaxId;

use crate::journey::{journey, run, white};
use crate::scene::{Scene, note};

/// A gateway that has read sheets and decides about them.
pub struct Office {
    pub scene: Scene,
    pub journey: Arc<Journey>,
}

impl Office {
    pub fn new() -> Self {
        Self::of(Scene::new())
    }

    pub fn of(scene: Scene) -> Self {
        let journey = journey(&scene);
        Self { scene, journey }
    }

    /// A fax with this form on its only page, read and not decided yet.
    pub fn faxes(&self, form: &FormReading) -> FaxId {
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
    pub async fn decided<const N: usize>(&self, faxes: [FaxId; N]) -> [FaxView; N] {
        // A journey ends with its gateway; each run is another life of it.
        run(&journey(&self.scene)).await;
        faxes.map(|fax| self.scene.fax(&fax))
    }

    pub async fn decides(&self, form: &FormReading) -> FaxView {
        let [view] = self.decided([self.faxes(form)]).await;
        view
    }
}

/// The form with another value in one field.
pub fn says(form: &FormReading, key: &str, state: State, value: Value) -> FormReading {
    let mut form = form.clone();
    let mut field = form.fields["name"].clone();
    (field.state, field.value) = (state, Some(value));
    form.fields.insert(key.to_owned(), field);
    form
}

/// The form with these words in the field for notes.
pub fn note_of(form: &FormReading, state: State, text: &str) -> FormReading {
    says(form, "notes", state, Value::Text(text.into()))
}

//! The whole reading of a page: find the forms, look at the boxes, read the lines, settle every field.

mod asking;
mod engines;
mod looked;

use image::GrayImage;

use crate::Result;
use crate::clean::{self, Square};
use crate::consensus::{self, Calibration, Judge};
use crate::crosscheck;
use crate::form::{Form, Kind};
use crate::identify::{self, Placed, Search};
use crate::lost;
use crate::page::Page;
use crate::reading::{FieldReading, FormReading, Found, PageReading, Quality, State};
pub use engines::Engines;
use looked::Looked;

/// Pixels per millimetre of [`Sheet::aligned`] (203.2 dpi).
pub const ALIGNED_PX_PER_MM: f64 = 8.0;

/// A page as read, with its forms as pictures.
pub struct Sheet {
    /// What stands on the page.
    pub reading: PageReading,
    /// Every form of the reading, in order: upright, square, [`ALIGNED_PX_PER_MM`].
    pub aligned: Vec<GrayImage>,
}

/// Reads pages of known forms.
pub struct Reader {
    forms: Vec<Form>,
    engines: Engines,
    budget: f64,
}

impl Reader {
    /// A reader of these forms; of its sure fields at most a share of `budget` (0 to 1) shall be wrong.
    pub fn new(forms: Vec<Form>, engines: Engines, budget: f64) -> Self {
        Self { forms, engines, budget }
    }

    /// Asks every reader about every written field of the forms on a page, for calibration: nothing is left out
    /// because something else was already sure.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) when an engine fails.
    pub fn observe(&mut self, page: &Page) -> Result<Vec<Vec<Observed>>> {
        let square = clean::square(page);
        let known: Vec<&Form> = self.forms.iter().collect();
        let Search::Found(placed) = identify::find(&square, &known) else { return Ok(Vec::new()) };
        let mut sheets = Vec::new();
        for place in &placed {
            let Some(form) = self.forms.get(place.form) else { continue };
            let mut looked = look(&square, form, place);
            asking::ask(&mut self.engines, &mut looked, |_| false)?;
            let judge = judge(page, self.budget);
            sheets.push(looked.into_iter().map(|looked| looked.observed(&judge)).collect());
        }
        Ok(sheets)
    }

    /// Reads one page; `number` is its place in the document, from 1.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) when an engine fails.
    pub fn page(&mut self, number: u32, page: &Page) -> Result<Sheet> {
        let square = clean::square(page);
        let known: Vec<&Form> = self.forms.iter().collect();
        let placed = match identify::find(&square, &known) {
            Search::Found(placed) => placed,
            Search::NoForm(reason) => {
                let found = Found::NoForm(reason);
                let reading = PageReading { page: number, flaws: page.flaws().to_vec(), found };
                return Ok(Sheet { reading, aligned: Vec::new() });
            }
        };
        let mut forms = Vec::new();
        let mut aligned = Vec::new();
        for place in &placed {
            let Some(form) = self.forms.get(place.form) else { continue };
            let mut read =
                read_form(&mut self.engines, judge(page, self.budget), page, &square, form, place)?;
            lost::doubt(page, &square, form, &place.placement, &mut read.fields);
            forms.push(read);
            aligned.push(place.placement.rectify_page(&square, form.page_mm, ALIGNED_PX_PER_MM));
        }
        let reading = PageReading { page: number, flaws: page.flaws().to_vec(), found: Found::Forms(forms) };
        Ok(Sheet { reading, aligned })
    }
}

/// One field with every reader asked about it.
pub struct Observed {
    /// Key of the field.
    pub key: String,
    /// What would be decided after the first reading, after the second, and so on, in the order in which readers
    /// are asked.
    pub decisions: Vec<FieldReading>,
}

fn look<'a>(square: &Square, form: &'a Form, placed: &Placed) -> Vec<Looked<'a>> {
    form.fields.iter().map(|field| Looked::at(square, &placed.placement, field)).collect()
}

/// Lines an inch below which a page is of standard resolution (98); fine has 196.
const STANDARD_BELOW: f64 = 150.0;

fn judge(page: &Page, budget: f64) -> Judge<'static> {
    Judge { calibration: Calibration::embedded(), budget, standard: page.dpi().y < STANDARD_BELOW }
}

fn read_form(
    engines: &mut Engines,
    judge: Judge<'_>,
    page: &Page,
    square: &Square,
    form: &Form,
    placed: &Placed,
) -> Result<FormReading> {
    let mut looked = look(square, form, placed);
    asking::ask(engines, &mut looked, |looked| settle(&judge, looked).state == State::Sure)?;
    let mut fields = looked.iter().map(|looked| (looked.field.key.clone(), settle(&judge, looked))).collect();
    crosscheck::apply(&form.checks, &mut fields);
    Ok(FormReading {
        form: form.id.clone(),
        version: form.version,
        serial: placed.serial,
        quality: Quality { dpi: page.dpi(), skew_deg: placed.skew_deg, scale: placed.scale },
        fields,
    })
}

fn settle(judge: &Judge<'_>, looked: &Looked<'_>) -> FieldReading {
    match looked.field.kind {
        Kind::Choice | Kind::Choices | Kind::Check => consensus::settle_boxes(looked.field, &looked.boxes),
        Kind::Date { .. } => {
            judge.settle_date(looked.field, &looked.boxes, &looked.texts, looked.inked_cells())
        }
        _ => judge.settle(looked.field, &looked.texts, looked.inked_cells()),
    }
}

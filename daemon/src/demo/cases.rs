//! The sample faxes: what each shows, and what should become of it.

use jiff::civil::Date;
use kasasagi_ocr::blank::{self, Filling, Typeface};
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::Form;
use kasasagi_ocr::page::Page;
use kasasagi_ocr::{pdf, tiff};
use kasasagi_routing::registry::Registry;
use kasasagi_store::FaxState;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::answers::{Answers, Story, answers, stories};
use super::channel::{FINE, Line, send};
use super::letter;
use crate::{Error, Result, say};

/// One sample fax, ready to be mailed.
pub(super) struct Sample {
    /// What it shows.
    pub title: String,
    /// Attachment file name and type; empty for a mail without one.
    pub file: Option<(&'static str, &'static str)>,
    /// The attachment.
    pub bytes: Vec<u8>,
    /// Where it should end.
    pub expected: FaxState,
}

/// Draws sheets of one form in two hands.
struct Desk<'a> {
    form: &'a Form,
    print: Typeface,
    hand: Typeface,
    today: Date,
    chance: StdRng,
}

/// Makes the sample faxes about people of the registry.
///
/// # Errors
/// When the registry has too few people for a sample, or a font is missing.
pub(super) fn samples(form: &Form, registry: &Registry, today: Date, seed: u64) -> Result<Vec<Sample>> {
    let stories = stories(registry, today);
    let nth = |n: usize| stories.get(n * 3).or(stories.get(n)).ok_or(Error::DemoRegistry);
    let mut desk = Desk {
        form,
        print: Typeface::printed()?,
        hand: Typeface::handwritten()?,
        today,
        chance: StdRng::seed_from_u64(seed),
    };
    let typed = desk.sheet(nth(0)?, "通常", Line::GOOD, false)?;
    let standard = Line { standard: true, skew_deg: 0.8, specks: 0.0005, ..Line::GOOD };
    let by_hand =
        desk.sheet(nth(1)?, "至急(本日中)", Line { skew_deg: -1.2, specks: 0.001, ..Line::GOOD }, true)?;
    let coarse = desk.sheet(nth(2)?, "通常", standard, false)?;
    let turned =
        desk.sheet(nth(3)?, "緊急(電話済)", Line { upside_down: true, skew_deg: 0.5, ..Line::GOOD }, false)?;
    let pair =
        [desk.sheet(nth(4)?, "通常", Line::GOOD, false)?, desk.sheet(nth(5)?, "通常", Line::GOOD, true)?];
    let mut wrong = answers(nth(6)?, "通常", today);
    wrong.insert("dr_code", Value::Digits(nth(7)?.physician.code.as_str().to_owned()));
    let contradiction = desk.draw(&wrong, Line::GOOD, false)?;
    let cover = letter::page(&desk.print)?;

    let fax = |title, page: &Page, expected| -> Result<Sample> {
        let bytes = pdf::write::fax_pdf(&[page])?;
        Ok(Sample { title, file: Some(("fax.pdf", "application/pdf")), bytes, expected })
    };
    Ok(vec![
        fax(say!("demo-typed"), &typed, FaxState::Delivered)?,
        fax(say!("demo-handwritten"), &by_hand, FaxState::Delivered)?,
        fax(say!("demo-coarse"), &coarse, FaxState::Delivered)?,
        fax(say!("demo-upside-down"), &turned, FaxState::Delivered)?,
        Sample {
            title: say!("demo-two-forms"),
            file: Some(("fax.tif", "application/octet-stream")),
            bytes: tiff::write::fax_tiff(&[&pair[0], &pair[1]])?,
            expected: FaxState::Delivered,
        },
        fax(say!("demo-contradiction"), &contradiction, FaxState::Held)?,
        fax(say!("demo-letter"), &cover, FaxState::Held)?,
        fax(say!("demo-again"), &typed, FaxState::Duplicate)?,
        Sample { title: say!("demo-no-attachment"), file: None, bytes: Vec::new(), expected: FaxState::Held },
    ])
}

/// A typed sheet as a fax PDF, about the first patient whose sheet would go out.
///
/// # Errors
/// When a font is missing.
pub(crate) fn typed(form: &Form, registry: &Registry, today: Date) -> Result<Vec<u8>> {
    let (print, hand) = (Typeface::printed()?, Typeface::printed()?);
    let mut desk = Desk { form, print, hand, today, chance: StdRng::seed_from_u64(1) };
    let stories = stories(registry, today);
    let page = desk.sheet(stories.first().ok_or(Error::DemoRegistry)?, "通常", Line::GOOD, false)?;
    Ok(pdf::write::fax_pdf(&[&page])?)
}

impl Desk<'_> {
    fn sheet(&mut self, story: &Story<'_>, urgency: &str, line: Line, by_hand: bool) -> Result<Page> {
        self.draw(&answers(story, urgency, self.today), line, by_hand)
    }

    fn draw(&mut self, answers: &Answers, line: Line, by_hand: bool) -> Result<Page> {
        let fillings = self
            .form
            .fields
            .iter()
            .filter_map(|field| {
                Some((field.key.clone(), Filling::of(field, answers.get(field.key.as_str())?)?))
            })
            .collect();
        let hand = if by_hand { &self.hand } else { &self.print };
        let sheet = blank::draw_filled(self.form, None, &self.print, hand, &fillings)?;
        send(&pdf::render_at(&sheet, 0, FINE)?, line, &mut self.chance)
    }
}

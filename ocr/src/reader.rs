//! The whole reading of a page: find the forms, look at the boxes, read the lines, settle every field.

use std::path::Path;

use image::GrayImage;

use crate::align::Placement;
use crate::clean::{self, Square};
use crate::consensus::{self, BoxMark};
use crate::digits::Digits;
use crate::engine::{Alphabet, Engine, LineText};
use crate::form::{Field, Form, Kind};
use crate::identify::{self, Placed, Search};
use crate::ink::{self, Verdict};
use crate::page::Page;
use crate::ppocr::PpOcr;
use crate::reading::{FieldReading, FormReading, Found, PageReading, Quality, State};
use crate::tesseract::Tesseract;
use crate::{Error, Result};

/// Pixels per millimetre of [`Sheet::aligned`] (203.2 dpi).
pub const ALIGNED_PX_PER_MM: f64 = 8.0;

/// Pixels per millimetre of the lines that engines read: a 7 mm zone is 56 pixels high.
const LINE_PX_PER_MM: f64 = 8.0;

/// Ink (mm²) below which a text zone is empty: a single small kana has about 1.
const WRITTEN_MM2: f64 = 0.5;

/// The readers of lines that could be opened, and the reader of digits in comb cells.
pub struct Engines {
    lines: Vec<Box<dyn Engine>>,
    digits: Option<Digits>,
}

impl Engines {
    /// Opens PP-OCR, Tesseract and the digit reader. A line engine that is missing is a warning: the other
    /// reads on, and more is held.
    ///
    /// # Errors
    /// The last engine's [`Error::Resource`] when neither can be opened; [`Error::Engine`] for the digit reader.
    pub fn open(model: &Path, tessdata: Option<&Path>) -> Result<(Self, Vec<String>)> {
        let mut engines: Vec<Box<dyn Engine>> = Vec::new();
        let mut faults = Vec::new();
        match PpOcr::open(model) {
            Ok(engine) => engines.push(Box::new(engine)),
            Err(fault) => faults.push(fault),
        }
        match Tesseract::open(tessdata) {
            Ok(engine) => engines.push(Box::new(engine)),
            Err(fault) => faults.push(fault),
        }
        match faults.pop() {
            Some(last) if engines.is_empty() => Err(last),
            last => {
                faults.extend(last);
                let warnings = faults.iter().map(|f| format!("{f}; more fields will be doubtful")).collect();
                Ok((Self::of(engines).with_digits(Digits::embedded()?), warnings))
            }
        }
    }

    /// Line engines of the caller's choice, the most trusted first.
    pub fn of(lines: Vec<Box<dyn Engine>>) -> Self {
        Self { lines, digits: None }
    }

    /// With a reader of digits in comb cells.
    pub fn with_digits(self, digits: Digits) -> Self {
        Self { digits: Some(digits), ..self }
    }

    /// The most trusted engine's answer to every line.
    fn read_with_best(
        &mut self,
        lines: &[GrayImage],
        alphabet: Alphabet,
    ) -> Result<(&'static str, Vec<LineText>)> {
        match self.lines.first_mut() {
            Some(engine) if !lines.is_empty() => {
                Ok((engine.name(), answer(engine.as_mut(), lines, alphabet)?))
            }
            _ => Ok(("", Vec::new())),
        }
    }

    /// Every engine's answer to every line: one list per line.
    fn read(
        &mut self,
        lines: &[GrayImage],
        alphabet: Alphabet,
    ) -> Result<Vec<Vec<(&'static str, LineText)>>> {
        let mut answers: Vec<Vec<(&'static str, LineText)>> = vec![Vec::new(); lines.len()];
        if lines.is_empty() {
            return Ok(answers);
        }
        for engine in &mut self.lines {
            let name = engine.name();
            let texts = answer(engine.as_mut(), lines, alphabet)?;
            for (line, text) in answers.iter_mut().zip(texts) {
                line.push((name, text));
            }
        }
        Ok(answers)
    }
}

/// One answer per line, or an error: a missing answer would give one field another's text.
fn answer(engine: &mut dyn Engine, lines: &[GrayImage], alphabet: Alphabet) -> Result<Vec<LineText>> {
    let texts = engine.read(lines, alphabet)?;
    if texts.len() == lines.len() {
        return Ok(texts);
    }
    let what = format!("{} answers to {} lines", texts.len(), lines.len());
    Err(Error::Engine { engine: engine.name(), what })
}

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
}

impl Reader {
    /// A reader of these forms.
    pub fn new(forms: Vec<Form>, engines: Engines) -> Self {
        Self { forms, engines }
    }

    /// Reads one page; `number` is its place in the document, from 1.
    ///
    /// # Errors
    /// [`Error::Engine`] when an engine fails.
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
            forms.push(read_form(&mut self.engines, page, &square, form, place)?);
            aligned.push(place.placement.rectify_page(&square, form.page_mm, ALIGNED_PX_PER_MM));
        }
        let reading = PageReading { page: number, flaws: page.flaws().to_vec(), found: Found::Forms(forms) };
        Ok(Sheet { reading, aligned })
    }
}

fn read_form(
    engines: &mut Engines,
    page: &Page,
    square: &Square,
    form: &Form,
    placed: &Placed,
) -> Result<FormReading> {
    let mut looked: Vec<Looked> =
        form.fields.iter().map(|field| look(square, &placed.placement, field)).collect();
    for alphabet in [Alphabet::Any, Alphabet::Digits, Alphabet::Katakana] {
        read_lines(engines, alphabet, &mut looked)?;
    }
    let fields = looked.iter().map(|looked| (looked.field.key.clone(), settle(looked))).collect();
    Ok(FormReading {
        form: form.id.clone(),
        version: form.version,
        serial: placed.serial,
        quality: Quality { dpi: page.dpi(), skew_deg: placed.skew_deg, scale: placed.scale },
        fields,
    })
}

/// A field with what geometry alone tells, and the pictures an engine must still read.
struct Looked<'a> {
    field: &'a Field,
    boxes: Vec<BoxMark>,
    /// Comb cells; `None` for an empty one.
    cells: Vec<Option<GrayImage>>,
    lines: Vec<GrayImage>,
    texts: Vec<(&'static str, LineText)>,
}

fn look<'a>(square: &Square, placement: &Placement, field: &'a Field) -> Looked<'a> {
    let boxes = ink::boxes(square, placement, field).iter().map(box_mark).collect();
    let mut looked = Looked { field, boxes, cells: Vec::new(), lines: Vec::new(), texts: Vec::new() };
    if !field.cells.is_empty() {
        looked.cells = ink::cells(square, placement, field, LINE_PX_PER_MM);
        if looked.cells.iter().any(Option::is_some) {
            looked.lines.push(consensus::compose(&looked.cells));
        }
    } else if let Kind::Text { lines, .. } = field.kind {
        let written = f64::from(ink::zone_ink(square, placement, field)) * field.zone.w * field.zone.h;
        if written >= WRITTEN_MM2 {
            looked.lines = ink::lines(square, placement, field.zone, lines, LINE_PX_PER_MM);
        }
    }
    looked
}

impl Looked<'_> {
    fn inked(&self) -> Vec<bool> {
        self.cells.iter().map(Option::is_some).collect()
    }

    fn inked_cells(&self) -> Option<usize> {
        (!self.cells.is_empty()).then(|| self.cells.iter().flatten().count())
    }
}

fn box_mark(mark: &ink::Mark) -> BoxMark {
    BoxMark {
        marked: mark.verdict == Verdict::Marked,
        unclear: mark.verdict == Verdict::Unclear,
        ratio: mark.ratio,
    }
}

fn alphabet(kind: &Kind) -> Alphabet {
    match kind {
        Kind::Number { .. } | Kind::Code { .. } | Kind::Phone | Kind::Postal | Kind::Date { .. } => {
            Alphabet::Digits
        }
        Kind::Kana => Alphabet::Katakana,
        Kind::Choice | Kind::Choices | Kind::Check | Kind::Text { .. } => Alphabet::Any,
    }
}

/// Reads the pictures of all fields of one alphabet in one go, so that engines can batch them.
///
/// Comb fields are read as one line of their cells; digits also by their own reader, kana that are not sure
/// without also cell by cell.
fn read_lines(engines: &mut Engines, wanted: Alphabet, looked: &mut [Looked<'_>]) -> Result<()> {
    let mut fields: Vec<&mut Looked<'_>> =
        looked.iter_mut().filter(|l| alphabet(&l.field.kind) == wanted).collect();
    let counts: Vec<usize> = fields.iter().map(|l| l.lines.len()).collect();
    let lines: Vec<GrayImage> = fields.iter_mut().flat_map(|l| std::mem::take(&mut l.lines)).collect();
    let mut answers = engines.read(&lines, wanted)?.into_iter();
    for (field, count) in fields.iter_mut().zip(counts) {
        field.texts = join(answers.by_ref().take(count));
    }
    fields.retain(|field| field.cells.iter().any(Option::is_some));
    for field in &mut fields {
        let inked = field.inked();
        for (_, text) in &mut field.texts {
            *text = consensus::place(std::mem::take(text), &inked);
        }
    }
    match wanted {
        Alphabet::Digits => read_digits(engines, &mut fields),
        Alphabet::Katakana | Alphabet::Any => read_one_by_one(engines, wanted, &mut fields),
    }
}

fn read_digits(engines: &mut Engines, fields: &mut [&mut Looked<'_>]) -> Result<()> {
    let Some(digits) = &mut engines.digits else { return Ok(()) };
    for field in fields {
        field.texts.push((digits.name(), digits.read(&field.cells)?));
    }
    Ok(())
}

/// A second view by the best engine of the comb fields that are not sure: each cell by itself. It is slow,
/// because a single character costs as much as a short line.
fn read_one_by_one(engines: &mut Engines, wanted: Alphabet, fields: &mut Vec<&mut Looked<'_>>) -> Result<()> {
    let sure = |f: &Looked<'_>| consensus::settle(f.field, &f.texts, f.inked_cells()).state == State::Sure;
    fields.retain(|field| !sure(field));
    let cells: Vec<GrayImage> = fields.iter().flat_map(|l| l.cells.iter().flatten().cloned()).collect();
    let (best, singles) = engines.read_with_best(&cells, wanted)?;
    let mut singles = singles.into_iter();
    for field in fields {
        let inked = field.inked();
        let views: Vec<Option<LineText>> =
            inked.iter().map(|inked| if *inked { singles.next() } else { None }).collect();
        field.texts.push((best, consensus::join(&views)));
    }
    Ok(())
}

/// Joins the lines of a field, engine by engine.
fn join(lines: impl Iterator<Item = Vec<(&'static str, LineText)>>) -> Vec<(&'static str, LineText)> {
    let mut joined: Vec<(&'static str, LineText)> = Vec::new();
    for (engine, text) in lines.flatten() {
        match joined.iter_mut().find(|(name, _)| *name == engine) {
            Some((_, whole)) => whole.chars.extend(text.chars),
            None => joined.push((engine, text)),
        }
    }
    joined
}

fn settle(looked: &Looked<'_>) -> FieldReading {
    match looked.field.kind {
        Kind::Choice | Kind::Choices | Kind::Check => consensus::settle_boxes(looked.field, &looked.boxes),
        Kind::Date { .. } => {
            consensus::settle_date(looked.field, &looked.boxes, &looked.texts, looked.inked_cells())
        }
        _ => consensus::settle(looked.field, &looked.texts, looked.inked_cells()),
    }
}

//! A form filled in from its public description, without anything of the program that printed it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::font::Font;
use crate::raster::Raster;

/// One field as written, and the value it stands for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the field.
    pub key: String,
    /// The value that a reader should find, as `kasasagi read --json` gives it.
    pub value: Value,
    writing: Writing,
}

#[derive(Clone, Debug)]
struct Writing {
    marked: Vec<String>,
    cells: String,
    text: String,
}

/// How boxes are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pen {
    /// ✓
    Ticks,
    /// The inside blackened.
    Fills,
}

impl Entry {
    fn new(key: &str, value: Value) -> Self {
        let writing = Writing { marked: Vec::new(), cells: String::new(), text: String::new() };
        Self { key: key.to_owned(), value, writing }
    }

    /// One marked box.
    pub fn choice(key: &str, option: &str) -> Self {
        let mut entry = Self::new(key, json!(option));
        entry.writing.marked.push(option.to_owned());
        entry
    }

    /// Marked boxes, in the order of the form.
    pub fn choices(key: &str, options: &[&str]) -> Self {
        let mut entry = Self::new(key, json!(options));
        entry.writing.marked = options.iter().map(|o| (*o).to_owned()).collect();
        entry
    }

    /// The only box of a field, marked.
    pub fn check(key: &str, option: &str) -> Self {
        Self { value: json!(true), ..Self::choice(key, option) }
    }

    /// Digits in cells, from the left.
    pub fn digits(key: &str, digits: &str) -> Self {
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        Self::cells(key, &digits, json!(digits))
    }

    /// A number in `cells` cells, to the right.
    pub fn number(key: &str, number: u32, cells: usize) -> Self {
        Self::cells(key, &format!("{number:>cells$}"), json!(number))
    }

    /// Kana in cells, a space for an empty one.
    pub fn kana(key: &str, kana: &str) -> Self {
        Self::cells(key, kana, json!(kana))
    }

    /// A date `YYYY-MM-DD`, its year counted in an era: a marked box where the form has one for it,
    /// else printed.
    ///
    /// # Panics
    /// When it is no date from 1926 on.
    pub fn date(key: &str, day: &str, boxed: bool) -> Self {
        let digits: String = day.chars().filter(char::is_ascii_digit).collect();
        let number: u32 = digits.parse().expect("a date of eight digits");
        let (era, first) = match number {
            19_261_225..=19_890_107 => ("昭", 1925),
            19_890_108..=20_190_430 => ("平", 1988),
            20_190_501.. => ("令", 2018),
            _ => panic!("{day} is before the eras that these tests use"),
        };
        let mut entry =
            Self::cells(key, &format!("{:02}{}", number / 10_000 - first, &digits[4..]), json!(day));
        entry.writing.marked = if boxed { vec![era.to_owned()] } else { Vec::new() };
        entry
    }

    /// Free text.
    pub fn text(key: &str, text: &str) -> Self {
        let mut entry = Self::new(key, json!(text));
        entry.writing.text = text.to_owned();
        entry
    }

    /// Whether the field is answered by boxes alone.
    pub fn is_marked_only(&self) -> bool {
        !self.writing.marked.is_empty() && self.writing.cells.is_empty()
    }

    fn cells(key: &str, cells: &str, value: Value) -> Self {
        let mut entry = Self::new(key, value);
        entry.writing.cells = cells.to_owned();
        entry
    }
}

/// A form as `kasasagi form fields ID --json` describes it.
#[derive(Clone, Debug)]
pub struct Form {
    fields: BTreeMap<String, Value>,
}

/// A rectangle in millimetres: left, top, width, height.
pub type Rect = [f64; 4];

impl Form {
    /// Takes the description.
    ///
    /// # Panics
    /// When it has no fields.
    pub fn new(description: &Value) -> Self {
        let fields = description["fields"].as_array().expect("a form has fields");
        let key = |f: &Value| f["key"].as_str().expect("a field has a key").to_owned();
        Self { fields: fields.iter().map(|f| (key(f), f.clone())).collect() }
    }

    /// The outer zone of a field.
    ///
    /// # Panics
    /// When there is no such field.
    pub fn zone(&self, key: &str) -> Rect {
        rect(&self.field(key)["zone_mm"])
    }

    /// Writes all entries onto a printed blank whose top left corner is that of the page.
    ///
    /// # Panics
    /// When an entry does not fit its field: no box of that name, too few cells.
    pub fn fill_in(&self, page: &mut Raster, entries: &[Entry], font: &Font, pen: Pen) {
        for entry in entries {
            let field = self.field(&entry.key);
            for option in &entry.writing.marked {
                mark(page, box_of(field, option), pen);
            }
            write_cells(page, field, &entry.writing.cells, font);
            write_text(page, field, &entry.writing.text, font);
        }
    }

    fn field(&self, key: &str) -> &Value {
        self.fields.get(key).unwrap_or_else(|| panic!("the form has no field {key}"))
    }
}

fn rect(value: &Value) -> Rect {
    [0, 1, 2, 3].map(|i| value[i].as_f64().expect("a rectangle is four numbers"))
}

fn box_of(field: &Value, option: &str) -> Rect {
    let boxes = field["boxes"].as_array().expect("boxes");
    let found = boxes.iter().find(|b| b["option"] == option);
    rect(&found.unwrap_or_else(|| panic!("{} has no box {option}", field["key"]))["rect_mm"])
}

fn mark(page: &mut Raster, [x, y, w, h]: Rect, pen: Pen) {
    match pen {
        Pen::Ticks => {
            let turn = (x + w * 0.4, y + h * 0.9);
            page.stroke((x + w * 0.1, y + h * 0.45), turn, 0.55);
            page.stroke(turn, (x + w * 1.1, y - h * 0.15), 0.55);
        }
        Pen::Fills => {
            let middle = y + h / 2.0;
            page.stroke((x + w / 2.0 - 0.2, middle), (x + w / 2.0 + 0.2, middle), h * 0.8);
            page.stroke((x + w * 0.25, y + h * 0.25), (x + w * 0.75, y + h * 0.75), 0.9);
            page.stroke((x + w * 0.75, y + h * 0.25), (x + w * 0.25, y + h * 0.75), 0.9);
        }
    }
}

fn write_cells(page: &mut Raster, field: &Value, letters: &str, font: &Font) {
    let cells = field["cell_rects_mm"].as_array().expect("cells");
    assert!(letters.chars().count() <= cells.len(), "{letters} in {} cells", cells.len());
    for (letter, cell) in letters.chars().zip(cells) {
        let [x, y, w, h] = rect(cell);
        let letter = letter.to_string();
        let size = (h * 0.66).min(w * 0.82 / font.width(&letter));
        let left = x + (w - font.width(&letter) * size) / 2.0;
        font.draw(page, &letter, (left, y + h / 2.0 + size * 0.36), size);
    }
}

fn write_text(page: &mut Raster, field: &Value, text: &str, font: &Font) {
    if text.is_empty() {
        return;
    }
    let [x, y, w, h] = rect(&field["zone_mm"]);
    let lines = field["lines"].as_u64().unwrap_or(1) as usize;
    let letters: Vec<char> = text.chars().collect();
    let per_line = letters.len().div_ceil(if font.width(text) * 3.6 < w - 2.0 { 1 } else { lines });
    let broken: Vec<String> = letters.chunks(per_line).map(|line| line.iter().collect()).collect();
    let widest = broken.iter().map(|line| font.width(line)).fold(1.0, f64::max);
    let height = h / lines as f64;
    let size = (height * 0.62).min(4.2).min((w - 2.0) / widest);
    for (number, line) in broken.iter().enumerate() {
        let middle = y + height * (number as f64 + 0.5);
        font.draw(page, line, (x + 1.0, middle + size * 0.36), size);
    }
}

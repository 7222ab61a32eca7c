//! Cuts drawn fax strips into comb cells exactly as the reader does; the digit reader is trained and measured on it.
//!
//! Standard input holds strips, one after the other, little-endian: width and height (u32), dots per inch across
//! and down (f32), the affine map from form millimetres to paper millimetres (6 × f32: `x = a·x + b·y + c`,
//! `y = d·x + e·y + f`), then the pixels (0 ink, 255 paper). A strip holds ten cells of 5 × 7 mm from (0, 0).
//!
//! `digit_cells pictures` writes for each cell 1 and the 28 × 28 pixels that the network sees, or 0 and as many
//! zeros. `digit_cells readings MODEL` writes for each strip a line of what each reader sees in it: name, text,
//! lowest probability, parted by tabs.

mod strip;

use std::io::{self, Write};
use std::path::Path;

use kasasagi_ocr::consensus::{compose, place};
use kasasagi_ocr::digits::{Digits, picture};
use kasasagi_ocr::engine::{Alphabet, Engine};
use kasasagi_ocr::ppocr::PpOcr;
use kasasagi_ocr::tesseract::Tesseract;
use strip::{Strip, comb};

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["pictures"] => pictures(),
        ["readings", model] => readings(Path::new(model)),
        _ => Err("use: digit_cells pictures | readings MODEL".into()),
    }
}

fn pictures() -> Result<(), Fault> {
    let (mut input, mut output) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    let comb = comb();
    while let Some(strip) = Strip::read(&mut input)? {
        for cell in strip.cells(&comb)? {
            match cell.as_ref().and_then(picture) {
                Some(picture) => {
                    output.write_all(&[1])?;
                    output.write_all(picture.as_raw())?;
                }
                None => output.write_all(&[0; 785])?,
            }
        }
    }
    Ok(output.flush()?)
}

fn readings(model: &Path) -> Result<(), Fault> {
    let mut digits = Digits::embedded()?;
    let mut engines: [Box<dyn Engine>; 2] = [Box::new(PpOcr::open(model)?), Box::new(Tesseract::open(None)?)];
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let comb = comb();
    while let Some(strip) = Strip::read(&mut input)? {
        let cells = strip.cells(&comb)?;
        let inked: Vec<bool> = cells.iter().map(Option::is_some).collect();
        let read = digits.read(&cells)?;
        write!(output, "{}\t{}\t{}", digits.name(), read.text(), read.lowest())?;
        for engine in &mut engines {
            for text in engine.read(&[compose(&cells)], Alphabet::Digits)? {
                let read = place(text, &inked);
                write!(output, "\t{}\t{}\t{}", engine.name(), read.text(), read.lowest())?;
            }
        }
        writeln!(output)?;
    }
    Ok(())
}

//! The child's side: documents in on standard input, readings out on standard output.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kasasagi_ocr::page::Page;
use kasasagi_ocr::reader::{Engines, Reader, Sheet};
use kasasagi_ocr::{document, pdf};
use serde::{Deserialize, Serialize};

use super::frame::{self, Kind};
use super::limits::{self, Budget};
use super::walls::{self, Walls};
use super::{Fault, Ready, fault_code};

/// What a child is told before its first document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// Form files: name and text.
    pub forms: Vec<(String, String)>,
    /// PP-OCR model.
    pub model: PathBuf,
    /// Tesseract's language folder, if not the system's.
    pub tessdata: Option<PathBuf>,
    /// Font for PDFs that name a Japanese font without carrying it.
    pub fallback_font: Option<PathBuf>,
    /// Threads of the text recogniser.
    pub threads: usize,
    /// Wrong among sure fields that is allowed, 0 to 1.
    pub budget: f64,
    /// Most memory in bytes.
    pub memory: u64,
    /// Processor time for one document; each page read adds [`limits::PAGE`].
    pub cpu: Duration,
}

impl Setup {
    /// What the engines open.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = walls::tessdata(self.tessdata.as_ref());
        files.push(self.model.clone());
        files.extend(self.fallback_font.clone());
        files.push(PathBuf::from("/proc/cpuinfo"));
        files
    }
}

/// Serves documents until the parent closes the pipe.
pub fn main() -> ExitCode {
    // A panic message may quote what was on the page; only the place is told.
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            let _ = writeln!(io::stderr(), "reader stopped at {}:{}", place.file(), place.line());
        }
    }));
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "reader: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(from: &mut impl io::Read, to: &mut impl Write) -> io::Result<()> {
    let Some((Kind::Setup, setup)) = frame::read(from)? else { return Ok(()) };
    let setup: Setup = serde_json::from_slice(&setup)?;
    limits::confine(setup.memory)?;
    let files = walls::shut_files(&setup.files());
    let mut bench = match Bench::open(&setup) {
        Ok(bench) => bench,
        Err(fault) => return frame::write(to, Kind::Fault, &serde_json::to_vec(&fault)?),
    };
    let walls = Walls { files, calls: walls::shut_calls() };
    let warnings = bench.warnings.drain(..).chain(walls.lacks()).collect();
    frame::write(to, Kind::Ready, &serde_json::to_vec(&Ready { warnings, walls })?)?;
    while let Some((Kind::Document, bytes)) = frame::read(from)? {
        let mut budget = Budget::grant(setup.cpu)?;
        bench.document(&bytes, to, &mut budget)?;
    }
    Ok(())
}

/// The opened engines and forms.
struct Bench {
    reader: Reader,
    options: document::Options,
    warnings: Vec<String>,
}

impl Bench {
    fn open(setup: &Setup) -> Result<Self, Fault> {
        let broken = |what: String| Fault { code: "reader_setup".to_owned(), what };
        let mut forms = Vec::new();
        for (name, text) in &setup.forms {
            let file = kasasagi_config::forms::parse(name, text).map_err(|e| broken(e.to_string()))?;
            forms.push(file.form);
        }
        let (engines, warnings) = Engines::open(&setup.model, setup.tessdata.as_deref(), setup.threads)
            .map_err(|e| broken(e.to_string()))?;
        let font = setup.fallback_font.as_ref().and_then(|path| std::fs::read(path).ok());
        let options = document::Options { fallback_font: font.map(Arc::new) };
        Ok(Self { reader: Reader::new(forms, engines, setup.budget), options, warnings })
    }

    fn document(&mut self, bytes: &[u8], to: &mut impl Write, budget: &mut Budget) -> io::Result<()> {
        let mut number = 0;
        let mut wire = Ok(());
        let read = document::read(bytes, &self.options, &mut |page| {
            number += 1;
            if wire.is_ok() {
                let sheet = page.and_then(|page| Ok((self.reader.page(number, &page)?, page)));
                wire = match sheet {
                    Ok((sheet, page)) => send_sheet(to, &page, &sheet),
                    Err(e) => page_fault(to, number, &e),
                }
                .and_then(|()| budget.page());
            }
        });
        wire?;
        match read {
            Ok(_) => frame::write(to, Kind::Done, b""),
            Err(e) => frame::write(to, Kind::Fault, &serde_json::to_vec(&Fault::of(&e))?),
        }
    }
}

fn send_sheet(to: &mut impl Write, page: &Page, sheet: &Sheet) -> io::Result<()> {
    frame::write(to, Kind::Reading, &serde_json::to_vec(&sheet.reading)?)?;
    let fax = pdf::write::fax_pdf(&[page]).map_err(io::Error::other)?;
    frame::write(to, Kind::Page, &fax)?;
    for image in &sheet.aligned {
        let mut png = Vec::new();
        image.write_to(&mut io::Cursor::new(&mut png), image::ImageFormat::Png).map_err(io::Error::other)?;
        frame::write(to, Kind::Aligned, &png)?;
    }
    Ok(())
}

fn page_fault(to: &mut impl Write, page: u32, error: &kasasagi_ocr::Error) -> io::Result<()> {
    let fault = (page, fault_code(error));
    frame::write(to, Kind::PageFault, &serde_json::to_vec(&fault)?)
}

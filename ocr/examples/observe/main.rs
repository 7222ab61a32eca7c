//! What would be decided about every field of fax files, a JSON object a line; `tests/reading/calibrate.py` learns from it.
//!
//! `observe MODEL FORM.toml FILE...` writes for each field `{"file", "key", "decisions": [{"class",
//! "features": {name: number}, "value", "raw", "state"}]}`: one decision after each reading.

use std::io::Write;
use std::path::Path;

use kasasagi_ocr::consensus::evidence::{Evidence, names};
use kasasagi_ocr::document::{self, Options};
use kasasagi_ocr::reader::{Engines, Observed, Reader};
use kasasagi_ocr::reading::FieldReading;
use serde_json::{Map, Value, json};

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, form, files @ ..] = arguments.as_slice() else {
        return Err("use: observe MODEL FORM.toml FILE...".into());
    };
    let form = kasasagi_config::forms::parse(form, &std::fs::read_to_string(form)?)?.form;
    let (engines, warnings) = Engines::open(Path::new(model), None, 1)?;
    if !warnings.is_empty() {
        return Err(warnings.join("; ").into());
    }
    let mut reader = Reader::new(vec![form], engines, 0.0);
    let mut output = std::io::stdout().lock();
    for file in files {
        let bytes = std::fs::read(file)?;
        let mut sheets = Vec::new();
        document::read(&bytes, &Options::default(), &mut |page| {
            sheets.push(page.and_then(|page| reader.observe(&page)));
        })?;
        for sheet in sheets {
            for field in sheet?.iter().flatten() {
                writeln!(output, "{}", line(file, field))?;
            }
        }
    }
    Ok(())
}

fn line(file: &str, seen: &Observed) -> Value {
    let decisions: Vec<Value> = seen.decisions.iter().map(decision).collect();
    json!({ "file": file, "key": seen.key, "decisions": decisions })
}

fn decision(read: &FieldReading) -> Value {
    let class = read.evidence.as_ref().map(|e| e.class);
    let features = read.evidence.as_ref().map(features);
    json!({ "class": class, "features": features, "value": read.value, "raw": read.raw, "state": read.state })
}

fn features(evidence: &Evidence) -> Map<String, Value> {
    let named = names(evidence.class).iter().zip(&evidence.features);
    named.map(|(name, x)| ((*name).to_owned(), json!(x))).collect()
}

//! Form files: what is printed where, what it means, and which answers route the sheet.
//!
//! A file is pleasant to write by hand (rows of boxes and groups of cells); this module lays
//! it out into the [`Form`] that printing and reading share.

mod facts;
mod file;
mod layout;

use kasasagi_ocr::form::Form;

pub use facts::{Facts, Levels};

use crate::{Error, Result};

/// A form and what its answers mean to routing.
#[derive(Clone, Debug)]
pub struct FormFile {
    /// The form, checked.
    pub form: Form,
    /// Which fields carry the routing facts.
    pub facts: Facts,
}

/// The forms that come with the program, as (file name, text).
pub fn embedded() -> Vec<(&'static str, &'static str)> {
    vec![
        ("icm-01.toml", include_str!("../forms/icm-01.toml")),
        ("icm-02.toml", include_str!("../forms/icm-02.toml")),
    ]
}

/// Parses one form file; the name is for messages.
///
/// # Errors
/// [`Error::Syntax`] with the line of a mistake or an unknown key; [`Error::Value`] naming the
/// field or part that cannot be used.
pub fn parse(file_name: &str, text: &str) -> Result<FormFile> {
    let file: file::FormToml = toml::from_str(text)
        .map_err(|error| Error::Syntax { file: file_name.into(), what: error.to_string() })?;
    let refuse = |(key, what): (String, String)| Error::Value { file: file_name.into(), key, what };
    let id = file.id.clone();
    let form = layout::form(&file).map_err(refuse)?;
    let form = form.checked().map_err(|error| refuse((id, error.to_string())))?;
    let facts = Facts::new(file.facts, &form).map_err(refuse)?;
    Ok(FormFile { form, facts })
}

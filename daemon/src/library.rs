//! The forms the gateway knows: the built-in ones and those of a folder.

use std::path::Path;

use kasasagi_config::forms::{self, FormFile};

use crate::{Error, Result};

/// Every known form, with the text it was read from.
pub struct Library {
    forms: Vec<FormFile>,
    texts: Vec<(String, String)>,
}

impl Library {
    /// Reads the built-in forms and every `*.toml` of `dir`.
    ///
    /// # Errors
    /// When a file cannot be read or is no sound form, or two files define the same form and version.
    pub fn open(dir: Option<&Path>) -> Result<Self> {
        let mut texts: Vec<(String, String)> =
            forms::embedded().iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        if let Some(dir) = dir {
            texts.extend(folder(dir)?);
        }
        let mut library = Self { forms: Vec::new(), texts: Vec::new() };
        for (name, text) in texts {
            let file = forms::parse(&name, &text)?;
            let (number, version) = (file.form.number, file.form.version);
            if library.forms.iter().any(|f| (f.form.number, f.form.version) == (number, version)) {
                return Err(Error::FormTwice { file: name, number, version });
            }
            library.forms.push(file);
            library.texts.push((name, text));
        }
        Ok(library)
    }

    /// Every form, in the order of the files.
    pub fn forms(&self) -> impl Iterator<Item = &FormFile> {
        self.forms.iter()
    }

    /// File names and texts, for a reader child.
    pub fn texts(&self) -> &[(String, String)] {
        &self.texts
    }

    /// The form of this name and version.
    pub fn get(&self, id: &str, version: u8) -> Option<&FormFile> {
        self.forms.iter().find(|f| f.form.id == id && f.form.version == version)
    }

    /// The newest version of the form of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchForm`], listing the names there are.
    pub fn newest(&self, id: &str) -> Result<&FormFile> {
        let versions = self.forms.iter().filter(|f| f.form.id.eq_ignore_ascii_case(id));
        versions.max_by_key(|f| f.form.version).ok_or_else(|| Error::NoSuchForm {
            id: id.to_owned(),
            known: self.forms.iter().map(|f| f.form.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

fn folder(dir: &Path) -> Result<Vec<(String, String)>> {
    let fault = |source| Error::File { action: "read the forms in", path: dir.to_owned(), source };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            let unread = |source| Error::File { action: "read the form", path: path.clone(), source };
            let text = std::fs::read_to_string(&path).map_err(unread)?;
            texts.push((path.display().to_string(), text));
        }
    }
    texts.sort();
    Ok(texts)
}

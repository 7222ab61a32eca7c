//! Mail templates: the words around what was read, which an association may put in its own way.
//!
//! Every template comes with the program; a file of the same name in the association's folder takes its
//! place. What a template may say is checked where it is rendered.

use std::path::Path;

use crate::{Error, Result};

/// One template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name: mail and part, such as `digest.html`.
    pub name: &'static str,
    /// Its text.
    pub text: String,
    /// Whether it is a file of the association and not the built-in one.
    pub own: bool,
}

/// The templates that come with the program, as (name, text).
pub fn embedded() -> Vec<(&'static str, &'static str)> {
    macro_rules! texts {
        ($($name:literal),+ $(,)?) => { vec![$(($name, include_str!(concat!("../templates/", $name)))),+] };
    }
    texts![
        "message.subject",
        "message.txt",
        "message.html",
        "digest.subject",
        "digest.txt",
        "digest.html",
        "record.txt",
        "record.html",
        "requests.txt",
        "requests.html",
        "style.html",
        "notice.subject",
        "notice.txt",
        "report.subject",
        "report.txt",
        "alert.subject",
        "alert.txt",
    ]
}

/// Every template, those in `dir` in place of the built-in ones.
///
/// # Errors
/// [`Error::Read`] when the folder or a file cannot be read, [`Error::Value`] for a file that is no
/// template or too long; several faults come as [`Error::Many`].
pub fn read(dir: Option<&Path>) -> Result<Vec<Template>> {
    let built_in =
        |(name, text): (&'static str, &'static str)| Template { name, text: text.to_owned(), own: false };
    let mut templates: Vec<_> = embedded().into_iter().map(built_in).collect();
    let Some(dir) = dir else { return Ok(templates) };
    let mut faults = Vec::new();
    for file in names(dir)? {
        let Some(template) = templates.iter_mut().find(|template| template.name == file) else {
            faults.push(unknown(dir, &file));
            continue;
        };
        match text(&dir.join(&file)) {
            Ok(text) => (template.text, template.own) = (text, true),
            Err(fault) => faults.push(fault),
        }
    }
    match faults.len() {
        0 => Ok(templates),
        1 => Err(faults.remove(0)),
        _ => Err(Error::Many(faults)),
    }
}

/// File names in order, those that editors and version control hide left out.
fn names(dir: &Path) -> Result<Vec<String>> {
    let refuse = |source| Error::Read { path: dir.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(refuse)? {
        let name = entry.map_err(refuse)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn text(path: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if text.len() > LONGEST {
        let what = format!("is longer than {LONGEST} bytes; shorten it");
        return Err(Error::Value { file: path.display().to_string(), key: "the template".into(), what });
    }
    Ok(text)
}

fn unknown(dir: &Path, file: &str) -> Error {
    let known: Vec<_> = embedded().into_iter().map(|(name, _)| name).collect();
    let what = format!("no template is called so; there are {}", known.join(", "));
    Error::Value { file: dir.display().to_string(), key: file.to_owned(), what }
}

/// Longest template in bytes; a mail is a page.
const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_folder_every_template_is_the_built_in_one() {
        let templates = read(None).unwrap();
        assert_eq!(templates.len(), 17);
        assert!(templates.iter().all(|template| !template.own && !template.text.trim().is_empty()));
    }

    #[test]
    fn a_file_takes_the_place_of_the_built_in_template_of_its_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("digest.subject"), "まとめ").unwrap();
        std::fs::write(dir.path().join(".digest.subject.swp"), "x").unwrap();
        let templates = read(Some(dir.path())).unwrap();
        let own: Vec<_> = templates.iter().filter(|template| template.own).collect();
        assert_eq!(
            own.iter().map(|t| (t.name, t.text.as_str())).collect::<Vec<_>>(),
            [("digest.subject", "まとめ")]
        );
    }

    #[test]
    fn a_file_of_another_name_is_an_error_that_names_the_known_ones() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mail.html"), "x").unwrap();
        let told = read(Some(dir.path())).unwrap_err().to_string();
        assert!(told.contains("mail.html") && told.contains("message.html, digest.subject"), "{told}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_that_names_it() {
        let told = read(Some(Path::new("/nowhere/templates"))).unwrap_err().to_string();
        assert!(told.contains("/nowhere/templates"), "{told}");
    }

    #[test]
    fn a_template_without_end_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("alert.txt"), "x".repeat(LONGEST + 1)).unwrap();
        assert!(read(Some(dir.path())).unwrap_err().to_string().contains("shorten it"));
    }
}

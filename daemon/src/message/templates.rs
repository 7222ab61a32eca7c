//! The words of a mail, rendered. The only file that names minijinja.
//!
//! A template reaches what its view holds and the other templates, and nothing else: no file, no clock, no
//! endless loop. HTML is always escaped; the filter that would switch it off is not there.

use std::path::{Path, PathBuf};

use kasasagi_config::templates::{self, Template};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::trial;
use crate::{Error, Result};

/// Instructions and pieces of 64 bytes that one rendering may use; a digest of a hundred records takes a
/// tenth.
const FUEL: u64 = 4_000_000;

/// Longest subject in characters.
const LONGEST_SUBJECT: usize = 200;

/// The templates of every mail, parsed and tried out.
pub struct Templates {
    environment: Environment<'static>,
    /// Folder of the association's own, for messages.
    dir: Option<PathBuf>,
    /// Names of the association's own.
    own: Vec<&'static str>,
}

impl Templates {
    /// The built-in templates, those in `dir` in their place. Each is rendered with invented values of every
    /// kind, so that what is wrong is found here and not when a mail must go out.
    ///
    /// # Errors
    /// [`Error::Config`] for a folder or file that cannot be used; [`Error::Template`] with file and line of
    /// a mistake, an unknown value or filter, a subject of two lines, or HTML that is not escaped.
    pub fn open(dir: Option<&Path>) -> Result<Self> {
        let read = templates::read(dir)?;
        let own = read.iter().filter(|template| template.own).map(|template| template.name).collect();
        let mut templates = Self { environment: environment()?, dir: dir.map(Path::to_owned), own };
        for Template { name, text, .. } in read {
            let added = templates.environment.add_template_owned(name, text);
            added.map_err(|error| templates.fault(name, &error, Told::Everything))?;
        }
        trial::run(&templates)?;
        Ok(templates)
    }

    /// A subject: one line, whatever its template does.
    pub(super) fn subject<S: Serialize>(&self, name: &'static str, values: &S, told: Told) -> Result<String> {
        let text = self.render(name, values, told)?;
        let subject = text.trim();
        let what = if subject.is_empty() {
            "gives no subject"
        } else if subject.chars().any(char::is_control) {
            "gives a subject of several lines"
        } else if subject.chars().count() > LONGEST_SUBJECT {
            "gives a subject longer than 200 characters"
        } else {
            return Ok(subject.to_owned());
        };
        Err(self.wrong(name, None, what))
    }

    /// A body.
    pub(super) fn render<S: Serialize>(&self, name: &'static str, values: &S, told: Told) -> Result<String> {
        let render = || self.environment.get_template(name)?.render(Serde(values));
        render().map_err(|error| self.fault(name, &error, told))
    }

    /// A fault that the template engine does not see.
    pub(super) fn wrong(&self, name: &str, line: Option<usize>, what: impl Into<String>) -> Error {
        let own = self.own.contains(&name);
        let file = match &self.dir {
            Some(dir) if own => dir.join(name).display().to_string(),
            _ => format!("{name} (built in)"),
        };
        Error::Template { file, line, what: what.into() }
    }

    fn fault(&self, name: &'static str, error: &minijinja::Error, told: Told) -> Error {
        // An error inside an included template has the place where it happened underneath.
        let mut deepest = error;
        while let Some(cause) = std::error::Error::source(deepest).and_then(|e| e.downcast_ref()) {
            deepest = cause;
        }
        let what = match (told, deepest.detail()) {
            (Told::Everything, Some(detail)) => format!("{}: {detail}", deepest.kind()),
            _ => deepest.kind().to_string(),
        };
        self.wrong(deepest.name().unwrap_or(name), deepest.line(), what)
    }
}

/// How much of a fault is told: it may quote the values it happened on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// The values are invented.
    Everything,
    /// The values are somebody's.
    KindOnly,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("dir", &self.dir).field("own", &self.own).finish()
    }
}

fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| Error::Template { file: "built in".into(), line: None, what: error.to_string() })?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.remove_filter("safe");
    Ok(environment)
}

//! Font files: which to use, and how wide their characters are.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ttf_parser::Face;

use crate::{Error, Result};

/// Faces for print, best first: wide counters keep kanji open after a fax.
const PRINTED: [&str; 2] = [
    "/usr/share/fonts/truetype/bizud-gothic/BIZUDGothic-Regular.ttf",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
];

/// Faces that look written.
const HANDWRITTEN: [&str; 1] = ["/usr/share/fonts/truetype/klee/KleeOne-Regular.ttf"];

/// A font file, loaded and known to be readable.
#[derive(Clone)]
pub struct Typeface {
    data: Arc<Vec<u8>>,
    path: PathBuf,
}

/// One character placed by a typeface.
pub(super) struct Glyph {
    /// Number in the font file.
    pub(super) id: u32,
    /// The bytes of the text that it shows.
    pub(super) bytes: Range<usize>,
    /// Width in character sizes.
    pub(super) advance: f64,
}

impl Typeface {
    /// Loads a TrueType or OpenType file; of a collection, its first face.
    ///
    /// # Errors
    /// [`Error::Resource`] when the file cannot be read or is no font.
    pub fn load(path: &Path) -> Result<Self> {
        let refuse = |why: String| Error::Resource { what: "the typeface", path: path.to_owned(), why };
        let data = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
        Face::parse(&data, 0).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { data: Arc::new(data), path: path.to_owned() })
    }

    /// The installed Japanese face that is best for printing forms.
    ///
    /// # Errors
    /// [`Error::Resource`] naming the packages to install.
    pub fn printed() -> Result<Self> {
        first_of(&PRINTED, "fonts-morisawa-bizud-gothic (or fonts-ipaexfont-gothic)")
    }

    /// An installed Japanese face that looks written, for samples.
    ///
    /// # Errors
    /// [`Error::Resource`] naming the package to install.
    pub fn handwritten() -> Result<Self> {
        first_of(&HANDWRITTEN, "fonts-klee")
    }

    /// The font file given, or else the first one for print that is installed.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::printed`].
    pub fn find(path: Option<&Path>) -> Result<Self> {
        path.map_or_else(Self::printed, Self::load)
    }

    /// The file that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How wide a text is, in the unit of `size`; characters that are missing count as square.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        self.place(text).iter().map(|glyph| glyph.as_ref().map_or(1.0, |g| g.advance)).sum::<f64>() * size
    }

    pub(super) fn data(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.data)
    }

    /// The glyphs of a text, or the position of the first character (from 1) that is missing.
    pub(super) fn glyphs(&self, text: &str) -> std::result::Result<Vec<Glyph>, usize> {
        let placed = self.place(text).into_iter().enumerate();
        placed.map(|(index, glyph)| glyph.ok_or(index + 1)).collect()
    }

    /// A glyph for each character; a variation selector (異体字) joins the one before it.
    fn place(&self, text: &str) -> Vec<Option<Glyph>> {
        let face = Face::parse(&self.data, 0).expect("the same bytes were parsed when loading");
        let em = f64::from(face.units_per_em());
        let mut glyphs = Vec::new();
        let mut characters = text.char_indices().peekable();
        while let Some((start, character)) = characters.next() {
            let selector = characters.next_if(|(_, next)| is_variation_selector(*next));
            let end = characters.peek().map_or(text.len(), |(next, _)| *next);
            let variant = selector.and_then(|(_, selector)| face.glyph_variation_index(character, selector));
            glyphs.push(variant.or_else(|| face.glyph_index(character)).map(|id| Glyph {
                id: u32::from(id.0),
                bytes: start..end,
                advance: face.glyph_hor_advance(id).map_or(1.0, |units| f64::from(units) / em),
            }));
        }
        glyphs
    }
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn first_of(paths: &[&str], packages: &str) -> Result<Typeface> {
    match paths.iter().map(Path::new).find(|path| path.exists()) {
        Some(path) => Typeface::load(path),
        None => Err(Error::Resource {
            what: "a Japanese typeface",
            path: paths.first().map(PathBuf::from).unwrap_or_default(),
            why: format!("no such file: install the Debian package {packages}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gothic_is_as_wide_as_its_squares() {
        let face = Typeface::printed().unwrap();
        assert!((face.width("患者", 3.0) - 6.0).abs() < 1e-9);
        assert!((face.width("01", 3.0) - 3.0).abs() < 0.6, "figures are about half as wide");
    }

    #[test]
    fn a_missing_character_is_named_by_its_place() {
        let face = Typeface::printed().unwrap();
        assert_eq!(face.glyphs("山\u{1F9FF}").err(), Some(2));
    }

    #[test]
    fn a_variation_selector_takes_no_room() {
        let face = Typeface::printed().unwrap();
        assert_eq!(face.glyphs("辻\u{E0100}子").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_font_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("face.ttf");
        std::fs::write(&path, b"no font").unwrap();
        for path in [path, folder.path().join("none.ttf")] {
            let said = Typeface::load(&path).err().unwrap().to_string();
            assert!(said.contains(&path.display().to_string()), "{said}");
        }
    }
}

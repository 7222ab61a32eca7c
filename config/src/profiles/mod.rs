//! Source profiles: what the mails of a fax service or machine look like, and where in them the caller, the
//! station id, the pages and the time stand.
//!
//! A profile applies where all its patterns are found; of several the one with the lowest `order`. What a
//! profile finds is a hint, never proof.

mod file;
mod pattern;
mod rule;

use std::path::Path;

pub use pattern::{Found, Pattern};
pub use rule::{Extract, Match, Place, Value};

use crate::{Error, Result};
use file::{Kind, ProfileToml};

/// The profile of every mail that no other one fits.
pub const GENERIC: &str = "generic";

/// One source of faxes.
#[derive(Clone, Debug)]
pub struct Profile {
    /// As settings and tests name it: lower-case letters, digits and hyphens.
    pub name: String,
    /// For people.
    pub title: String,
    /// The lowest that fits applies.
    pub order: u16,
    /// All must be found; with none the profile applies only where a sender's entry names it.
    pub matches: Vec<Match>,
    /// Tried in order; the first that is found decides each value it names.
    pub extract: Vec<Extract>,
}

/// All known profiles.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// Sources, the lowest order first; `generic` is the last.
    pub sources: Vec<Profile>,
    /// What mails look like that only tell of a fax which waits elsewhere.
    pub notices: Vec<Profile>,
}

/// The profiles that come with the program, as (file name, text).
pub fn embedded() -> Vec<(&'static str, &'static str)> {
    vec![
        ("canon.toml", include_str!("../../profiles/canon.toml")),
        ("efax.toml", include_str!("../../profiles/efax.toml")),
        ("freepbx.toml", include_str!("../../profiles/freepbx.toml")),
        ("fujifilm.toml", include_str!("../../profiles/fujifilm.toml")),
        ("generic.toml", include_str!("../../profiles/generic.toml")),
        ("hikari-notice.toml", include_str!("../../profiles/hikari-notice.toml")),
        ("hylafax.toml", include_str!("../../profiles/hylafax.toml")),
        ("portal-notice.toml", include_str!("../../profiles/portal-notice.toml")),
        ("ricoh.toml", include_str!("../../profiles/ricoh.toml")),
    ]
}

impl Profiles {
    /// Reads the built-in profiles and every `*.toml` of `dir`, which adds to them or replaces those of the
    /// same name.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Syntax`] or [`Error::Value`], naming the file and the key.
    pub fn load(dir: Option<&Path>) -> Result<Self> {
        let built_in = embedded().len();
        let texts = embedded().into_iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        let added = dir.map(folder).transpose()?.unwrap_or_default();
        let (mut profiles, mut replaced) = (Vec::<(Kind, Profile)>::new(), Vec::new());
        for (number, (file, text)) in texts.chain(added).enumerate() {
            let (kind, profile) = parse(&file, &text)?;
            let earlier = profiles.iter().position(|(_, other)| other.name == profile.name);
            let is_added = number >= built_in;
            match earlier {
                Some(at) if at < built_in && is_added && !replaced.contains(&at) => {
                    replaced.push(at);
                    profiles[at] = (kind, profile);
                }
                Some(_) => return Err(fault(&file, "name", &format!("{:?} is used twice", profile.name))),
                None => profiles.push((kind, profile)),
            }
        }
        Ok(Self::sorted(&profiles))
    }

    fn sorted(profiles: &[(Kind, Profile)]) -> Self {
        let of = |kind| {
            let mut of: Vec<Profile> =
                profiles.iter().filter(|(k, _)| *k == kind).map(|(_, profile)| profile.clone()).collect();
            of.sort_by_key(|profile| (profile.name == GENERIC, profile.order, profile.name.clone()));
            of
        };
        Self { sources: of(Kind::Source), notices: of(Kind::Notice) }
    }

    /// The source of this name.
    pub fn source(&self, name: &str) -> Option<&Profile> {
        self.sources.iter().find(|profile| profile.name == name)
    }
}

fn parse(file: &str, text: &str) -> Result<(Kind, Profile)> {
    let toml: ProfileToml =
        toml::from_str(text).map_err(|error| Error::Syntax { file: file.into(), what: error.to_string() })?;
    let refuse = |(key, what): (String, String)| fault(file, &key, &what);
    if toml.name.is_empty() || !toml.name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return Err(fault(file, "name", "use lower-case letters, digits and hyphens"));
    }
    if toml.name == GENERIC && (toml.kind != Kind::Source || !toml.matches.is_empty()) {
        return Err(fault(
            file,
            "match",
            "the generic profile applies to every mail; give a profile with patterns another name",
        ));
    }
    if toml.kind == Kind::Notice && toml.matches.is_empty() {
        return Err(fault(file, "match", "a notice needs patterns that tell it from other mails"));
    }
    if toml.kind == Kind::Notice && !toml.extract.is_empty() {
        return Err(fault(file, "extract", "a notice carries no fax; leave this out"));
    }
    let matches =
        (1..).zip(&toml.matches).map(|(n, toml)| Match::new(n, toml)).collect::<std::result::Result<_, _>>();
    let extract = (1..)
        .zip(&toml.extract)
        .map(|(n, toml)| Extract::new(n, toml))
        .collect::<std::result::Result<_, _>>();
    let profile = Profile {
        matches: matches.map_err(refuse)?,
        extract: extract.map_err(refuse)?,
        name: toml.name,
        title: toml.title,
        order: toml.order,
    };
    Ok((toml.kind, profile))
}

fn folder(dir: &Path) -> Result<Vec<(String, String)>> {
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path, source }
    };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unread(dir))? {
        let path = entry.map_err(unread(dir))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).map_err(unread(&path))?;
            texts.push((path.display().to_string(), text));
        }
    }
    texts.sort();
    Ok(texts)
}

fn fault(file: &str, key: &str, what: &str) -> Error {
    Error::Value { file: file.to_owned(), key: key.to_owned(), what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "name = \"x\"\ntitle = \"X\"\norder = 1\n";

    fn told(text: &str) -> String {
        parse("x.toml", text).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_built_in_profiles_are_sound_and_generic_is_the_last() {
        let profiles = Profiles::load(None).unwrap();
        assert_eq!(profiles.sources.len() + profiles.notices.len(), embedded().len());
        assert_eq!(profiles.sources.last().unwrap().name, GENERIC);
        assert!(profiles.sources.is_sorted_by_key(|profile| profile.order));
        for (file, text) in embedded() {
            assert!(text.contains("# ") && parse(file, text).is_ok(), "{file} tells its evidence");
        }
    }

    #[test]
    fn a_fault_names_file_key_and_cure() {
        for (rest, parts) in [
            ("nonsense = 1", ["x.toml", "nonsense"]),
            ("[[match]]\nin = \"subjekt\"\npattern = 'a'", ["match 1.in", "from_name"]),
            ("[[match]]\nin = \"header:\"\npattern = 'a'", ["match 1.in", "field's name"]),
            ("[[match]]\nin = \"subject\"\npattern = '('", ["match 1.pattern", "unclosed"]),
            ("[[extract]]\nin = \"subject\"\npattern = 'a'", ["extract 1.pattern", "(?P<caller>"]),
            ("[[extract]]\nin = \"subject\"\npattern = '(?P<name>a)'", ["extract 1.pattern", "station"]),
            ("[[extract]]\nin = \"subject\"\npattern = '(?P<received>a)'", ["extract 1.received", "%Y"]),
            (
                "[[extract]]\nin = \"subject\"\npattern = '(?P<received>a)'\nreceived = \"%Y %!\"",
                ["extract 1.received", "no format"],
            ),
            (
                "[[extract]]\nin = \"subject\"\npattern = '(?P<received>a)'\nreceived = \"%H:%M\"",
                ["extract 1.received", "no format"],
            ),
            (
                "[[extract]]\nin = \"body\"\npattern = '(?P<pages>a{9000}{9000})'",
                ["extract 1.pattern", "size"],
            ),
            ("is = \"notice\"", ["match", "notice"]),
        ] {
            let message = told(&format!("{SOUND}{rest}"));
            assert!(parts.iter().all(|part| message.contains(part)), "{rest}: {message}");
        }
        assert!(told(&SOUND.replace("\"x\"", "\"Ein Fax\"")).contains("name: use lower-case"));
        assert!(told(&SOUND.replace("\"x\"", "\"generic\"")).is_empty());
    }

    #[test]
    fn a_folder_adds_profiles_and_replaces_built_in_ones_but_no_name_twice() {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| std::fs::write(dir.path().join(file), text).unwrap();
        write("own.toml", SOUND);
        write("efax.toml", &SOUND.replace("\"x\"", "\"efax\"").replace("order = 1", "order = 2"));
        write("notes.txt", "no profile");
        let profiles = Profiles::load(Some(dir.path())).unwrap();
        assert_eq!(profiles.sources[0].name, "x");
        assert!(profiles.source("efax").unwrap().matches.is_empty());
        assert_eq!(profiles.sources.len() + profiles.notices.len(), embedded().len() + 1);
        write("second.toml", SOUND);
        assert!(Profiles::load(Some(dir.path())).unwrap_err().to_string().contains("second.toml: name"));
        assert!(Profiles::load(Some(&dir.path().join("none"))).is_err());
    }

    #[test]
    fn a_rule_gives_each_value_it_names_even_where_nothing_stands() {
        let text = format!(
            "{SOUND}[[extract]]\nin = \"subject\"\npattern = 'from (?P<station>\\w*)(?: no (?P<notice>\\d+))?'"
        );
        let (_, profile) = parse("x.toml", &text).unwrap();
        let found = |text| profile.extract[0].find(text).map(|found| found.collect::<Vec<_>>());
        assert_eq!(found("from A no 7"), Some(vec![(Value::Station, "A"), (Value::Notice, "7")]));
        assert_eq!(found("from  no"), Some(vec![(Value::Station, ""), (Value::Notice, "")]));
        assert_eq!(found("to A"), None);
    }
}

//! A profile file as typed.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileToml {
    pub name: String,
    pub title: String,
    pub order: u16,
    #[serde(default, rename = "is")]
    pub kind: Kind,
    #[serde(default, rename = "match")]
    pub matches: Vec<MatchToml>,
    #[serde(default)]
    pub extract: Vec<ExtractToml>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    #[default]
    Source,
    Notice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatchToml {
    #[serde(rename = "in")]
    pub place: String,
    pub pattern: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtractToml {
    #[serde(rename = "in")]
    pub place: String,
    pub pattern: String,
    #[serde(default)]
    pub received: String,
}

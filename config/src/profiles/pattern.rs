//! The only file naming `regex`: linear in the text, bounded in what a pattern may cost.

use regex::{Captures, Regex, RegexBuilder};

/// Longest pattern, bytes.
const LONGEST: usize = 2000;
/// Most memory of one compiled pattern, bytes.
const COMPILED: usize = 1 << 20;
/// Deepest nesting within a pattern.
const NESTING: u32 = 50;

/// A checked pattern. Matching takes time linear in the text, whatever the text is.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// Where a pattern was found.
pub struct Found<'t>(Captures<'t>);

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("longer than {LONGEST} bytes; split it into several rules"));
        }
        RegexBuilder::new(text)
            .size_limit(COMPILED)
            .dfa_size_limit(COMPILED)
            .nest_limit(NESTING)
            .build()
            .map(Self)
            .map_err(|error| format!("no valid pattern: {error}"))
    }

    /// Its named groups, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.capture_names().flatten()
    }

    /// Whether it is found anywhere in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Its first place in the text.
    pub fn find<'t>(&self, text: &'t str) -> Option<Found<'t>> {
        self.0.captures(text).map(Found)
    }
}

impl<'t> Found<'t> {
    /// What a named group covers; empty for one that took no part in the match.
    pub fn group(&self, name: &str) -> &'t str {
        self.0.name(name).map_or("", |found| found.as_str())
    }
}

//! A sentence by its name and what stands in it, not in a language yet.

use fluent_bundle::FluentArgs;

use super::{Language, catalogue, chosen};

/// A sentence of the catalogue; see [`phrase!`](crate::phrase).
#[derive(Debug)]
pub struct Phrase {
    /// Its name in the catalogue.
    pub id: &'static str,
    /// What stands in it.
    pub with: FluentArgs<'static>,
}

impl Phrase {
    /// In this language.
    pub fn to(&self, language: Language) -> String {
        catalogue::message(language, self.id, &self.with)
    }

    /// In the language of whoever runs this process.
    pub fn told(&self) -> String {
        self.to(chosen())
    }
}

/// A [`Phrase`]: its name, then what stands in it, where `%` shows a value as `Display` does.
///
/// ```ignore
/// phrase!("general-no-moment", text = %text)
/// ```
#[macro_export]
macro_rules! phrase {
    ($id:literal $(, $($with:tt)+)?) => {{
        #[allow(unused_mut, reason = "nothing stands in some")]
        let mut with = fluent_bundle::FluentArgs::new();
        $($crate::phrase!(@ with $($with)+);)?
        $crate::language::Phrase { id: $id, with }
    }};
    (@ $with:ident $name:ident = % $value:expr $(, $($rest:tt)*)?) => {
        $with.set(stringify!($name), $value.to_string());
        $($crate::phrase!(@ $with $($rest)*);)?
    };
    (@ $with:ident $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $with.set(stringify!($name), $value);
        $($crate::phrase!(@ $with $($rest)*);)?
    };
    (@ $with:ident) => {};
}

/// A [`phrase!`](crate::phrase) in the language of whoever runs this process.
#[macro_export]
macro_rules! say {
    ($($phrase:tt)+) => { $crate::phrase!($($phrase)+).told() };
}

//! Fixed lists of words: a stable code for programs, Japanese and English for people.

/// Declares an enum whose variants each have a snake_case code, a Japanese and an English text.
///
/// `"code" | "former"` goes on reading a word of older files.
/// Declaration order is the order of `Ord` and of `ALL`; the English text is the variant's doc.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal $(| $former:literal)*, $ja:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $en] #[serde(rename = $code $(, alias = $former)*)] $variant,)+
        }

        impl $name {
            /// Every one, in order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name in files, JSON and the audit trail.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// For a person, in Japanese.
            pub fn ja(self) -> &'static str {
                match self { $(Self::$variant => $ja),+ }
            }

            /// For a person, in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            /// Reads the code, the Japanese text, or a word that was used before.
            fn from_str(text: &str) -> $crate::Result<Self> {
                let text = text.trim();
                $($(if text == $former { return Ok(Self::$variant); })*)+
                Self::ALL.iter().copied().find(|word| word.code() == text || word.ja() == text).ok_or_else(|| {
                    $crate::Error::Word {
                        what: stringify!($name),
                        words: Self::ALL.iter().map(|word| word.code()).collect(),
                    }
                })
            }
        }
    };
}

pub(crate) use vocabulary;

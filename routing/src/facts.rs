//! What the reading of one form says, as far as it matters for where the record goes.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::code::{DrCode, InsuredNo, InsurerNo, OfficeNo, PatientId};
use crate::contact::Phone;
use crate::name::{Kana, Name};
use crate::registry::Sex;
use crate::vocabulary::vocabulary;

/// One thing the form says, and how far it can be relied on. `Debug` never shows the value.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Fact<T> {
    /// Read beyond doubt; may be acted on.
    Sure(T),
    /// Read, but for a person to confirm: never evidence for anything, but a reason to hold if it contradicts.
    Doubtful(T),
    /// Something is written there that could not be understood.
    Unreadable,
    /// Nothing was filled in, or the form has no such field.
    #[default]
    Absent,
}

/// Everything a decision looks at. The default says nothing at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// 緊急度.
    pub urgency: Fact<Urgency>,
    /// 記入日.
    pub written_on: Fact<Date>,
    /// 送信枚数 as written.
    pub pages_stated: Fact<u32>,
    /// Pages that arrived, counted; `Absent` if the record cannot be told apart from others on the fax.
    pub pages_received: Fact<u32>,
    /// 宛先 登録医コード.
    pub dr_code: Fact<DrCode>,
    /// 宛先 医療機関・医師名, free text.
    pub addressee: Fact<Name>,
    /// 発信 事業所番号.
    pub sender_office: Fact<OfficeNo>,
    /// 発信FAX as written.
    pub sender_fax: Fact<Phone>,
    /// Number the call came from, told by the fax service.
    pub caller_id: Fact<Phone>,
    /// Station id the sending machine gave; often empty or wrong.
    pub csid: Fact<String>,
    /// 連携ID.
    pub patient_id: Fact<PatientId>,
    /// 被保険者番号.
    pub insured_no: Fact<InsuredNo>,
    /// 保険者番号.
    pub insurer_no: Fact<InsurerNo>,
    /// 生年月日.
    pub birth: Fact<Date>,
    /// 患者フリガナ.
    pub kana: Fact<Kana>,
    /// 患者氏名, possibly masked.
    pub name: Fact<Name>,
    /// 性別.
    pub sex: Fact<Sex>,
    /// 同意: the boxes ticked.
    pub consent: Fact<BTreeSet<ConsentMark>>,
}

vocabulary! {
    /// How soon a record must arrive, the least urgent first.
    Urgency {
        Routine = "routine", "通常", "routine";
        Today = "today", "至急（本日中）", "urgent, the same day";
        Emergency = "emergency", "緊急", "emergency, already phoned";
    }
}

vocabulary! {
    /// A box of the consent field.
    ConsentMark {
        Person = "person", "本人", "the patient consents";
        Family = "family", "家族等", "the family consents";
        Written = "written", "文書", "in writing";
        Oral = "oral", "口頭", "by word of mouth";
        EmergencyWithout = "emergency_without", "緊急のため未取得", "not asked because of an emergency";
    }
}

impl<T> Fact<T> {
    /// The value if it is sure.
    pub fn sure(&self) -> Option<&T> {
        match self {
            Self::Sure(value) => Some(value),
            _ => None,
        }
    }

    /// The value whether sure or doubtful.
    pub fn read(&self) -> Option<&T> {
        match self {
            Self::Sure(value) | Self::Doubtful(value) => Some(value),
            Self::Unreadable | Self::Absent => None,
        }
    }

    /// The same reliability for another value; what has no other value is unreadable.
    pub fn and_then<U>(self, understand: impl FnOnce(T) -> Option<U>) -> Fact<U> {
        match self {
            Self::Sure(value) => understand(value).map_or(Fact::Unreadable, Fact::Sure),
            Self::Doubtful(value) => understand(value).map_or(Fact::Unreadable, Fact::Doubtful),
            Self::Unreadable => Fact::Unreadable,
            Self::Absent => Fact::Absent,
        }
    }
}

impl<S: AsRef<str>> Fact<S> {
    /// Reads the text as a checked value; a text that is none is unreadable.
    pub fn parsed<T: FromStr>(self) -> Fact<T> {
        self.and_then(|text| text.as_ref().parse().ok())
    }
}

impl<T> fmt::Debug for Fact<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sure(_) => "Sure([redacted])",
            Self::Doubtful(_) => "Doubtful([redacted])",
            Self::Unreadable => "Unreadable",
            Self::Absent => "Absent",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_valid_code_is_unreadable_however_sure_it_was_read() {
        assert_eq!(Fact::Sure("0865").parsed::<DrCode>().sure().map(DrCode::as_str), Some("0865"));
        assert_eq!(Fact::Doubtful("0865").parsed::<DrCode>().sure(), None);
        assert_eq!(Fact::Sure("0866").parsed::<DrCode>(), Fact::Unreadable);
        assert_eq!(Fact::<String>::Absent.parsed::<DrCode>(), Fact::Absent);
    }

    #[test]
    fn debug_output_tells_the_state_and_never_the_value() {
        let facts = Facts {
            name: Fact::Sure("東京 太郎".parse().unwrap()),
            csid: Fact::Sure("0586".into()),
            ..Facts::default()
        };
        let shown = format!("{facts:?}");
        assert!(
            shown.contains("name: Sure([redacted])") && !shown.contains("東京") && !shown.contains("0586")
        );
    }
}

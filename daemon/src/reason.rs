//! Reason codes in words for a person.

use kasasagi_routing::decision::Reason;

use crate::language::{Language, words};
use crate::mail::MailFault;
use crate::phrase;

/// Why a person settles something held without a delivery. A fixed list, because the reason stands in the audit
/// trail, where no free text may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum RejectReason {
    /// It was not meant for us (誤着信); the sender was told.
    Misdirected,
    /// The sender was asked to send it again.
    ResendAsked,
    /// It came another way, or was dealt with by phone.
    SettledOtherwise,
    /// It is no patient information: advertising, a blank page.
    NotPatientInformation,
    /// It may not be passed on: consent, stop, death.
    NotAllowed,
    /// A test.
    Test,
}

impl RejectReason {
    /// The stable name in files, JSON and the audit trail.
    pub fn code(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected",
            Self::ResendAsked => "resend_asked",
            Self::SettledOtherwise => "settled_otherwise",
            Self::NotPatientInformation => "not_patient_information",
            Self::NotAllowed => "not_allowed",
            Self::Test => "test",
        }
    }
}

/// What a code means.
pub fn sentence(code: &str, language: Language) -> String {
    if let Some(words) = words(&format!("reason-{}", code.replace('_', "-")), language) {
        return words;
    }
    let of = |ja: &str, en: &str| if language == Language::Ja { ja.to_owned() } else { en.to_owned() };
    if let Some(reason) = Reason::ALL.iter().find(|r| r.code() == code) {
        return of(reason.ja(), reason.en());
    }
    if let Some(fault) = MailFault::from_code(code) {
        return of(fault.ja(), fault.en());
    }
    if let Some(status) = code.strip_prefix("undelivered_bounced_") {
        return phrase!("reason-undelivered-bounced", status = %status).to(language);
    }
    match code.strip_prefix("undelivered_") {
        Some(reply) => phrase!("reason-undelivered", reply = %reply).to(language),
        None => code.to_owned(),
    }
}

/// What a code means, for readers of either language on one line.
pub fn in_both(code: &str) -> String {
    format!("{} / {}", sentence(code, Language::Ja), sentence(code, Language::En))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        use kasasagi_ocr::Error as E;
        use kasasagi_ocr::reading::NoForm;
        let faults = [
            E::UnknownFormat,
            E::PasswordProtected,
            E::Unreadable { kind: "PDF", what: String::new() },
            E::OverLimit { limit: 1, of: "pages" },
            E::Unsupported { what: String::new() },
            E::Engine { engine: "ppocr", what: String::new() },
        ];
        let pages = [NoForm::Blank, NoForm::Unknown, NoForm::UnknownVersion, NoForm::CodesDisagree];
        let codes = (faults.iter().map(crate::reader::fault_code))
            .chain(pages.map(|reason| crate::journey::no_form_code(reason, &[])))
            .chain(Reason::ALL.iter().map(|r| r.code()))
            .chain([
                "reader_died",
                "reader_timeout",
                "no_pages",
                "internal_error",
                "form_not_configured",
                "resent_unclear",
            ])
            .chain([
                "undelivered_550",
                "undelivered_bounced_5.1.1",
                "undelivered_parcel",
                "undelivered_certificate_missing",
                "undelivered_certificate_not_valid",
                "undelivered_tls_not_verified",
                "undelivered_fax_not_offered",
                "undelivered_recipient_gone",
                "undelivered_internal",
                "undelivered_restored",
                "restored",
                "quiet_hours",
            ]);
        for code in codes {
            let (ja, en) = (sentence(code, Language::Ja), sentence(code, Language::En));
            assert!(!ja.is_ascii() && en.is_ascii() && en != code, "{code}: {ja} / {en}");
            assert_eq!(in_both(code), format!("{ja} / {en}"));
        }
        assert_eq!(sentence("not_a_code", Language::Ja), "not_a_code");
    }

    #[test]
    fn every_code_stands_in_the_operators_guides() {
        let guides =
            [include_str!("../../docs/guide/4-held.ja.md"), include_str!("../../docs/guide/4-held.en.md")];
        let named = include_str!("../words/en/reason.ftl").lines().filter(|line| !line.contains('$'));
        let codes: Vec<String> = named
            .filter_map(|line| Some(line.strip_prefix("reason-")?.split_once(" = ")?.0.replace('-', "_")))
            .chain(Reason::ALL.iter().map(|reason| reason.code().to_owned()))
            .chain(MailFault::ALL.into_iter().map(|fault| fault.code().to_owned()))
            .collect();
        assert!(codes.len() > 26 + Reason::ALL.len(), "{codes:?}");
        for code in codes {
            assert!(guides.iter().all(|guide| guide.contains(&format!("`{code}`"))), "{code}");
        }
    }
}

//! Offices that send faxes and receive records: care management, nursing, pharmacies, hospitals.

use std::fmt;

use jiff::civil::Date;

use super::certificate::Certificate;
use super::physician::{Channel, Status};
use super::row::Provenance;
use crate::code::OfficeNo;
use crate::contact::{MailAddress, Phone};
use crate::name::{Kana, Name};
use crate::role::Role;
use crate::schedule::{Quiet, Schedule};
use crate::vocabulary::vocabulary;

vocabulary! {
    /// On what ground the association and an office exchange data (個人情報保護法 27条5項).
    AgreementKind {
        Entrusted = "entrusted", "委託", "entrusted processing";
        SharedUse = "shared_use", "共同利用", "shared use";
    }
}

/// One office.
#[derive(Clone)]
pub struct Facility {
    /// 事業所番号 or 医療機関コード.
    pub number: OfficeNo,
    /// Its name.
    pub name: Name,
    /// The reading.
    pub kana: Kana,
    /// Other names it goes by.
    pub aliases: Vec<Name>,
    /// What it does.
    pub role: Role,
    /// Postal code as written.
    pub postal: String,
    /// Address.
    pub address: String,
    /// Phone.
    pub tel: Phone,
    /// Numbers it faxes from.
    pub faxes: Vec<Phone>,
    /// Day on which a test page was confirmed.
    pub fax_verified_on: Option<Date>,
    /// Station ids its machines send; `*` stands for any characters.
    pub csid_patterns: Vec<String>,
    /// Further numbers its calls come from.
    pub caller_ids: Vec<Phone>,
    /// Where mail goes.
    pub email: Option<MailAddress>,
    /// For encrypted mail.
    pub certificate: Option<Certificate>,
    /// How messages reach it.
    pub channel: Channel,
    /// When its digest goes out, if not at the usual times.
    pub digest: Option<Schedule>,
    /// When nobody is to be woken.
    pub quiet_hours: Option<Quiet>,
    /// A role whose fields are the most it may see, whatever its own role.
    pub field_policy: Option<Role>,
    /// Ground of the exchange.
    pub agreement: Option<Agreement>,
    /// Person in charge.
    pub manager: Option<Name>,
    /// Whether it is at work.
    pub status: Status,
    /// Since when this holds.
    pub provenance: Provenance,
}

/// The contract of an office with the association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its kind.
    pub kind: AgreementKind,
    /// The day it was made.
    pub on: Option<Date>,
}

impl Facility {
    /// Whether it takes part on this day.
    pub fn is_available(&self, on: Date) -> bool {
        self.status == Status::Active && self.provenance.in_force(on)
    }

    /// Every number its faxes may come from.
    pub fn lines(&self) -> impl Iterator<Item = &Phone> {
        self.faxes.iter().chain(&self.caller_ids)
    }

    /// Whether a station id is one of this office: digits compared as digits, `*` for any characters.
    pub fn has_csid(&self, csid: &str) -> bool {
        let csid = tidy(csid);
        !csid.is_empty() && self.csid_patterns.iter().any(|pattern| glob(&tidy(pattern), &csid))
    }
}

/// Station ids come with blanks, hyphens and a leading `+` put anywhere.
fn tidy(csid: &str) -> Vec<char> {
    csid.chars().take(60).filter(|c| c.is_alphanumeric() || *c == '*').flat_map(char::to_uppercase).collect()
}

/// Matches with one place to go back to, so the time is at most the product of the lengths.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            retry = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

impl fmt::Debug for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facility")
            .field("number", &self.number)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn station_ids_match_with_stars_and_whatever_the_machine_puts_between() {
        let hits = |pattern: &str, csid: &str| glob(&tidy(pattern), &tidy(csid));
        assert!(hits("81586*", "+81 586 23 0101"));
        assert!(hits("0586230101", "0586-23-0101"));
        assert!(hits("*HIBARI*", "kyotaku hibari 1"));
        assert!(!hits("0586230101", "0586230102"));
        assert!(!hits("058623*9", "0586230101"));
    }
}

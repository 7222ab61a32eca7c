//! What the office decides: who changes the registry, when digests go out, how mail is sealed, who is told.

use std::path::{Path, PathBuf};

use jiff::civil::Time;
use kasasagi_routing::contact::MailAddress;
use kasasagi_routing::schedule::{Holidays, Schedule};

use crate::settings::Checker;
use crate::{Error, Result, file, holidays};

/// What the office decides.
#[derive(Clone, Debug)]
pub struct Office {
    /// How many people a change of the registry needs.
    pub approvals: Approvals,
    /// When routine records go out to recipients who have no schedule of their own.
    pub digest: Schedule,
    /// Public holidays.
    pub holidays: Holidays,
    /// How mail is signed and encrypted.
    pub smime: Smime,
    /// Folder with the association's own mail templates.
    pub templates: Option<PathBuf>,
    /// Who gets the daily report and alerts.
    pub admins: Vec<MailAddress>,
    /// When the daily report goes out.
    pub report_at: Time,
    /// How long the content of settled faxes stays.
    pub retention: Retention,
}

/// How many days the content of settled faxes stays after the last thing that happened to them; for ever if none.
/// What waits for a person, and what must stay (`kasasagi keep`), is never erased by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Of faxes that were delivered.
    pub delivered: Option<u32>,
    /// Of faxes that were refused, or settled by a person without a delivery.
    pub refused: Option<u32>,
    /// Of repeats.
    pub duplicate: Option<u32>,
}

/// How many people a change of the registry needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approvals {
    /// Whoever hands it in.
    One,
    /// Whoever hands it in, and somebody else.
    Two,
}

/// How mail is signed and encrypted (S/MIME, RFC 8551).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smime {
    /// Certificate that mails are signed with, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM, readable by the gateway alone.
    pub key: PathBuf,
    /// What becomes of a mail whose recipient has no valid certificate.
    pub without_certificate: WithoutCertificate,
}

/// What becomes of a mail whose recipient has no valid certificate. It never goes out readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutCertificate {
    /// It is given up, and waits for a person.
    Hold,
    /// A notice without content goes out in its place.
    Notice,
}

impl Checker<'_> {
    pub(crate) fn office(&self, file: &file::File) -> Result<Office> {
        let holidays = match self.optional_path(&file.digest.holidays) {
            Some(path) => holidays::load(&path)?,
            None => holidays::embedded(),
        };
        let at = &file.admin.report_at;
        Ok(Office {
            approvals: self.approvals(file.registry.approvals)?,
            digest: self.parsed("digest.schedule", &file.digest.schedule)?,
            holidays,
            smime: self.smime(&file.smime, &self.path("store.dir", &file.store.dir)?)?,
            templates: self.optional_path(&file.messages.templates),
            admins: file
                .admin
                .addresses
                .iter()
                .map(|a| self.parsed("admin.addresses", a))
                .collect::<Result<_>>()?,
            retention: retention(&file.retention),
            report_at: Time::strptime("%H:%M", at).map_err(|_| {
                self.fault("admin.report_at", &format!("{at:?} is no time such as \"07:30\""))
            })?,
        })
    }

    fn approvals(&self, people: u8) -> Result<Approvals> {
        match people {
            1 => Ok(Approvals::One),
            2 => Ok(Approvals::Two),
            _ => Err(self.fault("registry.approvals", "must be 1 or 2 people")),
        }
    }

    fn smime(&self, file: &file::Smime, store: &Path) -> Result<Smime> {
        let without_certificate = match file.without_certificate.as_str() {
            "hold" => WithoutCertificate::Hold,
            "notice" => WithoutCertificate::Notice,
            other => {
                let what = format!("{other:?} is neither \"hold\" nor \"notice\"");
                return Err(self.fault("smime.without_certificate", &what));
            }
        };
        Ok(Smime {
            certificate: self.optional_path(&file.certificate).unwrap_or_else(|| store.join("smime.crt")),
            key: self.optional_path(&file.key).unwrap_or_else(|| store.join("smime.key")),
            without_certificate,
        })
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self, key: &str, text: &str) -> Result<T> {
        text.parse().map_err(|error: T::Err| -> Error { self.fault(key, &error.to_string()) })
    }
}

fn retention(file: &file::Retention) -> Retention {
    let days = |days: u32| (days > 0).then_some(days);
    Retention {
        delivered: days(file.delivered_days),
        refused: days(file.refused_days),
        duplicate: days(file.duplicate_days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn told(text: &str) -> String {
        Settings::parse("k.toml", text, Path::new("/base")).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_seal_every_mail_and_ask_for_two_people() {
        let office = Settings::parse("k.toml", "", Path::new("/base")).unwrap().office;
        assert_eq!(
            (office.approvals, office.smime.without_certificate),
            (Approvals::Two, WithoutCertificate::Hold)
        );
        assert!(office.admins.is_empty() && office.holidays.contains(jiff::civil::date(2027, 1, 1)));
        assert_eq!(office.report_at, jiff::civil::time(7, 30, 0, 0));
    }

    #[test]
    fn what_cannot_be_is_named_by_its_key() {
        for (text, key) in [
            ("[digest]\nschedule = \"mon 25:00\"", "digest.schedule"),
            ("[digest]\nschedule = \"\"", "digest.schedule"),
            ("[admin]\naddresses = [\"clerk\"]", "admin.addresses"),
            ("[admin]\nreport_at = \"7 o'clock\"", "admin.report_at"),
            ("[registry]\napprovals = 3", "registry.approvals"),
            ("[smime]\nwithout_certificate = \"clear\"", "smime.without_certificate"),
        ] {
            assert!(told(text).contains(key), "{text}: {}", told(text));
        }
    }
}

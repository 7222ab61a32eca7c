//! The S/MIME certificate of a recipient, as far as a decision needs it: its bytes and its time.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// A certificate that has been checked against its row when the registry was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Path of its file relative to the folder of the registry.
    pub reference: String,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
    /// The certificate in DER.
    pub der: Vec<u8>,
}

impl Certificate {
    /// Whether it is valid at this moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether it has expired or will within so many days.
    pub fn expires_within(&self, now: Timestamp, days: u32) -> bool {
        now.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
            .is_ok_and(|end| self.not_after < end)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .field("der", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_knows_its_time_and_debug_shows_no_bytes() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let certificate = Certificate {
            reference: "certs/0013.pem".into(),
            not_before: at("2026-04-01T00:00:00Z"),
            not_after: at("2027-03-31T23:59:59Z"),
            der: vec![1, 2, 3],
        };
        assert!(certificate.is_valid_at(at("2026-11-25T00:00:00Z")));
        assert!(!certificate.is_valid_at(at("2026-03-31T23:59:59Z")));
        assert!(!certificate.is_valid_at(at("2027-04-01T00:00:00Z")));
        assert!(certificate.expires_within(at("2027-03-15T00:00:00Z"), 30));
        assert!(certificate.expires_within(at("2027-04-15T00:00:00Z"), 30));
        assert!(!certificate.expires_within(at("2027-02-01T00:00:00Z"), 30));
        assert!(format!("{certificate:?}").contains("[redacted]"));
    }
}

//! How a mail to a recipient may leave: sealed for their certificate, as a notice, readable, or not at all.

use jiff::Timestamp;
use jiff::civil::DateTime;
use kasasagi_config::office::WithoutCertificate;
use kasasagi_routing::code::{DrCode, OfficeNo};
use kasasagi_routing::contact::MailAddress;
use kasasagi_routing::registry::{Certificate, Channel, Facility, Physician, Registry, Status};
use kasasagi_routing::schedule::{Quiet, Schedule};

/// How a mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'r> {
    /// Encrypted to this certificate.
    Sealed(&'r Certificate),
    /// Without content.
    Notice,
    /// Readable inside verified TLS, as the recipient wishes.
    Readable,
    /// Not at all, for this reason code.
    Shut(&'static str),
}

/// What is known of whoever holds a registry code.
#[derive(Clone, Copy)]
pub struct Holder<'r> {
    /// Their name.
    pub name: &'r str,
    /// Where mail goes.
    pub address: &'r MailAddress,
    /// How they want it.
    pub channel: Channel,
    /// For encrypted mail.
    pub certificate: Option<&'r Certificate>,
    /// When they want digests, if not when everybody does.
    pub digest: Option<&'r Schedule>,
    /// When nothing but emergencies is to reach them.
    pub quiet: Option<&'r Quiet>,
}

impl<'r> Holder<'r> {
    /// Whoever holds this code and can still be written to on this day.
    ///
    /// # Errors
    /// The reason code why nobody can.
    pub fn find(registry: &'r Registry, code: &str, today: jiff::civil::Date) -> Result<Self, &'static str> {
        let physician = code.parse::<DrCode>().ok().and_then(|code| registry.physician(&code));
        let office = || code.parse::<OfficeNo>().ok().and_then(|number| registry.facility(&number));
        let (holder, status, in_force) = match physician {
            Some(row) => (Self::of_physician(row), row.status, row.provenance.in_force(today)),
            None => {
                let row = office().ok_or(GONE)?;
                (Self::of_office(row), row.status, row.provenance.in_force(today))
            }
        };
        if status == Status::Retired || !in_force { Err(GONE) } else { holder.ok_or(GONE) }
    }

    fn of_physician(row: &'r Physician) -> Option<Self> {
        Some(Self {
            name: row.name.as_str(),
            address: row.email.as_ref()?,
            channel: row.channel,
            certificate: row.certificate.as_ref(),
            digest: row.digest.as_ref(),
            quiet: row.quiet_hours.as_ref(),
        })
    }

    fn of_office(row: &'r Facility) -> Option<Self> {
        Some(Self {
            name: row.name.as_str(),
            address: row.email.as_ref()?,
            channel: row.channel,
            certificate: row.certificate.as_ref(),
            digest: row.digest.as_ref(),
            quiet: row.quiet_hours.as_ref(),
        })
    }

    /// How a mail leaves now. `private` tells whether everything on its way to the recipient's server is inside
    /// verified TLS.
    pub fn way(&self, now: Timestamp, without: WithoutCertificate, private: bool) -> Way<'r> {
        match (self.channel, self.certificate) {
            (Channel::Smime, Some(certificate)) if certificate.is_valid_at(now) => Way::Sealed(certificate),
            (Channel::Smime, _) if without == WithoutCertificate::Notice => Way::Notice,
            (Channel::Smime, Some(_)) => Way::Shut("certificate_not_valid"),
            (Channel::Smime, None) => Way::Shut("certificate_missing"),
            (Channel::Notice, _) => Way::Notice,
            (Channel::Tls, _) if private => Way::Readable,
            (Channel::Tls, _) => Way::Shut("tls_not_verified"),
            (Channel::Fax, _) => Way::Shut("fax_not_offered"),
        }
    }

    /// When the quiet that covers this moment ends.
    pub fn quiet_until(&self, at: DateTime) -> Option<DateTime> {
        self.quiet?.end_of_quiet(at)
    }
}

/// The recipient left the registry, or cannot be written to any more.
const GONE: &str = "recipient_gone";

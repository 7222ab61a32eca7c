//! Physicians registered with the association.

use std::fmt;

use jiff::civil::Date;

use super::certificate::Certificate;
use super::row::Provenance;
use crate::code::{DrCode, OfficeNo};
use crate::contact::{MailAddress, Phone};
use crate::name::{Kana, Name};
use crate::schedule::{Hours, Quiet, Schedule};
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a physician does for home care.
    Duty {
        HomeCare = "home_care", "在宅", "home visits";
        Backup = "backup", "後方", "hospital backing in emergencies";
        Specialist = "specialist", "専門", "specialist advice";
    }
}

vocabulary! {
    /// Whether somebody can be written to.
    Status {
        Active = "active", "稼働", "takes messages";
        Absent = "absent", "不在", "away for a time; backups take over";
        Retired = "retired", "退会", "left; backups take over";
    }
}

vocabulary! {
    /// How messages reach a recipient.
    Channel {
        Smime = "smime", "暗号メール", "encrypted mail";
        Notice = "notice" | "pickup" | "受取サイト", "内容なし通知", "notice without content, to be fetched by the recipient";
        Tls = "tls", "TLSのみ", "readable mail over verified TLS only, by the recipient's own choice";
        Fax = "fax", "FAX", "registered fax number; the gateway cannot send there";
    }
}

/// One registered physician.
#[derive(Clone)]
pub struct Physician {
    /// 登録医コード.
    pub code: DrCode,
    /// Name, family name first.
    pub name: Name,
    /// Its reading.
    pub kana: Kana,
    /// Where they work.
    pub clinic: Clinic,
    /// 医籍登録番号, up to six digits.
    pub license_no: Option<String>,
    /// 診療科.
    pub specialties: Vec<String>,
    /// Their part in home care.
    pub duty: Duty,
    /// Groups of the association they belong to.
    pub groups: Vec<String>,
    /// Where mail goes.
    pub email: Option<MailAddress>,
    /// For encrypted mail.
    pub certificate: Option<Certificate>,
    /// Fax number, if registered.
    pub fax: Option<Phone>,
    /// Day on which a test page to that number was confirmed.
    pub fax_verified_on: Option<Date>,
    /// How messages reach them.
    pub channel: Channel,
    /// Office hours and holidays, as the clinic words them.
    pub hours: String,
    /// Office hours to reckon with.
    pub office_hours: Option<Hours>,
    /// When nobody is to be woken.
    pub quiet_hours: Option<Quiet>,
    /// When their digest goes out, if not at the usual times.
    pub digest: Option<Schedule>,
    /// Who stands in, the first choice first.
    pub backups: Vec<DrCode>,
    /// When an unacknowledged message goes on.
    pub ack_minutes: AckMinutes,
    /// Phone for urgent notices.
    pub notify: Option<Phone>,
    /// Whether they can be written to.
    pub status: Status,
    /// Since when this holds.
    pub provenance: Provenance,
}

/// A clinic or hospital as it is written on a form.
#[derive(Clone, Debug)]
pub struct Clinic {
    /// 医療機関コード of ten digits.
    pub number: Option<OfficeNo>,
    /// Its name.
    pub name: Name,
}

/// Minutes until an unacknowledged message goes to the backup, by urgency; `None` is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AckMinutes {
    /// 緊急.
    pub emergency: Option<u32>,
    /// 至急（本日中）.
    pub today: Option<u32>,
    /// 通常.
    pub routine: Option<u32>,
}

impl Physician {
    /// Whether they take messages on this day.
    pub fn is_available(&self, on: Date) -> bool {
        self.status == Status::Active && self.provenance.in_force(on)
    }
}

impl fmt::Debug for Physician {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Physician")
            .field("code", &self.code)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

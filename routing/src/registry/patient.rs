//! Patients, and which offices care for them.

use std::fmt;

use jiff::civil::Date;

use super::row::Provenance;
use crate::code::{DrCode, InsuredNo, InsurerNo, OfficeNo, PatientId};
use crate::contact::Phone;
use crate::name::{Kana, Name};
use crate::role::Role;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Sex as on the form.
    Sex {
        Male = "male", "男", "male";
        Female = "female", "女", "female";
        Other = "other", "他", "other";
    }
}

vocabulary! {
    /// 要介護度.
    CareLevel {
        None = "none", "非該当", "not in need of care";
        Project = "project", "事業対象", "covered by the municipal project";
        Support1 = "support_1", "支1", "support level 1";
        Support2 = "support_2", "支2", "support level 2";
        Care1 = "care_1", "介1", "care level 1";
        Care2 = "care_2", "介2", "care level 2";
        Care3 = "care_3", "介3", "care level 3";
        Care4 = "care_4", "介4", "care level 4";
        Care5 = "care_5", "介5", "care level 5";
        Applied = "applied", "申請中", "applied for";
    }
}

vocabulary! {
    /// How a standing consent was given.
    ConsentForm {
        Written = "written", "文書", "in writing";
        Oral = "oral", "口頭", "by word of mouth";
    }
}

/// One patient.
#[derive(Clone)]
pub struct Patient {
    /// 連携ID.
    pub id: PatientId,
    /// Name, family name first.
    pub name: Name,
    /// Its reading.
    pub kana: Kana,
    /// Sex.
    pub sex: Sex,
    /// Birth date.
    pub birth: Date,
    /// Care insurance, if any.
    pub insurance: Option<Insurance>,
    /// Postal code as written.
    pub postal: String,
    /// Address.
    pub address: String,
    /// Phone.
    pub tel: Option<Phone>,
    /// Certified level of care.
    pub care_level: Option<CareLevel>,
    /// First and last day of the certificate.
    pub care_period: (Option<Date>, Option<Date>),
    /// The registered physician.
    pub physician: DrCode,
    /// Hospital that takes the patient in an emergency.
    pub backup_hospital: Option<OfficeNo>,
    /// Consent kept by the association.
    pub consent: Consent,
    /// Whether records about the patient may be passed on at all.
    pub standing: Standing,
    /// Since when this holds.
    pub provenance: Provenance,
}

/// Membership in the care insurance; the number alone is unique only with its insurer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Insurance {
    /// 保険者番号.
    pub insurer: InsurerNo,
    /// 被保険者番号.
    pub number: InsuredNo,
}

/// Consent on file. The box on the form is asked for besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nothing on file.
    NotOnFile,
    /// Given.
    Given {
        /// In writing or orally.
        form: ConsentForm,
        /// `person`, a relation, as written.
        by: String,
        /// What it covers, as written.
        scope: String,
        /// When.
        on: Option<Date>,
    },
    /// Taken back: nothing is passed on.
    Withdrawn {
        /// When.
        on: Date,
    },
}

/// Whether records about a patient may be passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Active,
    /// The patient, or somebody for them, stopped all use.
    Stopped,
    /// Deceased.
    Deceased {
        /// Day of death.
        on: Date,
    },
    /// The row was a double of another one.
    Merged {
        /// The row that holds.
        into: PatientId,
    },
}

/// One office caring for one patient.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The patient.
    pub patient: PatientId,
    /// The office.
    pub office: OfficeNo,
    /// As what; the same as the office's own role.
    pub role: Role,
    /// Whether it is sent records, or only known to care.
    pub may_receive: bool,
    /// Since when this holds.
    pub provenance: Provenance,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient([redacted])")
    }
}

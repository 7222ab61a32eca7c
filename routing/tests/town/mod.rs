//! An invented town with everything that leads faxes astray: twins whose insured numbers differ by a
//! swap, namesakes, clinics with similar names, an absent and a changed physician.

#![allow(dead_code, reason = "each test file uses its own part of the town")]

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use kasasagi_routing::code::{DrCode, OfficeNo, PatientId, damm, mod10w21};
use kasasagi_routing::facts::{ConsentMark, Fact, Facts, Urgency};
use kasasagi_routing::policy::{Policy, Rule};
use kasasagi_routing::registry::{
    AckMinutes, Channel, Clinic, Consent, Duty, Facility, Insurance, Membership, Patient, Physician,
    Provenance, Registry, Row, Sex, Standing, Status, Tables,
};
use kasasagi_routing::role::Role;

pub const TODAY: Date = date(2026, 11, 23);

const CLINICS: [&str; 12] = [
    "ひばり内科クリニック",
    "ひばり内科医院",
    "ひばりの内科",
    "つばめ医院",
    "あさぎり診療所",
    "こもれび診療所",
    "せせらぎ神経内科",
    "みのり皮フ科",
    "すみれ通り内科",
    "やまばと医院",
    "かわせみ病院",
    "ほたる病院",
];
const DOCTORS: [(&str, &str); 12] = [
    ("水野 遥斗", "ミズノ ハルト"),
    ("加納 理恵", "カノウ リエ"),
    ("奥村 千晶", "オクムラ チアキ"),
    ("丹羽 宗一郎", "ニワ ソウイチロウ"),
    ("岩崎 律子", "イワサキ リツコ"),
    ("野田 孝明", "ノダ タカアキ"),
    ("森下 果林", "モリシタ カリン"),
    ("浅井 詩織", "アサイ シオリ"),
    ("墨 美和", "スミ ミワ"),
    ("渡邉 康介", "ワタナベ コウスケ"),
    ("佐分 圭", "サブリ ケイ"),
    ("村瀬 由佳", "ムラセ ユカ"),
];
const FAMILIES: [(&str, &str); 14] = [
    ("倉知", "クラチ"),
    ("熊澤", "クマザワ"),
    ("神谷", "カミヤ"),
    ("林", "ハヤシ"),
    ("横井", "ヨコイ"),
    ("小川", "オガワ"),
    ("服部", "ハットリ"),
    ("梶浦", "カジウラ"),
    ("髙﨑", "タカサキ"),
    ("木全", "キマタ"),
    ("祖父江", "ソブエ"),
    ("則武", "ノリタケ"),
    ("坪井", "ツボイ"),
    ("恒川", "ツネカワ"),
];
const GIVEN: [(&str, &str); 16] = [
    ("正夫", "マサオ"),
    ("清", "キヨシ"),
    ("和子", "カズコ"),
    ("一枝", "カズエ"),
    ("和江", "カズエ"),
    ("春子", "ハルコ"),
    ("夏子", "ナツコ"),
    ("千代", "チヨ"),
    ("キヨ", "キヨ"),
    ("弘", "ヒロシ"),
    ("京子", "キョウコ"),
    ("三郎", "サブロウ"),
    ("きぬ", "キヌ"),
    ("茂", "シゲル"),
    ("順子", "ジュンコ"),
    ("守", "マモル"),
];
const OFFICES: [Role; 6] = [
    Role::CareManager,
    Role::CareManager,
    Role::HomeNursing,
    Role::Pharmacy,
    Role::DayService,
    Role::HospitalLiaison,
];

pub fn damm_code<T: std::str::FromStr<Err: std::fmt::Debug>>(body: &str) -> T {
    format!("{body}{}", damm(body).unwrap()).parse().unwrap()
}

pub fn dr_code(n: usize) -> DrCode {
    damm_code(&format!("{:03}", n + 1))
}

pub fn patient_id(n: usize) -> PatientId {
    damm_code(&format!("{n:06}"))
}

pub fn office_no(n: usize) -> OfficeNo {
    let body = format!("23722{:04}", n + 1);
    format!("{body}{}", mod10w21(&body).unwrap()).parse().unwrap()
}

/// `patients` people; of every ten, numbers 8 and 9 are twins; some others are namesakes.
pub fn tables(patients: usize) -> Tables {
    let row = |line: usize| u64::try_from(line + 2).unwrap();
    Tables {
        physicians: (0..CLINICS.len()).map(|n| Row { line: row(n), item: physician(n) }).collect(),
        facilities: (0..OFFICES.len()).map(|n| Row { line: row(n), item: facility(n) }).collect(),
        patients: (0..patients).map(|n| Row { line: row(n), item: patient(n) }).collect(),
        care_team: (0..patients * 3).map(|n| Row { line: row(n), item: membership(n / 3, n % 3) }).collect(),
    }
}

/// The physician of a patient; twins go to the same one.
pub fn attending(n: usize) -> usize {
    if n % 10 == 9 { (n - 1) * 5 % CLINICS.len() } else { n * 5 % CLINICS.len() }
}

pub fn physician(n: usize) -> Physician {
    Physician {
        code: dr_code(n),
        name: DOCTORS[n].0.parse().unwrap(),
        kana: DOCTORS[n].1.parse().unwrap(),
        clinic: Clinic { number: None, name: CLINICS[n].parse().unwrap() },
        license_no: None,
        specialties: Vec::new(),
        duty: Duty::HomeCare,
        groups: Vec::new(),
        email: Some(format!("dr{n}@clinic.example").parse().unwrap()),
        certificate: None,
        fax: None,
        fax_verified_on: None,
        channel: Channel::Smime,
        hours: String::new(),
        office_hours: None,
        quiet_hours: None,
        digest: None,
        backups: vec![dr_code((n + 1) % CLINICS.len()), dr_code((n + 2) % CLINICS.len())],
        ack_minutes: AckMinutes::default(),
        notify: None,
        status: Status::Active,
        provenance: Provenance::default(),
    }
}

pub fn facility(n: usize) -> Facility {
    Facility {
        number: office_no(n),
        name: format!("事業所{}号", char::from(b'A' + u8::try_from(n).unwrap())).parse().unwrap(),
        kana: "ジギョウショ".parse().unwrap(),
        aliases: Vec::new(),
        role: OFFICES[n],
        postal: String::new(),
        address: String::new(),
        tel: format!("0586-23-{:04}", 1000 + n).parse().unwrap(),
        faxes: vec![format!("0586-24-{:04}", 1000 + n).parse().unwrap()],
        fax_verified_on: None,
        csid_patterns: Vec::new(),
        caller_ids: Vec::new(),
        email: Some(format!("office{n}@care.example").parse().unwrap()),
        certificate: None,
        channel: Channel::Smime,
        digest: None,
        quiet_hours: None,
        field_policy: None,
        agreement: None,
        manager: None,
        status: Status::Active,
        provenance: Provenance::default(),
    }
}

pub fn patient(n: usize) -> Patient {
    let twin = n % 10 == 9;
    let family = FAMILIES[if twin { n - 1 } else { n } % FAMILIES.len()];
    let given = GIVEN[n % GIVEN.len()];
    let day = if twin { n - 1 } else { n };
    let birth = Date::new(
        1928 + i16::try_from(day * 7 % 28).unwrap(),
        1 + i8::try_from(day % 12).unwrap(),
        1 + i8::try_from(day % 28).unwrap(),
    );
    let number = if twin { format!("{:07}{}", n - 1, "132") } else { format!("{n:07}{}", "123") };
    Patient {
        id: patient_id(n),
        name: format!("{} {}", family.0, given.0).parse().unwrap(),
        kana: format!("{} {}", family.1, given.1).parse().unwrap(),
        sex: if day % 2 == 0 { Sex::Male } else { Sex::Female },
        birth: birth.unwrap(),
        insurance: Some(Insurance { insurer: "232033".parse().unwrap(), number: number.parse().unwrap() }),
        postal: String::new(),
        address: String::new(),
        tel: None,
        care_level: None,
        care_period: (None, None),
        physician: dr_code(attending(n)),
        backup_hospital: None,
        consent: Consent::NotOnFile,
        standing: Standing::Active,
        provenance: Provenance::default(),
    }
}

fn membership(patient: usize, seat: usize) -> Membership {
    let office = [patient % 2, 2 + patient % 3, 5][seat];
    Membership {
        patient: patient_id(patient),
        office: office_no(office),
        role: OFFICES[office],
        may_receive: seat != 2,
        provenance: Provenance::default(),
    }
}

pub fn registry(tables: Tables) -> Registry {
    Registry::build(tables).unwrap_or_else(|faults| panic!("{faults:?}"))
}

pub fn policy() -> Policy {
    let known = ["name", "birth", "disease"].map(String::from).into();
    let rule = |role: Role| match role {
        Role::Pharmacy => Rule::Only(vec!["name".into()]),
        role if role.is_facility() => Rule::AllExcept(vec!["disease".into()]),
        _ => Rule::All,
    };
    Policy::build(Role::ALL.iter().map(|role| (*role, rule(*role))), &known).unwrap()
}

/// The form about patient `n` with every field filled in rightly, sent by their care manager.
pub fn form(n: usize) -> Facts {
    let (patient, office) = (patient(n), facility(n % 2));
    let physician = physician(attending(n));
    let insurance = patient.insurance.unwrap();
    Facts {
        urgency: Fact::Sure(Urgency::Routine),
        written_on: Fact::Sure(TODAY),
        pages_stated: Fact::Sure(1),
        pages_received: Fact::Sure(1),
        dr_code: Fact::Sure(physician.code),
        addressee: Fact::Sure(
            format!("{} {}先生", physician.clinic.name.as_str(), physician.name.as_str()).parse().unwrap(),
        ),
        sender_office: Fact::Sure(office.number),
        sender_fax: Fact::Sure(office.faxes[0].clone()),
        caller_id: Fact::Absent,
        csid: Fact::Absent,
        patient_id: Fact::Sure(patient.id),
        insured_no: Fact::Sure(insurance.number),
        insurer_no: Fact::Sure(insurance.insurer),
        birth: Fact::Sure(patient.birth),
        kana: Fact::Sure(patient.kana),
        name: Fact::Sure(patient.name),
        sex: Fact::Sure(patient.sex),
        consent: Fact::Sure(BTreeSet::from([ConsentMark::Person, ConsentMark::Written])),
    }
}

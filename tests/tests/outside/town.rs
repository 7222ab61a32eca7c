//! The invented people of `config/sample`, read from its tables, and the sheets that offices write about them.

use jiff::tz::TimeZone;
use kasasagi_tests::sample::{self, Row};
use kasasagi_tests::sheet::Entry;

/// The registry as its files say.
pub struct Town {
    patients: Vec<Row>,
    physicians: Vec<Row>,
    facilities: Vec<Row>,
    care_team: Vec<Row>,
}

/// Somebody a record of a patient must go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// Mail address in the registry.
    pub address: String,
    /// Role in the table.
    pub role: String,
}

impl Town {
    /// Reads the sample.
    pub fn sample() -> Self {
        Self {
            patients: table("patients"),
            physicians: table("physicians"),
            facilities: table("facilities"),
            care_team: table("care_team"),
        }
    }

    /// A patient by number.
    pub fn patient(&self, id: &str) -> &Row {
        row(&self.patients, "patient_id", id)
    }

    /// The patient's care management office, which writes the sheets here.
    pub fn sender(&self, patient: &str) -> &Row {
        let managers = self.team(patient).find(|m| m["role"] == "care_manager");
        row(&self.facilities, "office_no", &managers.expect("a care manager")["office_no"])
    }

    /// The registered physician.
    pub fn physician(&self, patient: &str) -> &Row {
        row(&self.physicians, "dr_code", &self.patient(patient)["dr_code"])
    }

    /// Everybody who must get a sheet about this patient that their care manager wrote, in order of address.
    pub fn recipients(&self, patient: &str) -> Vec<Recipient> {
        let sender = &self.sender(patient)["office_no"];
        let physician =
            Recipient { address: self.physician(patient)["email"].clone(), role: "physician".into() };
        let offices = self.team(patient).filter(|m| m["may_receive"] == "yes" && m["office_no"] != *sender);
        let offices = offices.map(|member| Recipient {
            address: row(&self.facilities, "office_no", &member["office_no"])["email"].clone(),
            role: member["role"].clone(),
        });
        let mut all: Vec<Recipient> = offices.chain([physician]).collect();
        all.sort();
        all
    }

    /// The mail address behind a registry code.
    pub fn address(&self, code: &str) -> &str {
        let physician = self.physicians.iter().find(|row| row["dr_code"] == code);
        let office = || self.facilities.iter().find(|row| row["office_no"] == code);
        &physician.or_else(office).unwrap_or_else(|| panic!("{code} is not registered"))["email"]
    }

    /// Every mail address of the registry.
    pub fn addresses(&self) -> Vec<&str> {
        self.physicians.iter().chain(&self.facilities).map(|row| row["email"].as_str()).collect()
    }

    /// The sheet about this patient as their care manager fills it in today.
    pub fn sheet(&self, patient: &str, urgency: &str) -> Vec<Entry> {
        let (who, physician, sender) = (self.patient(patient), self.physician(patient), self.sender(patient));
        let addressee = format!("{}{}", physician["clinic_name"], physician["name"].replace(' ', ""));
        vec![
            Entry::choice("urgency", urgency),
            Entry::choices("purpose", &["更新"]),
            Entry::date("written_on", &today(), false),
            Entry::number("pages", 1, 2),
            Entry::digits("dr_code", &physician["dr_code"]),
            Entry::text("addressee", &addressee),
            Entry::digits("sender_no", &sender["office_no"]),
            Entry::text("sender_name", &sender["name"]),
            Entry::text("sender_person", "高木明美"),
            Entry::choice("sender_role", "ケアマネ"),
            Entry::digits("sender_tel", &sender["tel"]),
            Entry::digits("sender_fax", &sender["fax"]),
            Entry::kana("kana", &who["kana"]),
            Entry::choice("sex", if who["sex"] == "male" { "男" } else { "女" }),
            Entry::text("name", &who["name"].replace(' ', "")),
            Entry::digits("patient_id", &who["patient_id"]),
            Entry::date("birth", &who["birth"], true),
            Entry::digits("insured_no", &who["insured_no"]),
            Entry::digits("insurer_no", &who["insurer_no"]),
            Entry::digits("postal", &who["postal"]),
            Entry::text("address", &who["address"]),
            Entry::digits("tel", &who["tel"]),
            Entry::choices("household", &["独居"]),
            Entry::choice("care_level", "介2"),
            Entry::choice("copay", "1割"),
            Entry::choice("adl_disabled", "A1"),
            Entry::choice("adl_dementia", "Ⅱb"),
            Entry::text("disease", "慢性心不全"),
            Entry::text("history", "平成三十年大腿骨骨折"),
            Entry::choices("procedures", &["酸素", "インスリン"]),
            Entry::choice("allergy", "なし"),
            Entry::choice("medication", "一部介助"),
            Entry::choice("adl_move", "一部"),
            Entry::choice("adl_transfer", "一部"),
            Entry::choice("adl_meal", "自立"),
            Entry::choice("adl_toilet", "見守"),
            Entry::choice("adl_bath", "全"),
            Entry::choice("adl_dress", "見守"),
            Entry::choices("services", &["訪診", "訪看", "用具"]),
            Entry::choices("consent", &["本人", "文書"]),
        ]
    }

    fn team<'a>(&'a self, patient: &'a str) -> impl Iterator<Item = &'a Row> {
        self.care_team.iter().filter(move |row| row["patient_id"] == patient)
    }
}

/// Today where the gateway works.
pub fn today() -> String {
    let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
    jiff::Timestamp::now().to_zoned(zone).date().to_string()
}

fn row<'a>(rows: &'a [Row], column: &str, value: &str) -> &'a Row {
    rows.iter().find(|row| row[column] == value).unwrap_or_else(|| panic!("no row with {column} {value}"))
}

fn table(name: &str) -> Vec<Row> {
    sample::rows(&sample::folder(), name)
}

//! The town of `town`, and what time has done to it: physicians gone and changed, teams that come and
//! go, patients stopped, people born on one day, offices whose numbers are one 0–9 swap apart.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::ToSpan;
use kasasagi_routing::code::{DrCode, OfficeNo, mod10w21};
use kasasagi_routing::facts::{Fact, Facts};
use kasasagi_routing::policy::Policy;
use kasasagi_routing::registry::{Consent, Facility, Provenance, Registry, Standing, Status, Tables};

use super::town::{self, TODAY, attending, dr_code, facility, tables};

pub const PATIENTS: usize = 300;

pub struct Village {
    pub rows: Tables,
    pub registry: Registry,
    pub policy: Policy,
    /// The right and undamaged form about each patient, by those who do not know what has changed.
    pub forms: Vec<Facts>,
}

pub static VILLAGE: LazyLock<Village> = LazyLock::new(|| {
    let rows = rows();
    let registry = town::registry(rows.clone());
    let forms = (0..PATIENTS).map(|n| form(&rows, n)).collect();
    Village { rows, registry, policy: town::policy(), forms }
});

/// The two offices whose numbers `0090` and `0900` the check digit cannot tell apart.
pub fn swapped_offices() -> [OfficeNo; 2] {
    ["237220090", "237220900"].map(|body| format!("{body}{}", mod10w21(body).unwrap()).parse().unwrap())
}

fn rows() -> Tables {
    let mut rows = tables(PATIENTS);
    rows.physicians[7].item.status = Status::Absent;
    rows.physicians[10].item.provenance = ended();
    for (n, number) in swapped_offices().into_iter().enumerate() {
        let faxes = vec![format!("0586-25-{:04}", 1000 + n).parse().unwrap()];
        let name = format!("別の事業所{n}号").parse().unwrap();
        let item = Facility { number, name, faxes, ..facility(0) };
        rows.facilities.push(kasasagi_routing::registry::Row { line: 90, item });
    }
    for n in 0..PATIENTS {
        let row = &mut rows.patients[n].item;
        match n % 50 {
            11 => row.standing = Standing::Stopped,
            13 => row.consent = Consent::Withdrawn { on: TODAY },
            17 => row.provenance = ended(),
            27 => row.provenance = to_come(),
            _ => {}
        }
        match n % 10 {
            2 => rows.care_team[n * 3].item.office = swapped_offices()[0].clone(),
            3 => row.birth = town::patient((n + 12) % PATIENTS).birth,
            4 => row.physician = dr_code((attending(n) + 3) % 12),
            5 => rows.care_team[n * 3 + 1].item.provenance = ended(),
            6 => rows.care_team[n * 3 + 1].item.provenance = to_come(),
            _ => {}
        }
    }
    for row in &mut rows.care_team {
        if swapped_offices().contains(&row.item.office) {
            row.item.role = facility(0).role;
        }
    }
    rows
}

fn ended() -> Provenance {
    Provenance { valid_to: Some(TODAY.saturating_sub(1.day())), ..Provenance::default() }
}

fn to_come() -> Provenance {
    Provenance { valid_from: Some(TODAY.saturating_add(1.day())), ..Provenance::default() }
}

fn form(rows: &Tables, n: usize) -> Facts {
    let sender = &rows.care_team[n * 3].item.office;
    let office = rows.facilities.iter().find(|row| row.item.number == *sender).unwrap();
    Facts {
        birth: Fact::Sure(rows.patients[n].item.birth),
        sender_office: Fact::Sure(sender.clone()),
        sender_fax: Fact::Sure(office.item.faxes[0].clone()),
        ..town::form(n)
    }
}

/// Whether the registry has moved on since the form was written: another physician, or no use of the data.
pub fn has_moved_on(n: usize) -> bool {
    n % 10 == 4 || [11, 13, 17, 27].contains(&(n % 50))
}

/// Everybody who may receive a record of this patient, worked out from the rows, not the code under test.
pub fn entitled(n: usize) -> BTreeSet<String> {
    let rows = &VILLAGE.rows;
    let patient = &rows.patients[n].item;
    let withdrawn = matches!(patient.consent, Consent::Withdrawn { .. });
    if patient.standing != Standing::Active || withdrawn || !holds(&patient.provenance) {
        return BTreeSet::new();
    }
    let physician =
        |code: &DrCode| rows.physicians.iter().map(|row| &row.item).find(|p| p.code == *code).unwrap();
    let at_work = |code: &DrCode| {
        let physician = physician(code);
        physician.status == Status::Active && holds(&physician.provenance)
    };
    let own = physician(&patient.physician);
    let mut line = std::iter::once(&own.code).chain(&own.backups);
    let doctor = line.find(|code| at_work(code)).map(ToString::to_string);
    let team = rows.care_team.iter().map(|row| &row.item);
    let team = team.filter(|m| m.patient == patient.id && m.may_receive && holds(&m.provenance));
    doctor.into_iter().chain(team.map(|m| m.office.to_string())).collect()
}

fn holds(provenance: &Provenance) -> bool {
    provenance.valid_from.is_none_or(|day| day <= TODAY) && provenance.valid_to.is_none_or(|day| day >= TODAY)
}

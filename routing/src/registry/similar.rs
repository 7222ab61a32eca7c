//! Rows that a person may take for each other: reported when the registry is read, because
//! similar names in a list are a known way for a fax to go astray.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Channel, Facility, Fault, Row, Table, Tables};
use crate::name::Name;

/// Words that say what a clinic or office is, not which one.
const KIND_WORDS: &[&str] = &[
    "医療法人社団",
    "医療法人財団",
    "社会医療法人",
    "社会福祉法人",
    "医療法人",
    "株式会社",
    "有限会社",
    "合同会社",
    "一般社団法人",
    "クリニック",
    "医院",
    "診療所",
    "病院",
    "居宅介護支援事業所",
    "訪問看護ステーション",
    "ヘルパーステーション",
    "デイサービスセンター",
    "デイサービス",
    "ケアプランセンター",
    "調剤薬局",
    "薬局",
];

/// The part of a clinic's folded name that tells it from others: without legal form and kind.
pub(crate) fn core_name(name: &Name) -> String {
    KIND_WORDS.iter().fold(name.key().to_owned(), |rest, word| rest.replace(word, ""))
}

/// What may be meant but looks like a slip.
pub(super) fn warnings(tables: &Tables) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let patients = || tables.patients.iter();
    shared(Table::Patients, "name reading", patients().map(|r| (r.line, r.item.kana.key())), &mut warnings);
    shared(
        Table::Patients,
        "birth date and family name",
        patients().filter_map(|r| Some((r.line, (r.item.birth, r.item.kana.family_key()?)))),
        &mut warnings,
    );
    shared(
        Table::Facilities,
        "fax or caller number",
        tables.facilities.iter().flat_map(|r| distinct_lines(r).map(|line| (r.line, line))),
        &mut warnings,
    );
    let physicians = tables.physicians.iter().map(|r| (r.line, &r.item.clinic.name)).collect::<Vec<_>>();
    similar(Table::Physicians, &physicians, &mut warnings);
    let facilities = tables.facilities.iter().map(|r| (r.line, &r.item.name)).collect::<Vec<_>>();
    similar(Table::Facilities, &facilities, &mut warnings);
    for row in tables.physicians.iter().filter(|r| r.item.email.is_none()) {
        let what = "email: none, so records for this physician will be held".to_owned();
        warnings.push(Fault { table: Table::Physicians, line: row.line, what });
    }
    for Row { line, item } in &tables.physicians {
        unsendable(Table::Physicians, *line, item.channel, item.certificate.is_some(), &mut warnings);
    }
    for Row { line, item } in &tables.facilities {
        unsendable(Table::Facilities, *line, item.channel, item.certificate.is_some(), &mut warnings);
    }
    warnings.sort_by_key(|fault| (fault.table, fault.line));
    warnings
}

/// A way of delivery that cannot be used as the row stands.
fn unsendable(table: Table, line: u64, channel: Channel, has_certificate: bool, out: &mut Vec<Fault>) {
    let what = match channel {
        Channel::Fax => "delivery fax: mail to this recipient will be held",
        Channel::Smime if !has_certificate => {
            "delivery smime: without a certificate in smime_cert, mail to this recipient cannot be encrypted"
        }
        _ => return,
    };
    out.push(Fault { table, line, what: what.to_owned() });
}

fn distinct_lines(row: &Row<Facility>) -> impl Iterator<Item = &str> {
    let lines: std::collections::BTreeSet<&str> = row.item.lines().map(|phone| phone.e164()).collect();
    lines.into_iter()
}

fn shared<K: Hash + Eq>(
    table: Table,
    what: &str,
    keys: impl Iterator<Item = (u64, K)>,
    out: &mut Vec<Fault>,
) {
    let mut first: HashMap<K, u64> = HashMap::new();
    for (line, key) in keys {
        let earlier = *first.entry(key).or_insert(line);
        if earlier != line {
            out.push(Fault { table, line, what: format!("same {what} as line {earlier}") });
        }
    }
}

/// Names that differ, but only in their kind or by one character.
fn similar(table: Table, names: &[(u64, &Name)], out: &mut Vec<Fault>) {
    let cores: Vec<Vec<char>> = names.iter().map(|(_, name)| core_name(name).chars().collect()).collect();
    for (later, (line, name)) in names.iter().enumerate() {
        for (earlier, (other_line, other)) in names[..later].iter().enumerate() {
            if name.key() != other.key() && nearly_equal(&cores[later], &cores[earlier]) {
                out.push(Fault {
                    table,
                    line: *line,
                    what: format!("name is similar to that of line {other_line}"),
                });
            }
        }
    }
}

/// Whether one insertion, deletion or exchange at most leads from one to the other; short names must be equal.
fn nearly_equal(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || long.len() - short.len() > 1 {
        return a == b && !a.is_empty();
    }
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let tail = short[head..].iter().rev().zip(long[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    long.len() - head - tail <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(text: &str) -> String {
        core_name(&text.parse().unwrap())
    }

    #[test]
    fn the_core_of_a_name_is_what_tells_it_from_others() {
        assert_eq!(core("医療法人社団 ひばり内科クリニック"), "ひばり内科");
        assert_eq!(core("ひばり内科医院"), "ひばり内科");
        assert_eq!(core("訪問看護ステーション つむぎ"), "つむぎ");
    }

    #[test]
    fn names_one_character_apart_are_similar() {
        let near =
            |a: &str, b: &str| nearly_equal(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert!(near("ひばり内科", "ひばり内科"));
        assert!(near("ひばり内科", "ひばの内科"));
        assert!(near("ひばり内科", "ひばりの内科"));
        assert!(!near("ひばり内科", "すばる内科"));
        assert!(near("森", "森"));
        assert!(!near("森", "林"));
        assert!(!near("", ""));
    }
}

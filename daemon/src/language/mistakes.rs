//! The mistakes that a clerk makes in settings and tables, told in Japanese.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kasasagi_config::secret::Secret;
use kasasagi_config::{Settings, registry};
use regex::Regex;

use super::{Language, told};
use crate::Error;

/// Japanese throughout: no three words of English in a row outside of quotation marks.
fn japanese(fault: kasasagi_config::Error) -> String {
    let text = told(&Error::from(fault), Language::Ja);
    let quoted = Regex::new("\"[^\"]*\"|`[^`]*`|「[^」]*」").unwrap();
    let english = Regex::new(r"[A-Za-z]{2,}[ ,;:]+[A-Za-z]{2,}[ ,;:]+[A-Za-z]{2,}").unwrap();
    let bare = quoted.replace_all(&text, "");
    assert!(!english.is_match(&bare), "{text}");
    assert!(text.chars().any(|c| ('ぁ'..='ん').contains(&c)), "{text}");
    text
}

fn settings(text: &str) -> String {
    japanese(Settings::parse("kasasagi.toml", text, Path::new("/base")).unwrap_err())
}

#[test]
fn a_wrong_setting_is_named_with_what_would_be_right() {
    for (text, named) in [
        ("[gateway]\nnonsense = 1\n", "`nonsense`"),
        ("[gateway]\nfrom = 1\n", "`gateway.from`"),
        ("[gateway]\nfrom = \"a\n", "2行目"),
        ("[gateway]\nfrom = \"nobody\"\n", "gateway.from"),
        ("[gateway]\ntime_zone = \"Tokyo\"\n", "gateway.time_zone"),
        ("[reading]\nworkers = 0\n", "1 から 64 まで"),
        ("[delivery]\nvia = \"post\"\n", "delivery.via"),
        ("[digest]\nschedule = \"someday\"\n", "digest.schedule"),
        ("[intake.imap]\nhost = \"imap.example.jp\"\n", "intake.imap.user"),
        ("[intake.lmtp]\nlisten = \"0.0.0.0:24\"\n", "intake.lmtp.listen"),
        ("[[intake.senders]]\nfrom = [\"efax\"]\nproof = \"address\"\n", "intake.senders の 1 番目"),
        ("[admin]\nreport_at = \"morning\"\n", "admin.report_at"),
    ] {
        let told = settings(text);
        assert!(told.contains(named), "{text}: {told}");
    }
}

#[test]
fn a_wrong_cell_of_a_table_is_named_by_line_and_column() {
    for (table, from, to, named) in [
        ("physicians.csv", "dr_code", "dr_cod", "dr_cod"),
        ("physicians.csv", "@", " at ", "email"),
        ("patients.csv", "19", "18", "birth"),
        ("care_team.csv", "yes", "maybe", "may_receive"),
        ("facilities.csv", ",smime,", ",pigeon,", "delivery"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in registry::SAMPLE {
            let text = if name == table { text.replacen(from, to, 1) } else { text.to_owned() };
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let told = japanese(registry::load(dir.path()).unwrap_err());
        assert!(told.contains(table) && told.contains("行目") && told.contains(named), "{told}");
    }
}

#[test]
fn a_password_that_is_missing_or_open_to_others_is_told_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    let read = || japanese(Secret::from_file("delivery.password_file", &path).unwrap_err());
    assert!(read().contains("ファイルまたはフォルダーがありません"), "{}", read());
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(read().contains("「chmod 600」"), "{}", read());
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(read().contains("空です"), "{}", read());
}

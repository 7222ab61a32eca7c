//! An association's own words, and what is found in them before a mail must go out.

use std::fs;

use super::super::*;
use super::scene::*;

/// Opens templates of which some are replaced.
fn with(files: &[(&str, &str)]) -> Result<Templates> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    Templates::open(Some(dir.path()))
}

fn told(name: &str, text: &str) -> String {
    crate::journey::chain(&with(&[(name, text)]).unwrap_err())
}

#[test]
fn an_own_template_is_used_in_place_of_the_built_in_one() {
    let templates =
        with(&[("message.subject", "{{ mark }}お知らせ {{ record }}"), ("requests.txt", "・以上\n")])
            .unwrap();
    let scene = Scene::new();
    let mail = single(&scene.sheet(), &scene.item, &TO, &scene.sender, &templates, CHECKPOINT, now());
    let raw = mail.unwrap().clear();
    assert_eq!(parse(&raw).subject(), Some("【至急】お知らせ 20261123-7K3QXD2M.1"));
    assert!(text(&parse(&raw)).contains("■ お願い\r\n・以上\r\n"));
}

#[test]
fn a_mistake_is_found_at_once_with_its_file_and_line_and_the_cure() {
    for (name, text, needed) in [
        ("message.txt", "a\n{% if %}", "line 2"),
        ("message.txt", "a\n\n{{ recipient.nmae }}", "line 3"),
        ("message.html", "{{ no_such_value }}", "line 1"),
        ("digest.html", "{% for p in patients %}\n{{ p.recods }}{% endfor %}", "line 2"),
        ("notice.txt", "{{ subject | no_such_filter }}", "unknown filter"),
        ("report.txt", "{{ figures[0].vlaue }}", "line 1"),
        ("alert.txt", "{{ what() }}", "line 1"),
        ("record.txt", "緊急度\n{{ record.urgent }}", "line 2"),
    ] {
        let told = told(name, text);
        assert!(told.contains(name) && told.contains(needed), "{name} {text:?}: {told}");
        assert!(told.contains("correct the file, or take it away"), "{told}");
    }
}

#[test]
fn what_is_said_in_rare_cases_only_is_tried_too() {
    for (name, text) in [
        ("record.txt", "{% if record.correction is not none %}{{ record.correction.when }}{% endif %}"),
        ("record.txt", "{% if not record.notes %}{{ nothing }}{% endif %}"),
        ("requests.txt", "{% if acknowledge %}{{ nothing }}{% endif %}"),
        ("requests.txt", "{% if pages.masked > 0 %}{{ nothing }}{% endif %}"),
        ("notice.subject", "{% if count > 3 %}{{ nothing }}{% endif %}x"),
        ("report.subject", "{% if attention == 0 %}{{ nothing }}{% endif %}x"),
    ] {
        assert!(told(name, text).contains(name), "{text}");
    }
}

#[test]
fn a_subject_can_name_nobody() {
    for value in ["recipient.name", "patients[0].name", "records[0].sections", "sections", "contact"] {
        for name in ["message.subject", "digest.subject", "notice.subject"] {
            let told = told(name, &format!("x {{{{ {value} }}}}"));
            assert!(told.contains(name), "{value}: {told}");
        }
    }
}

#[test]
fn a_subject_is_one_line_that_is_not_endless() {
    assert!(told("message.subject", "a\nb").contains("several lines"));
    assert!(told("message.subject", "  \n").contains("no subject"));
    assert!(told("alert.subject", &"あ".repeat(201)).contains("200"));
}

#[test]
fn a_template_without_end_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert!(told("message.txt", endless).contains("fuel"));
    assert!(told("message.txt", "{% include \"message.txt\" %}").contains("message.txt"));
}

#[test]
fn a_template_reaches_no_file_and_cannot_switch_escaping_off() {
    for text in ["{% include \"/etc/passwd\" %}", "{% include \"../message.txt\" %}"] {
        assert!(told("message.txt", text).contains("message.txt"), "{text}");
    }
    assert!(told("message.html", "{{ recipient.name | safe }}").contains("unknown filter"));
    let off = "{% autoescape false %}{{ recipient.name }}{% endautoescape %}";
    assert!(told("message.html", off).contains("escaping"));
}

#[test]
fn what_is_wrong_with_a_real_mail_is_told_without_its_values() {
    // Passes the trial, in which no record has this number.
    let templates = with(&[(
        "message.txt",
        "{{ recipient.name }}{% if record.number == '20261123-7K3QXD2M.1' %}\n{{ record.sections[0].rows[0].value + 1 }}{% endif %}",
    )])
    .unwrap();
    let scene = Scene::new();
    let mail = single(&scene.sheet(), &scene.item, &TO, &scene.sender, &templates, CHECKPOINT, now());
    let told = crate::journey::chain(&mail.unwrap_err());
    assert!(told.contains("message.txt, line 2") && !told.contains("0865"), "{told}");
}

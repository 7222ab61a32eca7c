//! The command line in Japanese and in English, with the daemon and without it.

use std::process::{Command, Output};

use kasasagi_tests::{Gateway, wait_until};

use crate::paper::letter;
use crate::post::{hand_in, mail, settled};
use crate::room::{room, said, settings, text};

/// No fax has this number.
const NOBODY: &str = "20261123-7K3QXD2M";

#[test]
fn people_are_answered_in_their_language() {
    let mut gateway = room(settings);
    gateway.start();
    hand_in(&gateway, &mail("letter", &letter(1)));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    every_answer_is_in_the_language_asked_for(&gateway, &fax);
    mistakes_are_told_in_the_language_asked_for(&gateway);
    assert!(gateway.stop().success());
    every_answer_is_in_the_language_asked_for(&gateway, &fax);
    mistakes_are_told_in_the_language_asked_for(&gateway);
}

#[test]
fn a_store_that_is_not_there_is_missed_in_the_readers_language() {
    let gateway = room(settings);
    let output = gateway.run(&["list", "--lang", "ja"]);
    assert_eq!(output.status.code(), Some(69));
    assert!(said(&output).contains("にはまだ保管庫がありません"), "{}", said(&output));
}

fn every_answer_is_in_the_language_asked_for(gateway: &Gateway, fax: &str) {
    let verbs: [(&[&str], &[&str]); 7] = [
        (&["list"], &["受信日時", "保留", "1ページ目："]),
        (&["trace", fax], &["受信しました", "開封しました", "ページを読み取りました"]),
        (&["audit", "list"], &["起動しました", "閲覧しました"]),
        (&["outbox", "list", "--all"], &["役割"]),
        (&["audit", "verify"], &["正常：出来事"]),
        (&["reconcile"], &["日付", "合っています"]),
        (&["check"], &["正常", "問題ありません"]),
    ];
    for (verb, sentences) in verbs {
        for output in [gateway.run(&[verb, &["--lang", "ja"]].concat()), in_japan(gateway, verb)] {
            assert_eq!(output.status.code(), Some(0), "{verb:?}: {}", said(&output));
            for sentence in sentences {
                assert!(said(&output).contains(sentence), "{verb:?} without {sentence}: {}", said(&output));
            }
        }
        let english = in_japan(gateway, &[verb, &["--lang", "en"]].concat());
        for sentence in sentences {
            assert!(!said(&english).contains(sentence), "{verb:?}: {}", said(&english));
        }
    }
    programs_read_the_same_in_every_language(gateway, fax);
}

fn programs_read_the_same_in_every_language(gateway: &Gateway, fax: &str) {
    for verb in [&["list"] as &[&str], &["outbox", "list", "--all"], &["held", "show", fax], &["reconcile"]] {
        let [english, japanese] =
            ["en", "ja"].map(|lang| gateway.run(&[verb, &["--json", "--lang", lang]].concat()).stdout);
        assert_eq!(String::from_utf8_lossy(&english), String::from_utf8_lossy(&japanese), "{verb:?}");
    }
}

fn mistakes_are_told_in_the_language_asked_for(gateway: &Gateway) {
    for (verb, sentence) in [
        (&["trace", NOBODY] as &[&str], "20261123-7K3QXD2M というFAXはありません"),
        (&["trace", "nonsense"], "に nonsense は使えません"),
        (&["list", "--state", "lost"], "使えるのは received、opened"),
        (&["list", "--since", "yesterday"], "yesterday は日付、時刻、期間のいずれでもありません"),
        (&["lst"], "lst というコマンドはありません"),
        (&["audit", "verify", "--checkpoint", "nothing"], "署名の行はありません"),
    ] {
        for output in [gateway.run(&[verb, &["--lang", "ja"]].concat()), in_japan(gateway, verb)] {
            assert_eq!(output.status.code(), Some(2), "{verb:?}: {}", said(&output));
            assert!(said(&output).starts_with("kasasagi："), "{verb:?}: {}", said(&output));
            assert!(said(&output).contains(sentence), "{verb:?}: {}", said(&output));
        }
        let english = in_japan(gateway, &[verb, &["--lang", "en"]].concat());
        assert!(said(&english).is_ascii(), "{verb:?}: {}", said(&english));
    }
}

/// Where the system speaks Japanese.
fn in_japan(gateway: &Gateway, verb: &[&str]) -> Output {
    gateway.run_with(verb, japanese)
}

fn japanese(command: &mut Command) {
    command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", "ja_JP.UTF-8");
}

#[test]
fn the_daemon_answers_in_the_language_of_whoever_asks() {
    let mut gateway = room(settings);
    gateway.start_with(japanese);
    wait_until("the gateway to answer", || gateway.run(&["list"]).status.success());
    let ask = |lang| said(&gateway.run(&["trace", NOBODY, "--lang", lang]));
    assert!(ask("en").contains("no fax is called 20261123-7K3QXD2M"), "{}", ask("en"));
    assert!(ask("ja").contains("20261123-7K3QXD2M というFAXはありません"), "{}", ask("ja"));
    assert!(gateway.log().is_ascii(), "the log is English: {}", gateway.log());
}

//! What people see at a terminal and programs never get through a pipe.

use std::fs;
use std::process::{Command, Output, Stdio};

use kasasagi_tests::Gateway;
use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::gateway::binary;

use crate::paper::letter;
use crate::post::{hand_in, mail, settled};
use crate::room::{room, said, settings, text};

/// Begins what moves the cursor or changes colours (ECMA-48, 5.3).
const ESCAPE: char = '\u{1b}';

#[test]
fn long_work_is_told_of_at_a_terminal_and_not_in_a_pipe() {
    let mut gateway = room(settings);
    let files: Vec<String> = (1..=4).map(|number| fax(&gateway, number)).collect();
    let read: Vec<&str> = std::iter::once("read").chain(files.iter().map(String::as_str)).collect();
    told_of_at_a_terminal_alone(&gateway, &read, ("reading [", "読み取っています ["));
    gateway.start();
    hand_in(&gateway, &mail("letter", &letter(1)));
    settled(&gateway, 1);
    let verify = ["audit", "verify"];
    told_of_at_a_terminal_alone(&gateway, &verify, ("checking the trail", "監査記録を確かめています"));
}

fn told_of_at_a_terminal_alone(gateway: &Gateway, verb: &[&str], (english, japanese): (&str, &str)) {
    for (lang, words) in [("en", english), ("ja", japanese)] {
        let verb = [verb, &["--lang", lang]].concat();
        let seen = at_a_terminal(gateway, &verb);
        assert!(seen.contains(words) && seen.contains(ESCAPE), "{verb:?}: {seen:?}");
        let piped = said(&in_a_pipe(gateway, &verb));
        assert!(!piped.contains(words) && !piped.contains(ESCAPE), "{verb:?}: {piped:?}");
    }
}

#[test]
fn nothing_that_goes_through_a_pipe_moves_the_cursor_or_changes_colours() {
    let mut gateway = room(settings);
    gateway.start();
    hand_in(&gateway, &mail("letter", &letter(1)));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    for verb in [
        &["list"] as &[&str],
        &["check"],
        &["trace", &fax],
        &["held", "show", &fax],
        &["--help"],
        &["held", "accept", "--help"],
        &["lst"],
        &["list", "--state", "lost"],
        &["trace", "20261123-7K3QXD2M"],
    ] {
        for lang in ["en", "ja"] {
            let output = said(&in_a_pipe(&gateway, &[verb, &["--lang", lang]].concat()));
            assert!(!output.is_empty() && !output.contains(ESCAPE), "{verb:?}: {output:?}");
        }
    }
    assert!(gateway.stop().success());
    assert!(!gateway.log().contains(ESCAPE), "the log: {:?}", gateway.log());
}

/// A fax as a file.
fn fax(gateway: &Gateway, number: u64) -> String {
    let path = gateway.room().join(format!("{number}.pdf"));
    fs::write(&path, fax::pdf(&[letter(number)], Coding::Mmr).expect("a PDF")).expect("a file");
    path.display().to_string()
}

fn in_a_pipe(gateway: &Gateway, verb: &[&str]) -> Output {
    gateway.run_with(verb, |command| {
        command.env("TERM", "xterm-256color").env_remove("CLICOLOR_FORCE");
    })
}

/// Everything that a verb draws on a terminal: `script` (script(1)) gives it one.
fn at_a_terminal(gateway: &Gateway, verb: &[&str]) -> String {
    let line = format!("{} {} --config kasasagi.toml", binary().display(), verb.join(" "));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(gateway.room())
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null())
        .output()
        .expect("script of bsdutils");
    said(&output)
}

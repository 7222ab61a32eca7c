//! The command line's help: whole in Japanese, and true in its examples.

use clap::{Command, CommandFactory};

use super::Line;
use crate::language::{Language, worded};

/// Every verb that people see, with the words that lead to it.
fn verbs(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    for sub in shown {
        verbs(sub, &format!("{path} {}", sub.get_name()), found);
    }
}

fn all(language: Language) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    verbs(&worded(Line::command(), language), "kasasagi", &mut found);
    found
}

#[test]
fn every_verb_and_argument_is_explained_in_japanese() {
    for (path, command) in all(Language::Ja) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_ascii(), "{path} is explained by {about:?}");
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_ascii(), "{path} {}: explained by {help:?}", argument.get_id());
        }
        let mut command = command;
        let shown = command.render_long_help().to_string();
        for english in ["Usage:", "Commands:", "Options:", "Arguments:", "Print ", "ossible values"] {
            assert!(!shown.contains(english), "{path} says {english}:\n{shown}");
        }
    }
}

#[test]
fn every_example_is_a_command_line_that_is_understood() {
    for language in [Language::En, Language::Ja] {
        let mut tried = 0;
        for (path, command) in all(language) {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in examples.lines().filter_map(|line| line.trim().strip_prefix("kasasagi ")) {
                let line = line.split(" # ").next().unwrap_or_default().replace('\'', "");
                let parsed = Line::command()
                    .try_get_matches_from(std::iter::once("kasasagi").chain(line.split_whitespace()));
                assert!(parsed.is_ok(), "{path}: {line}: {}", parsed.unwrap_err());
                tried += 1;
            }
        }
        assert!(tried > 40, "{language:?} has {tried} examples");
    }
}

#[test]
fn english_help_is_what_the_code_says() {
    let found = all(Language::En);
    let (_, held) = found.iter().find(|(path, _)| path == "kasasagi held").unwrap();
    assert_eq!(held.get_about().unwrap().to_string(), "What waits for a person");
}

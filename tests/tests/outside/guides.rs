//! The operator's guides: every command and setting in them is one that this program knows, and both languages give the
//! same commands.

mod screen;

use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_tests::gateway::binary;
use kasasagi_tests::{Gateway, wait_until};

use crate::room::{room, said, settings};

/// Verbs that go on until they are stopped, or ask a person.
const ENDLESS: [&str; 3] = ["run", "demo", "init"];

/// A command as it stands in a guide.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Command {
    /// The file, for whoever has to mend it.
    guide: PathBuf,
    words: Vec<String>,
}

#[test]
fn every_command_of_the_guides_is_understood() {
    let gateway = room(settings);
    assert!(!understood(&gateway, &["list", "--no-such-flag"]), "this test cannot fail");
    assert!(!understood(&gateway, &["trace", "no-fax-id"]), "this test cannot fail");
    for command in guides("ja").iter().chain(&guides("en")).flat_map(|guide| commands(guide)) {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        assert!(understood(&gateway, &words), "{command:?}");
    }
}

#[test]
fn every_command_of_the_guides_says_all_that_the_program_needs() {
    let mut gateway = room(settings);
    gateway.start();
    wait_until("the registry", || gateway.run(&["registry", "history"]).status.code() == Some(0));
    gateway.stop();
    let all: Vec<Command> = guides("en").iter().flat_map(|guide| commands(guide)).collect();
    for command in all.iter().filter(|command| !ENDLESS.contains(&command.words[0].as_str())) {
        let words: Vec<String> = command.words.iter().map(|word| within(gateway.room(), word)).collect();
        let output = gateway.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(matches!(output.status.code(), Some(0 | 1 | 2 | 69)), "{command:?}: {}", said(&output));
        assert!(!output.stderr.starts_with(b"error:"), "{command:?}: {}", said(&output));
    }
}

#[test]
fn both_languages_give_the_same_commands_in_the_same_order() {
    let (japanese, english) = (guides("ja"), guides("en"));
    assert_eq!(japanese.len(), english.len());
    for (ja, en) in japanese.iter().zip(&english) {
        let words = |guide| commands(guide).into_iter().map(|command| command.words).collect::<Vec<_>>();
        assert_eq!(words(ja), words(en), "{} and {}", ja.display(), en.display());
    }
    let count: usize = english.iter().map(|guide| commands(guide).len()).sum();
    assert!(count >= 30, "only {count} commands were found in the guides");
}

#[test]
fn the_settings_of_the_guides_are_taken_as_they_stand() {
    let mut count = 0;
    for guide in guides("ja").iter().chain(&guides("en")) {
        for block in blocks(guide, "toml") {
            let gateway = Gateway::prepared(&binary(), |_| block.join("\n"));
            let output = gateway.run(&["form", "list"]);
            assert!(output.status.success(), "{}: {}{block:#?}", guide.display(), said(&output));
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} settings were found in the guides");
}

/// Whether the program knows the verb, every flag, and the form of every value.
fn understood(gateway: &Gateway, words: &[&str]) -> bool {
    gateway.run(&[words, &["--help"]].concat()).status.code() == Some(0)
}

/// The index and the chapters in one language, in order.
fn guides(language: &str) -> Vec<PathBuf> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let chapters =
        fs::read_dir(docs.join("guide")).expect("the chapters").map(|entry| entry.expect("one").path());
    let ending = format!(".{language}.md");
    let mut all: Vec<PathBuf> = chapters.filter(|path| path.to_string_lossy().ends_with(&ending)).collect();
    all.push(docs.join(format!("guide.{language}.md")));
    all.sort();
    all
}

/// The commands in the ```` ```sh ```` blocks of a guide.
fn commands(guide: &Path) -> Vec<Command> {
    let mut found = Vec::new();
    for line in blocks(guide, "sh").iter().flatten() {
        let line = line.strip_prefix("sudo ").unwrap_or(line);
        let words = words(line.strip_prefix("-u kasasagi ").unwrap_or(line));
        if let Some((program, words)) = words.split_first().filter(|(program, _)| *program == "kasasagi") {
            assert!(!words.is_empty(), "{}: {program} alone", guide.display());
            found.push(Command { guide: guide.to_owned(), words: words.to_vec() });
        }
    }
    found
}

/// The fenced blocks of a guide in a language, line by line, without their indentation.
fn blocks(guide: &Path, language: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(guide).unwrap_or_else(|e| panic!("{}: {e}", guide.display()));
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim_start) {
        if let Some(fence) = line.strip_prefix("```") {
            inside = fence == language;
            blocks.extend(inside.then(Vec::new));
        } else if let Some(block) = blocks.last_mut().filter(|_| inside) {
            block.push(line.to_owned());
        }
    }
    blocks
}

/// The words of a line as a shell takes it, up to a pipe, a redirection or a comment; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut word: Option<String> = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '|' | '<' | '>' | '#' | ';' | '&') => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// A path of a guide as one in the room, so that nothing outside is touched.
fn within(room: &Path, word: &str) -> String {
    match word.strip_prefix('/') {
        Some(path) => room.join(path).display().to_string(),
        None => word.to_owned(),
    }
}

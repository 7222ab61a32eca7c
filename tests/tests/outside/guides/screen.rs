//! What the chapter on errors finds on a screen is what the program says there.

use std::fs;
use std::path::{Path, PathBuf};

/// In the tables of messages, `…` is what varies.
const VARIES: &str = "…";

/// Told by the file that is wrong, before what is wrong in it.
const SETTINGS: [&str; 2] = ["kasasagi.toml: …", "kasasagi.toml：…"];

/// In English the parser of the command line and the system have words of their own.
const SAID_BY_OTHERS: [&str; 5] = [
    "error: unrecognized subcommand",
    "unexpected argument",
    "invalid value",
    "No such file or directory",
    "Permission denied",
];

/// All that the program can say in a language.
struct Wording {
    /// Sentences, with [`VARIES`] in the places that are filled in.
    sentences: Vec<String>,
    /// What is filled into them and is a text of its own, of more than one letter.
    details: Vec<String>,
}

impl Wording {
    fn japanese() -> Self {
        let table = fs::read_to_string(root().join("daemon/words/ja/details.json")).expect("the details");
        let table: serde_json::Map<_, _> = serde_json::from_str(&table).expect("a table");
        let details: Vec<String> =
            table.values().map(|text| varied(text.as_str().expect("a text"))).collect();
        Self { sentences: [catalogue("ja"), details.clone()].concat(), details }
    }

    fn english() -> Self {
        let crates =
            ["config", "daemon", "ocr", "routing", "store"].map(|name| root().join(name).join("src"));
        let lines: Vec<String> =
            crates.iter().flat_map(|dir| files(dir, "rs")).flat_map(|f| literals(&f)).collect();
        Self { sentences: [catalogue("en"), lines.clone()].concat(), details: lines }
    }

    /// Whether a message is part of a sentence, maybe of one that a detail was filled into.
    fn says(&self, message: &str) -> bool {
        let told = |message: &str| self.sentences.iter().any(|sentence| sentence.contains(message));
        let filled_in = self.details.iter().filter(|detail| message.contains(detail.as_str()));
        let mut before = filled_in.map(|detail| message.replacen(detail.as_str(), VARIES, 1));
        message != VARIES && (told(message) || before.any(|message| told(&message)))
    }
}

#[test]
fn what_the_chapter_on_errors_finds_on_the_screen_is_what_the_program_says() {
    for (language, wording) in [("ja", Wording::japanese()), ("en", Wording::english())] {
        let messages = messages(language);
        assert!(messages.len() >= 60, "only {} messages in {language}", messages.len());
        let said_by_others = |message: &str| SETTINGS.contains(&message) || SAID_BY_OTHERS.contains(&message);
        let invented: Vec<&String> =
            messages.iter().filter(|message| !said_by_others(message) && !wording.says(message)).collect();
        assert!(invented.is_empty(), "nothing says in {language}: {invented:#?}");
    }
}

#[test]
fn an_invented_message_is_found_out() {
    let (japanese, english) = (Wording::japanese(), Wording::english());
    for invented in
        ["… というFAXは月にあります", "FAX … の内容は … されています", "…：月へ行くことができません", "…"]
    {
        assert!(!japanese.says(invented), "{invented}");
    }
    for invented in ["fax … is on the moon", "the fax … of … was erased", "cannot fly to …", "…"] {
        assert!(!english.says(invented), "{invented}");
    }
    assert!(japanese.says("FAX … の内容は消去されています") && japanese.says("…：読むことができません"));
    assert!(
        english.says("the content of fax … was erased") && english.says("cannot talk to the daemon at …")
    );
}

/// What stands between backquotes in the first column of the tables of messages; that of the codes of the outbox has
/// another head.
fn messages(language: &str) -> Vec<String> {
    let chapter = root().join(format!("docs/guide/5-errors.{language}.md"));
    let text = fs::read_to_string(&chapter).expect("the chapter on errors");
    let tables = text.split("\n\n").filter(|block| block.starts_with('|'));
    let of_messages =
        tables.filter(|table| !["| コード", "| `CODE`"].iter().any(|head| table.starts_with(head)));
    let cells = of_messages.flat_map(|table| table.lines().skip(2)).filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The sentences of the catalogues, and the variants in them.
fn catalogue(language: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for file in files(&root().join("daemon/words").join(language), "ftl") {
        let text = fs::read_to_string(&file).expect("a catalogue");
        let variants =
            text.lines().filter_map(|line| line.trim_start().trim_start_matches('*').strip_prefix('['));
        sentences.extend(variants.filter_map(|variant| Some(varied(variant.split_once("] ")?.1))));
        let whole = varied(&text);
        let lines = whole.lines().filter(|line| !line.starts_with('#'));
        sentences.extend(lines.map(|line| line.split_once(" = ").map_or(line, |(_, text)| text).to_owned()));
    }
    sentences
}

/// What stands between the first and the last quotation mark of each line of a source, if it is more than one letter.
fn literals(source: &Path) -> Vec<String> {
    let text = fs::read_to_string(source).expect("a source");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = lines.filter_map(|line| Some(line.split_once('"')?.1.rsplit_once('"')?.0));
    quoted.map(varied).filter(|text| text.chars().count() > 1).collect()
}

/// A text with [`VARIES`] for each placeable, `{ … }`, or for several side by side.
fn varied(text: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '{' => {
                let begins = depth == 0 && !plain.ends_with(VARIES);
                plain.push_str(if begins { VARIES } else { "" });
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain
}

/// The files in a folder and below it whose names end so.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path, extension) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

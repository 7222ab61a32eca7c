//! The command line's help in a language, with examples.
//!
//! English help is the comments in the code; `words/ja/help.ftl` has a message for each verb, named like it
//! (`help-held-show`), and an attribute for each argument. Examples of both languages are messages of their own
//! (`example-held-show`).

use clap::{Arg, Command};

use super::Language;
use super::catalogue::plain;

/// How Japanese help is laid out; as clap does, with a heading of its own.
const JAPANESE: &str = "{before-help}{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";

/// This command line, with its help in this language.
pub(crate) fn worded(mut command: Command, language: Language) -> Command {
    // What clap adds by itself needs words too.
    command.build();
    verb(command, "", language)
}

fn verb(command: Command, path: &str, language: Language) -> Command {
    let examples = plain(language, &format!("example{path}"), None);
    let command = match (examples, plain(language, "examples", None)) {
        (Some(examples), Some(heading)) => command.after_help(format!("{heading}\n{}", indented(&examples))),
        _ => command,
    };
    let command = if language == Language::Ja { japanese(command, path) } else { command };
    command.mut_subcommands(|sub| {
        // The subcommand `help` repeats the others, and is enough once.
        let below =
            if sub.get_name() == "help" { "-help".to_owned() } else { format!("{path}-{}", sub.get_name()) };
        if path == "-help" { sub } else { verb(sub, &below, language) }
    })
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn japanese(command: Command, path: &str) -> Command {
    let name = format!("help{path}");
    let about = plain(Language::Ja, &name, None);
    let command = match about {
        Some(about) => command.about(about.clone()).long_about(about),
        None => command,
    };
    command
        .help_template(JAPANESE)
        .subcommand_help_heading("コマンド")
        .mut_args(|argument| argument_in_japanese(argument, &name))
}

/// What every verb has is named at the root.
fn argument_in_japanese(argument: Arg, verb: &str) -> Arg {
    let name = argument.get_id().to_string();
    let own = |of: &str| plain(Language::Ja, of, Some(&name));
    let heading = if argument.is_positional() { "引数" } else { "オプション" };
    let argument = argument.help_heading(heading);
    match own(verb).or_else(|| own("help")) {
        // It names what the value can be.
        Some(help) => argument.help(help.clone()).long_help(help).hide_possible_values(true),
        None => argument,
    }
}

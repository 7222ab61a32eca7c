//! The command line: one file per verb.

mod audit;
mod backup;
mod check;
mod check_mail;
mod check_metrics;
mod check_registry;
mod check_sending;
mod check_servers;
mod demo;
mod digest;
mod erase;
mod form;
mod held;
mod init;
mod key;
mod list;
mod manual;
mod outbox;
mod read;
mod reconcile;
mod registry;
mod report;
mod run;
mod standing;
mod story;
mod submit;
mod table;
mod trace;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use read::value_text;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use kasasagi_config::Settings;

use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::credentials;
use crate::language::{self, Language, chosen};
use crate::say;

/// Where the settings are when nobody says otherwise.
const SETTINGS: &str = "/etc/kasasagi/kasasagi.toml";

/// A fax-to-email gateway for a city's patient-information form.
#[derive(Parser)]
#[command(name = "kasasagi", version, about)]
struct Line {
    /// Settings file; without it /etc/kasasagi/kasasagi.toml, or the built-in defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    /// Language of messages; without it that of the locale, Japanese or English.
    #[arg(long, global = true, value_name = "LANGUAGE", value_enum)]
    lang: Option<Language>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Set up a gateway: settings, keys, a test page that goes round.
    Init(Box<init::Args>),
    /// Run the gateway until it is told to stop.
    Run,
    /// Show the whole journey in a scratch folder with sample faxes.
    Demo(demo::Args),
    /// Check settings, registry, forms, readers, keys, disk and the mail server.
    Check(check::Args),
    /// List, print or describe the forms.
    #[command(subcommand)]
    Form(form::Verb),
    /// Read fax files and print their fields; nothing is stored or sent.
    Read(read::Args),
    /// Hand one message to the intake.
    Submit(submit::Args),
    /// Faxes and where they are.
    List(list::Args),
    /// The whole story of one fax.
    Trace(trace::Args),
    /// What waits for a person.
    Held(held::Args),
    /// Messages to recipients.
    Outbox(outbox::Args),
    /// What waits for digests, and sending them before their time.
    Digest(digest::Args),
    /// Show the daily report.
    Report(report::Args),
    /// Check, change or search the registry.
    #[command(subcommand)]
    Registry(registry::Verb),
    /// Look at the audit trail, or prove it.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Received = delivered + held + duplicate + refused + in progress, per day.
    Reconcile,
    /// Copy the store to a folder, while the gateway runs or not.
    Backup(backup::Backup),
    /// Bring a copy back as the store; the gateway must not run.
    Restore(backup::Restore),
    /// Remove the key and the content of settled faxes for ever; their events stay.
    Erase(erase::Args),
    /// The master key that opens the store.
    #[command(subcommand)]
    Key(key::Verb),
    /// The content of a fax must stay, however old it gets (legal hold).
    Keep(erase::Keep),
    /// A reader child; started by the gateway itself.
    #[command(hide = true)]
    Reader,
    /// Write man pages and shell completions into a folder, for a package.
    #[command(hide = true)]
    Manual(manual::Args),
}

/// How a command can fail: a message for a person and an exit code.
pub(crate) struct Failure {
    exit: u8,
    message: String,
}

impl<E: Into<crate::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { exit: error.exit_code(), message: language::told(&error, chosen()) }
    }
}

/// How a command ends: 0, 1 when a check found something, or a failure.
type Ending<T = u8> = Result<T, Failure>;

/// What every command is given.
pub(crate) struct Desktop {
    config: Option<PathBuf>,
    json: bool,
}

impl Desktop {
    /// The settings: the named file, else the usual one, else the defaults.
    fn settings(&self) -> Result<Settings, Failure> {
        let usual = PathBuf::from(SETTINGS);
        let file = self.config.clone().or_else(|| usual.exists().then_some(usual));
        Ok(match file {
            Some(path) => credentials::at_hand(Settings::load(&path).map_err(crate::Error::from)?),
            None => unconfigured()?,
        })
    }

    /// Asks the daemon, or the store when no daemon runs.
    fn ask(&self, request: Request, message: Option<&[u8]>) -> Result<Answer, Failure> {
        match client::ask(&self.settings()?, request, message)? {
            Answer::Refused { exit, message } => Err(Failure { exit, message }),
            answer => Ok(answer),
        }
    }

    /// Prints JSON for a program.
    fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(crate::Error::from)?;
        print(&text)
    }
}

/// The built-in settings, with the model that `make setup` fetched beside the program or here where none is
/// installed: without it a checkout would read with the weaker reader alone.
fn unconfigured() -> Result<Settings, Failure> {
    let mut settings =
        Settings::parse("built-in settings", "", std::path::Path::new("/")).map_err(crate::Error::from)?;
    let fetched = PathBuf::from("models/ppocrv6_rec.onnx");
    let beside =
        std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("../..").join(&fetched)));
    let places = [Some(settings.reading.model.clone()), beside, Some(fetched)];
    let found = places.into_iter().flatten().find(|path| path.exists());
    if let Some(model) = found.and_then(|path| path.canonicalize().ok()) {
        settings.reading.model = model;
    }
    Ok(settings)
}

/// Tells a person what a command goes on without.
fn warn(what: &str) {
    let _ = writeln!(std::io::stderr(), "{}", say!("general-told", what = %what));
}

/// Prints lines; a closed pipe ends the command quietly.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure {
            exit: 69,
            message: say!("general-unwritable", why = language::system(&error, chosen())),
        }),
    }
}

/// An answer of another shape than asked for: the two ends do not fit.
fn unexpected() -> Failure {
    Failure { exit: 75, message: say!("general-unexpected") }
}

/// What was typed; help and what cannot be understood are answered here.
fn parse() -> Result<Line, ExitCode> {
    if let Ok(line) = Line::try_parse() {
        return Ok(line);
    }
    // Words are put to the command line for those alone who read them.
    let mut command = language::worded(Line::command(), chosen());
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let line =
        parsed.and_then(|matches| Line::from_arg_matches(&matches).map_err(|e| e.format(&mut command)));
    line.map_err(|error| {
        let _ = match language::refusal(&error, chosen()) {
            Some(text) => writeln!(std::io::stderr(), "{}", say!("general-told", what = text)),
            None => error.print(),
        };
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    language::choose(Language::asked(std::env::args_os().skip(1), |name| std::env::var_os(name)));
    let line = match parse() {
        Ok(line) => line,
        Err(ending) => return ending,
    };
    let desktop = Desktop { config: line.config, json: line.json };
    let ending = match line.verb {
        Verb::Reader => return crate::reader::child::main(),
        Verb::Manual(args) => manual::run(&args),
        Verb::Init(args) => init::run(&desktop, *args),
        Verb::Run => run::run(&desktop),
        Verb::Demo(args) => demo::run(&desktop, &args),
        Verb::Check(args) => check::run(&desktop, &args),
        Verb::Form(verb) => form::run(&desktop, verb),
        Verb::Read(args) => read::run(&desktop, &args),
        Verb::Submit(args) => submit::run(&desktop, &args),
        Verb::List(args) => list::run(&desktop, &args),
        Verb::Trace(args) => trace::run(&desktop, &args),
        Verb::Held(args) => held::run(&desktop, args),
        Verb::Outbox(args) => outbox::run(&desktop, &args),
        Verb::Digest(args) => digest::run(&desktop, &args),
        Verb::Report(args) => report::run(&desktop, &args),
        Verb::Registry(verb) => registry::run(&desktop, &verb),
        Verb::Audit(verb) => audit::run(&desktop, verb),
        Verb::Reconcile => reconcile::run(&desktop),
        Verb::Backup(args) => backup::backup(&desktop, &args),
        Verb::Restore(args) => backup::restore(&desktop, &args),
        Verb::Erase(args) => erase::erase(&desktop, args),
        Verb::Key(verb) => key::run(&desktop, verb),
        Verb::Keep(args) => erase::keep(&desktop, args),
    };
    match ending {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{}", say!("general-told", what = failure.message));
            ExitCode::from(failure.exit)
        }
    }
}

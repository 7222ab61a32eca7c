//! Questions at a terminal; without one, what is missing is named by its flag.

use std::io::{self, BufRead, Write};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::args::first_line;
use crate::command::{Ending, Failure};
use crate::{Error, say};

/// Asks, or does not.
pub(super) struct Asker {
    pub asks: bool,
}

impl Asker {
    /// What must be said.
    pub fn must(&self, flag: &str, given: Option<String>, question: &str) -> Ending<String> {
        let told = if given.is_none() && self.asks { ask(question)? } else { given };
        let missing =
            || Failure { exit: 2, message: say!("init-missing-answer", flag = %flag, question = %question) };
        told.filter(|text| !text.is_empty()).ok_or_else(missing)
    }

    /// What may be left out, by an empty line.
    pub fn may(&self, given: Option<String>, question: &str) -> Ending<Option<String>> {
        let told = if given.is_none() && self.asks {
            ask(&say!("init-may-be-empty", question = %question))?
        } else {
            given
        };
        Ok(told.filter(|text| !text.is_empty()))
    }

    /// Several, with commas or spaces between them.
    pub fn list(&self, given: Vec<String>, question: &str) -> Ending<Vec<String>> {
        if !given.is_empty() || !self.asks {
            return Ok(given);
        }
        let told = ask(question)?.unwrap_or_default();
        let words = told.split([',', '、', ' ']).filter(|word| !word.is_empty());
        Ok(words.map(str::to_owned).collect())
    }

    /// A password, from a file or typed unseen.
    pub fn password(&self, flag: &str, file: Option<&Path>) -> Ending<String> {
        match file {
            Some(file) => first_line(file),
            None if self.asks => unseen(|| self.must(flag, None, &say!("init-ask-password"))),
            None => Err(Failure { exit: 2, message: say!("init-missing", flag = %flag) }),
        }
    }
}

fn ask(question: &str) -> Ending<Option<String>> {
    let fault = |source| Error::Reader(source);
    let mut out = io::stderr().lock();
    write!(out, "{} ", say!("init-question", question = %question))
        .and_then(|()| out.flush())
        .map_err(fault)?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(fault)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// With the terminal's echo off.
fn unseen<T>(work: impl FnOnce() -> Ending<T>) -> Ending<T> {
    let terminal = io::stdin();
    let Ok(before) = tcgetattr(&terminal) else { return work() };
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    let fault = |error: rustix::io::Errno| Error::Reader(error.into());
    tcsetattr(&terminal, OptionalActions::Now, &quiet).map_err(fault)?;
    let done = work();
    tcsetattr(&terminal, OptionalActions::Now, &before).map_err(fault)?;
    let _ = writeln!(io::stderr());
    done
}

//! `kasasagi manual`: man pages and shell completions, written from the command line itself.
//!
//! The only file that names `clap_mangen` and `clap_complete`.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Ending, Line};
use crate::language::{Language, worded};
use crate::{Error, phrase};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Gets the folders man, man-ja and completions.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Ending {
    for (language, name) in [(Language::En, "man"), (Language::Ja, "man-ja")] {
        let man = folder(&args.dir.join(name))?;
        let more = phrase!("general-manual").to(language);
        let line = worded(Line::command(), language).after_help(more);
        clap_mangen::generate_to(line, &man).map_err(fault(&man))?;
    }
    let completions = folder(&args.dir.join("completions"))?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut Line::command(), "kasasagi", &completions)
            .map_err(fault(&completions))?;
    }
    Ok(0)
}

fn folder(path: &Path) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(path).map_err(fault(path))?;
    Ok(path.to_owned())
}

fn fault(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { action: "write the manual into", path, source }
}

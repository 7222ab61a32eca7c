//! `kasasagi form`: the forms we know, as paper and as geometry.

use std::io::Write;
use std::path::PathBuf;

use kasasagi_ocr::blank::{self, Typeface};

use super::table::table;
use super::{Desktop, Ending, Failure, print};
use crate::language::{chosen, system};
use crate::library::Library;
use crate::say;

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// List the forms.
    List,
    /// Draw a blank form as a PDF to print and fill in.
    Print {
        /// Form name, such as ICM-01.
        id: String,
        /// Where to write it; standard output without.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Serial number in both machine codes, 1 to 99999999; without it a blank for photocopying.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=99_999_999))]
        serial: Option<u32>,
    },
    /// Describe every field and where it stands.
    Fields {
        /// Form name, such as ICM-01.
        id: String,
    },
}

pub(super) fn run(desktop: &Desktop, verb: Verb) -> Ending {
    let settings = desktop.settings()?;
    let library = Library::open(settings.forms_dir.as_deref())?;
    match verb {
        Verb::List => list(desktop, &library),
        Verb::Print { id, output, serial } => {
            let form = &library.newest(&id)?.form;
            let face = Typeface::find(settings.reading.font.as_deref()).map_err(crate::Error::from)?;
            let pdf = blank::draw(form, serial, &face).map_err(crate::Error::from)?;
            write(output, &pdf)
        }
        Verb::Fields { id } => {
            let form = &library.newest(&id)?.form;
            if desktop.json {
                Desktop::print_json(&form.description())?;
            } else {
                let rows: Vec<Vec<String>> = form
                    .fields
                    .iter()
                    .map(|f| {
                        let z = f.zone;
                        vec![
                            f.number.to_string(),
                            f.key.clone(),
                            f.label.clone(),
                            format!("{},{} {}x{}", z.x, z.y, z.w, z.h),
                        ]
                    })
                    .collect();
                print(&table(&say!("form-fields-columns"), &rows))?;
            }
            Ok(0)
        }
    }
}

fn list(desktop: &Desktop, library: &Library) -> Ending {
    if desktop.json {
        let forms: Vec<_> = library.forms().map(|f| f.form.description()).collect();
        Desktop::print_json(&forms)?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = library
        .forms()
        .map(|f| {
            let form = &f.form;
            vec![
                form.id.clone(),
                form.version.to_string(),
                form.title.clone(),
                format!("{}x{} mm", form.page_mm.0, form.page_mm.1),
                form.fields.len().to_string(),
            ]
        })
        .collect();
    print(&table(&say!("form-columns"), &rows))?;
    Ok(0)
}

fn write(output: Option<PathBuf>, pdf: &[u8]) -> Ending {
    match output {
        Some(path) => std::fs::write(&path, pdf).map_err(|source| crate::Error::File {
            action: "write",
            path,
            source,
        })?,
        None => std::io::stdout().write_all(pdf).map_err(|error| Failure {
            exit: 69,
            message: say!("form-unwritable", why = system(&error, chosen())),
        })?,
    }
    Ok(0)
}

//! Filled sheets of the sample's patients, as many as are wanted and no two the same.

use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::{Form, Pen};
use kasasagi_tests::{Damage, Gateway, Raster, fax_mail, sample};

use crate::room::json;
use crate::town::Town;

/// Printed in fine resolution, with the specks of a fax line.
const SPECKLE: f64 = 0.0002;

/// A mail with a sheet, and whom the sheet is about.
pub struct Sheet {
    pub patient: String,
    pub mail: Vec<u8>,
}

/// Draws `count` sheets: every patient on a blank of one serial number, then every patient on the next.
pub fn drawn(gateway: &Gateway, town: &Town, count: usize) -> Vec<Sheet> {
    let patients = writable(town);
    let form = Form::new(&json(gateway, &["form", "fields", "ICM-01"]));
    let font = Font::printed().expect("the font");
    let mut sheets = Vec::with_capacity(count);
    for serial in 1..=count.div_ceil(patients.len()) {
        let blank = blank(gateway, serial);
        for patient in patients.iter().take(count - sheets.len()) {
            let mut page = blank.clone();
            form.fill_in(&mut page, &town.sheet(patient, "通常"), &font, Pen::Fills);
            let seed = sheets.len() as u64;
            let page = Damage { speckle: SPECKLE, seed, ..Damage::none() }.apply(&page.on_fax_lines());
            let pdf = fax::pdf(&[page], Coding::Mmr).expect("a PDF");
            let name = format!("{serial}.{patient}@sender.example.jp");
            let mail = fax_mail(&name, "FAX", &[("fax.pdf", "application/pdf", &pdf)]);
            sheets.push(Sheet { patient: patient.clone(), mail });
        }
    }
    sheets
}

/// A printed form with its own number, which is what tells two sheets of one day and office apart.
fn blank(gateway: &Gateway, serial: usize) -> Raster {
    let pdf = gateway.room().join("blank.pdf");
    let printed = gateway.run(&[
        "form",
        "print",
        "ICM-01",
        "--serial",
        &serial.to_string(),
        "-o",
        &pdf.display().to_string(),
    ]);
    assert!(printed.status.success(), "{printed:?}");
    Raster::of_pdf(&pdf, 1, FINE).expect("poppler draws the blank")
}

/// The patients whose care manager's office can write a sheet about them, in characters that the font has: it has
/// none beyond the first plane of Unicode, such as the rare 𠮷.
fn writable(town: &Town) -> Vec<String> {
    let team = sample::rows(&sample::folder(), "care_team");
    let mut patients: Vec<String> = (team.iter().filter(|row| row["role"] == "care_manager"))
        .map(|row| row["patient_id"].clone())
        .filter(|patient| town.patient(patient)["name"].chars().all(|letter| letter <= '\u{ffff}'))
        .collect();
    patients.sort();
    patients.dedup();
    patients
}

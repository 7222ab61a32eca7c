//! Sheets of paper: a printed blank, filled in by hand, put into a fax machine.

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::Raster;
use kasasagi_tests::sheet::{Entry, Form, Pen};
use kasasagi_tests::{Damage, Gateway};

use crate::room::json;

/// A form that people can have printed.
pub struct Blank {
    /// What its description says.
    pub form: Form,
    pdf: std::path::PathBuf,
}

/// Who writes: the font, the pen and the resolution of the machine that scans the sheet.
pub struct Hand {
    pub font: Font,
    pub pen: Pen,
    pub dpi: (f64, f64),
}

impl Blank {
    /// Prints a form of this gateway.
    pub fn of(gateway: &Gateway, id: &str) -> Self {
        let pdf = gateway.room().join(format!("{id}.pdf"));
        let printed = gateway.run(&["form", "print", id, "-o", &pdf.display().to_string()]);
        assert!(printed.status.success(), "{printed:?}");
        Self { form: Form::new(&json(gateway, &["form", "fields", id])), pdf }
    }

    /// A filled sheet as a fax machine scans it.
    pub fn filled(&self, entries: &[Entry], hand: &Hand) -> Raster {
        let mut page = Raster::of_pdf(&self.pdf, 1, hand.dpi).expect("poppler draws the blank");
        self.form.fill_in(&mut page, entries, &hand.font, hand.pen);
        page.on_fax_lines()
    }
}

/// A letter that is no form; letters with different numbers differ.
pub fn letter(number: u64) -> Raster {
    let font = Font::printed().expect("the font");
    let mut page = Raster::white(1728, 1000, (204.0, 98.0));
    for (line, text) in
        ["御連絡", "いつもお世話になっております。", "研修会の御案内です。"].iter().enumerate()
    {
        font.draw(&mut page, text, (30.0, 40.0 + 12.0 * line as f64), 6.0);
    }
    font.draw(&mut page, &format!("第{number}号"), (150.0, 30.0), 6.0);
    Damage { speckle: 0.0002, seed: number, ..Damage::none() }.apply(&page)
}

//! One drawn fax strip on standard input.

use std::io::{ErrorKind, Read};

use image::GrayImage;
use kasasagi_ocr::align::{Placement, Plane};
use kasasagi_ocr::form::{CheckDigit, Field, Kind, Rect, Required};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::{clean, ink};

use crate::Fault;

/// Ten cells of 5 × 7 mm.
pub fn comb() -> Field {
    let cell = |i: u32| Rect { x: 5.0 * f64::from(i), y: 0.0, w: 5.0, h: 7.0 };
    Field {
        key: "digits".into(),
        number: 1,
        label: "digits".into(),
        kind: Kind::Code { check: CheckDigit::None },
        zone: Rect { x: 0.0, y: 0.0, w: 50.0, h: 7.0 },
        required: Required::Optional,
        boxes: Vec::new(),
        cells: (0..10).map(cell).collect(),
    }
}

/// The pixels of a fax and the affine map from form to paper, in millimetres.
pub struct Strip {
    page: Page,
    map: [f64; 6],
}

impl Strip {
    /// The next strip; `None` at the end.
    pub fn read(input: &mut impl Read) -> Result<Option<Self>, Fault> {
        let mut head = [0; 40];
        match input.read_exact(&mut head) {
            Err(end) if end.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let word = |i: usize| [head[4 * i], head[4 * i + 1], head[4 * i + 2], head[4 * i + 3]];
        let (w, h) = (u32::from_le_bytes(word(0)), u32::from_le_bytes(word(1)));
        let number = |i: usize| f64::from(f32::from_le_bytes(word(i)));
        let mut pixels = vec![0; w as usize * h as usize];
        input.read_exact(&mut pixels)?;
        let pixels = GrayImage::from_raw(w, h, pixels).ok_or("a strip without pixels")?;
        let page = Page::new(pixels, Dpi { x: number(2), y: number(3) }, Vec::new())?;
        Ok(Some(Self { page, map: std::array::from_fn(|i| number(4 + i)) }))
    }

    /// The cells as the reader cuts them.
    pub fn cells(&self, comb: &Field) -> Result<Vec<Option<GrayImage>>, Fault> {
        let square = clean::square(&self.page);
        let [a, b, c, d, e, f] = self.map.map(|m| m * square.px_per_mm());
        let to = |(x, y): (f64, f64)| ((x, y), (a * x + b * y + c, d * x + e * y + f));
        let plane =
            Plane::affine(&[(0.0, 0.0), (50.0, 0.0), (0.0, 7.0)].map(to)).ok_or("a map without an area")?;
        Ok(ink::cells(&square, &Placement::new(plane), comb, 8.0))
    }
}

//! A made-up form, drawn with its own small rasteriser, and pen marks on it.

use image::{GrayImage, Luma};
use kasasagi_ocr::code::{CODE128_MODULES, Payload, QR_MODULES, code128_bars};
use kasasagi_ocr::form::{CheckBox, CheckDigit, Field, Form, Kind, Marks, Rect, Required};

/// Pixels per millimetre of the paper.
pub const FINE: f64 = 12.0;

/// Centres of the rows of the form, empty ones included.
const ROWS: [f64; 16] =
    [30.0, 41.0, 52.0, 60.0, 71.5, 82.0, 92.0, 103.5, 113.0, 122.0, 134.0, 143.0, 152.0, 160.0, 167.0, 174.0];

pub fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
    Rect { x, y, w, h }
}

/// A form of 150×200 mm with choices, combs and a text zone. `number` shifts its boxes, not its fiducials.
pub fn form(number: u8) -> Form {
    let shift = f64::from(number % 10) * 2.5;
    let fiducials = [
        rect(14.0, 16.0, 6.0, 6.0),
        rect(130.0, 16.0, 6.0, 6.0),
        rect(14.0, 178.0, 6.0, 6.0),
        rect(130.0, 178.0, 6.0, 6.0),
    ];
    let marks = Marks {
        fiducials,
        orientation_bar: rect(22.0, 16.0, 2.0, 6.0),
        timing: ROWS.map(|y| rect(14.0, y - 0.75, 4.0, 1.5)).to_vec(),
        qr: Some(rect(98.0, 18.0, 25.0, 25.0)),
        code128: Some(rect(44.0, 178.0, 61.5, 7.0)),
        printed_id: None,
    };
    let choice = |key: &str, y: f64, count: u32, pitch: f64| {
        let option = |i| CheckBox {
            option: format!("選{}", ["一", "二", "三", "四", "五", "六", "七"][i as usize]),
            rect: rect(30.0 + shift + pitch * f64::from(i), y, 4.0, 4.0),
        };
        field(key, Kind::Choices, rect(28.0, y - 1.0, 95.0, 6.0), (0..count).map(option).collect(), vec![])
    };
    let comb = |key: &str, y: f64, count: u32| {
        let cells: Vec<Rect> =
            (0..count).map(|i| rect(30.0 + shift + 5.0 * f64::from(i), y, 5.0, 7.0)).collect();
        field(
            key,
            Kind::Code { check: CheckDigit::None },
            rect(30.0, y, 5.0 * f64::from(count), 7.0),
            vec![],
            cells,
        )
    };
    Form {
        id: format!("TEST-{number:02}"),
        number,
        version: 1,
        title: "試験".to_owned(),
        page_mm: (150.0, 200.0),
        marks,
        fields: vec![
            choice("a", 50.0, 7, 12.0),
            choice("b", 58.0, 5, 14.0),
            comb("c", 68.0, 10),
            choice("d", 80.0, 7, 12.0),
            comb("e", 100.0, 16),
            choice("f", 120.0, 7, 12.0),
            field("g", Kind::Text { max_chars: 20, lines: 1 }, rect(30.0, 130.0, 90.0, 8.0), vec![], vec![]),
            choice("h", 150.0, 6, 12.0),
            choice("i", 165.0, 7, 12.0),
        ],
        sections: vec![],
        artwork: vec![],
        checks: Vec::new(),
    }
}

fn field(key: &str, kind: Kind, zone: Rect, boxes: Vec<CheckBox>, cells: Vec<Rect>) -> Field {
    Field {
        key: key.to_owned(),
        number: 1,
        label: String::new(),
        kind,
        zone,
        required: Required::Optional,
        boxes,
        cells,
    }
}

/// What the codes of a sheet say; serial 0 is a blank to be photocopied.
pub fn payload(form: u8, version: u8, serial: u32) -> Payload {
    Payload::new(form, version, 1, 1, (serial != 0).then_some(serial)).expect("a payload in range")
}

/// A sheet of paper in millimetres.
#[derive(Clone)]
pub struct Paper {
    pub pixels: GrayImage,
}

impl Paper {
    pub fn blank(w: f64, h: f64) -> Self {
        Self { pixels: GrayImage::from_pixel((w * FINE) as u32, (h * FINE) as u32, Luma([255])) }
    }

    /// The form printed, with machine codes of the payload.
    pub fn printed(form: &Form, payload: Option<Payload>) -> Self {
        let mut paper = Self::blank(form.page_mm.0, form.page_mm.1);
        let marks = &form.marks;
        for mark in marks.fiducials.iter().chain([&marks.orientation_bar]).chain(&marks.timing) {
            paper.fill(*mark);
        }
        for field in &form.fields {
            if let Kind::Text { .. } = field.kind {
                paper.frame(field.zone);
            }
            for check in &field.boxes {
                paper.frame(check.rect);
                paper.label(check.rect.x + 5.0, check.rect.y + 0.6);
            }
            for cell in &field.cells {
                paper.fill(rect(cell.x, cell.y + cell.h - 0.25, cell.w, 0.25));
                paper.fill(rect(cell.x - 0.125, cell.y + 4.0, 0.25, cell.h - 4.0));
                paper.fill(rect(cell.x + cell.w - 0.125, cell.y + 4.0, 0.25, cell.h - 4.0));
            }
        }
        if let Some(payload) = payload {
            paper.qr(marks.qr.expect("the form has one"), payload);
            paper.code128(marks.code128.expect("the form has one"), payload);
        }
        paper
    }

    pub fn fill(&mut self, r: Rect) {
        let px = |mm: f64| ((mm * FINE).round().max(0.0)) as u32;
        for y in px(r.y)..px(r.y + r.h).min(self.pixels.height()) {
            for x in px(r.x)..px(r.x + r.w).min(self.pixels.width()) {
                self.pixels.put_pixel(x, y, Luma([0]));
            }
        }
    }

    /// Lays white paper over a part.
    pub fn cover(&mut self, r: Rect) {
        let sheet = Self::blank(r.w, r.h);
        self.paste(&sheet, r.x, r.y);
    }

    fn frame(&mut self, r: Rect) {
        const W: f64 = 0.25;
        self.fill(rect(r.x, r.y, r.w, W));
        self.fill(rect(r.x, r.y + r.h - W, r.w, W));
        self.fill(rect(r.x, r.y, W, r.h));
        self.fill(rect(r.x + r.w - W, r.y, W, r.h));
    }

    /// Two things like characters, as wide as the option's.
    fn label(&mut self, x: f64, y: f64) {
        for x in [x, x + 2.6] {
            self.frame(rect(x, y, 2.2, 2.6));
            self.fill(rect(x, y + 1.2, 2.2, 0.3));
        }
    }

    /// A pen stroke of a width (mm) through points (mm).
    pub fn stroke(&mut self, points: &[(f64, f64)], width: f64) {
        for pair in points.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let steps = ((ax - bx).hypot(ay - by) * FINE * 2.0).ceil() as u32;
            for i in 0..=steps {
                let t = f64::from(i) / f64::from(steps.max(1));
                self.dot(ax + (bx - ax) * t, ay + (by - ay) * t, width / 2.0);
            }
        }
    }

    /// A circle drawn with the pen.
    pub fn ring(&mut self, x: f64, y: f64, radius: f64, width: f64) {
        let points: Vec<(f64, f64)> = (0..=48)
            .map(|i| f64::from(i) * std::f64::consts::TAU / 48.0)
            .map(|a| (x + radius * a.cos(), y + radius * a.sin()))
            .collect();
        self.stroke(&points, width);
    }

    fn dot(&mut self, x: f64, y: f64, r: f64) {
        let px = |mm: f64| (mm * FINE).floor() as i64;
        for v in px(y - r)..=px(y + r) {
            for u in px(x - r)..=px(x + r) {
                let near = ((u as f64 + 0.5) / FINE - x).hypot((v as f64 + 0.5) / FINE - y) <= r;
                let (w, h) = self.pixels.dimensions();
                if near && u >= 0 && v >= 0 && u < i64::from(w) && v < i64::from(h) {
                    self.pixels.put_pixel(u as u32, v as u32, Luma([0]));
                }
            }
        }
    }

    pub fn qr(&mut self, r: Rect, payload: Payload) {
        let module = r.w / QR_MODULES as f64;
        for (i, dark) in payload.qr_modules().into_iter().enumerate() {
            if dark {
                let (x, y) = ((i % QR_MODULES) as f64, (i / QR_MODULES) as f64);
                self.fill(rect(r.x + x * module, r.y + y * module, module, module));
            }
        }
    }

    pub fn code128(&mut self, r: Rect, payload: Payload) {
        let module = r.w / f64::from(CODE128_MODULES);
        for (first, width) in code128_bars(&payload) {
            self.fill(rect(r.x + f64::from(first) * module, r.y, f64::from(width) * module, r.h));
        }
    }

    /// Lays another sheet on this one with its top left corner at a point.
    pub fn paste(&mut self, other: &Self, x: f64, y: f64) {
        image::imageops::replace(&mut self.pixels, &other.pixels, (x * FINE) as i64, (y * FINE) as i64);
    }

    /// Ink at a point in millimetres.
    pub fn ink(&self, x: f64, y: f64) -> bool {
        let (u, v) = ((x * FINE).floor(), (y * FINE).floor());
        let (w, h) = self.pixels.dimensions();
        u >= 0.0
            && v >= 0.0
            && u < f64::from(w)
            && v < f64::from(h)
            && self.pixels.get_pixel(u as u32, v as u32).0[0] < 128
    }
}

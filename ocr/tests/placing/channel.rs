//! A simulated fax: rotation, scale, threshold, speckle, lost rows, a header line.

use image::{GrayImage, Luma};
use kasasagi_ocr::clean::Square;
use kasasagi_ocr::page::{Dpi, Page};

use crate::paper::Paper;

/// Numbers that repeat for a seed (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// One passage through scanner and line.
#[derive(Clone, Debug)]
pub struct Channel {
    pub dpi: (f64, f64),
    /// Clockwise, quarter turns included.
    pub degrees: f64,
    pub scale: f64,
    pub offset: (f64, f64),
    pub speckle: f64,
    pub lost_rows: Vec<u32>,
    pub header: bool,
}

impl Channel {
    pub fn clear(dpi: (f64, f64)) -> Self {
        Self { dpi, degrees: 0.0, scale: 1.0, offset: (0.0, 0.0), speckle: 0.0, lost_rows: vec![], header: false }
    }

    pub fn rough(chance: &mut Chance, dpi: (f64, f64)) -> Self {
        let degrees = [0.0, 0.0, 180.0, 90.0][chance.below(4) as usize] + chance.between(-3.0, 3.0);
        let rows = (200.0 * dpi.1 / 25.4) as u64;
        let mut lost_rows: Vec<u32> = (0..10).map(|_| (rows / 12 + chance.below(rows * 3 / 4)) as u32).collect();
        lost_rows.sort_unstable();
        Self {
            dpi,
            degrees,
            scale: chance.between(0.93, 1.07),
            offset: (chance.between(-1.5, 1.5), chance.between(-1.5, 1.5)),
            speckle: 0.005,
            lost_rows,
            header: true,
        }
    }

    fn page_mm(&self, paper: &Paper) -> (f64, f64) {
        let (w, h) = paper.pixels.dimensions();
        let (w, h) = (f64::from(w) / crate::paper::FINE, f64::from(h) / crate::paper::FINE);
        if ((self.degrees / 90.0).round() as i64) % 2 == 0 { (w, h) } else { (h, w) }
    }

    /// Sends the paper.
    pub fn send(&self, paper: &Paper, chance: &mut Chance) -> Page {
        let page = self.page_mm(paper);
        let form = if ((self.degrees / 90.0).round() as i64) % 2 == 0 { page } else { (page.1, page.0) };
        let (s, c) = self.degrees.to_radians().sin_cos();
        let back = |x: f64, y: f64| {
            let (x, y) = ((x - page.0 / 2.0 - self.offset.0) / self.scale, (y - page.1 / 2.0 - self.offset.1) / self.scale);
            (c * x + s * y + form.0 / 2.0, c * y - s * x + form.1 / 2.0)
        };
        let mm = (25.4 / self.dpi.0, 25.4 / self.dpi.1);
        let (w, h) = ((page.0 / mm.0) as u32, (page.1 / mm.1) as u32);
        let mut rows: Vec<u32> = (0..h).collect();
        rows.retain(|r| !self.lost_rows.contains(r));
        let flip = (self.speckle * u32::MAX as f64) as u64;
        let dark = |x: u32, y: u32| {
            let sub = [(0.25, 0.2), (0.75, 0.4), (0.25, 0.6), (0.75, 0.8)];
            let hits = sub.iter().filter(|s| {
                let (u, v) = back((f64::from(x) + s.0) * mm.0, (f64::from(y) + s.1) * mm.1);
                paper.ink(u, v)
            });
            hits.count() >= 2
        };
        let header_rows = (2.0 / mm.1) as u32..(5.0 / mm.1) as u32;
        let pixels = GrayImage::from_fn(w, rows.len() as u32, |x, y| {
            let row = rows[y as usize];
            let header = self.header && header_rows.contains(&row) && x > w / 10 && (x / 7) % 3 != 0 && (x / 14 + row / 5) % 3 != 0;
            let noise = chance.next() & 0xFFFF_FFFF < flip;
            Luma([if (header || dark(x, row)) != noise { 0 } else { 255 }])
        });
        Page::new(pixels, Dpi { x: self.dpi.0, y: self.dpi.1 }, vec![]).unwrap()
    }

    /// Where a point of the paper (mm) is on the squared page (pixels), lost rows included.
    pub fn truth(&self, paper: &Paper, square: &Square, (x, y): (f64, f64)) -> (f64, f64) {
        let page = self.page_mm(paper);
        let form = if ((self.degrees / 90.0).round() as i64) % 2 == 0 { page } else { (page.1, page.0) };
        let (s, c) = self.degrees.to_radians().sin_cos();
        let (x, y) = (self.scale * (x - form.0 / 2.0), self.scale * (y - form.1 / 2.0));
        let on_page = (c * x - s * y + page.0 / 2.0 + self.offset.0, s * x + c * y + page.1 / 2.0 + self.offset.1);
        let row = on_page.1 / 25.4 * self.dpi.1;
        let mut unique = self.lost_rows.clone();
        unique.dedup();
        let lost = unique.iter().filter(|&&r| f64::from(r) < row).count() as f64;
        (on_page.0 / 25.4 * square.dpi, (row - lost) / self.dpi.1 * square.dpi)
    }
}

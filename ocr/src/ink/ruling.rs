//! Printed ruling taken out from under handwriting.
//!
//! A ruling is where the form says, give or take [`REACH`], and thin. Ink that crosses it is thicker than the
//! ruling in the direction across, so only short runs across the ruling are erased and crossing strokes stay whole.

use image::GrayImage;

use super::strokes::STROKE_BELOW;

/// A printed line on a rectified image, in millimetres from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rule {
    /// Across the image.
    Across { y: f64, from: f64, to: f64 },
    /// Down the image; erased from the lower end up to where it ends (ticks of comb cells may be short).
    Down { x: f64, from: f64, to: f64 },
}

/// Erases the rulings that are there.
pub(super) fn erase(image: &mut GrayImage, rules: &[Rule], px_per_mm: f64) {
    // Ticks first: where one stands on a floor, the floor looks like a crossing stroke.
    let ticks = ticks(image, rules, px_per_mm);
    let usual = usual_height(&ticks);
    for Tick { at, from, to, .. } in ticks {
        Pen { image, swapped: false, px_per_mm }.erase(at, from.max(to - usual - ALIKE), to, true);
    }
    for rule in rules {
        if let Rule::Across { y, from, to } = *rule {
            let mut pen = Pen { image, swapped: true, px_per_mm };
            for (from, to) in pieces(from, to) {
                if let Some(at) = pen.locate(y, from, to) {
                    pen.erase(at, from, to, false);
                }
            }
        }
    }
}

/// A ruling down, found.
struct Tick {
    at: i64,
    from: f64,
    to: f64,
    height: f64,
}

fn ticks(image: &mut GrayImage, rules: &[Rule], px_per_mm: f64) -> Vec<Tick> {
    let pen = Pen { image, swapped: false, px_per_mm };
    let found = |rule: &Rule| {
        let Rule::Down { x, from, to } = *rule else { return None };
        let at = pen.locate(x, to - FOOT.min(to - from), to)?;
        Some(Tick { at, from, to, height: pen.height(at, from, to) })
    };
    rules.iter().filter_map(found).collect()
}

/// Ticks of a comb are printed equally high; one that is higher has a thin 1 standing on it, which must stay.
fn usual_height(ticks: &[Tick]) -> f64 {
    let mut heights: Vec<f64> = ticks.iter().map(|tick| tick.height).collect();
    heights.sort_by(f64::total_cmp);
    // Not the middle: faxing breaks ticks more often than a 1 stands on one.
    heights.get(heights.len() * 3 / 4).copied().unwrap_or_default()
}

/// How much (mm) higher than usual a tick may seem.
const ALIKE: f64 = 0.4;

/// How far (mm) a ruling may lie from its place.
const REACH: f64 = 0.6;

/// Thickest ruling (mm): 0.25 mm printed, up to two rows of a 204×98 fax.
const THICK: f64 = 0.72;

/// Share of a piece that must be dark to count as ruling.
const DARK: f64 = 0.55;

/// Length (mm) of a ruling that is located at once; a slanting one is followed piece by piece.
const PIECE: f64 = 6.0;

/// Length (mm) of the lower end by which a tick is located.
const FOOT: f64 = 1.6;

/// White (mm) after which a ruling has ended.
const GAP: f64 = 0.5;

/// Grey pixels at either side that go with a ruling.
const RIM: i64 = 2;

fn pieces(from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
    let count = ((to - from) / PIECE).ceil().clamp(1.0, 100.0);
    let step = (to - from) / count;
    (0..count as u32).map(move |i| (from + step * f64::from(i), from + step * f64::from(i + 1)))
}

/// Works along rulings that run down; `swapped` exchanges x and y for those that run across.
struct Pen<'a> {
    image: &'a mut GrayImage,
    swapped: bool,
    px_per_mm: f64,
}

impl Pen<'_> {
    fn size(&self) -> (i64, i64) {
        let (w, h) = self.image.dimensions();
        if self.swapped { (i64::from(h), i64::from(w)) } else { (i64::from(w), i64::from(h)) }
    }

    fn value(&self, across: i64, along: i64) -> u8 {
        let (w, h) = self.size();
        if across < 0 || along < 0 || across >= w || along >= h {
            return 255;
        }
        let (x, y) = if self.swapped { (along, across) } else { (across, along) };
        self.image.get_pixel(x as u32, y as u32).0[0]
    }

    fn whiten(&mut self, across: i64, along: i64) {
        let (w, h) = self.size();
        if across >= 0 && along >= 0 && across < w && along < h {
            let (x, y) = if self.swapped { (along, across) } else { (across, along) };
            self.image.put_pixel(x as u32, y as u32, image::Luma([255]));
        }
    }

    fn px(&self, mm: f64) -> i64 {
        (mm * self.px_per_mm).round() as i64
    }

    /// The pixel line near `at` mm that is dark over most of the piece and the nearest of equals.
    fn locate(&self, at: f64, from: f64, to: f64) -> Option<i64> {
        let (start, end) = (self.px(from), self.px(to).max(self.px(from) + 1));
        let dark = |line: i64| {
            let count = (start..end).filter(|&a| self.value(line, a) < STROKE_BELOW).count();
            count as f64 / (end - start) as f64
        };
        let (middle, reach) = ((at * self.px_per_mm - 0.5).round() as i64, self.px(REACH).max(1));
        let worth = |line: i64| dark(line) - 0.02 * (line - middle).abs() as f64;
        let best = (middle - reach..=middle + reach).max_by(|&a, &b| worth(a).total_cmp(&worth(b)))?;
        (dark(best) >= DARK).then_some(best)
    }

    /// How far (mm) a line goes up from its lower end without a gap.
    fn height(&self, line: i64, from: f64, to: f64) -> f64 {
        let (start, end) = (self.px(from), self.px(to));
        let mut missing = -self.px(REACH);
        let mut top = end;
        for along in (start..=end).rev() {
            if self.run(line, along).is_some() {
                (top, missing) = (along, 0);
            } else {
                missing += 1;
            }
            if missing > self.px(GAP) {
                break;
            }
        }
        (end - top) as f64 / self.px_per_mm
    }

    /// Whitens thin runs across the line; upwards from the end until the line stops when `from_end`.
    fn erase(&mut self, line: i64, from: f64, to: f64, from_end: bool) {
        let thick = self.px(THICK).max(2);
        let (start, end) = (self.px(from) - 1, self.px(to) + 1);
        // A lost floor leaves the lower end of a tick short.
        let mut missing = -self.px(REACH);
        for step in 0..=end - start {
            let along = if from_end { end - step } else { start + step };
            match self.run(line, along) {
                Some((low, high)) if high - low <= thick => {
                    for across in low - RIM..high + RIM {
                        let rim = self.value(across, along) >= STROKE_BELOW;
                        if rim || (low..high).contains(&across) {
                            self.whiten(across, along);
                        }
                    }
                    missing = 0;
                }
                Some(_) => missing = 0,
                None => missing += 1,
            }
            if from_end && missing > self.px(GAP) {
                return;
            }
        }
    }

    /// The dark run across the line at a place along it.
    fn run(&self, line: i64, along: i64) -> Option<(i64, i64)> {
        let dark = |across: i64| self.value(across, along) < STROKE_BELOW;
        let seed = [line, line - 1, line + 1].into_iter().find(|&a| dark(a))?;
        let low = (0..=seed).rev().take_while(|&a| dark(a)).last()?;
        let high = (seed..self.size().0).take_while(|&a| dark(a)).last()? + 1;
        Some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// 20×10 mm at 8 px/mm: a rule at y = 8, a tick at x = 10 from y = 5, and ink.
    fn ruled(ink: impl Fn(u32, u32) -> bool) -> GrayImage {
        GrayImage::from_fn(160, 80, |x, y| {
            let rule = (63..65).contains(&y) || (79..81).contains(&x) && (40..65).contains(&y);
            Luma([if rule || ink(x, y) { 0 } else { 255 }])
        })
    }

    const RULES: [Rule; 2] =
        [Rule::Across { y: 8.3, from: 0.0, to: 20.0 }, Rule::Down { x: 9.8, from: 1.0, to: 8.0 }];

    fn dark(image: &GrayImage) -> usize {
        image.pixels().filter(|p| p.0[0] < 128).count()
    }

    #[test]
    fn ruling_alone_leaves_nothing() {
        let mut image = ruled(|_, _| false);
        erase(&mut image, &RULES, 8.0);
        assert_eq!(dark(&image), 0);
    }

    #[test]
    fn strokes_through_the_ruling_stay_whole() {
        let down = |x: u32, y: u32| (30..34).contains(&x) && (20..76).contains(&y);
        let across = |x: u32, y: u32| (60..110).contains(&x) && (50..54).contains(&y);
        let mut image = ruled(|x, y| down(x, y) || across(x, y));
        erase(&mut image, &RULES, 8.0);
        assert!((20..76).all(|y| image.get_pixel(31, y).0[0] < 128));
        assert!((60..110).all(|x| image.get_pixel(x, 51).0[0] < 128));
    }

    #[test]
    fn a_stroke_above_a_short_tick_is_not_ruling() {
        let one = |x: u32, y: u32| (79..81).contains(&x) && (8..32).contains(&y);
        let mut image = ruled(one);
        erase(&mut image, &RULES, 8.0);
        assert!(dark(&image) >= 44, "{}", dark(&image));
    }

    #[test]
    fn a_thin_stroke_standing_on_a_tick_stays() {
        let tick = |x: u32, y: u32| {
            (40..65).contains(&y) && [20, 50, 80, 110, 140].iter().any(|t| (*t..t + 2).contains(&x))
        };
        let one = |x: u32, y: u32| (50..52).contains(&x) && (8..60).contains(&y);
        let mut image =
            GrayImage::from_fn(160, 80, |x, y| Luma([if tick(x, y) || one(x, y) { 0 } else { 255 }]));
        let rules = [2.6, 6.4, 10.1, 13.9, 17.6].map(|x| Rule::Down { x, from: 1.0, to: 8.0 });
        erase(&mut image, &rules, 8.0);
        assert!((8..36).all(|y| image.get_pixel(50, y).0[0] == 0), "{}", dark(&image));
        assert!((64..65).all(|y| image.get_pixel(50, y).0[0] == 255));
    }

    #[test]
    fn where_no_ruling_is_printed_nothing_goes() {
        let word = |x: u32, y: u32| (30..60).contains(&x) && (60..66).contains(&y) && x % 6 < 3;
        let mut image = GrayImage::from_fn(160, 80, |x, y| Luma([if word(x, y) { 0 } else { 255 }]));
        let before = dark(&image);
        erase(&mut image, &RULES, 8.0);
        assert_eq!(dark(&image), before);
    }
}

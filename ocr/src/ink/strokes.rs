//! Connected ink, labelled by runs.

use std::ops::Range;

use image::{GrayImage, Luma};

/// Pixels of ink from `start` to `end` (exclusive) in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) row: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Ink that hangs together, diagonals included.
#[derive(Clone, Debug, Default)]
pub(super) struct Stroke {
    pub(super) runs: Vec<Run>,
}

impl Stroke {
    /// Pixels.
    pub(super) fn area(&self) -> u32 {
        self.runs.iter().map(|r| r.end - r.start).sum()
    }

    /// All pixels.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.runs.iter().flat_map(|r| (r.start..r.end).map(|x| (x, r.row)))
    }
}

/// Values below count as part of a stroke, its grey rim included.
pub(super) const STROKE_BELOW: u8 = 160;

/// The strokes of an image, from the top.
pub(super) fn strokes(image: &GrayImage) -> Vec<Stroke> {
    let runs = runs(image);
    let mut parent: Vec<usize> = (0..runs.len()).collect();
    let mut above = 0..0;
    let mut at = 0;
    for row in 0..image.height() {
        let here = at..at + runs[at..].iter().take_while(|r| r.row == row).count();
        let mut first = above.start;
        for i in here.clone() {
            while first < above.end && runs[first].end < runs[i].start {
                first += 1;
            }
            for j in (first..above.end).take_while(|&j| runs[j].start <= runs[i].end) {
                let (a, b) = (root(&mut parent, i), root(&mut parent, j));
                parent[a.max(b)] = a.min(b);
            }
        }
        at = here.end;
        above = here;
    }
    let mut strokes: Vec<Stroke> = vec![Stroke::default(); runs.len()];
    for (i, run) in runs.iter().enumerate() {
        let root = root(&mut parent, i);
        strokes[root].runs.push(*run);
    }
    strokes.retain(|s| !s.runs.is_empty());
    strokes
}

/// Whitens strokes of fewer than so many pixels, with their grey rims.
pub(super) fn remove_specks(image: &mut GrayImage, below: f64) {
    remove(image, |stroke| f64::from(stroke.area()) < below);
}

/// Whitens strokes that lie wholly within these rows, with their grey rims.
pub(super) fn remove_within(image: &mut GrayImage, rows: Range<u32>) {
    remove(image, |stroke| stroke.runs.iter().all(|run| rows.contains(&run.row)));
}

fn remove(image: &mut GrayImage, unwanted: impl Fn(&Stroke) -> bool) {
    let (w, h) = image.dimensions();
    for stroke in strokes(image).iter().filter(|s| unwanted(s)) {
        for (x, y) in stroke.pixels() {
            image.put_pixel(x, y, Luma([255]));
            for v in y.saturating_sub(1)..(y + 2).min(h) {
                for u in x.saturating_sub(1)..(x + 2).min(w) {
                    if image.get_pixel(u, v).0[0] >= STROKE_BELOW {
                        image.put_pixel(u, v, Luma([255]));
                    }
                }
            }
        }
    }
}

fn runs(image: &GrayImage) -> Vec<Run> {
    let mut runs = Vec::new();
    for (row, pixels) in (0u32..).zip(image.as_raw().chunks_exact(image.width().max(1) as usize)) {
        let mut start = None;
        for (x, &pixel) in (0u32..).zip(pixels.iter().chain([&255])) {
            match (pixel < STROKE_BELOW, start) {
                (true, None) => start = Some(x),
                (false, Some(from)) => {
                    runs.push(Run { row, start: from, end: x });
                    start = None;
                }
                _ => {}
            }
        }
    }
    runs
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image(rows: &[&str]) -> GrayImage {
        let ink = |x: u32, y: u32| rows[y as usize].as_bytes()[x as usize] == b'#';
        let (w, h) = (rows[0].len() as u32, rows.len() as u32);
        GrayImage::from_fn(w, h, |x, y| Luma([if ink(x, y) { 0 } else { 255 }]))
    }

    #[test]
    fn a_ring_is_one_stroke_and_a_dot_in_it_another() {
        let strokes = strokes(&image(&[".####.", "#....#", "#.##.#", "#....#", ".####."]));
        assert_eq!(strokes.iter().map(Stroke::area).collect::<Vec<_>>(), [14, 2]);
    }

    #[test]
    fn branches_that_meet_below_are_one_stroke() {
        assert_eq!(strokes(&image(&["#.#.#", "#.#.#", ".#.#."])).len(), 1);
    }

    proptest! {
        #[test]
        fn every_ink_pixel_is_in_exactly_one_stroke(bits in proptest::collection::vec(any::<bool>(), 120)) {
            let image = GrayImage::from_fn(12, 10, |x, y| Luma([if bits[(y * 12 + x) as usize] { 0 } else { 255 }]));
            let mut seen: Vec<(u32, u32)> = strokes(&image).iter().flat_map(|s| s.pixels().collect::<Vec<_>>()).collect();
            seen.sort_unstable();
            let mut ink: Vec<(u32, u32)> =
                image.enumerate_pixels().filter(|(_, _, p)| p.0[0] == 0).map(|(x, y, _)| (x, y)).collect();
            ink.sort_unstable();
            prop_assert_eq!(seen, ink);
        }
    }
}

//! The light on a scanned page made even: paper becomes white and ink black, wherever a lamp left a shadow
//! or the paper itself is gray.
//!
//! Fax machines decide between black and white themselves; office scanners and phones leave it to us.

use image::GrayImage;

use crate::clean::NEGATIVE_ABOVE;
use crate::page::Page;

/// A page in black and white, or with white paper and black ink, stays as it is. On any other, each level is
/// put between the paper around it and the page's ink, and a page that is mostly dark is taken for a negative.
pub fn even(page: Page) -> Page {
    if !is_continuous(page.pixels()) {
        return page;
    }
    let block = [page.dpi().x, page.dpi().y].map(|dpi| ((dpi * BLOCK_MM / 25.4) as u32).max(8));
    page.map(|mut pixels| {
        if is_negative(&pixels) {
            image::imageops::invert(&mut pixels);
        }
        let paper = Paper::of(&pixels, block);
        let ink = ink(&pixels, &paper);
        if paper.darkest() < ALREADY_WHITE || ink > ALREADY_BLACK {
            stretch(&mut pixels, &paper, ink);
        }
        pixels
    })
}

/// Whether more levels than two, and the few between that drawn edges have, are on the page.
fn is_continuous(pixels: &GrayImage) -> bool {
    let between = pixels.as_raw().iter().step_by(7).filter(|level| (24..232).contains(*level)).count();
    between * 7 > pixels.as_raw().len() / 200
}

fn is_negative(pixels: &GrayImage) -> bool {
    let histogram = histogram(pixels.as_raw().iter().step_by(7).copied());
    let middle = usize::from(otsu(&histogram));
    let dark: u32 = histogram.iter().take(middle).sum();
    f64::from(dark) > NEGATIVE_ABOVE * f64::from(histogram.iter().sum::<u32>())
}

/// Levels of the paper in blocks across and down the page.
struct Paper {
    block: [u32; 2],
    across: usize,
    levels: Vec<f32>,
}

impl Paper {
    fn of(pixels: &GrayImage, block: [u32; 2]) -> Self {
        let across = pixels.width().div_ceil(block[0]) as usize;
        let down = pixels.height().div_ceil(block[1]) as usize;
        let mut levels = Vec::with_capacity(across * down);
        let mut histograms = vec![[0u32; 256]; across];
        for (y, row) in pixels.as_raw().chunks_exact(pixels.width() as usize).enumerate() {
            for (histogram, part) in histograms.iter_mut().zip(row.chunks(block[0] as usize)) {
                part.iter().for_each(|level| histogram[usize::from(*level)] += 1);
            }
            if (y as u32 + 1).is_multiple_of(block[1]) || y as u32 + 1 == pixels.height() {
                levels.extend(histograms.iter().map(|h| f32::from(quantile(h, PAPER_QUANTILE))));
                histograms.fill([0; 256]);
            }
        }
        let paper = Self { block, across, levels };
        // A block that ink fills has the paper of its neighbours.
        paper.around(|near| near.fold(0.0, f32::max)).around(mean)
    }

    /// Each block by what lies in the three by three around it.
    fn around(&self, choose: impl Fn(&mut dyn Iterator<Item = f32>) -> f32) -> Self {
        let down = self.levels.len() / self.across;
        let near = |n: usize, most: usize| n.saturating_sub(1)..(n + 2).min(most);
        let at = |x: usize, y: usize| {
            let mut levels = near(y, down).flat_map(|v| near(x, self.across).map(move |u| (u, v)));
            choose(&mut std::iter::from_fn(|| levels.next().map(|(u, v)| self.levels[v * self.across + u])))
        };
        let levels = (0..down).flat_map(|y| (0..self.across).map(move |x| (x, y))).map(|(x, y)| at(x, y));
        Self { block: self.block, across: self.across, levels: levels.collect() }
    }

    fn darkest(&self) -> f32 {
        self.levels.iter().copied().fold(255.0, f32::min)
    }

    /// The paper under every pixel of a row, between the centres of the blocks.
    fn row(&self, y: u32, out: &mut [f32]) {
        let down = self.levels.len() / self.across;
        let place = |n: u32, block: u32, most: usize| {
            let at = ((n as f32 + 0.5) / block as f32 - 0.5).clamp(0.0, (most - 1) as f32);
            (at as usize, (at as usize + 1).min(most - 1), at.fract())
        };
        let (top, bottom, part) = place(y, self.block[1], down);
        let line = |v: usize| &self.levels[v * self.across..][..self.across];
        let between: Vec<f32> = line(top).iter().zip(line(bottom)).map(|(a, b)| a + (b - a) * part).collect();
        for (x, out) in (0..).zip(out) {
            let (left, right, part) = place(x, self.block[0], self.across);
            *out = (between[left] + (between[right] - between[left]) * part).max(1.0);
        }
    }
}

fn mean(levels: &mut dyn Iterator<Item = f32>) -> f32 {
    let (sum, count) = levels.fold((0.0, 0.0), |(sum, count), level| (sum + level, count + 1.0));
    sum / count
}

/// Level of the ink as a share of the paper's.
fn ink(pixels: &GrayImage, paper: &Paper) -> f32 {
    let mut shares = [0u32; 256];
    let mut papers = vec![0.0; pixels.width() as usize];
    for (y, row) in (0..).zip(pixels.as_raw().chunks_exact(papers.len())).step_by(3) {
        paper.row(y, &mut papers);
        for (level, paper) in row.iter().zip(&papers) {
            shares[(f32::from(*level) / paper * 255.0) as usize & 0xFF] +=
                u32::from(f32::from(*level) < *paper);
        }
    }
    let middle = usize::from(otsu(&shares));
    shares.iter_mut().skip(middle).for_each(|count| *count = 0);
    // Edges are lighter than the ink they belong to. On a page without ink there is only noise, which is
    // not to be taken for any.
    (f32::from(quantile(&shares, 0.25)) / 255.0).min(LIGHTEST_INK)
}

fn stretch(pixels: &mut GrayImage, paper: &Paper, ink: f32) {
    let mut papers = vec![0.0; pixels.width() as usize];
    for (y, row) in (0..).zip(pixels.chunks_exact_mut(papers.len())) {
        paper.row(y, &mut papers);
        for (level, paper) in row.iter_mut().zip(&papers) {
            let darkness = (1.0 - f32::from(*level) / paper) / (1.0 - ink);
            // `as` saturates.
            *level = (255.0 - 255.0 * INK_FROM_DARKNESS * darkness + 0.5) as u8;
        }
    }
}

fn histogram(levels: impl Iterator<Item = u8>) -> [u32; 256] {
    levels.fold([0; 256], |mut counts, level| {
        counts[usize::from(level)] += 1;
        counts
    })
}

/// The level below which so many of the pixels lie.
fn quantile(counts: &[u32; 256], share: f64) -> u8 {
    let wanted = f64::from(counts.iter().sum::<u32>()) * share;
    let mut below = 0.0;
    let found = counts.iter().position(|count| {
        below += f64::from(*count);
        below >= wanted && below > 0.0
    });
    found.and_then(|level| u8::try_from(level).ok()).unwrap_or(u8::MAX)
}

/// The level that parts a histogram into two classes of the least variance (Otsu 1979).
fn otsu(counts: &[u32; 256]) -> u8 {
    let weigh = |(sum, count): (f64, f64), (level, n): (usize, &u32)| {
        (sum + level as f64 * f64::from(*n), count + f64::from(*n))
    };
    let (sum, count) = counts.iter().enumerate().fold((0.0, 0.0), weigh);
    let (mut below, mut best) = ((0.0, 0.0), (0.0, 0u8));
    for (level, n) in (0..=u8::MAX).zip(counts) {
        let between = if below.1 > 0.0 && below.1 < count {
            let apart = below.0 / below.1 - (sum - below.0) / (count - below.1);
            below.1 * (count - below.1) * apart * apart
        } else {
            0.0
        };
        if between > best.0 {
            best = (between, level);
        }
        below = weigh(below, (usize::from(level), n));
    }
    best.1
}

/// A block is larger than any letter and smaller than any lamp's shadow.
const BLOCK_MM: f64 = 6.0;
/// In a block of text a quarter at most is ink.
const PAPER_QUANTILE: f64 = 0.75;
/// Paper and ink of pages that need nothing: drawn ones, and scans that were stretched before.
const ALREADY_WHITE: f32 = 248.0;
const ALREADY_BLACK: f32 = 0.08;
/// A weak pencil; anything lighter is the paper's grain.
const LIGHTEST_INK: f32 = 0.72;
/// 128, the line between ink and paper, comes to lie at this part of 1 / 2: thin strokes cover their
/// pixels by half and less.
const INK_FROM_DARKNESS: f32 = 1.25;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Dpi;
    use image::Luma;

    /// Grain, as scanners have.
    fn grain(x: u32, y: u32) -> f64 {
        f64::from((x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 28) - 7.5
    }

    fn line(x: u32, y: u32) -> bool {
        (x / 3).is_multiple_of(20) || (y / 2).is_multiple_of(40)
    }

    fn scan(paper: impl Fn(u32, u32) -> f64, ink: f64) -> Page {
        let pixels = GrayImage::from_fn(800, 600, |x, y| {
            let level = paper(x, y) * if line(x, y) { ink } else { 1.0 };
            Luma([(level + grain(x, y)) as u8])
        });
        Page::new(pixels, Dpi { x: 200.0, y: 200.0 }, vec![]).unwrap()
    }

    /// Share of pixels that are ink where there is none, or paper where there is ink.
    fn wrong(page: &Page) -> f64 {
        let wrong =
            page.pixels().enumerate_pixels().filter(|(x, y, p)| (p.0[0] < 128) != line(*x, *y)).count();
        wrong as f64 / f64::from(page.pixels().width() * page.pixels().height())
    }

    #[test]
    fn gray_paper_weak_ink_and_shadows_are_told_apart() {
        for (paper, ink) in [(245.0, 0.2), (200.0, 0.3), (120.0, 0.3), (90.0, 0.2), (245.0, 0.65)] {
            let share = wrong(&even(scan(|_, _| paper, ink)));
            assert!(share < 0.001, "paper {paper}, ink {ink}: {share}");
        }
        let shadow = |x: u32, y: u32| 235.0 - f64::from(x) * 0.12 - f64::from(y) * 0.08;
        let share = wrong(&even(scan(shadow, 0.25)));
        assert!(share < 0.001, "shadow: {share}");
    }

    #[test]
    fn a_gray_negative_is_turned_back() {
        let mut negative = scan(|_, _| 220.0, 0.3).pixels().clone();
        image::imageops::invert(&mut negative);
        let page = Page::new(negative, Dpi { x: 200.0, y: 200.0 }, vec![]).unwrap();
        assert!(wrong(&even(page)) < 0.001);
    }

    #[test]
    fn an_empty_sheet_stays_empty() {
        let empty = Page::new(
            GrayImage::from_fn(800, 600, |x, y| Luma([(200.0 + grain(x, y)) as u8])),
            Dpi { x: 200.0, y: 200.0 },
            vec![],
        );
        assert!(even(empty.unwrap()).pixels().pixels().all(|p| p.0[0] > 128));
    }

    #[test]
    fn black_and_white_stays_as_it_is() {
        let pixels = GrayImage::from_fn(300, 200, |x, y| Luma([if line(x, y) { 0 } else { 255 }]));
        let page = Page::new(pixels.clone(), Dpi { x: 204.0, y: 98.0 }, vec![]).unwrap();
        assert!(even(page).pixels() == &pixels);
    }
}

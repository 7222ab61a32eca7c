//! How much thin line there is at each height of a page, and where a form's lines fit into it.

use super::template::LONG;

/// Line length per height, lines standing out from what lies around them; 1 for a long line.
pub(super) struct Profile {
    start: f64,
    heights: Vec<f64>,
    /// Sums of the heights from the first.
    sums: Vec<f64>,
}

/// Where a form's lines fit: place on the page = start + scale × place on the form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    pub(super) scale: f64,
    pub(super) start: f64,
    /// Share of the form's lines that are seen, above what chance would show.
    pub(super) worth: f64,
}

/// Printed size over nominal size.
pub(super) const SCALE: (f64, f64) = (0.87, 1.13);

/// Height (mm) of one step of a profile.
const BIN: f64 = 0.25;

/// Steps of scale tried, coarse and then fine.
const STEP: (f64, f64) = (0.004, 0.0008);

/// How far (mm) a form may stand out of the ink of a page.
const OUT: f64 = 45.0;

/// Distance (mm) of places that are two.
const TWO: f64 = 3.0;

/// Half the height (steps) of the surroundings from which a line stands out.
const AROUND: usize = 12;

impl Profile {
    pub(super) fn of(places: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) =
            places.clone().fold((f64::MAX, f64::MIN), |(low, high), p| (low.min(p), high.max(p)));
        let start = low - 4.0 * BIN;
        let mut counts = vec![0.0; ((high - start) / BIN).max(0.0) as usize + 5];
        for place in places {
            // Each point is one cell of the half-resolution grid, about as long as a step.
            counts[((place - start) / BIN) as usize] += BIN;
        }
        let heights = blurred(&standing_out(&counts));
        let mut sums = vec![0.0];
        for height in &heights {
            sums.push(sums[sums.len() - 1] + height);
        }
        Self { start, heights, sums }
    }

    /// The two best places of lines (ascending), the better first. With a negative `sign` the form's lines run
    /// against the profile.
    pub(super) fn fits(&self, lines: &[(f64, f64)], sign: f64, (low, high): (f64, f64)) -> Vec<Fit> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Vec::new() };
        let steps = ((high - low) / STEP.0).round() as i32;
        let mut best: Vec<Fit> = Vec::new();
        for k in 0..=steps {
            let scale = sign * (low + f64::from(k) * STEP.0);
            let (from, to) = ((scale * first.0).min(scale * last.0), (scale * first.0).max(scale * last.0));
            let mut start = self.start - OUT - from;
            let end = self.start + self.heights.len() as f64 * BIN + OUT - to;
            while start <= end {
                keep(
                    &mut best,
                    Fit { scale, start, worth: self.worth(lines, scale, start) },
                    first.0,
                    last.0,
                );
                // Heights are blurred by a step to either side.
                start += 2.0 * BIN;
            }
        }
        let mut best: Vec<Fit> = best.into_iter().map(|fit| self.sharpened(lines, fit)).collect();
        best.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        best
    }

    /// The best of the places close by. The scale turns about the middle of the lines.
    fn sharpened(&self, lines: &[(f64, f64)], fit: Fit) -> Fit {
        let middle = lines.iter().map(|line| line.0).sum::<f64>() / lines.len().max(1) as f64;
        let mut best = fit;
        for k in -5..=5 {
            let scale = fit.scale + f64::from(k) * STEP.1;
            for j in -5..=5 {
                let start = fit.start + (fit.scale - scale) * middle + f64::from(j) * BIN / 2.0;
                let worth = self.worth(lines, scale, start);
                if worth > best.worth {
                    best = Fit { scale, start, worth };
                }
            }
        }
        best
    }

    fn worth(&self, lines: &[(f64, f64)], scale: f64, start: f64) -> f64 {
        let (mut met, mut all) = (0.0, 0.0);
        for (place, weight) in lines {
            let slot = (start + scale * place - self.start) / BIN;
            if slot >= 0.0 {
                met += weight * self.heights.get(slot as usize).copied().unwrap_or(0.0).min(*weight);
            }
            all += weight * weight;
        }
        let ends = [lines.first(), lines.last()]
            .map(|line| line.map_or(0.0, |line| (start + scale * line.0 - self.start) / BIN));
        let slot = |at: f64| (at.max(0.0) as usize).min(self.heights.len());
        let (from, to) = (slot(ends[0].min(ends[1])), slot(ends[0].max(ends[1]) + 1.0));
        let usual = (self.sums[to] - self.sums[from]) / ((ends[0] - ends[1]).abs() + 1.0);
        let weights: f64 = lines.iter().map(|line| line.1).sum();
        (met - usual * weights) / all.max(1e-9)
    }
}

/// Keeps the two best fits that are not the same place.
fn keep(best: &mut Vec<Fit>, fit: Fit, first: f64, last: f64) {
    if best.get(1).is_some_and(|second| fit.worth <= second.worth) {
        return;
    }
    let same = |other: &Fit| {
        let apart = |at: f64| (fit.start + fit.scale * at - other.start - other.scale * at).abs();
        apart(first) < TWO || apart(last) < TWO
    };
    if let Some(other) = best.iter_mut().find(|other| same(other)) {
        if fit.worth > other.worth {
            *other = fit;
        }
    } else {
        best.push(fit);
    }
    best.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    best.truncate(2);
}

/// Length above the average around, 1 for a long line.
fn standing_out(counts: &[f64]) -> Vec<f64> {
    let around = |i: usize| {
        let (from, to) = (i.saturating_sub(AROUND), (i + AROUND + 1).min(counts.len()));
        counts[from..to].iter().sum::<f64>() / (to - from) as f64
    };
    (0..counts.len()).map(|i| ((counts[i] - around(i)) / LONG).clamp(0.0, 1.0)).collect()
}

/// The higher of a step and its neighbours: half a step of misplacement must not lose a line.
fn blurred(heights: &[f64]) -> Vec<f64> {
    let at = |i: Option<usize>| i.and_then(|i| heights.get(i)).copied().unwrap_or(0.0);
    (0..heights.len()).map(|i| at(Some(i)).max(at(i.checked_sub(1))).max(at(Some(i + 1)))).collect()
}

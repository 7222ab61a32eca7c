//! One answer out of several boxes.

use super::boxes::{Mark, Verdict};

/// The answer of a single choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChoiceAnswer {
    /// The box with this index, and how sure that is, 0 to 1. Below 0.9 a person should look:
    /// a faint or circled box, or a trace in another one.
    One(usize, f32),
    /// No box is marked.
    None,
    /// More than one box, or none clearly more than another.
    Ambiguous,
}

/// Decides a single choice: exactly one marked box that leads the runner-up by [`MARGIN`].
pub fn choice(marks: &[Mark]) -> ChoiceAnswer {
    let with = |verdict: Verdict| marks.iter().enumerate().filter(move |(_, m)| m.verdict == verdict);
    let mut marked = with(Verdict::Marked);
    let unclear = with(Verdict::Unclear).count();
    match (marked.next(), marked.next()) {
        (Some(_), Some(_)) => ChoiceAnswer::Ambiguous,
        (Some((best, mark)), None) => {
            let others = marks.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, m)| m.ratio);
            let lead = mark.ratio - others.fold(0.0, f32::max);
            match (lead >= MARGIN, unclear) {
                (false, _) => ChoiceAnswer::Ambiguous,
                (true, 0) => ChoiceAnswer::One(best, sureness(lead)),
                (true, _) => ChoiceAnswer::One(best, DOUBTFUL),
            }
        }
        (None, _) if unclear == 0 => ChoiceAnswer::None,
        (None, _) if unclear == 1 => with(Verdict::Unclear).next().map_or(ChoiceAnswer::None, |(i, _)| ChoiceAnswer::One(i, FAINT)),
        (None, _) => ChoiceAnswer::Ambiguous,
    }
}

/// Least lead over the runner-up (domain.md section 1.4: then 0 to 0.8 % of answers are wrong).
pub const MARGIN: f32 = 0.05;

/// Confidence when another box holds a trace or is circled.
const DOUBTFUL: f32 = 0.7;

/// Confidence when the only candidate is itself unclear.
const FAINT: f32 = 0.5;

/// From 0.9 at the margin to 0.99 at three times the margin.
fn sureness(lead: f32) -> f32 {
    (0.9 + 0.09 * (lead - MARGIN) / (2.0 * MARGIN)).clamp(0.9, 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(ratio: f32, verdict: Verdict) -> Mark {
        Mark { ratio, ring: 0.0, verdict }
    }

    #[test]
    fn exactly_one_clear_mark_is_an_answer() {
        let empty = mark(0.0, Verdict::Empty);
        let ticked = mark(0.2, Verdict::Marked);
        let traced = mark(0.03, Verdict::Unclear);
        assert_eq!(choice(&[empty, empty]), ChoiceAnswer::None);
        assert_eq!(choice(&[empty, ticked, empty]), ChoiceAnswer::One(1, 0.99));
        assert_eq!(choice(&[empty, ticked, ticked]), ChoiceAnswer::Ambiguous);
        assert_eq!(choice(&[traced, ticked, empty]), ChoiceAnswer::One(1, DOUBTFUL));
        assert_eq!(choice(&[traced, empty]), ChoiceAnswer::One(0, FAINT));
        assert_eq!(choice(&[traced, traced]), ChoiceAnswer::Ambiguous);
    }

    #[test]
    fn a_mark_without_a_lead_is_no_answer() {
        let marks = [mark(0.06, Verdict::Marked), mark(0.03, Verdict::Unclear)];
        assert_eq!(choice(&marks), ChoiceAnswer::Ambiguous);
    }
}

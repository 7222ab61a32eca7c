//! Greedy CTC decoding: the best class of each step, repeats merged, blanks dropped.

use std::ops::Range;

use rten_tensor::NdTensorView;
use rten_tensor::prelude::*;

use super::dictionary::{BLANK, Candidate, Dictionary};
use crate::engine::LineText;

/// The characters of one line of `[steps, classes]` probabilities, each with the highest
/// probability it had over its run of steps; `written` are the steps with ink.
///
/// A class that no Japanese text holds gives way to the best one that does, with the low probability that this one had.
/// With candidates, a step that is not blank becomes the best of them and keeps the probability that the
/// model gave to it among all classes. A foreign character is thus never dropped without a
/// trace: it stays as a candidate with a score near 0.
pub(super) fn decode(
    scores: NdTensorView<f32, 2>,
    dictionary: &Dictionary,
    candidates: &Option<Vec<Candidate>>,
    written: Range<f32>,
) -> LineText {
    let mut text: Vec<(char, f32)> = Vec::new();
    let mut at: Vec<f32> = Vec::new();
    let mut before = None;
    for step in 0..scores.size(0) {
        let row: NdTensorView<f32, 1> = scores.slice(step);
        let best = best(row).filter(|(class, _)| *class != BLANK);
        let now = best.and_then(|(class, score)| match candidates {
            None if dictionary.is_japanese(class) => dictionary.character(class).map(|c| (c, score)),
            None => japanese(row, dictionary),
            Some(candidates) => nearest(row, candidates),
        });
        match (now, text.last_mut()) {
            (Some((c, score)), Some(last)) if before == Some(c) => last.1 = last.1.max(score),
            (Some((c, score)), _) => {
                text.push((c, score));
                at.push(step as f32 + 0.5);
            }
            (None, _) => {}
        }
        before = now.map(|(c, _)| c);
    }
    let widths: Vec<f32> = text.iter().map(|(c, _)| width(*c)).collect();
    LineText { chars: text, widest_gap: widest_gap(&at, &widths, written) }
}

/// The widest room beyond what the characters need, in full-width characters; `at` are their steps.
fn widest_gap(at: &[f32], widths: &[f32], written: Range<f32>) -> f32 {
    let needed = |i: usize| (widths[i] + widths[i + 1]) / 2.0;
    let mut pitches: Vec<f32> =
        at.windows(2).enumerate().map(|(i, pair)| (pair[1] - pair[0]) / needed(i)).collect();
    pitches.sort_by(f32::total_cmp);
    let (Some(first), Some(last), Some(&pitch)) = (at.first(), at.last(), pitches.get(pitches.len() / 2))
    else {
        return 0.0;
    };
    let between = at.windows(2).enumerate().map(|(i, pair)| (pair[1] - pair[0]) / pitch - needed(i));
    let ends = [(first - written.start) / pitch, (written.end - last) / pitch];
    ends.into_iter().map(|end| end - END).chain(between).fold(0.0, f32::max)
}

/// Room that the first and the last character take to the end of the ink.
const END: f32 = 0.5;

/// Width of a character in full-width ones.
fn width(c: char) -> f32 {
    if c.is_ascii() || matches!(c, '、' | '。' | '・') { 0.5 } else { 1.0 }
}

/// The likeliest Japanese character, whatever else is likelier.
fn japanese(row: NdTensorView<f32, 1>, dictionary: &Dictionary) -> Option<(char, f32)> {
    let known = row.iter().copied().enumerate().filter(|(class, _)| dictionary.is_japanese(*class));
    let (class, score) = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
    dictionary.character(class).map(|c| (c, score))
}

fn best(row: NdTensorView<f32, 1>) -> Option<(usize, f32)> {
    row.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The likeliest candidate, the probabilities of its classes summed.
fn nearest(row: NdTensorView<f32, 1>, candidates: &[Candidate]) -> Option<(char, f32)> {
    let sum = |classes: &[usize]| classes.iter().filter_map(|&class| row.get([class])).sum::<f32>();
    candidates.iter().map(|(c, classes)| (*c, sum(classes).min(1.0))).max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use rten_tensor::NdTensor;

    use super::*;
    use crate::engine::Alphabet;

    /// Classes: blank, `1`, `l`, `一`, space.
    fn dictionary() -> Dictionary {
        Dictionary::parse("1\nl\n一").unwrap()
    }

    fn text(steps: &[[f32; 5]], alphabet: Alphabet) -> Vec<(char, f32)> {
        let scores = NdTensor::from_data([steps.len(), 5], steps.concat());
        let dictionary = dictionary();
        let steps = 0.0..steps.len() as f32;
        decode(scores.view(), &dictionary, &dictionary.restrict(alphabet), steps).chars
    }

    const NOTHING: [f32; 5] = [1.0, 0.0, 0.0, 0.0, 0.0];

    #[test]
    fn repeats_merge_unless_a_blank_parts_them() {
        let one = [0.1, 0.9, 0.0, 0.0, 0.0];
        assert_eq!(text(&[one, one, NOTHING, one], Alphabet::Any), [('1', 0.9), ('1', 0.9)]);
    }

    #[test]
    fn a_character_scores_the_best_of_its_run() {
        let weak = [0.4, 0.6, 0.0, 0.0, 0.0];
        let strong = [0.05, 0.95, 0.0, 0.0, 0.0];
        assert_eq!(text(&[weak, strong, weak], Alphabet::Any), [('1', 0.95)]);
    }

    #[test]
    fn a_foreign_character_stays_as_a_candidate_with_its_low_score() {
        let letter = [0.0, 0.25, 0.75, 0.0, 0.0];
        assert_eq!(text(&[NOTHING, letter, NOTHING], Alphabet::Digits), [('1', 0.25)]);
    }

    #[test]
    fn a_twin_counts_for_the_kana_it_looks_like() {
        let dash = [0.0, 0.0, 0.0, 0.75, 0.25];
        assert_eq!(text(&[dash], Alphabet::Katakana), [('ー', 0.75)]);
    }

    #[test]
    fn blank_steps_are_no_text() {
        assert_eq!(text(&[NOTHING; 4], Alphabet::Any), []);
        assert_eq!(text(&[], Alphabet::Digits), []);
    }
}

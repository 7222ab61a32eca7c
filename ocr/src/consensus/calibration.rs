//! From evidence to a probability, and from a budget of errors to the probability that is enough.
//!
//! `ocr/models/calibration.json` is fitted by `make calibrate` on labelled faxes; nothing in it is set by hand.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::evidence::{Evidence, names};

/// Weights and bounds of every class of evidence.
#[derive(Clone, Debug, Deserialize)]
pub struct Calibration {
    classes: BTreeMap<String, Model>,
}

/// A logistic model of one class.
#[derive(Clone, Debug, Deserialize)]
struct Model {
    bias: f32,
    /// By feature name.
    weights: BTreeMap<String, f32>,
    /// Budgets of wrong among sure, ascending, and the least probability that keeps each.
    bounds: Vec<(f64, f32)>,
}

static EMBEDDED: LazyLock<Calibration> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../models/calibration.json")).expect("the embedded file is tested")
});

impl Calibration {
    /// The calibration that is part of the binary.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Probability that the value is right; 0 for a class that was not calibrated.
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        let Some(model) = self.classes.get(evidence.class) else { return 0.0 };
        let weighed = names(evidence.class).iter().zip(&evidence.features);
        let sum: f32 = weighed.map(|(name, x)| model.weights.get(*name).copied().unwrap_or(0.0) * x).sum();
        1.0 / (1.0 + (-(model.bias + sum)).exp())
    }

    /// The least probability that keeps wrong among sure within `budget` (0 to 1); `None` when nothing does.
    pub fn enough(&self, class: &str, budget: f64) -> Option<f32> {
        let mut from_largest = self.classes.get(class)?.bounds.iter().rev();
        from_largest.find(|(within, _)| *within <= budget).map(|(_, bound)| *bound)
    }
}

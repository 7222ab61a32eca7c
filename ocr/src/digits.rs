//! The reader of single digits in comb cells, with its network in the binary.
//!
//! The network was trained on handwritten and printed digits with fax damage, and on what is no digit:
//! letters, scribbles, struck-out and overwritten digits, smudges. `ocr/models/digits.md` has its measured
//! confusion table, `ocr/train/` the way to make it again. It is run by `rten` like PP-OCR: the model file
//! is a standard one that others can inspect and check, and the convolutions are faster than our own would be.

mod picture;

use std::sync::Arc;

use image::GrayImage;
use rten::{Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

pub use picture::picture;

use crate::engine::LineText;
use crate::{Error, Result};
use picture::SIDE;

const NAME: &str = "digits";
/// The network's classes: the ten digits, then what is no digit.
const CLASSES: usize = 11;
static MODEL: &[u8] = include_bytes!("../models/digits.onnx");

/// The loaded network.
pub struct Digits {
    model: Model,
    input: NodeId,
    output: NodeId,
    threads: Arc<ThreadPool>,
}

impl Digits {
    /// The network that is part of the binary.
    ///
    /// # Errors
    /// [`Error::Engine`] when the binary was built with a file that is no such network.
    pub fn embedded() -> Result<Self> {
        let model = Model::load_static_slice(MODEL).map_err(|error| failed(error.to_string()))?;
        let (&[input], &[output]) = (model.input_ids(), model.output_ids()) else {
            return Err(failed("the network has not one input and one output"));
        };
        // A field has a dozen cells: more threads cost more than they save.
        let threads = Arc::new(ThreadPool::with_num_threads(1));
        Ok(Self { model, input, output, threads })
    }

    /// Name in readings.
    pub fn name(&self) -> &'static str {
        NAME
    }

    /// One character for each cell that [`crate::ink::cells`] cut, at 8 pixels per millimetre: the likeliest digit with the
    /// probability that it is right, a space with 1 for an empty cell.
    ///
    /// What is no digit gets its likeliest digit too, with a low probability. A cell whose ink is too faint to be
    /// read gets a space with 0.
    ///
    /// # Errors
    /// [`Error::Engine`] when the network cannot be run.
    pub fn read(&mut self, cells: &[Option<GrayImage>]) -> Result<LineText> {
        let pictures: Vec<Option<GrayImage>> = cells.iter().map(|cell| picture(cell.as_ref()?)).collect();
        let seen: Vec<&GrayImage> = pictures.iter().flatten().collect();
        let mut digits = self.run(&seen)?.into_iter();
        let character = |(cell, picture): (&Option<GrayImage>, &Option<GrayImage>)| match (cell, picture) {
            (None, _) => (' ', 1.0),
            (Some(_), None) => (' ', 0.0),
            (Some(_), Some(_)) => digits.next().unwrap_or((' ', 0.0)),
        };
        Ok(LineText::of(cells.iter().zip(&pictures).map(character).collect()))
    }

    /// The likeliest digit of each picture.
    fn run(&self, pictures: &[&GrayImage]) -> Result<Vec<(char, f32)>> {
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let side = SIDE as usize;
        let ink: Vec<f32> =
            pictures.iter().flat_map(|p| p.as_raw()).map(|&p| f32::from(255 - p) / 255.0).collect();
        let input = NdTensor::<f32, 4>::from_data([pictures.len(), 1, side, side], ink);
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&self.threads));
        let [output] = self
            .model
            .run_n(vec![(self.input, input.into())], [self.output], Some(options))
            .map_err(|error| failed(error.to_string()))?;
        let scores: NdTensor<f32, 2> =
            output.try_into().map_err(|_| failed("its output is no [N, classes]"))?;
        if scores.shape() != [pictures.len(), CLASSES] {
            return Err(failed(format!("it gave {:?} for {} cells", scores.shape(), pictures.len())));
        }
        let likeliest = |row: usize| {
            let of = |digit: char, class: usize| (digit, scores[[row, class]]);
            let digits = ('0'..='9').zip(0..).map(|(digit, class)| of(digit, class));
            digits.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((' ', 0.0))
        };
        Ok((0..pictures.len()).map(likeliest).collect())
    }
}

fn failed(what: impl Into<String>) -> Error {
    Error::Engine { engine: NAME, what: what.into() }
}

//! The PP-OCRv6 recogniser, run by `rten`: the only file naming it.
//!
//! The model takes lines 48 pixels high as `[N, 3, 48, W]`, each channel `value / 127.5 - 1`, and gives
//! `[N, T, classes]` probabilities: class 0 is the CTC blank, then the dictionary in its
//! metadata (`character`), last the space. Ink is gray, so the order of the channels does not matter.

mod ctc;
mod dictionary;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use image::{GrayImage, imageops};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use crate::engine::{Alphabet, Engine, LineText};
use crate::line::trim;
use crate::{Error, Result};
use dictionary::Dictionary;

const NAME: &str = "ppocr";
const HEIGHT: u32 = 48;
/// Widths are padded to steps of this many pixels.
const STEP: u32 = 32;
/// Of 293 short lines as many were read right at this width as at the 320 pixels of the model's training.
const LEAST_WIDTH: u32 = 96;
/// Pixels of the line for one step of the model's output.
const PIXELS_PER_STEP: f32 = 8.0;
/// Longer lines are squeezed: 80 square characters fit, the longest field of two lines.
const MOST_WIDTH: u32 = 80 * HEIGHT;
/// Pixels in one run of the model; bounds its output to about 40 MB.
const BATCH_WIDTH: u32 = MOST_WIDTH;
/// White kept around the ink, in heights of the ink. Measured on 432 drawn lines:
/// 0.1 reads 78 % of the lines exactly, none 76 %, 0.3 71 %.
const BORDER: f32 = 0.1;

/// A loaded recogniser.
pub struct PpOcr {
    model: Model,
    input: NodeId,
    output: NodeId,
    dictionary: Dictionary,
    threads: Arc<ThreadPool>,
}

impl PpOcr {
    /// Loads `ppocrv6_rec.onnx`; runs on two threads.
    ///
    /// # Errors
    /// [`Error::Resource`] when the file is missing or is no such model.
    pub fn open(model: &Path) -> Result<Self> {
        Self::open_with_threads(model, 2)
    }

    /// Loads the model to run on so many threads.
    ///
    /// # Errors
    /// As [`PpOcr::open`].
    pub fn open_with_threads(path: &Path, threads: usize) -> Result<Self> {
        let unusable =
            |why: String| Error::Resource { what: "the text recogniser", path: path.to_owned(), why };
        if !path.is_file() {
            return Err(unusable("there is no such file; run ocr/fetch-models.sh".to_owned()));
        }
        let model = ModelOptions::with_all_ops()
            .load_file(path)
            .map_err(|error| unusable(format!("it does not load: {error}")))?;
        let characters = model
            .metadata()
            .get("character")
            .ok_or_else(|| unusable("it carries no dictionary (metadata key `character`)".to_owned()))?;
        let dictionary = Dictionary::parse(characters).map_err(&unusable)?;
        let (&[input], &[output]) = (model.input_ids(), model.output_ids()) else {
            return Err(unusable("it has not one input and one output".to_owned()));
        };
        let threads = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
        Ok(Self { model, input, output, dictionary, threads })
    }

    /// Runs lines of one padded width.
    fn run(&self, lines: &[&GrayImage], width: u32) -> Result<NdTensor<f32, 3>> {
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&self.threads));
        let inputs = vec![(self.input, tensor(lines, width).into())];
        let [output] =
            self.model.run_n(inputs, [self.output], Some(options)).map_err(|e| failed(e.to_string()))?;
        let scores: NdTensor<f32, 3> = output.try_into().map_err(|_| failed("its output is no [N, T, C]"))?;
        let [count, _, classes] = scores.shape();
        if count != lines.len() || classes != self.dictionary.classes() {
            return Err(failed(format!(
                "it gave {count} lines of {classes} classes for {} lines and {} characters",
                lines.len(),
                self.dictionary.classes()
            )));
        }
        Ok(scores)
    }
}

impl Engine for PpOcr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn read(&mut self, lines: &[GrayImage], alphabet: Alphabet) -> Result<Vec<LineText>> {
        let classes = self.dictionary.restrict(alphabet);
        let mut texts = vec![LineText::default(); lines.len()];
        for (width, group) in by_width(lines) {
            let batch = (BATCH_WIDTH / width).max(1) as usize;
            for part in group.chunks(batch) {
                let images: Vec<&GrayImage> = part.iter().map(|(_, image)| image).collect();
                let scores = self.run(&images, width)?;
                for (row, (index, line)) in part.iter().enumerate() {
                    let scores: NdTensorView<f32, 2> = scores.slice(row);
                    texts[*index] = ctc::decode(scores, &self.dictionary, &classes, written(line));
                }
            }
        }
        Ok(texts)
    }
}

/// Lines with ink, scaled to the model's height, by padded width. A line is padded by its own width alone,
/// so that its text never depends on its neighbours in the batch.
fn by_width(lines: &[GrayImage]) -> BTreeMap<u32, Vec<(usize, GrayImage)>> {
    let mut groups: BTreeMap<u32, Vec<(usize, GrayImage)>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(line) = trim(line, BORDER) else { continue };
        let wanted = u64::from(line.width()) * u64::from(HEIGHT) / u64::from(line.height());
        let width = u32::try_from(wanted).unwrap_or(MOST_WIDTH).clamp(1, MOST_WIDTH);
        let scaled = imageops::resize(&line, width, HEIGHT, imageops::FilterType::Triangle);
        let padded = width.next_multiple_of(STEP).max(LEAST_WIDTH);
        groups.entry(padded).or_default().push((index, scaled));
    }
    groups
}

/// The steps of the model's output over which there is ink.
fn written(line: &GrayImage) -> std::ops::Range<f32> {
    let height = HEIGHT as f32;
    let margin = height * BORDER / (1.0 + 2.0 * BORDER);
    margin / PIXELS_PER_STEP..(line.width() as f32 - margin) / PIXELS_PER_STEP
}

/// Lines as the model wants them; the padding on the right is the zero of its scale.
fn tensor(lines: &[&GrayImage], width: u32) -> NdTensor<f32, 4> {
    let mut input = NdTensor::zeros([lines.len(), 3, HEIGHT as usize, width as usize]);
    for (row, line) in lines.iter().enumerate() {
        for (x, y, pixel) in line.enumerate_pixels() {
            let value = f32::from(pixel.0[0]) / 127.5 - 1.0;
            for channel in 0..3 {
                input[[row, channel, y as usize, x as usize]] = value;
            }
        }
    }
    input
}

fn failed(what: impl Into<String>) -> Error {
    Error::Engine { engine: NAME, what: what.into() }
}

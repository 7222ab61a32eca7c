//! What a benchmark has measured, for the page `docs/performance.md`.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Leaves the figures of one part in `target/bench/NAME.json`, where `tests/bench/page.py` takes them from.
///
/// # Panics
/// When they cannot be written.
pub fn leave(name: &str, figures: &Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder).expect("the folder of the figures");
    fs::write(folder.join(name).with_extension("json"), figures.to_string()).expect("writing the figures");
}

//! `docs/performance.md` is made of measured figures, by `tests/bench/page.py`, and not by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(place)
}

/// Whether the page in this folder is what the figures beside it make, and what the check said.
fn checked(docs: &Path) -> (bool, String) {
    let mut check = Command::new("python3");
    check.arg(repository("tests/bench/page.py")).arg("--check").arg("--docs").arg(docs);
    let output = check.output().expect("python3");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_page_on_speed_is_what_the_figures_make() {
    let (agrees, said) = checked(&repository("docs"));
    assert!(agrees, "{said}");
}

#[test]
fn a_figure_changed_by_hand_on_the_page_or_below_it_is_told() {
    for (changed, from, to) in
        [("performance.md", "10,000 mails", "20,000 mails"), ("performance.json", "10000", "20000")]
    {
        let docs = tempfile::tempdir().expect("a folder");
        for file in ["performance.md", "performance.json"] {
            let text = fs::read_to_string(repository("docs").join(file)).expect("the page and its figures");
            let text = if file == changed { text.replacen(from, to, 1) } else { text };
            fs::write(docs.path().join(file), text).expect("a copy");
        }
        let (agrees, said) = checked(docs.path());
        assert!(!agrees && said.contains("is not what"), "{changed}: {said}");
    }
}

//! `kasasagi check`: a line for everything the gateway needs, and an exit code for a script.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

fn check(dir: &Path, settings: &str) -> (i32, serde_json::Value) {
    let path = dir.join("kasasagi.toml");
    std::fs::write(&path, settings).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_kasasagi"))
        .args(["check", "--json", "--config"])
        .arg(&path)
        .output()
        .unwrap();
    (ran.status.code().unwrap(), serde_json::from_slice(&ran.stdout).unwrap())
}

fn state<'a>(report: &'a serde_json::Value, what: &str) -> &'a str {
    let lines = report.as_array().unwrap();
    lines.iter().find(|line| line["check"] == what).unwrap()["state"].as_str().unwrap()
}

#[test]
fn a_check_tells_what_works_and_what_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ppocrv6_rec.onnx");
    let settings = format!(
        "[store]\ndir = \"store\"\nmaster_key = \"master.key\"\ndisk_floor_mb = 1\n[registry]\ndir = \"registry\"\n\
         [delivery]\nvia = \"folder\"\ndir = \"out\"\n[reading]\nmodel = {model:?}\n"
    );
    let (code, report) = check(dir.path(), &settings);
    assert_eq!((code, state(&report, "registry")), (1, "FAILED"), "there is no registry yet");

    let registry = dir.path().join("registry");
    std::fs::create_dir(&registry).unwrap();
    for (name, table) in kasasagi_config::registry::SAMPLE {
        std::fs::write(registry.join(name), table).unwrap();
    }
    let (code, report) = check(dir.path(), &settings);
    assert_eq!(code, 0, "{report}");
    for what in ["settings", "forms", "policy", "font", "disk"] {
        assert_eq!(state(&report, what), "ok", "{what}");
    }
    assert_eq!((state(&report, "key"), state(&report, "delivery")), ("warning", "warning"));

    std::fs::create_dir_all(dir.path().join("store/journal")).unwrap();
    let (code, report) = check(dir.path(), &settings);
    assert_eq!((code, state(&report, "key")), (1, "FAILED"), "a store without its key");

    let (code, report) = check(dir.path(), "[gateway]\nnonsense = 1\n");
    assert_eq!((code, state(&report, "settings")), (1, "FAILED"));
}

//! A room for one gateway, and what its command line says in it.

use std::path::{Path, PathBuf};
use std::process::Output;

use kasasagi_tests::gateway::binary;
use kasasagi_tests::{Gateway, sample};
use serde_json::Value;

/// The folder of a room's registry.
pub const TOWN: &str = "town";

/// The recogniser that setup.sh fetched.
pub fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/ppocrv6_rec.onnx")
}

/// Settings of a room: everything in it, the sample registry with readable mail at once into the folder `outgoing`.
pub fn settings(room: &Path) -> String {
    sample::write_readable(&room.join(TOWN));
    format!(
        "[gateway]\nfrom = \"fax@gateway.example.jp\"\ndomain = \"gateway.example.jp\"\n\
         [store]\ndir = \"store\"\nmaster_key = \"master.key\"\n\
         [control]\nsocket = \"control.sock\"\n\
         [intake.lmtp]\nlisten = \"unix:lmtp.sock\"\n\
         [reading]\nmodel = {:?}\n\
         [smime]\ncertificate = \"smime.crt\"\nkey = \"smime.key\"\n\
         [digest]\nschedule = \"now\"\n\
         [registry]\ndir = \"{TOWN}\"\n\
         [delivery]\nvia = \"folder\"\ndir = \"outgoing\"\n",
        model(),
    )
}

/// A room where nothing runs yet.
pub fn room(settings: impl FnOnce(&Path) -> String) -> Gateway {
    Gateway::prepared(&binary(), settings)
}

/// What a verb that succeeds answers in JSON.
pub fn json(gateway: &Gateway, arguments: &[&str]) -> Value {
    let output = gateway.run(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    parsed(&output)
}

/// The answer of a verb, which must be one JSON value.
pub fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e} in {}", said(output)))
}

/// Everything that a verb printed.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The array of a JSON value.
pub fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not an array: {value}"))
}

/// The string of a JSON value.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}

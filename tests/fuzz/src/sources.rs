//! The built-in profiles, and senders of every kind.

use std::path::Path;
use std::sync::LazyLock;

use kasasagi::mail::Sources;
use kasasagi_config::Settings;

/// The name under which results are believed.
pub const SERVER: &str = "mx.gateway.example.jp";

/// The address that needs a result to be believed.
pub const SENDER: &str = "service@efax.example";

const SETTINGS: &str = r#"
[intake]
own_server = "mx.gateway.example.jp"
[[intake.senders]]
from = ["*@efax.example"]
[[intake.senders]]
from = ["mfp@kitagata.example.jp", "*@pbx.example.jp"]
proof = "address"
[[intake.senders]]
from = ["canon@kitagata.example.jp"]
profile = "canon"
proof = "address"
"#;

/// Where the faxes of all targets come from.
pub static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let settings = Settings::parse("senders.toml", SETTINGS, Path::new("/")).expect("sound settings");
    Sources::open(&settings).expect("sound profiles")
});

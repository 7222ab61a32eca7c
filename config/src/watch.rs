//! How the gateway is watched: what it logs, and where its metrics are read.

use crate::settings::{Checker, Listen};
use crate::{Result, file};

/// The log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// Least level that is written.
    pub level: LogLevel,
}

/// How a line of the log looks. Every one goes to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
    /// With the priority in front that journald takes off again (sd-daemon(3)).
    Journald,
}

/// How grave a line must be to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What a person must see to.
    Error,
    /// What a person should know.
    Warn,
    /// What happens.
    Info,
    /// What the gateway does in detail.
    Debug,
    /// Every step of it.
    Trace,
}

impl LogLevel {
    /// All levels, the gravest first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Checker<'_> {
    pub(crate) fn log(&self, file: &file::Log) -> Result<Log> {
        let format = match file.format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            "journald" => LogFormat::Journald,
            other => {
                let what = format!("{other:?} is none of \"text\", \"json\", \"journald\"");
                return Err(self.fault("log.format", &what));
            }
        };
        let level = LogLevel::ALL.into_iter().find(|level| level.name() == file.level);
        let level = level.ok_or_else(|| {
            let names = LogLevel::ALL.map(|level| format!("{:?}", level.name())).join(", ");
            self.fault("log.level", &format!("{:?} is none of {names}", file.level))
        })?;
        Ok(Log { format, level })
    }

    /// Where metrics are read: whoever connects is not asked who they are, so only on this machine.
    pub(crate) fn metrics(&self, file: &file::Metrics) -> Result<Option<Listen>> {
        self.listen("metrics.listen", &file.listen)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Settings;

    fn parse(text: &str) -> Result<Settings> {
        Settings::parse("test.toml", text, Path::new("/base"))
    }

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn metrics_are_off_unless_a_place_on_this_machine_is_given() {
        let listen = |text: &str| parse(&format!("[metrics]\nlisten = {text:?}")).unwrap().metrics;
        assert_eq!(parse("").unwrap().metrics, None);
        assert_eq!(listen("off"), None);
        assert_eq!(listen("127.0.0.1:9465"), Some(Listen::Loopback("127.0.0.1:9465".parse().unwrap())));
        assert_eq!(listen("[::1]:9465"), Some(Listen::Loopback("[::1]:9465".parse().unwrap())));
        assert_eq!(listen("unix:metrics.sock"), Some(Listen::Unix("/base/metrics.sock".into())));
    }

    #[test]
    fn a_place_that_others_could_reach_is_refused_and_the_key_is_named() {
        for place in ["0.0.0.0:9465", "192.0.2.1:9465", "[::]:9465", "localhost:9465", "9465", "unix:", ""] {
            let told = message(&format!("[metrics]\nlisten = {place:?}"));
            assert!(told.starts_with("test.toml: metrics.listen: "), "{place}: {told}");
        }
        assert!(message("[metrics]\nlisten = \"0.0.0.0:9465\"").contains("loopback"));
    }

    #[test]
    fn the_log_is_text_from_info_on_unless_said_otherwise() {
        let log = |text: &str| parse(&format!("[log]\n{text}")).unwrap().log;
        assert_eq!(log(""), Log { format: LogFormat::Text, level: LogLevel::Info });
        assert_eq!(log("format = \"json\"\nlevel = \"warn\"").format, LogFormat::Json);
        assert_eq!(log("format = \"journald\"\nlevel = \"debug\"").level, LogLevel::Debug);
        assert!(message("[log]\nformat = \"xml\"").contains("log.format"));
        assert!(message("[log]\nlevel = \"loud\"").contains("\"warn\""));
    }
}

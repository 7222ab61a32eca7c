//! The log on standard error: for a person, as JSON for a program, or for journald.

use std::fmt;
use std::io::IsTerminal;

use kasasagi_config::watch::{Log, LogFormat, LogLevel};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Begins the log of this process.
pub(crate) fn begin(log: Log) {
    let to = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter(log.level));
    match log.format {
        LogFormat::Text => to.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => to.json().flatten_event(true).init(),
        LogFormat::Journald => to.with_ansi(false).event_format(Prioritized::default()).init(),
    }
}

/// RUST_LOG, or the level of the settings. The latter lets libraries say no more than they do at `info`: what
/// they tell of their work in detail may be the mail they work on.
fn filter(level: LogLevel) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(directives(level)))
}

fn directives(level: LogLevel) -> String {
    match level {
        // As every directive, this is of all targets that begin so: kasasagi_store among them.
        LogLevel::Debug | LogLevel::Trace => format!("info,kasasagi={}", level.name()),
        LogLevel::Error | LogLevel::Warn | LogLevel::Info => level.name().to_owned(),
    }
}

/// The usual line without its time, which journald knows, behind the priority that journald takes off.
struct Prioritized(Format<Full, ()>);

impl Default for Prioritized {
    fn default() -> Self {
        Self(Format::default().without_time())
    }
}

impl<S, N> FormatEvent<S, N> for Prioritized
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        self.0.format_event(context, Writer::new(&mut text), event)?;
        let priority = priority(*event.metadata().level());
        // journald takes a line for an entry of its own; one without a priority would count as information.
        text.lines().try_for_each(|line| writeln!(to, "<{priority}>{line}"))
    }
}

/// The priorities of syslog(3).
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_for_journald_begins_with_its_priority() {
        let sink = Sink::default();
        let to = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || to.clone())
            .with_ansi(false)
            .event_format(Prioritized::default())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(fax = 7, "two\nlines");
            tracing::warn!("odd");
            tracing::info!("fine");
        });
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let starts: Vec<&str> = text.lines().map(|line| line.get(..3).unwrap()).collect();
        assert_eq!(starts, ["<3>", "<3>", "<4>", "<6>"], "{text}");
        assert!(text.contains("fax=7") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn libraries_say_no_more_than_information_at_any_level() {
        for level in LogLevel::ALL {
            let text = directives(level);
            assert!(text.parse::<EnvFilter>().is_ok(), "{text}");
            let libraries = text.split(',').next().unwrap();
            assert!(["error", "warn", "info"].contains(&libraries), "{text}");
        }
    }
}

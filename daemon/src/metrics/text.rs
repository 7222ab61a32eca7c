//! The text that Prometheus reads, format 0.0.4.

use std::fmt::Write;

use super::catalogue::{Kind, Metric};

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Names and values of labels. A value is a word of this program, never one of a fax, a mail or the registry.
pub(super) type Labels = Vec<(&'static str, &'static str)>;

/// The text as far as it is written.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a metric; its samples follow.
    pub fn metric(&mut self, metric: &Metric) {
        let kind = match metric.kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram(_) => "histogram",
        };
        let Metric { name, help, .. } = metric;
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// One sample, of the metric begun last. `le` is the upper end of a bucket.
    pub fn sample(&mut self, name: &str, labels: &Labels, le: Option<f64>, value: f64) {
        let mut pairs: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        pairs.extend(le.map(|le| format!("le=\"{}\"", number(le))));
        let labels = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{name}{labels} {}", number(value));
    }

    pub fn finish(self) -> String {
        self.0
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// Infinity and no number are spelled as Go spells them.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue::FAXES;

    #[test]
    fn a_metric_is_its_help_its_type_and_its_samples() {
        let mut text = Text::default();
        text.metric(&FAXES);
        text.sample(FAXES.name, &vec![("state", "held")], None, 3.0);
        text.sample("x_bucket", &vec![("a", "\"\\\n")], Some(f64::INFINITY), 0.25);
        text.sample("y", &Labels::new(), None, 1e9);
        assert_eq!(
            text.finish(),
            "# HELP kasasagi_faxes Faxes by state.\n# TYPE kasasagi_faxes gauge\n\
             kasasagi_faxes{state=\"held\"} 3\nx_bucket{a=\"\\\"\\\\\\n\",le=\"+Inf\"} 0.25\ny 1000000000\n"
        );
    }
}

//! Counters and histograms of this process. The only file that names the `metrics` crate, whose handles cost
//! a few atomic additions; what it lacks is an exporter that brings little, and that is this and `text.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use ::metrics::{Counter, Histogram};
use ::metrics::{
    Gauge, GaugeFn, HistogramFn, Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit,
};

use super::catalogue::{self, Kind, Metric};
use super::text::{Labels, Text};

/// Everything counted and timed so far; clones share it. Metrics that are not in the catalogue go nowhere.
#[derive(Clone, Default)]
pub struct Register {
    series: Arc<Mutex<BTreeMap<(&'static str, Labels), Series>>>,
}

/// The numbers of one metric under one set of labels.
#[derive(Clone)]
enum Series {
    Counter(Arc<AtomicU64>),
    Histogram(Arc<Buckets>),
}

impl Register {
    /// The counter of this metric under these labels.
    pub(super) fn counter(&self, metric: &Metric, labels: &[(&'static str, &'static str)]) -> Counter {
        self.register_counter(&key(metric, labels), &METADATA)
    }

    /// The histogram of this metric under these labels.
    pub(super) fn histogram(&self, metric: &Metric, labels: &[(&'static str, &'static str)]) -> Histogram {
        self.register_histogram(&key(metric, labels), &METADATA)
    }

    /// Writes all samples of a metric.
    pub(super) fn write(&self, metric: &Metric, to: &mut Text) {
        for ((_, labels), series) in self.lock().iter().filter(|((name, _), _)| *name == metric.name) {
            match series {
                Series::Counter(count) => {
                    to.sample(metric.name, labels, None, as_f64(count.load(Ordering::Relaxed)));
                }
                Series::Histogram(buckets) => buckets.write(metric.name, labels, to),
            }
        }
    }

    fn series(&self, key: &Key) -> Option<Series> {
        let metric = catalogue::ALL.into_iter().find(|metric| metric.name == key.name())?;
        let new = match &metric.kind {
            Kind::Gauge => return None,
            Kind::Counter => Series::Counter(Arc::default()),
            Kind::Histogram(ends) => Series::Histogram(Arc::new(Buckets::new(ends))),
        };
        let labels = key.labels().map(fixed).collect::<Option<Labels>>()?;
        Some(self.lock().entry((metric.name, labels)).or_insert(new).clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(&'static str, Labels), Series>> {
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Register {
    // The catalogue describes them.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.series(key) {
            Some(Series::Counter(count)) => Counter::from_arc(count),
            _ => Counter::noop(),
        }
    }

    /// How things stand is looked up when somebody reads it, not kept.
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.series(key) {
            Some(Series::Histogram(buckets)) => Histogram::from_arc(buckets),
            _ => Histogram::noop(),
        }
    }
}

/// How many values fell under each upper end, and their sum.
struct Buckets {
    ends: &'static [f64],
    /// One more than ends: what lies above them all.
    counts: Vec<AtomicU64>,
    /// The bits of a floating-point number.
    sum: AtomicU64,
}

impl Buckets {
    fn new(ends: &'static [f64]) -> Self {
        let counts = (0..=ends.len()).map(|_| AtomicU64::new(0)).collect();
        Self { ends, counts, sum: AtomicU64::new(0) }
    }

    fn write(&self, name: &str, labels: &Labels, to: &mut Text) {
        let bucket = format!("{name}_bucket");
        let ends = self.ends.iter().copied().chain([f64::INFINITY]);
        let mut below = 0;
        for (end, count) in ends.zip(&self.counts) {
            below += count.load(Ordering::Relaxed);
            to.sample(&bucket, labels, Some(end), as_f64(below));
        }
        let sum = f64::from_bits(self.sum.load(Ordering::Relaxed));
        to.sample(&format!("{name}_sum"), labels, None, sum);
        to.sample(&format!("{name}_count"), labels, None, as_f64(below));
    }
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        let place = self.ends.partition_point(|end| *end < value);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
            GaugeFn::increment(&self.sum, value);
        }
    }
}

const METADATA: Metadata<'static> = Metadata::new("kasasagi", Level::INFO, None);

fn key(metric: &Metric, labels: &[(&'static str, &'static str)]) -> Key {
    let labels: Vec<Label> =
        labels.iter().map(|(name, value)| Label::from_static_parts(name, value)).collect();
    Key::from_parts(metric.name, labels)
}

/// A label whose words are in the program itself; one made while it runs could be of a fax, and goes nowhere.
fn fixed(label: &Label) -> Option<(&'static str, &'static str)> {
    let (name, value) = label.clone().into_parts();
    let word = |text: SharedString| match text.into() {
        Cow::Borrowed(word) => Some(word),
        Cow::Owned(_) => None,
    };
    Some((word(name)?, word(value)?))
}

/// Exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue::{EVENTS, FAXES, TO_READ};

    fn text(register: &Register, metric: &Metric) -> String {
        let mut text = Text::default();
        register.write(metric, &mut text);
        text.finish()
    }

    #[test]
    fn what_is_counted_under_the_same_labels_is_one_number() {
        let register = Register::default();
        register.counter(&EVENTS, &[("kind", "sent")]).increment(2);
        register.clone().counter(&EVENTS, &[("kind", "sent")]).increment(1);
        register.counter(&EVENTS, &[("kind", "read")]).increment(1);
        assert_eq!(
            text(&register, &EVENTS),
            "kasasagi_events_total{kind=\"read\"} 1\nkasasagi_events_total{kind=\"sent\"} 3\n"
        );
    }

    #[test]
    fn a_bucket_holds_what_is_at_most_its_end_and_the_last_holds_all() {
        let register = Register::default();
        let histogram = register.histogram(&TO_READ, &[]);
        for seconds in [0.5, 1.0, 1.5, 1e6] {
            histogram.record(seconds);
        }
        let text = text(&register, &TO_READ);
        for line in [
            "_bucket{le=\"1\"} 2",
            "_bucket{le=\"2\"} 3",
            "_bucket{le=\"3600\"} 3",
            "_bucket{le=\"+Inf\"} 4",
            "_sum 1000003",
            "_count 4",
        ] {
            assert!(text.contains(&format!("kasasagi_received_to_read_seconds{line}\n")), "{line} in {text}");
        }
    }

    #[test]
    fn words_made_while_the_program_runs_are_no_labels_and_unknown_names_no_metrics() {
        let register = Register::default();
        let made = Label::new("kind", "0003878".to_owned());
        register.register_counter(&Key::from_parts(EVENTS.name, vec![made]), &METADATA).increment(1);
        register.register_counter(&Key::from_name("other"), &METADATA).increment(1);
        register.register_counter(&Key::from_name(FAXES.name), &METADATA).increment(1);
        register.register_histogram(&Key::from_name(EVENTS.name), &METADATA).record(1.0);
        assert_eq!(text(&register, &EVENTS), "kasasagi_events_total 0\n");
        assert_eq!(text(&register, &FAXES), "");
    }
}

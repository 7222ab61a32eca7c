//! Every metric there is. `docs/metrics.md` tells people of the same ones; a test compares the two.

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name, which ends in its unit.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// What it means.
    pub help: &'static str,
}

/// What kind of number a metric is.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// How things stand now; looked up when somebody reads it.
    Gauge,
    /// How often something happened since the gateway started.
    Counter,
    /// How long things took since the gateway started, with the upper ends of the buckets.
    Histogram(&'static [f64]),
}

/// All metrics, in the order they are told.
pub const ALL: [&Metric; 20] = [
    &BUILD,
    &START,
    &FAXES,
    &FAX_AGE,
    &ITEMS,
    &OVERDUE,
    &DISK_FREE,
    &DISK_FLOOR,
    &JOURNAL,
    &VIEW,
    &STORE_UP,
    &TROUBLE,
    &LOOK,
    &EVENTS,
    &FIELDS,
    &DOCUMENTS,
    &TO_READ,
    &TO_DECIDED,
    &TO_SENT,
    &PAGE,
];

pub(super) static BUILD: Metric = gauge("kasasagi_build_info", "1, with the version of the program.");
pub(super) static START: Metric =
    gauge("process_start_time_seconds", "When the gateway started, seconds since 1970.");
pub(super) static FAXES: Metric = gauge("kasasagi_faxes", "Faxes by state.");
pub(super) static FAX_AGE: Metric = gauge(
    "kasasagi_oldest_fax_age_seconds",
    "Since the oldest fax in an open state arrived; 0 if there is none.",
);
pub(super) static ITEMS: Metric = gauge("kasasagi_outbox_items", "Messages by state.");
pub(super) static OVERDUE: Metric = gauge(
    "kasasagi_outbox_overdue_seconds",
    "Since the message that has been due for longest became due; 0 if there is none.",
);
pub(super) static DISK_FREE: Metric =
    gauge("kasasagi_disk_free_bytes", "Free on the disk of the store; absent if it cannot be asked.");
pub(super) static DISK_FLOOR: Metric =
    gauge("kasasagi_disk_floor_bytes", "Free bytes below which mail is deferred.");
pub(super) static JOURNAL: Metric =
    gauge("kasasagi_journal_last_event", "Number of the journal's last event.");
pub(super) static VIEW: Metric =
    gauge("kasasagi_view_last_event", "Number of the last event that the view has taken in.");
pub(super) static STORE_UP: Metric = gauge("kasasagi_store_up", "1 while the view answers, else 0.");
pub(super) static TROUBLE: Metric = gauge("kasasagi_trouble", "1 while a part of the gateway is in trouble.");
pub(super) static LOOK: Metric =
    gauge("kasasagi_metrics_look_seconds", "How long it took to gather these numbers.");
pub(super) static EVENTS: Metric =
    counter("kasasagi_events_total", "Events written to the journal, by kind.");
pub(super) static FIELDS: Metric =
    counter("kasasagi_fields_read_total", "Fields of forms read, by how well.");
pub(super) static DOCUMENTS: Metric =
    counter("kasasagi_documents_read_total", "Documents given to a reader, by how that ended.");
pub(super) static TO_READ: Metric = histogram(
    "kasasagi_received_to_read_seconds",
    "From the acceptance of a fax until all its pages were read.",
    &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0],
);
pub(super) static TO_DECIDED: Metric = histogram(
    "kasasagi_read_to_decided_seconds",
    "From the reading of a fax until one of its records was decided by the gateway itself.",
    &[0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0],
);
pub(super) static TO_SENT: Metric = histogram(
    "kasasagi_decided_to_sent_seconds",
    "From the decision about a message until the next server took it.",
    &[0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0, 259_200.0],
);
pub(super) static PAGE: Metric = histogram(
    "kasasagi_page_reading_seconds",
    "How long a reader took for one page.",
    &[0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0],
);

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, help }
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, help }
}

const fn histogram(name: &'static str, help: &'static str, ends: &'static [f64]) -> Metric {
    Metric { name, kind: Kind::Histogram(ends), help }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_documentation_has_a_row_for_every_metric_and_for_no_other() {
        let rows = include_str!("../../../docs/metrics.md").lines().filter_map(|line| {
            let name = line.strip_prefix("| `")?.split(['`', '{']).next()?;
            (name.starts_with("kasasagi_") || name.starts_with("process_")).then_some(name)
        });
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(rows.collect::<BTreeSet<_>>(), names);
        assert_eq!(names.len(), ALL.len(), "each once");
    }

    #[test]
    fn the_buckets_of_a_histogram_rise() {
        for metric in ALL {
            if let Kind::Histogram(ends) = &metric.kind {
                assert!(!ends.is_empty() && ends.is_sorted_by(|a, b| a < b), "{}", metric.name);
            }
        }
    }
}

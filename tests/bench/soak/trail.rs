//! When each fax was received and when it was done with, by the audit trail.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kasasagi_tests::Gateway;
use serde_json::Value;

/// One fax.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// When it was durable.
    pub received: Timestamp,
    /// When all its pages were read.
    pub read: Option<Timestamp>,
    /// When the next server took the last of its messages.
    pub sent: Option<Timestamp>,
    /// When the last thing happened to it.
    pub last: Timestamp,
}

impl Course {
    /// Seconds from the acknowledgement until the last message about it was handed on.
    pub fn latency(&self) -> Option<f64> {
        self.sent.map(|sent| seconds(self.received, sent))
    }
}

/// Seconds between two moments.
pub fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}

/// The course of every fax, by its id.
pub fn courses(gateway: &Gateway) -> BTreeMap<String, Course> {
    let output = gateway.run(&["audit", "export", "--format", "jsonl"]);
    assert!(output.status.success(), "{output:?}");
    let mut courses: BTreeMap<String, Course> = BTreeMap::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let entry: Value = serde_json::from_slice(line).expect("a line of JSON");
        let at: Timestamp = entry["at"].as_str().expect("a time").parse().expect("a time");
        let event = &entry["event"];
        let Some(fax) = fax_of(event) else { continue };
        if event["kind"] == "received" {
            courses.insert(fax.to_owned(), Course { received: at, read: None, sent: None, last: at });
        }
        let Some(course) = courses.get_mut(fax) else { continue };
        course.last = at;
        match event["kind"].as_str() {
            Some("read") => course.read = Some(at),
            Some("sent") => course.sent = Some(at),
            _ => {}
        }
    }
    courses
}

/// The fax that an event is about: records and items begin with its id.
fn fax_of(event: &Value) -> Option<&str> {
    let id = ["fax", "record", "item"].into_iter().find_map(|key| event[key].as_str())?;
    id.split('.').next()
}

/// Half, 95 and 99 of 100 are not above these.
pub fn quantiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [0.5, 0.95, 0.99].map(|share| {
        let rank = (share * values.len() as f64).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    })
}

//! The settings file as typed: every key has a default, unknown keys are refused.

use serde::Deserialize;

/// The settings that ship inside the program.
pub const DEFAULTS: &str = include_str!("../kasasagi.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub gateway: Gateway,
    pub store: Store,
    pub control: Control,
    pub intake: Intake,
    pub reading: Reading,
    pub forms: Forms,
    pub registry: Registry,
    pub digest: Digest,
    pub smime: Smime,
    pub messages: Messages,
    pub admin: Admin,
    pub delivery: Delivery,
    pub outbox: Outbox,
    pub retention: Retention,
    pub log: Log,
    pub metrics: Metrics,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    pub delivered_days: u32,
    pub refused_days: u32,
    pub duplicate_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gateway {
    pub organisation: String,
    pub contact: String,
    pub from: String,
    pub domain: String,
    pub time_zone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    pub dir: String,
    pub master_key: String,
    pub disk_floor_mb: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    pub socket: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intake {
    pub max_message_mb: u64,
    pub resend_hours: u64,
    pub own_server: String,
    pub profiles_dir: String,
    #[serde(default)]
    pub senders: Vec<Sender>,
    pub lmtp: Lmtp,
    pub maildir: Maildir,
    pub imap: Imap,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sender {
    pub from: Vec<String>,
    #[serde(default)]
    pub profile: String,
    #[serde(default = "authenticated")]
    pub proof: String,
}

fn authenticated() -> String {
    "authenticated".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lmtp {
    pub listen: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maildir {
    pub dir: String,
    pub interval_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imap {
    pub host: String,
    pub port: u16,
    pub security: String,
    pub ca_file: String,
    pub user: String,
    pub password_file: String,
    pub folder: String,
    pub done: String,
    pub done_folder: String,
    pub old_mail: String,
    pub poll_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    pub workers: usize,
    pub attempts: u32,
    pub model: String,
    pub tessdata: String,
    pub font: String,
    pub sure_wrong_percent: f64,
    pub memory_mb: u64,
    pub cpu_s: u64,
    pub wall_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forms {
    pub dir: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub dir: String,
    pub policy: String,
    pub approvals: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digest {
    pub schedule: String,
    pub holidays: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Smime {
    pub certificate: String,
    pub key: String,
    pub without_certificate: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Messages {
    pub templates: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    pub addresses: Vec<String>,
    pub report_at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    pub via: String,
    pub dir: String,
    pub host: String,
    pub port: u16,
    pub security: String,
    pub ca_file: String,
    pub relay_is_private: bool,
    pub user: String,
    pub password_file: String,
    pub helo: String,
    pub timeout_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outbox {
    pub lanes: u64,
    pub connections_per_domain: u64,
    pub mails_per_minute_per_domain: u64,
    pub give_up_hours: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub format: String,
    pub level: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub listen: String,
}

/// Lays a person's file over the defaults, so that a short file is a whole one.
pub(crate) fn overlay(defaults: toml::Table, file: toml::Table) -> toml::Table {
    let mut whole = defaults;
    for (key, value) in file {
        match (whole.remove(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => {
                whole.insert(key, toml::Value::Table(overlay(below, above)));
            }
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
    whole
}

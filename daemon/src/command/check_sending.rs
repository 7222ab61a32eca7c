//! `kasasagi check`: whether mail can be worded, signed and sealed, for whom not, and who is told.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kasasagi_config::Settings;
use kasasagi_config::registry::Loaded;
use kasasagi_routing::registry::{Certificate, Channel, Registry};

use super::check::Finding::{self, Bad, Good, Warning};
use super::check::handed_over;
use crate::journey::chain;
use crate::message::Templates;
use crate::report::WARN_DAYS;
use crate::smime::Identity;

/// Everything about mail going out.
pub(super) fn findings(settings: &Settings, registry: Option<&Loaded>) -> Vec<(&'static str, Finding)> {
    let now = Timestamp::now();
    let mut lines = vec![("templates", templates(settings)), ("signature", signature(settings, now))];
    if let Some(loaded) = registry {
        lines.extend(certificates(&loaded.registry, now, &settings.time_zone));
    }
    lines.push(("holidays", holidays(settings, now)));
    lines.push(("admins", admins(settings)));
    lines
}

fn templates(settings: &Settings) -> Finding {
    let folder = settings.office.templates.as_deref();
    match Templates::open(folder) {
        Err(error) => Bad(chain(&error)),
        Ok(_) => Good(folder.map_or("built in".to_owned(), |folder| folder.display().to_string())),
    }
}

fn signature(settings: &Settings, now: Timestamp) -> Finding {
    let kasasagi_config::office::Smime { certificate, key, .. } = &settings.office.smime;
    if let Some(later) = handed_over(key) {
        return later;
    }
    if !certificate.exists() && !key.exists() {
        return Warning(format!("{} will be made at the first start", certificate.display()));
    }
    match Identity::open(certificate, key, &settings.from, now) {
        Err(error) => Bad(chain(&error)),
        Ok(identity) => {
            let day = identity.not_after().to_zoned(settings.time_zone.clone()).date();
            let soon = identity.not_after().duration_since(now)
                < SignedDuration::from_hours(24 * i64::from(WARN_DAYS));
            match (soon, identity.is_self_signed()) {
                (true, _) => Warning(format!("ends on {day}; put a new certificate and key in its place")),
                (false, true) => Good(format!(
                    "self-signed until {day}; give recipients {} or use one of an authority",
                    certificate.display()
                )),
                (false, false) => Good(format!("until {day}")),
            }
        }
    }
}

/// A line for each certificate that has ended or ends soon, one for recipients without, one if all is well.
fn certificates(registry: &Registry, now: Timestamp, zone: &TimeZone) -> Vec<(&'static str, Finding)> {
    let mut lines: Vec<(&'static str, Finding)> = registry
        .certificates()
        .filter_map(|(_, holder, certificate)| Some(("certificate", doubt(&holder, certificate, now, zone)?)))
        .collect();
    let without = without_certificate(registry);
    if !without.is_empty() {
        let many = without.len();
        let first = without.into_iter().take(5).collect::<Vec<_>>().join(", ");
        lines.push((
            "certificate",
            Warning(format!("{many} recipients want encrypted mail and have none: {first} …")),
        ));
    }
    if lines.is_empty() {
        lines.push(("certificate", Good(format!("{} of recipients", registry.certificates().count()))));
    }
    lines
}

fn doubt(holder: &str, certificate: &Certificate, now: Timestamp, zone: &TimeZone) -> Option<Finding> {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    if now > certificate.not_after {
        Some(Warning(format!(
            "{holder}: ended on {}; nothing is sent until there is a new one",
            day(certificate.not_after)
        )))
    } else if now < certificate.not_before {
        Some(Warning(format!("{holder}: begins on {}", day(certificate.not_before))))
    } else if certificate.expires_within(now, WARN_DAYS) {
        Some(Warning(format!("{holder}: ends on {}; ask for a new one", day(certificate.not_after))))
    } else {
        None
    }
}

fn without_certificate(registry: &Registry) -> Vec<String> {
    let physicians = registry.physicians().map(|p| (p.code.to_string(), p.channel, p.certificate.is_some()));
    let offices = registry.facilities().map(|f| (f.number.to_string(), f.channel, f.certificate.is_some()));
    let lacks =
        |(code, channel, has): (String, Channel, bool)| (channel == Channel::Smime && !has).then_some(code);
    physicians.chain(offices).filter_map(lacks).collect()
}

fn holidays(settings: &Settings, now: Timestamp) -> Finding {
    let last = settings.office.holidays.last_day();
    let ahead = now.to_zoned(settings.time_zone.clone()).date().saturating_add(jiff::Span::new().days(60));
    match last {
        Some(last) if last >= ahead => Good(format!("known until {last}")),
        _ => Warning("the list of public holidays ends within 60 days; see digest.holidays".to_owned()),
    }
}

fn admins(settings: &Settings) -> Finding {
    match settings.office.admins.len() {
        0 => Warning(
            "nobody gets the daily report, or hears of mails that failed; see admin.addresses".to_owned(),
        ),
        many => Good(format!("{many}, report at {}", settings.office.report_at.strftime("%H:%M"))),
    }
}

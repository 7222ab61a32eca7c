//! `kasasagi check`: whether mail can be worded, signed and sealed, for whom not, and who is told.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kasasagi_config::Settings;
use kasasagi_config::registry::Loaded;
use kasasagi_routing::registry::{Certificate, Channel, Registry};

use super::check::Finding::{self, Good, Warning};
use super::check::handed_over;
use crate::message::Templates;
use crate::phrase;
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
        Err(error) => Finding::bad(&error),
        Ok(_) => Good(match folder {
            None => phrase!("check-built-in").into(),
            Some(folder) => folder.display().to_string().into(),
        }),
    }
}

fn signature(settings: &Settings, now: Timestamp) -> Finding {
    let kasasagi_config::office::Smime { certificate, key, .. } = &settings.office.smime;
    if let Some(later) = handed_over(key) {
        return later;
    }
    if !certificate.exists() && !key.exists() {
        return Warning(phrase!("check-made-at-start", path = %certificate.display()).into());
    }
    match Identity::open(certificate, key, &settings.from, now) {
        Err(error) => Finding::bad(&error),
        Ok(identity) => {
            let day = identity.not_after().to_zoned(settings.time_zone.clone()).date();
            let soon = identity.not_after().duration_since(now)
                < SignedDuration::from_hours(24 * i64::from(WARN_DAYS));
            match (soon, identity.is_self_signed()) {
                (true, _) => Warning(phrase!("check-signature-ends", day = %day).into()),
                (false, true) => {
                    let path = certificate.display();
                    Good(phrase!("check-self-signed", day = %day, path = %path).into())
                }
                (false, false) => Good(phrase!("check-signature", day = %day).into()),
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
        let count = without.len();
        let first = without.into_iter().take(5).collect::<Vec<_>>().join(", ");
        let told = phrase!("check-without-certificate", count = count, first = first);
        lines.push(("certificate", Warning(told.into())));
    }
    if lines.is_empty() {
        let count = registry.certificates().count();
        lines.push(("certificate", Good(phrase!("check-certificates", count = count).into())));
    }
    lines
}

fn doubt(holder: &str, certificate: &Certificate, now: Timestamp, zone: &TimeZone) -> Option<Finding> {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let holder = holder.to_owned();
    let told = if now > certificate.not_after {
        phrase!("check-certificate-ended", holder = holder, day = %day(certificate.not_after))
    } else if now < certificate.not_before {
        phrase!("check-certificate-begins", holder = holder, day = %day(certificate.not_before))
    } else if certificate.expires_within(now, WARN_DAYS) {
        phrase!("check-certificate-ends", holder = holder, day = %day(certificate.not_after))
    } else {
        return None;
    };
    Some(Warning(told.into()))
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
        Some(last) if last >= ahead => Good(phrase!("check-holidays", day = %last).into()),
        _ => Warning(phrase!("check-holidays-end").into()),
    }
}

fn admins(settings: &Settings) -> Finding {
    match settings.office.admins.len() {
        0 => Warning(phrase!("check-no-admins").into()),
        count => {
            let at = settings.office.report_at.strftime("%H:%M");
            Good(phrase!("check-admins", count = count, time = %at).into())
        }
    }
}

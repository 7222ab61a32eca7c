//! `kasasagi registry policy`: who would get what about a patient, without a fax.

use std::collections::BTreeMap;

use jiff::Zoned;
use kasasagi_config::Settings;
use kasasagi_routing::code::{OfficeNo, PatientId};
use kasasagi_routing::decision::{Recipient, outlook};
use kasasagi_routing::facts::Urgency;
use kasasagi_routing::policy::{FieldSet, When};
use kasasagi_routing::registry::Registry;

use super::super::{Desktop, Ending, print};
use crate::deliver::Courier;
use crate::library::Library;
use crate::post::{Holder, Way};

#[derive(clap::Args)]
pub(in crate::command) struct Args {
    /// 連携ID of the patient.
    #[arg(long, value_name = "NUMBER")]
    patient: PatientId,
    /// Office that sends the form; it does not get its own form back.
    #[arg(long, value_name = "OFFICE_NO")]
    sender: Option<OfficeNo>,
    /// Only for this urgency: routine, today or emergency.
    #[arg(long)]
    urgency: Option<Urgency>,
}

/// What one recipient would get.
#[derive(serde::Serialize)]
struct Line {
    urgency: &'static str,
    code: String,
    role: &'static str,
    name: String,
    address: String,
    when: String,
    how: String,
    page: &'static str,
    fields: Vec<String>,
    hidden: Vec<String>,
}

pub(super) fn run(desktop: &Desktop, registry: &Registry, args: &Args) -> Ending {
    let settings = desktop.settings()?;
    let now = jiff::Timestamp::now().to_zoned(settings.time_zone.clone());
    let library = Library::open(settings.forms_dir.as_deref())?;
    let policy = crate::gateway::policy_of(&settings, &library)?;
    let mut lines = Vec::new();
    let mut held = BTreeMap::new();
    for urgency in Urgency::ALL.iter().filter(|urgency| args.urgency.is_none_or(|only| only == **urgency)) {
        let sender = args.sender.as_ref();
        match outlook(registry, &policy, &args.patient, sender, *urgency, now.date()) {
            Ok(recipients) => {
                let told = recipients.iter().map(|r| line(&settings, registry, &library, *urgency, r, &now));
                lines.extend(told.collect::<Ending<Vec<_>>>()?);
            }
            Err(reasons) => {
                let reasons: Vec<String> = reasons.iter().map(|r| r.code().to_owned()).collect();
                held.insert(urgency.code(), reasons);
            }
        }
    }
    tell(desktop, &lines, &held)?;
    Ok(u8::from(!held.is_empty()))
}

fn line(
    settings: &Settings,
    registry: &Registry,
    library: &Library,
    urgency: Urgency,
    recipient: &Recipient,
    now: &Zoned,
) -> Ending<Line> {
    let keys: Vec<String> = {
        let forms = library.forms().flat_map(|file| file.form.fields.iter().map(|field| field.key.clone()));
        let mut keys: Vec<String> = Vec::new();
        forms.for_each(|key| {
            if !keys.contains(&key) {
                keys.push(key);
            }
        });
        keys
    };
    let (fields, hidden): (Vec<String>, Vec<String>) =
        keys.into_iter().partition(|key| recipient.fields.allows(key));
    Ok(Line {
        urgency: urgency.code(),
        code: recipient.code.clone(),
        role: recipient.role.code(),
        name: recipient.name.clone(),
        address: recipient.address.as_str().to_owned(),
        when: when(settings, registry, urgency, recipient, now),
        how: how(settings, registry, &recipient.code, now)?,
        page: if recipient.fields == FieldSet::All { "whole" } else { "masked" },
        fields,
        hidden,
    })
}

fn when(
    settings: &Settings,
    registry: &Registry,
    urgency: Urgency,
    recipient: &Recipient,
    now: &Zoned,
) -> String {
    let holder = Holder::find(registry, &recipient.code, now.date()).ok();
    if recipient.when == When::Now {
        let quiet = holder.filter(|_| urgency != Urgency::Emergency);
        let until = quiet.and_then(|holder| holder.quiet_until(now.datetime()));
        let after =
            |until: jiff::civil::DateTime| format!("after quiet hours, {}", until.strftime("%m-%d %H:%M"));
        return until.map_or_else(|| "now".to_owned(), after);
    }
    let own = holder.and_then(|holder| holder.digest);
    let schedule = own.unwrap_or(&settings.office.digest);
    schedule
        .next_after(now.datetime(), &settings.office.holidays)
        .map_or_else(|| "now".to_owned(), |at| format!("digest of {}", at.strftime("%Y-%m-%d %H:%M")))
}

fn how(settings: &Settings, registry: &Registry, code: &str, now: &Zoned) -> Ending<String> {
    let holder = match Holder::find(registry, code, now.date()) {
        Ok(holder) => holder,
        Err(code) => return Ok(format!("NOT AT ALL: {code}")),
    };
    let private = Courier::new(&settings.delivery)?.is_private();
    let without = settings.office.smime.without_certificate;
    Ok(match holder.way(now.timestamp(), without, private) {
        Way::Sealed(certificate) => {
            let until = certificate.not_after.to_zoned(settings.time_zone.clone()).date();
            format!("encrypted, certificate until {until}")
        }
        Way::Notice => "a notice without content".to_owned(),
        Way::Readable => "readable, inside verified TLS".to_owned(),
        Way::Shut(code) => format!("NOT AT ALL: {code}"),
    })
}

fn tell(desktop: &Desktop, lines: &[Line], held: &BTreeMap<&str, Vec<String>>) -> Ending<()> {
    if desktop.json {
        return Desktop::print_json(&serde_json::json!({ "recipients": lines, "held": held }));
    }
    for line in lines {
        print(&format!(
            "{:<10} {} {} ({}) <{}>\n           when: {}\n           how:  {}\n           page: {}",
            line.urgency, line.code, line.name, line.role, line.address, line.when, line.how, line.page
        ))?;
        let hidden = if line.hidden.is_empty() { "nothing".to_owned() } else { line.hidden.join(", ") };
        print(&format!("           sees {} fields; hidden: {hidden}", line.fields.len()))?;
    }
    for (urgency, reasons) in held {
        print(&format!("{urgency:<10} would be held: {}", reasons.join(", ")))?;
    }
    Ok(())
}

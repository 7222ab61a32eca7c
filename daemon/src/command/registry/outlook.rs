//! `kasasagi registry policy`: who would get what about a patient, without a fax.

use std::collections::BTreeMap;

use jiff::Zoned;
use kasasagi_config::Settings;
use kasasagi_routing::code::{OfficeNo, PatientId};
use kasasagi_routing::decision::{Recipient, outlook};
use kasasagi_routing::facts::Urgency;
use kasasagi_routing::policy::{FieldSet, When};
use kasasagi_routing::registry::Registry;

use super::super::table::padded;
use super::super::{Desktop, Ending, print};
use crate::deliver::Courier;
use crate::language::{Both, Phrase, chosen};
use crate::library::Library;
use crate::post::{Holder, Way};
use crate::{phrase, say};

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

/// The page as it came, in JSON.
const WHOLE: &str = "whole";

/// What one recipient would get.
#[derive(serde::Serialize)]
struct Line {
    urgency: &'static str,
    code: String,
    role: &'static str,
    name: String,
    address: String,
    when: Both,
    how: Both,
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
        when: when(settings, registry, urgency, recipient, now).into(),
        how: how(settings, registry, &recipient.code, now)?.into(),
        page: if recipient.fields == FieldSet::All { WHOLE } else { "masked" },
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
) -> Phrase {
    let holder = Holder::find(registry, &recipient.code, now.date()).ok();
    if recipient.when == When::Now {
        let quiet = holder.filter(|_| urgency != Urgency::Emergency);
        let until = quiet.and_then(|holder| holder.quiet_until(now.datetime()));
        return match until {
            None => phrase!("registry-now"),
            Some(until) => phrase!("registry-after-quiet-hours", time = %until.strftime("%m-%d %H:%M")),
        };
    }
    let own = holder.and_then(|holder| holder.digest);
    let schedule = own.unwrap_or(&settings.office.digest);
    match schedule.next_after(now.datetime(), &settings.office.holidays) {
        None => phrase!("registry-now"),
        Some(at) => phrase!("registry-digest", time = %at.strftime("%Y-%m-%d %H:%M")),
    }
}

fn how(settings: &Settings, registry: &Registry, code: &str, now: &Zoned) -> Ending<Phrase> {
    let holder = match Holder::find(registry, code, now.date()) {
        Ok(holder) => holder,
        Err(code) => return Ok(phrase!("registry-not-at-all", code = %code)),
    };
    let private = Courier::new(&settings.delivery)?.is_private();
    let without = settings.office.smime.without_certificate;
    Ok(match holder.way(now.timestamp(), without, private) {
        Way::Sealed(certificate) => {
            let until = certificate.not_after.to_zoned(settings.time_zone.clone()).date();
            phrase!("registry-encrypted", day = %until)
        }
        Way::Notice => phrase!("registry-notice"),
        Way::Readable => phrase!("registry-readable"),
        Way::Shut(code) => phrase!("registry-not-at-all", code = %code),
    })
}

fn tell(desktop: &Desktop, lines: &[Line], held: &BTreeMap<&str, Vec<String>>) -> Ending<()> {
    if desktop.json {
        return Desktop::print_json(&serde_json::json!({ "recipients": lines, "held": held }));
    }
    for line in lines {
        print(&told(line))?;
    }
    for (urgency, reasons) in held {
        let reasons = reasons.join(", ");
        print(&say!("registry-would-be-held", urgency = padded(urgency, 10), reasons = reasons))?;
    }
    Ok(())
}

fn told(line: &Line) -> String {
    let who = say!(
        "registry-recipient",
        urgency = padded(line.urgency, 10),
        code = %line.code,
        name = %line.name,
        role = line.role,
        address = %line.address
    );
    let when = say!("registry-when", what = %line.when.to(chosen()));
    let how = say!("registry-how", what = %line.how.to(chosen()));
    let page = if line.page == WHOLE { say!("registry-whole-page") } else { say!("registry-masked-page") };
    let fields = match line.hidden.is_empty() {
        true => say!("registry-all-fields", count = line.fields.len()),
        false => say!("registry-some-fields", count = line.fields.len(), hidden = line.hidden.join(", ")),
    };
    let below = [when, how, page, fields].map(|text| format!("\n{:11}{text}", ""));
    format!("{who}{}", below.concat())
}

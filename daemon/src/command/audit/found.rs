//! What verification found, for a person.

use kasasagi_store::{Checkpoint, Standing, Verification, Vouched};

use crate::language::{Both, chosen};
use crate::say;

/// The good in one line, every fault in one of its own.
pub(in crate::command) fn told(found: &Verification) -> String {
    let mut lines = vec![say!(
        "audit-verified",
        whole = yes(found.passed()),
        events = found.events,
        head = %found.head,
        checkpoints = found.checkpoints,
        blobs = found.blobs,
        view = yes(found.view_agrees)
    )];
    lines.extend(faults(found).map(|line| format!("  {line}")));
    lines.join("\n")
}

/// As the catalogue tells it from no.
fn yes(so: bool) -> &'static str {
    if so { "yes" } else { "no" }
}

fn faults(found: &Verification) -> impl Iterator<Item = String> {
    let what = |what: &str| Both::detail(what).to(chosen()).to_owned();
    let events = found.first_bad.iter();
    let events = events.map(move |(seq, why)| say!("audit-bad-event", seq = *seq, what = what(why)));
    let checkpoints = found.bad_checkpoints.iter();
    let checkpoints = checkpoints.map(move |why| say!("audit-bad-checkpoint", what = what(why)));
    let contents = found.bad_blobs.iter();
    let contents = contents.map(move |(fax, why)| say!("audit-bad-content", fax = %fax, what = what(why)));
    let registries = found
        .bad_registries
        .iter()
        .map(move |(version, why)| say!("audit-bad-registry", version = *version, what = what(why)));
    let ignored = found.ignored.iter();
    let ignored = ignored.map(move |(seq, why)| say!("audit-ignored", seq = *seq, what = what(why)));
    let vouched = found.vouched.iter().map(sentence);
    events.chain(checkpoints).chain(vouched).chain(contents).chain(registries).chain(ignored)
}

/// What became of what a checkpoint vouches for, as a line under others.
pub(super) fn vouched(vouched: &Vouched) -> String {
    format!("  {}", sentence(vouched))
}

fn sentence(vouched: &Vouched) -> String {
    let Checkpoint { seq, time, .. } = &vouched.checkpoint;
    let seq = *seq;
    match &vouched.standing {
        Standing::Included => say!("audit-head-included", seq = seq, time = %time),
        Standing::NotOurs => say!("audit-head-not-ours", seq = seq, time = %time),
        Standing::Missing { last } => say!("audit-head-missing", seq = seq, time = %time, last = *last),
        Standing::Rewritten { sound_until } => {
            say!("audit-head-rewritten", seq = seq, time = %time, from = sound_until + 1)
        }
    }
}

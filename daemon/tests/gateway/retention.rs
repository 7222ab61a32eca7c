//! Content is erased when it is old enough, not before, and only of what is settled and need not stay.

use jiff::{SignedDuration, Timestamp};
use kasasagi::retention::Retention;
use kasasagi_store::FaxState;
use kasasagi_store::event::{Event, Source};
use kasasagi_store::id::FaxId;
use tokio_util::sync::CancellationToken;

use crate::scene::Scene;

const DAYS: &str = "[retention]\ndelivered_days = 30\nrefused_days = 10\nduplicate_days = 0\n";

fn in_days<const DAYS: i64>() -> Timestamp {
    // An hour later than the scene was made.
    Timestamp::now() + SignedDuration::from_hours(24 * DAYS + 1)
}

fn round(scene: &Scene, clock: fn() -> Timestamp) -> usize {
    let days = scene.settings.office.retention;
    let retention = Retention { store: scene.store.clone(), days, clock };
    retention.round(&CancellationToken::new()).unwrap()
}

fn refused(scene: &Scene, raw: &[u8]) -> FaxId {
    let fax = scene.receive(raw);
    scene.happened(&[Event::Refused { fax: fax.clone(), reason: "loop".into() }]);
    fax
}

fn erased(scene: &Scene, fax: &FaxId) -> bool {
    scene.fax(fax).erased
}

#[test]
fn each_state_has_its_age_and_what_is_open_has_none() {
    let scene = Scene::with(DAYS, |_, _| {});
    let items = scene.decided(1);
    let delivered = items[0].fax().clone();
    scene.happened(&[Event::sent(items[0].clone(), "250")]);
    assert_eq!(scene.fax(&delivered).state, FaxState::Delivered);
    let (refused, open) = (refused(&scene, b"refused"), scene.receive(b"open"));
    let copy = scene.store.receive(Source::Submit, b"copy").unwrap();
    scene.happened(&[Event::Duplicate { fax: copy.clone(), of: delivered.clone() }]);

    assert_eq!(round(&scene, in_days::<9>), 0);
    assert_eq!(round(&scene, in_days::<10>), 1);
    assert!(erased(&scene, &refused));
    assert_eq!(round(&scene, in_days::<29>), 0);
    assert_eq!(round(&scene, in_days::<30>), 1);
    assert!(erased(&scene, &delivered));
    assert_eq!(round(&scene, in_days::<4000>), 0, "0 days is never, and what is open stays");
    assert!(!erased(&scene, &open) && !erased(&scene, &copy));
    assert!(scene.store.verify().unwrap().passed());
}

#[test]
fn what_must_stay_stays_until_it_is_released_and_the_age_counts_from_what_happened_last() {
    let scene = Scene::with(DAYS, |_, _| {});
    let fax = refused(&scene, b"kept");
    scene.happened(&[Event::Kept { fax: fax.clone() }]);
    assert_eq!(round(&scene, in_days::<100>), 0);
    scene.happened(&[Event::Released { fax: fax.clone() }]);
    assert_eq!(round(&scene, in_days::<100>), 1);
    assert!(erased(&scene, &fax));
}

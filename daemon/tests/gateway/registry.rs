//! The registry changes by two people, and from that moment everybody decides by the new one.

use std::path::{Path, PathBuf};

use kasasagi::control::Desk;
use kasasagi::control::request::{Answer, Registry, Request};
use kasasagi::language::Language;
use kasasagi_config::registry::{Bundle, Format, export};
use kasasagi_store::{RegistryStanding, RegistryView};
use kasasagi_tests::sample::{self, Row};

use crate::scene::Scene;

struct Town {
    scene: Scene,
    desk: Desk,
}

impl Town {
    fn new() -> Self {
        let scene = Scene::new();
        let desk = Desk::alone(scene.store.clone(), scene.settings.clone());
        scene.registries();
        Self { scene, desk }
    }

    /// A folder with the sample as `edit` leaves it.
    fn folder(&self, name: &str, mut edit: impl FnMut(&str, &mut Row)) -> PathBuf {
        let folder = self.scene.dir.path().join(name);
        sample::write(&folder, |table, row| {
            sample::make_readable(table, row);
            edit(table, row);
        });
        folder
    }

    fn hands_in(&self, who: &str, folder: &Path, effective: Option<jiff::civil::Date>) -> Answer {
        let tables = Bundle::read(folder).unwrap().to_bytes();
        self.desk.answer(who, Language::En, Request::RegistryPropose { effective }, Some(&tables))
    }

    fn moves(&self, name: &str) -> PathBuf {
        self.folder(name, |table, row| {
            if table == "patients" && row["patient_id"] == PATIENT {
                row.insert("dr_code".into(), PHYSICIAN.into());
            }
        })
    }

    /// The physician of the patient by the registry in force.
    fn physician(&self) -> String {
        let today = jiff::Timestamp::now().to_zoned(self.scene.settings.time_zone.clone()).date();
        let in_force = self.scene.registries().on(today).unwrap();
        in_force.registry.patient(&PATIENT.parse().unwrap()).unwrap().physician.to_string()
    }
}

const PATIENT: &str = "0003878";
const PHYSICIAN: &str = "0021";

fn registry(answer: Answer) -> Registry {
    match answer {
        Answer::Registry(registry) => registry,
        other => panic!("{other:?}"),
    }
}

fn refusal(answer: Answer) -> String {
    match answer {
        Answer::Refused { exit: 2, message } => message,
        other => panic!("{other:?}"),
    }
}

fn settled(answer: Answer) -> RegistryView {
    match answer {
        Answer::Registries(mut views) => views.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_is_shown_cell_by_cell_and_takes_a_second_person() {
    let town = Town::new();
    let before = town.physician();
    let handed_in = registry(town.hands_in("clerk", &town.moves("next"), None));
    assert_eq!((handed_in.view.version, handed_in.view.rows), (2, (0, 1, 0)));
    let [change] = &handed_in.changes[..] else { panic!("{:?}", handed_in.changes) };
    for part in [PATIENT, "dr_code", &before, PHYSICIAN] {
        assert!(change.contains(part), "{part} in {change}");
    }
    assert_eq!(town.physician(), before, "not yet");
    assert!(
        refusal(town.desk.answer("clerk", Language::En, Request::RegistryApprove { version: 2 }, None))
            .contains("another person")
    );
    assert_eq!(
        registry(town.desk.answer("deputy", Language::En, Request::RegistryShow { version: 2 }, None))
            .changes
            .len(),
        1
    );
    let view =
        settled(town.desk.answer("deputy", Language::En, Request::RegistryApprove { version: 2 }, None));
    assert!(matches!(view.standing, RegistryStanding::Approved { by, .. } if by == "deputy"));
    assert_eq!(town.physician(), PHYSICIAN, "from this moment");
    refusal(town.desk.answer("deputy", Language::En, Request::RegistryApprove { version: 2 }, None));
}

#[test]
fn a_first_start_cut_short_is_made_good_by_the_next() {
    let scene = Scene::new();
    let (version, sha256) = scene.store.archive(b"cut short").unwrap();
    scene.happened(&[kasasagi_store::Event::RegistryProposed {
        version,
        sha256,
        effective: None,
        added: 1,
        changed: 0,
        removed: 0,
    }]);
    let today = jiff::Timestamp::now().to_zoned(scene.settings.time_zone.clone()).date();
    assert_eq!(scene.registries().on(today).unwrap().version, 2);
}

#[test]
fn one_person_is_enough_where_the_settings_say_so() {
    let scene = Scene::new();
    let registries = kasasagi::registries::Registries::new(
        scene.store.clone(),
        scene.settings.registry_dir.clone(),
        kasasagi_config::office::Approvals::One,
    );
    registries.begin("test").unwrap();
    let proposal =
        registries.propose("clerk", &Bundle::read(&scene.settings.registry_dir).unwrap(), None).unwrap();
    assert!(matches!(proposal.view.standing, RegistryStanding::Approved { .. }));
    assert_eq!(proposal.changes.len(), 0);
}

#[test]
fn a_registry_with_a_fault_is_refused_whole_and_one_turned_down_is_never_used() {
    let town = Town::new();
    let faulty = town.folder("faulty", |table, row| {
        if table == "patients" && row["patient_id"] == PATIENT {
            row.insert("dr_code".into(), "0014".into());
            row.insert("birth".into(), "1941-02-30".into());
        }
    });
    let message = refusal(town.hands_in("clerk", &faulty, None));
    for part in ["patients.csv", "line 2", "dr_code", "birth"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    assert!(!message.contains("1941"), "no value is repeated");
    assert_eq!(town.scene.store.registries().unwrap().len(), 1);

    registry(town.hands_in("clerk", &town.moves("next"), None));
    settled(town.desk.answer("deputy", Language::En, Request::RegistryTurnDown { version: 2 }, None));
    refusal(town.desk.answer("deputy", Language::En, Request::RegistryApprove { version: 2 }, None));
    assert_ne!(town.physician(), PHYSICIAN);
}

#[test]
fn what_was_overtaken_has_to_be_handed_in_again_and_what_is_for_later_waits_for_its_day() {
    let town = Town::new();
    registry(town.hands_in("clerk", &town.moves("older"), None));
    let today = jiff::Timestamp::now().to_zoned(town.scene.settings.time_zone.clone()).date();
    let later = today.saturating_add(jiff::Span::new().days(40));
    let newer = registry(town.hands_in("clerk", &town.moves("newer"), Some(later)));
    assert_eq!(newer.view.version, 3);
    settled(town.desk.answer("deputy", Language::En, Request::RegistryApprove { version: 3 }, None));
    assert_ne!(town.physician(), PHYSICIAN, "not before its day");
    let registries = town.scene.registries();
    assert_eq!((registries.on(today).unwrap().version, registries.on(later).unwrap().version), (1, 3));
    assert!(
        refusal(town.desk.answer("deputy", Language::En, Request::RegistryApprove { version: 2 }, None))
            .contains("hand it in again")
    );
}

#[test]
fn any_version_can_be_written_out_as_it_was_and_handed_in_again_without_a_change() {
    let town = Town::new();
    let Answer::Tables(bytes) =
        town.desk.answer("clerk", Language::En, Request::RegistryTables { version: None }, None)
    else {
        panic!("no tables")
    };
    let tables = Bundle::from_bytes(&bytes).unwrap();
    for (name, format) in [("csv", Format::Csv), ("toml", Format::Toml)] {
        let folder = town.scene.dir.path().join(name);
        export(&tables, &folder, format).unwrap();
        let again = registry(town.hands_in("clerk", &folder, None));
        assert_eq!(again.changes, [""; 0], "{name}");
    }
}

#[test]
fn tables_that_somebody_altered_in_the_store_are_not_used() {
    let town = Town::new();
    let file = town.scene.store.dir().join("registry/00000001");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let fresh = Desk::alone(town.scene.store.clone(), town.scene.settings.clone());
    let answer = fresh.answer("clerk", Language::En, Request::RegistryTables { version: None }, None);
    assert!(matches!(&answer, Answer::Refused { message, .. } if message.contains("00000001")), "{answer:?}");
}

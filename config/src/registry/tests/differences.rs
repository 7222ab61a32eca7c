use super::*;

fn changed(table: &str, change: impl Fn(&str) -> String) -> Bundle {
    Bundle::read(folder(table, |text| change(text).into_bytes()).path()).unwrap()
}

fn sample_bundle() -> Bundle {
    changed("", str::to_owned)
}

#[test]
fn equal_registries_have_no_difference_and_a_first_one_is_all_new() {
    let bundle = sample_bundle();
    assert_eq!(difference(Some(&bundle), &bundle).unwrap(), []);
    let first = difference(None, &bundle).unwrap();
    assert!(first.iter().all(|change| change.what == What::Added));
    assert_eq!(first.len(), 20 + 30 + 80 + 188);
    assert!(first.is_sorted_by_key(|change| (change.table, change.key.clone())));
}

#[test]
fn a_changed_cell_a_new_row_and_a_lost_row_are_each_told() {
    let old = sample_bundle();
    let new = changed("patients.csv", |text| text.replacen("倉知 幸男", "倉知 幸雄", 1));
    let changes = difference(Some(&old), &new).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].to_string(), "patients 0003878: name 「倉知 幸男」→「倉知 幸雄」");
    assert!(!format!("{changes:?}").contains("倉知") && !format!("{changes:?}").contains("0003878"));

    let new = changed("care_team.csv", |text| {
        text.replacen(
            "0003878,2372207338,care_manager,yes,2026-04-01",
            "0003878,2372207338,care_manager,yes,2026-05-01",
            1,
        )
    });
    let told: Vec<String> = difference(Some(&old), &new).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "care_team 0003878/2372207338/2026-04-01: removed",
            "care_team 0003878/2372207338/2026-05-01: added"
        ]
    );
}

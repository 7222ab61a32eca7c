//! SIGHUP: what is sound is used from then on, what is not leaves the former in use and is told.

use std::fs;
use std::sync::Arc;

use kasasagi::health::{Health, Part};
use kasasagi::reload::Reload;

use crate::scene::Scene;

#[test]
fn a_template_that_is_wrong_leaves_the_former_in_use_until_it_is_mended() {
    let scene = Scene::with("[messages]\ntemplates = \"templates\"\n", |_, _| {});
    fs::create_dir(scene.dir.path().join("templates")).unwrap();
    let (post, registries) = (scene.post(), scene.registries());
    let health = Health::new(jiff::Timestamp::now);
    let reload = Reload { post, registries, settings: scene.settings.clone(), health: health.clone() };
    let words = || reload.post.words();
    let file = scene.dir.path().join("templates/alert.subject");

    let first = words();
    fs::write(&file, "{{ no such value }}").unwrap();
    reload.once();
    assert!(Arc::ptr_eq(&first, &words()), "the former is in use");
    let troubles = health.troubles();
    assert_eq!(troubles.len(), 1);
    assert_eq!(troubles[0].part, Part::Templates);
    assert!(troubles[0].what.contains("alert.subject"), "{}", troubles[0].what);

    fs::write(&file, "要確認").unwrap();
    reload.once();
    assert!(!Arc::ptr_eq(&first, &words()), "the mended one is");
    assert_eq!(health.troubles(), []);
}

//! Durable events a second, one by one and from sixteen threads at once.

use std::io::Write;
use std::time::Instant;

use kasasagi_store::Event;

use crate::scene::open;

#[test]
#[ignore = "a measurement: run it with --ignored --nocapture"]
fn group_commit_shares_the_fsync() {
    let rate = |threads: usize, each: usize| {
        let dir = tempfile::tempdir_in(".").unwrap();
        let (store, _) = open(dir.path());
        let event = [Event::Looked { what: "list".into(), about: None }];
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        store.append("clerk", &event).unwrap();
                    }
                });
            }
        });
        (threads * each) as f64 / begun.elapsed().as_secs_f64()
    };
    let (one, sixteen) = (rate(1, 1000), rate(16, 500));
    let mut out = std::io::stdout();
    writeln!(out, "one by one {one:.0}/s, 16 threads {sixteen:.0}/s, ratio {:.1}", sixteen / one).unwrap();
    assert!(sixteen > one);
}

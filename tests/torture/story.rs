//! What a worker does with its store, and says of each step once the store has promised it.

use kasasagi_store::{Arrival, BlobName, Error, Event, FaxId, Hash, Result, Source, Store};
use kasasagi_tests::chance::Chance;

/// Somebody who tells stories to a store.
pub struct Teller<'a> {
    pub store: &'a Store,
    pub say: &'a (dyn Fn(&str) + Sync),
    chance: Chance,
}

/// Kinds of stories.
pub const STORIES: usize = 8;

impl<'a> Teller<'a> {
    /// What is told follows from the seed.
    pub fn new(store: &'a Store, say: &'a (dyn Fn(&str) + Sync), seed: u64) -> Self {
        Self { store, say, chance: Chance::new(seed) }
    }

    /// One story. An error ends it, as it would end the work on a fax.
    pub fn tell(&mut self, number: usize) {
        let told = match number % STORIES {
            0 => self.delivered(),
            1 => self.refused_and_erased(),
            2 => self.handed_in_twice(),
            3 => self.registry(),
            4 => self.held_and_corrected(),
            5 => self.kept_and_released(),
            6 => self.come_too_late(),
            _ => self.digests(),
        };
        if let Err(e) = told {
            (self.say)(&format!("error {e}"));
        }
    }

    /// A message; one that has an equal is handed in a second time, as a server does that missed the answer.
    pub fn receive(&mut self, unique: bool) -> Result<FaxId> {
        let size = 10 + self.chance.below(3000);
        let raw = self.bytes(size);
        let mut fax = None;
        for _ in 0..=usize::from(unique) {
            let arrival = Arrival { source: Source::Lmtp, origin: None, unique };
            let got = self.store.receive(arrival, &raw)?;
            (self.say)(&format!("fax {got} {}", Hash::of(&[&raw])));
            if fax.as_ref().is_some_and(|first| *first != got) {
                (self.say)(&format!("twice {got}"));
            }
            fax = Some(got);
        }
        Ok(fax.expect("received at least once"))
    }

    pub fn append(&self, events: &[Event]) -> Result<()> {
        self.told(events, self.store.append("clerk", events))
    }

    /// What a person asks for; `too_late` if it must change nothing, which the store then says.
    pub fn ask(&self, too_late: bool, event: Event) -> Result<()> {
        if too_late {
            (self.say)(&format!("late {}", serde_json::to_string(&event).expect("an event is JSON")));
        }
        match self.store.append_following("clerk", std::slice::from_ref(&event)) {
            Err(Error::CannotFollow(_)) if too_late => return Ok(()),
            Err(Error::CannotFollow(why)) => self.broken(&format!("{event:?} cannot follow: {why}")),
            Ok(_) if too_late => self.broken(&format!("{event:?} came too late and was taken")),
            done => return self.told(&[event], done),
        }
        Ok(())
    }

    /// Says of a promise that it was broken at once.
    pub fn broken(&self, what: &str) {
        (self.say)(&format!("broken {what}"));
    }

    fn told(&self, events: &[Event], done: Result<u64>) -> Result<()> {
        let text = |event: &Event| serde_json::to_string(event).expect("an event is JSON");
        match &done {
            Ok(last) => {
                for (event, seq) in events.iter().rev().zip((1..=*last).rev()) {
                    (self.say)(&format!("event {seq} {}", text(event)));
                }
            }
            Err(Error::NotWritten { .. }) => {
                events.iter().for_each(|event| (self.say)(&format!("unwritten {}", text(event))));
            }
            Err(_) => {}
        }
        done.map(drop)
    }

    pub fn seal(&mut self, fax: &FaxId, name: &str) -> Result<()> {
        let bytes = self.bytes(700);
        let name: BlobName = name.parse()?;
        self.store.seal(fax, &name, &bytes)?;
        (self.say)(&format!("sealed {fax} {name} {}", Hash::of(&[&bytes])));
        Ok(())
    }

    /// Bytes that nobody else has.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.chance.bits().to_le_bytes()).collect()
    }
}

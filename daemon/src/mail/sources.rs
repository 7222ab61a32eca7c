use kasasagi_config::profiles::{GENERIC, Place, Profile, Profiles};
use kasasagi_config::senders::Sender;
use kasasagi_config::{Error, Settings};

use super::sender::only_address;
use super::{Post, words};
use crate::Result;

/// What the gateway knows of where faxes come from: what their mails look like and who may send them.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) profiles: Profiles,
    pub(super) senders: Vec<Sender>,
    pub(super) own_server: String,
    pub(super) time_zone: jiff::tz::TimeZone,
}

impl Sources {
    /// Reads the profiles of these settings.
    ///
    /// # Errors
    /// When a profile is unsound, or an entry of the senders names one that does not exist.
    pub fn open(settings: &Settings) -> Result<Self> {
        let profiles = Profiles::load(settings.profiles_dir.as_deref())?;
        for (number, sender) in (1..).zip(&settings.senders) {
            if let Some(name) = sender.profile.as_ref().filter(|name| profiles.source(name).is_none()) {
                let known: Vec<&str> = profiles.sources.iter().map(|profile| profile.name.as_str()).collect();
                return Err(Error::Value {
                    file: "settings".to_owned(),
                    key: format!("intake.senders, entry {number}: profile"),
                    what: format!("no source profile is called {name:?}; there are {}", known.join(", ")),
                }
                .into());
            }
        }
        Ok(Self {
            profiles,
            senders: settings.senders.clone(),
            own_server: settings.own_server.clone(),
            time_zone: settings.time_zone.clone(),
        })
    }

    /// Names of the source profiles, in the order they are tried.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.sources.iter().map(|profile| profile.name.as_str())
    }

    /// The profile of a mail: the first whose patterns are all found; else one without patterns that an entry
    /// about the sender names; else the generic one.
    pub(super) fn profile_of(&self, seen: &Seen<'_>) -> Option<&Profile> {
        let fits = |profile: &&Profile| !profile.matches.is_empty() && seen.fits(profile);
        self.profiles
            .sources
            .iter()
            .find(fits)
            .or_else(|| self.named_for(seen))
            .or(self.profiles.source(GENERIC))
    }

    fn named_for(&self, seen: &Seen<'_>) -> Option<&Profile> {
        let address = only_address(&seen.post.lines)?;
        let about = self.senders.iter().filter(|entry| entry.covers(&address));
        let named = about.filter_map(|entry| self.profiles.source(entry.profile.as_deref()?));
        named.into_iter().find(|profile| profile.matches.is_empty())
    }

    /// Whether a mail only tells of a fax that is somewhere else.
    pub(super) fn is_notice(&self, seen: &Seen<'_>) -> bool {
        self.profiles.notices.iter().any(|notice| seen.fits(notice))
    }
}

/// The parts of a mail that patterns look at.
pub(super) struct Seen<'m> {
    pub(super) post: &'m Post<'m>,
    subject: String,
    body: String,
}

impl<'m> Seen<'m> {
    pub(super) fn new(post: &'m Post<'m>) -> Self {
        let subject = post.fields.subject.clone().unwrap_or_default();
        Self { post, subject, body: super::body::text(&post.fields, post.body) }
    }

    fn fits(&self, profile: &Profile) -> bool {
        profile.matches.iter().all(|rule| rule.pattern.is_in(&self.text(&rule.place)))
    }

    /// What stands at a place; empty for a field that is not there.
    pub(super) fn text(&self, place: &Place) -> String {
        let field = |name: &str| {
            let field = self.post.lines.iter().find(|field| field.is(name));
            field.map(|field| words::decode(field.value)).unwrap_or_default()
        };
        match place {
            Place::Subject => self.subject.clone(),
            Place::From => only_address(&self.post.lines).unwrap_or_default(),
            Place::FromName => {
                let from = field("From");
                from.rsplit_once('<')
                    .map_or(String::new(), |(name, _)| name.trim().trim_matches('"').to_owned())
            }
            Place::Body => self.body.clone(),
            Place::Text => format!("{}\n{}", self.subject, self.body),
            Place::Header(name) => field(name),
        }
    }
}

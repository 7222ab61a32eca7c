//! One lane for each recipient domain, and what each has in hand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use kasasagi_store::id::ItemId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use super::carrier::Carrier;
use super::pace::Pace;
use crate::post::Dispatch;
use crate::{Error, Result};

/// The lanes there are.
pub(super) struct Lanes {
    outbox: Arc<Outbox>,
    shutdown: CancellationToken,
    open: HashMap<Arc<str>, Lane>,
    /// Items that a lane has and nobody has settled yet.
    in_hand: HashSet<ItemId>,
    carriers: JoinSet<Result<()>>,
    settled: (UnboundedSender<Settled>, UnboundedReceiver<Settled>),
}

/// Where the mails to one domain queue up.
struct Lane {
    berths: Vec<Berth>,
    /// When it has no more than this left, it is to be filled.
    low: usize,
}

/// The queue of one carrier. It is bounded by what the sorter puts in.
struct Berth {
    queue: UnboundedSender<Dispatch>,
    in_hand: usize,
}

/// A dispatch whose outcome is durable.
pub(super) struct Settled {
    /// Its lane.
    pub domain: Arc<str>,
    /// The carrier in it.
    pub berth: usize,
    /// Its items.
    pub items: Vec<ItemId>,
    /// When it is due again, if it is.
    pub next: Option<Timestamp>,
}

/// What a lane tells.
pub(super) enum News {
    /// A dispatch is settled.
    Settled {
        /// When it is due again, if it is.
        next: Option<Timestamp>,
        /// Whether its lane is to be filled.
        low: bool,
    },
    /// A carrier failed.
    Fault(Error),
}

/// What became of a dispatch that was to be put into its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is there.
    Given,
    /// Its lane has enough for now.
    Full,
    /// Its domain has no lane, and all lanes there may be are busy.
    NoLane,
}

impl Lanes {
    pub fn new(outbox: Arc<Outbox>, shutdown: CancellationToken) -> Self {
        Self {
            outbox,
            shutdown,
            open: HashMap::new(),
            in_hand: HashSet::new(),
            carriers: JoinSet::new(),
            settled: unbounded_channel(),
        }
    }

    /// How many items are in hand.
    pub fn in_hand(&self) -> usize {
        self.in_hand.len()
    }

    /// Whether this dispatch is under way.
    pub fn has(&self, dispatch: &Dispatch) -> bool {
        dispatch.items.iter().any(|item| self.in_hand.contains(item))
    }

    /// Puts a dispatch into the lane of its domain.
    pub fn put(&mut self, dispatch: Dispatch) -> Place {
        let domain = self.outbox.post.domain(&dispatch.recipient).unwrap_or_default();
        let Some(domain) = self.lane_of(&domain) else { return Place::NoLane };
        let share = IN_HAND / (self.open.len() + 1);
        let Some(lane) = self.open.get_mut(&domain) else { return Place::NoLane };
        if lane.in_hand() >= share.max(LEAST) {
            return Place::Full;
        }
        let Some(berth) = lane.berths.iter_mut().min_by_key(|berth| berth.in_hand) else {
            return Place::NoLane;
        };
        let items = dispatch.items.clone();
        if berth.queue.send(dispatch).is_err() {
            // Its carrier has ended, and the error it ended with ends the run.
            return Place::Full;
        }
        berth.in_hand += items.len();
        self.in_hand.extend(items);
        Place::Given
    }

    /// Marks at which level each lane is to be filled again.
    pub fn mark(&mut self) {
        for lane in self.open.values_mut() {
            lane.low = lane.in_hand() / 2;
        }
    }

    /// What happens next in any lane.
    pub async fn news(&mut self) -> News {
        tokio::select! {
            biased;
            error = fault(&mut self.carriers) => News::Fault(error),
            Some(settled) = self.settled.1.recv() => self.settle(&settled),
        }
    }

    fn settle(&mut self, settled: &Settled) -> News {
        for item in &settled.items {
            self.in_hand.remove(item);
        }
        let mut low = false;
        if let Some(lane) = self.open.get_mut(&settled.domain) {
            if let Some(berth) = lane.berths.get_mut(settled.berth) {
                berth.in_hand = berth.in_hand.saturating_sub(settled.items.len());
            }
            low = lane.in_hand() <= lane.low;
        }
        News::Settled { next: settled.next, low }
    }

    /// Waits until every carrier has settled what it is at; returns the first error.
    pub async fn finish(mut self) -> Result<()> {
        self.open.clear();
        let mut end = Ok(());
        while let Some(carrier) = self.carriers.join_next().await {
            end = end.and(carrier.unwrap_or(Err(Error::PartEnded)));
        }
        end
    }

    /// The lane of a domain, opened if it may be; an idle one gives way.
    fn lane_of(&mut self, domain: &str) -> Option<Arc<str>> {
        if let Some((domain, _)) = self.open.get_key_value(domain) {
            return Some(domain.clone());
        }
        if self.open.len() >= self.outbox.limits.lanes {
            let (idle, _) = self.open.iter().find(|(_, lane)| lane.in_hand() == 0)?;
            let idle = idle.clone();
            self.open.remove(&idle);
        }
        let domain: Arc<str> = domain.into();
        let lane = self.opened(&domain);
        self.open.insert(domain.clone(), lane);
        Some(domain)
    }

    fn opened(&mut self, domain: &Arc<str>) -> Lane {
        let pace = Arc::new(Pace::new(self.outbox.limits.mails_per_minute_per_domain));
        let mut berths = Vec::new();
        for berth in 0..self.outbox.limits.connections_per_domain {
            let (queue, dispatches) = unbounded_channel();
            let carrier = Carrier {
                outbox: self.outbox.clone(),
                place: (domain.clone(), berth),
                line: self.outbox.courier.line(),
                pace: pace.clone(),
                queue: dispatches,
                settled: self.settled.0.clone(),
                shutdown: self.shutdown.clone(),
                settling: None,
            };
            self.carriers.spawn(carrier.run());
            berths.push(Berth { queue, in_hand: 0 });
        }
        Lane { berths, low: 0 }
    }
}

impl Lane {
    fn in_hand(&self) -> usize {
        self.berths.iter().map(|berth| berth.in_hand).sum()
    }
}

/// The end of a carrier; those in good order are not told. Pending while there is none.
async fn fault(carriers: &mut JoinSet<Result<()>>) -> Error {
    loop {
        match carriers.join_next().await {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => return error,
            Some(Err(_)) => return Error::PartEnded,
            None => std::future::pending().await,
        }
    }
}

/// Most items in hand, shared out among the lanes.
const IN_HAND: usize = 2048;
/// What every lane may have.
const LEAST: usize = 16;

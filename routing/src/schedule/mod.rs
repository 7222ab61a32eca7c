//! When something goes out, in the town's own time: digests, opening hours, quiet hours.
//!
//! Everything here is pure arithmetic on civil time; the clock, the zone and the list of public
//! holidays are arguments. Japan has no summer time, so every local minute comes once.
//!
//! ```
//! use jiff::civil::date;
//! use kasasagi_routing::schedule::{Holidays, Schedule};
//!
//! let digest: Schedule = "月-金 08:30,13:00; 土 08:30".parse()?;
//! let friday = date(2026, 11, 20).at(13, 0, 0, 0);
//! assert_eq!(digest.next_after(friday, &Holidays::default()), Some(date(2026, 11, 21).at(8, 30, 0, 0)));
//! # Ok::<(), kasasagi_routing::Error>(())
//! ```

mod holidays;
mod hours;
mod minute;
mod quiet;
mod slots;
mod week;

pub use holidays::Holidays;
pub use hours::Hours;
pub use minute::Minute;
pub use quiet::Quiet;
pub use slots::{Schedule, Slots};

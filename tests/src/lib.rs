//! What the tests of the built gateway need: the binary in a room of its own, a mail client that hands in,
//! a mail server that takes out, and faxes with the faults of real ones.
//!
//! Nothing in here shares code with the gateway. Where both agree, two independent programs agree.

pub mod chance;
pub mod damage;
pub mod fax;
pub mod fax_server;
pub mod figures;
pub mod font;
pub mod gateway;
pub mod inbound;
pub mod lmtp;
pub mod postfix;
pub mod raster;
pub mod sample;
pub mod sheet;
pub mod sink;
pub mod wait;

pub use damage::{Damage, Header};
pub use fax_server::FaxServer;
pub use gateway::{Gateway, gateway};
pub use inbound::fax_mail;
pub use lmtp::{Reply, lmtp_acknowledges, lmtp_send};
pub use postfix::Postfix;
pub use raster::Raster;
pub use sink::{Answer, SmtpSink};
pub use wait::wait_until;

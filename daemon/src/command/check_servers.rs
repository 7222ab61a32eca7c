//! `kasasagi check`: the mailbox that faxes come from and the server that takes our mail.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use kasasagi_config::secret::Password;
use kasasagi_config::settings::{Delivery, Imap, Smtp};

use super::check::Finding::{self, Bad, Good, Warning};
use super::check::{at, handed_over};
use crate::{Error, phrase};

/// Patience with the mail server.
const KNOCK: Duration = Duration::from_secs(5);

pub(super) fn mailbox(imap: &Imap) -> Finding {
    if let Some(later) = handed_over(&imap.password_file) {
        return later;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(crate::intake::imap::probe(imap))) {
        Ok(Ok(seen)) => Good(seen),
        Ok(Err(fault)) => Finding::bad(&fault),
        Err(error) => Finding::bad(&error),
    }
}

pub(super) fn delivery(delivery: &Delivery) -> Finding {
    match delivery {
        Delivery::Folder(dir) => Warning(phrase!("check-folder", dir = %dir.display()).into()),
        Delivery::Smtp(smtp) => relay(smtp),
    }
}

fn relay(smtp: &Smtp) -> Finding {
    if let Some((_, Password::File { path, .. })) = &smtp.login
        && let Some(later) = handed_over(path)
    {
        return later;
    }
    if let Some(Err(error)) = smtp.login.as_ref().map(|(_, password)| password.read()) {
        return Finding::bad(&Error::from(error));
    }
    let place = format!("{}:{}", smtp.host, smtp.port);
    let found = (smtp.host.as_str(), smtp.port).to_socket_addrs();
    let address = found.ok().and_then(|mut addresses| addresses.next());
    match address.map(|address| TcpStream::connect_timeout(&address, KNOCK)) {
        None => Bad(phrase!("check-no-host", place = place).into()),
        Some(Err(error)) => Bad(at(&place, &error)),
        Some(Ok(_)) => Good(phrase!("check-answers", place = place).into()),
    }
}

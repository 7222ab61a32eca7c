//! `kasasagi run`: the gateway in the foreground until SIGTERM or SIGINT.

use kasasagi_config::watch::LogFormat;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Desktop, Ending};
use crate::journey::chain;
use crate::{Error, Result, log};

pub(super) fn run(desktop: &Desktop) -> Ending {
    let settings = desktop.settings()?;
    let log = settings.log;
    log::begin(log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Reader)?;
    let ended = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        on_signal(shutdown.clone())?;
        crate::run(settings, shutdown).await
    });
    match ended {
        Ok(()) => Ok(0),
        // The usual last words of a command are no line of these logs.
        Err(error) if log.format != LogFormat::Text => {
            tracing::error!(error = %chain(&error), "the gateway cannot go on");
            Ok(error.exit_code())
        }
        Err(error) => Err(error.into()),
    }
}

fn on_signal(shutdown: CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Reader)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Reader)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.cancel();
    });
    Ok(())
}

//! `kasasagi check`: whether metrics can be read where the settings say.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use kasasagi_config::settings::Listen;

use super::check::Finding::{self, Bad, Good};
use super::check::at;
use crate::metrics::SERVER;
use crate::phrase;

/// Patience with whoever listens there.
const KNOCK: Duration = Duration::from_secs(5);

/// As much of an answer as tells whose it is.
const ENOUGH: u64 = 4096;

pub(super) fn finding(listen: Option<&Listen>) -> Finding {
    match listen {
        None => Good(phrase!("check-off").into()),
        Some(Listen::Loopback(address)) => at_port(*address),
        Some(Listen::Unix(path)) => at_socket(path),
    }
}

fn at_port(address: SocketAddr) -> Finding {
    let answer = TcpStream::connect_timeout(&address, KNOCK).map(|stream| {
        stream.set_read_timeout(Some(KNOCK))?;
        stream.set_write_timeout(Some(KNOCK))?;
        ask(stream)
    });
    match answer {
        Ok(answer) => whose(&address.to_string(), answer),
        Err(_) => match TcpListener::bind(address) {
            Ok(_) => Good(phrase!("check-free", place = %address).into()),
            Err(error) => Bad(at(&address.to_string(), &error)),
        },
    }
}

fn at_socket(path: &Path) -> Finding {
    let place = path.display().to_string();
    let answer = UnixStream::connect(path).map(|stream| {
        stream.set_read_timeout(Some(KNOCK))?;
        stream.set_write_timeout(Some(KNOCK))?;
        ask(stream)
    });
    match answer {
        Ok(answer) => whose(&place, answer),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Bad(at(&place, &error)),
        Err(_) if path.symlink_metadata().is_ok_and(|found| !found.file_type().is_socket()) => {
            Bad(phrase!("check-no-socket", place = place).into())
        }
        Err(_) if path.parent().is_some_and(Path::is_dir) => {
            Good(phrase!("check-free", place = place).into())
        }
        Err(_) => Bad(phrase!("check-no-folder", place = place).into()),
    }
}

fn ask(mut stream: impl Read + Write) -> io::Result<String> {
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ENOUGH).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The gateway's answer names it. What does not work is told by the line `gateway`.
fn whose(place: &str, answer: io::Result<String>) -> Finding {
    match answer {
        Ok(answer) if answer.lines().any(|line| line == SERVER) => {
            Good(phrase!("check-answers", place = %place).into())
        }
        _ => Bad(phrase!("check-taken", place = %place).into()),
    }
}

//! Where other programs of this machine connect: a Unix socket or a loopback port.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use kasasagi_config::settings::Listen;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

use crate::{Error, Result};

/// Where to listen. Who may connect may hand in faxes, or read how the gateway does, so it is this machine only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    /// A Unix socket with these permission bits, `0o660` say.
    Unix {
        /// The socket file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A TCP port on a loopback address.
    Tcp(SocketAddr),
}

impl From<&Listen> for Listener {
    /// A socket is for owner and group.
    fn from(listen: &Listen) -> Self {
        match listen {
            Listen::Unix(path) => Self::Unix { path: path.clone(), mode: 0o660 },
            Listen::Loopback(address) => Self::Tcp(*address),
        }
    }
}

/// A listener that has its place. The socket file goes when this is dropped.
pub struct Bound(Place);

enum Place {
    Unix { listener: UnixListener, _file: SocketFile },
    Tcp(TcpListener),
}

/// A socket file to remove at the end.
struct SocketFile(PathBuf);

/// A connection of either kind.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Listener {
    /// Takes the place, so that a failure shows before the gateway says that it is ready.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] for an address that other machines could reach; [`Error::Listen`] and
    /// [`Error::File`] when the place cannot be had.
    pub async fn bind(&self) -> Result<Bound> {
        match self {
            Self::Tcp(address) if !address.ip().is_loopback() => Err(Error::NotLoopback(*address)),
            Self::Tcp(address) => match TcpListener::bind(address).await {
                Ok(listener) => Ok(Bound(Place::Tcp(listener))),
                Err(source) => Err(Error::Listen { address: *address, source }),
            },
            Self::Unix { path, mode } => bind_unix(path, *mode).map(Bound).map_err(|source| Error::File {
                action: "listen on",
                path: path.clone(),
                source,
            }),
        }
    }
}

impl Bound {
    /// The TCP address, which tells the port when port 0 was asked for.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Place::Tcp(listener) => listener.local_addr().ok(),
            Place::Unix { .. } => None,
        }
    }

    pub(crate) async fn connection(&self) -> io::Result<Box<dyn Connection>> {
        match &self.0 {
            Place::Unix { listener, .. } => Ok(Box::new(listener.accept().await?.0)),
            Place::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// Binds beside the final name and renames, so that nobody can connect before the mode is set.
fn bind_unix(path: &Path, mode: u32) -> io::Result<Place> {
    refuse_to_displace(path)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&beside)?;
    let mut file = SocketFile(beside);
    std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(mode))?;
    std::fs::rename(&file.0, path)?;
    path.clone_into(&mut file.0);
    Ok(Place::Unix { listener, _file: file })
}

/// A socket left by a process that died may go; a live one, or a file that is no socket, may not.
fn refuse_to_displace(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket has this name"))
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"))
        }
        Ok(_) => Ok(()),
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The next start replaces a file that could not be removed.
        std::fs::remove_file(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(path: &Path) -> Listener {
        Listener::Unix { path: path.to_owned(), mode: 0o660 }
    }

    #[tokio::test]
    async fn addresses_that_others_could_reach_are_refused() {
        for address in ["0.0.0.0:24", "192.0.2.1:24", "[::]:24"] {
            let listener = Listener::Tcp(address.parse().unwrap());
            assert!(matches!(listener.bind().await, Err(Error::NotLoopback(_))), "{address}");
        }
    }

    #[tokio::test]
    async fn the_socket_has_its_mode_and_goes_with_the_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lmtp");
        let bound = unix(&path).bind().await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        drop(bound);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_dead_socket_is_replaced_a_live_one_or_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lmtp");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let live = unix(&path).bind().await.unwrap();
        assert!(unix(&path).bind().await.is_err());
        drop(live);
        std::fs::write(&path, "precious").unwrap();
        assert!(unix(&path).bind().await.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }
}

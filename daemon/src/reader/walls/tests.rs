//! The walls go up in a process of their own: this test program started again.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

/// Where the process behind the walls finds what it is to try.
const FOLDER: &str = "KASASAGI_BEHIND_WALLS";

/// What a stranger's code might try, by name.
fn deeds(folder: &Path, server: SocketAddr) -> Vec<(&'static str, io::Result<()>)> {
    let done = |result: io::Result<()>| result;
    vec![
        ("reads the engines' file", done(File::open(folder.join("model")).map(drop))),
        ("reads another file", done(File::open(folder.join("secret")).map(drop))),
        ("lists a folder", done(std::fs::read_dir(folder).map(drop))),
        ("writes a file", done(File::create(folder.join("new")).map(drop))),
        (
            "overwrites the engines' file",
            done(File::options().append(true).open(folder.join("model")).map(drop)),
        ),
        ("connects", done(TcpStream::connect(server).map(drop))),
        ("opens a UDP socket", done(UdpSocket::bind("127.0.0.1:0").map(drop))),
        ("opens a Unix socket", done(UnixDatagram::unbound().map(drop))),
        ("starts a program", done(Command::new("/bin/true").status().map(drop))),
        ("starts a thread", done(std::thread::Builder::new().spawn(|| ()).map(drop))),
        ("lifts its memory limit", lifts_its_limit()),
    ]
}

fn lifts_its_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    Ok(setrlimit(Resource::Data, Rlimit { current: None, maximum: None })?)
}

#[test]
#[ignore = "runs in a process of its own, started by the test below"]
fn behind_the_walls() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut told = Vec::new();
    let mut tell = |stage: &str| {
        for (deed, result) in deeds(&folder, address) {
            let kind = result.map_or_else(|e| e.kind(), |()| ErrorKind::Other);
            told.push((stage.to_owned(), deed.to_owned(), kind == ErrorKind::PermissionDenied));
        }
    };
    tell("open");
    let files = shut_files(&[folder.join("model"), folder.join("not there")]);
    tell("files");
    let calls = shut_calls();
    tell("calls");
    println!("told {}", serde_json::to_string(&(Walls { files, calls }, told)).unwrap());
}

#[test]
fn behind_both_walls_no_file_opens_no_socket_and_no_process() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["model", "secret"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reader::walls::tests::behind_the_walls", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let line = said.lines().find_map(|line| line.split_once("told ")).expect(&said).1;
    let (walls, told): (Walls, Vec<(String, String, bool)>) = serde_json::from_str(line).unwrap();
    let denied = |stage: &str| -> Vec<&str> {
        told.iter()
            .filter(|(at, _, denied)| at == stage && *denied)
            .map(|(_, deed, _)| deed.as_str())
            .collect()
    };
    assert_eq!(denied("open"), [""; 0], "without walls everything is possible");
    assert_eq!(walls.calls, Strength::Whole, "every kernel since 2014 filters calls");
    let everything: Vec<&str> = told.iter().filter(|t| t.0 == "calls").map(|t| t.1.as_str()).collect();
    assert_eq!(denied("calls"), everything);
    let files = ["reads another file", "lists a folder", "writes a file", "overwrites the engines' file"];
    match walls.files {
        Strength::Whole => {
            assert_eq!(denied("files"), [&files[..], &["connects", "starts a program"]].concat());
        }
        Strength::Part => assert_eq!(denied("files"), [&files[..], &["starts a program"]].concat()),
        Strength::None => assert!(walls.lacks().is_some_and(|told| told.contains("landlock"))),
    }
}

#[test]
fn a_wall_that_is_missing_is_told() {
    use Strength::{None, Part, Whole};
    let lacks = |files, calls| Walls { files, calls }.lacks();
    assert_eq!((lacks(Whole, Whole), lacks(Part, Whole)), (Option::None, Option::None));
    assert!(lacks(None, Whole).unwrap().contains("no landlock;"));
    assert!(lacks(Whole, None).unwrap().contains("no seccomp;"));
    assert!(lacks(None, None).unwrap().contains("no landlock and seccomp;"));
}

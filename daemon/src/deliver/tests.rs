//! Every answer and every silence of a mail server, on loopback, and what becomes of the mail.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::Error;

const MAIL: &[u8] = b"Subject: test\r\n\r\n.a line that begins with a dot\r\nthe end\r\n";

/// What a scripted server says where. `""` closes the connection, `"silence"` never answers.
#[derive(Clone)]
struct Script {
    greeting: &'static str,
    ehlo: &'static str,
    starttls: &'static str,
    auth: &'static str,
    mail: &'static str,
    rcpt: &'static str,
    data: &'static str,
    end: &'static str,
}

const WILLING: Script = Script {
    greeting: "220 mail.example.jp",
    ehlo: "250-mail.example.jp\r\n250 AUTH PLAIN LOGIN",
    starttls: "220 go ahead",
    auth: "235 2.7.0 welcome",
    mail: "250 2.1.0 ok",
    rcpt: "250 2.1.5 ok",
    data: "354 go ahead",
    end: "250 2.0.0 queued as 4711",
};

/// What a server saw.
#[derive(Default)]
struct Seen {
    connections: u32,
    commands: Vec<String>,
    mails: Vec<String>,
}

struct Server {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let saw = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                saw.lock().unwrap().connections += 1;
                tokio::spawn(converse(stream, script.clone(), Arc::clone(&saw)));
            }
        });
        Self { port, seen }
    }

    fn courier(&self, security: Security) -> Courier {
        courier(self.port, security, None)
    }
}

async fn converse(stream: TcpStream, script: Script, seen: Arc<Mutex<Seen>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, script.greeting).await?;
    loop {
        let line = hear(&mut stream).await?;
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        seen.lock().unwrap().commands.push(line.trim_end().to_owned());
        match verb.as_str() {
            "EHLO" => say(&mut stream, script.ehlo).await?,
            "STARTTLS" => say(&mut stream, script.starttls).await?,
            "AUTH" => say(&mut stream, script.auth).await?,
            "MAIL" => say(&mut stream, script.mail).await?,
            "RCPT" => say(&mut stream, script.rcpt).await?,
            "DATA" => {
                say(&mut stream, script.data).await?;
                if script.data.starts_with('3') {
                    let mut mail = String::new();
                    while !mail.ends_with("\r\n.\r\n") {
                        mail.push_str(&hear(&mut stream).await?);
                    }
                    seen.lock().unwrap().mails.push(mail);
                    say(&mut stream, script.end).await?;
                }
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 ok").await?,
        }
    }
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then_some(line)
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> Option<()> {
    match words {
        "" => None,
        "silence" => std::future::pending().await,
        _ => stream.write_all(format!("{words}\r\n").as_bytes()).await.ok(),
    }
}

fn courier(port: u16, security: Security, login: Option<(&str, &str)>) -> Courier {
    let host = match security {
        Security::PlainLocal => "127.0.0.1",
        Security::Tls | Security::StartTls => "localhost",
    };
    Courier::new(route(host, port, security, login)).unwrap()
}

fn route(host: &str, port: u16, security: Security, login: Option<(&str, &str)>) -> Route {
    Route::Smtp {
        host: host.into(),
        port,
        security,
        user: login.map(|(user, _)| user.to_owned()),
        password: login.map(|(_, password)| Secret::new(password)),
        helo: "gateway.example.jp".into(),
        timeout: Duration::from_millis(400),
    }
}

async fn send(courier: &Courier) -> Outcome {
    courier.send("fax@example.jp", "doctor@example.jp", "id@example.jp", MAIL).await
}

async fn outcome(script: Script) -> Outcome {
    let server = Server::start(script).await;
    send(&server.courier(Security::PlainLocal)).await
}

#[tokio::test]
async fn a_willing_server_gets_the_mail_byte_for_byte() {
    let server = Server::start(WILLING).await;
    let sent = send(&server.courier(Security::PlainLocal)).await;
    assert_eq!(sent, Outcome::sent("250 2.0.0"));
    let seen = server.seen.lock().unwrap();
    assert_eq!(
        seen.commands,
        ["EHLO gateway.example.jp", "MAIL FROM:<fax@example.jp>", "RCPT TO:<doctor@example.jp>", "DATA"]
    );
    let on_the_wire = seen.mails[0].replace("\r\n..", "\r\n.");
    let on_the_wire = on_the_wire.strip_suffix(".\r\n").unwrap();
    assert_eq!(on_the_wire.trim_end(), String::from_utf8_lossy(MAIL).trim_end());
}

#[tokio::test]
async fn a_connection_serves_one_mail_after_another() {
    let server = Server::start(WILLING).await;
    let courier = server.courier(Security::PlainLocal);
    for _ in 0..100 {
        assert_eq!(send(&courier).await, Outcome::sent("250 2.0.0"));
    }
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen.connections, seen.mails.len()), (2, 100));
}

#[tokio::test]
async fn a_refused_mail_does_not_cost_the_next_one_its_connection() {
    let server = Server::start(Script { rcpt: "550 5.1.1 no such user", ..WILLING }).await;
    let courier = server.courier(Security::PlainLocal);
    for _ in 0..3 {
        assert_eq!(send(&courier).await, Outcome::refuse("550 5.1.1"));
    }
    assert_eq!(server.seen.lock().unwrap().connections, 1);
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_is_replaced() {
    let server = Server::start(Script { end: "250 ok", ..WILLING }).await;
    let courier = server.courier(Security::PlainLocal);
    assert_eq!(send(&courier).await, Outcome::sent("250"));
    let dying = Server::start(Script { mail: "", ..WILLING }).await;
    let other = dying.courier(Security::PlainLocal);
    for tries in 1..=2 {
        assert_eq!(send(&other).await, Outcome::defer("io"));
        assert_eq!(dying.seen.lock().unwrap().connections, tries);
    }
    assert_eq!(send(&courier).await, Outcome::sent("250"));
}

#[tokio::test]
async fn mails_sent_at_once_all_arrive() {
    let server = Server::start(WILLING).await;
    let courier = Arc::new(server.courier(Security::PlainLocal));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let courier = Arc::clone(&courier);
            tokio::spawn(async move { send(&courier).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Outcome::sent("250 2.0.0"));
    }
    assert_eq!(server.seen.lock().unwrap().mails.len(), 20);
}

#[tokio::test]
async fn a_passing_fault_defers_at_every_step() {
    let busy = "451 4.7.1 greylisted, kasasagi@example.jp";
    for script in [
        Script { mail: busy, ..WILLING },
        Script { rcpt: busy, ..WILLING },
        Script { data: busy, ..WILLING },
        Script { end: busy, ..WILLING },
        Script { greeting: busy, ..WILLING },
        Script { ehlo: busy, ..WILLING },
    ] {
        assert_eq!(outcome(script).await, Outcome::defer("451 4.7.1"));
    }
    assert_eq!(outcome(Script { mail: "421 closing", ..WILLING }).await, Outcome::defer("421"));
}

#[tokio::test]
async fn a_refusal_of_the_mail_is_final_but_one_of_ourselves_is_not() {
    let never = "550-first line\r\n550 5.7.1 last line";
    for script in [
        Script { mail: never, ..WILLING },
        Script { rcpt: never, ..WILLING },
        Script { data: never, ..WILLING },
        Script { end: never, ..WILLING },
    ] {
        assert_eq!(outcome(script).await, Outcome::refuse("550"));
    }
    assert_eq!(outcome(Script { greeting: "554 go away", ..WILLING }).await, Outcome::defer("554"));
    assert_eq!(outcome(Script { ehlo: "550 who?", ..WILLING }).await, Outcome::defer("550"));
    assert_eq!(outcome(Script { mail: "530 5.7.0 log in", ..WILLING }).await, Outcome::defer("530 5.7.0"));
}

#[tokio::test]
async fn a_dropped_connection_tells_whether_the_mail_may_have_arrived() {
    for (script, code) in [
        (Script { greeting: "", ..WILLING }, "connect"),
        (Script { ehlo: "", ..WILLING }, "connect"),
        (Script { mail: "", ..WILLING }, "io"),
        (Script { rcpt: "", ..WILLING }, "io"),
        (Script { data: "", ..WILLING }, "io"),
        (Script { end: "", ..WILLING }, "after-data"),
    ] {
        assert_eq!(outcome(script).await, Outcome::defer(code));
    }
}

#[tokio::test]
async fn silence_tells_the_same() {
    for (script, code) in [
        (Script { greeting: "silence", ..WILLING }, "timeout"),
        (Script { rcpt: "silence", ..WILLING }, "timeout"),
        (Script { end: "silence", ..WILLING }, "after-data"),
    ] {
        assert_eq!(outcome(script).await, Outcome::defer(code));
    }
}

#[tokio::test]
async fn an_answer_out_of_place_is_not_taken_for_success() {
    assert_eq!(outcome(Script { data: "250 ok", ..WILLING }).await, Outcome::defer("protocol"));
    assert_eq!(outcome(Script { end: "354 more", ..WILLING }).await, Outcome::defer("protocol"));
    assert_eq!(outcome(Script { mail: "hello", ..WILLING }).await, Outcome::defer("io"));
}

#[tokio::test]
async fn words_of_a_server_reach_no_code() {
    for end in ["451 4.7.a x", "451 5.1.1 x", "451 4.7.1.9 x", "451 4.1234.1 x", "451 天川"] {
        assert_eq!(outcome(Script { end, ..WILLING }).await, Outcome::defer("451"), "{end}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    for script in [
        WILLING,
        Script { ehlo: "250-x\r\n250 STARTTLS", starttls: "454 4.7.0 not now", ..WILLING },
        Script { ehlo: "250-x\r\n250 STARTTLS", starttls: "501 no", ..WILLING },
        Script { ehlo: "250-x\r\n250 STARTTLS", starttls: "220 but no TLS follows", ..WILLING },
    ] {
        let server = Server::start(script).await;
        assert_eq!(send(&server.courier(Security::StartTls)).await, Outcome::defer("tls"));
        let seen = server.seen.lock().unwrap();
        assert!(!seen.commands.iter().any(|c| c.starts_with("MAIL") || c.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there() {
    let server = Server::start(WILLING).await;
    assert_eq!(send(&server.courier(Security::Tls)).await, Outcome::defer("tls"));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for security in [Security::Tls, Security::StartTls, Security::PlainLocal] {
        assert_eq!(send(&courier(nobody, security, None)).await, Outcome::defer("connect"));
    }
}

/// `openssl s_server` with a certificate that nobody has signed; ended with the test.
struct SelfSigned(Child);

impl SelfSigned {
    fn start(room: &std::path::Path, port: u16) -> Self {
        let (key, cert) = (room.join("key.pem"), room.join("cert.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&cert)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        let server = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &port.to_string(), "-key"])
            .arg(&key)
            .arg("-cert")
            .arg(&cert)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(server)
    }
}

impl Drop for SelfSigned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let room = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let _server = SelfSigned::start(room.path(), port);
    let courier = courier(port, Security::Tls, None);
    let mut outcome = send(&courier).await;
    while outcome == Outcome::defer("connect") {
        tokio::time::sleep(Duration::from_millis(50)).await;
        outcome = send(&courier).await;
    }
    assert_eq!(outcome, Outcome::defer("tls"));
    let told_to_trust = Command::new("openssl")
        .args(["s_client", "-verify_return_error", "-connect", &format!("localhost:{port}"), "-CAfile"])
        .arg(room.path().join("cert.pem"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(told_to_trust.success(), "the server itself does not work");
}

#[tokio::test]
async fn a_login_that_fails_waits_for_an_operator() {
    let login = Some(("gateway", "tanabata"));
    let at = |server: &Server| courier(server.port, Security::PlainLocal, login);

    let server = Server::start(WILLING).await;
    assert_eq!(send(&at(&server)).await, Outcome::sent("250 2.0.0"));
    assert!(server.seen.lock().unwrap().commands.iter().any(|c| c.starts_with("AUTH PLAIN ")));

    let server = Server::start(Script { auth: "535 5.7.8 no", ..WILLING }).await;
    assert_eq!(send(&at(&server)).await, Outcome::defer("535 5.7.8"));

    let server = Server::start(Script { ehlo: "250 mail.example.jp", ..WILLING }).await;
    assert_eq!(send(&at(&server)).await, Outcome::defer("auth"));
}

#[tokio::test]
async fn what_cannot_be_offered_is_refused_before_anybody_is_called() {
    let server = Server::start(WILLING).await;
    let courier = server.courier(Security::PlainLocal);
    for to in ["", "nobody", "a@b.example>\r\nRCPT TO:<thief@example.net", "鵲@example.jp"] {
        let outcome = courier.send("fax@example.jp", to, "id@example.jp", MAIL).await;
        assert_eq!(outcome, Outcome::refuse("address"), "{to:?}");
    }
    let outcome = courier.send("a@example.jp", "b@example.jp", "id@example.jp", "鵲".as_bytes()).await;
    assert_eq!(outcome, Outcome::refuse("not-ascii"));
    assert_eq!(server.seen.lock().unwrap().connections, 0);
}

#[tokio::test]
async fn a_route_that_contradicts_itself_is_refused() {
    for host in ["mail.example.jp", "192.0.2.1", "::", "localhost.example.jp", ""] {
        let refused = Courier::new(route(host, 25, Security::PlainLocal, None));
        assert!(matches!(refused, Err(Error::Route { .. })), "{host}");
    }
    for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
        assert!(Courier::new(route(host, 25, Security::PlainLocal, None)).is_ok(), "{host}");
    }
    assert!(Courier::new(route("localhost", 0, Security::Tls, None)).is_err());
    let mut half = route("localhost", 25, Security::Tls, Some(("gateway", "tanabata")));
    if let Route::Smtp { user, .. } = &mut half {
        *user = None;
    }
    let told = Courier::new(half).unwrap_err().to_string();
    assert!(told.contains("no user"), "{told}");
}

#[test]
fn a_password_is_never_printed() {
    let route = route("localhost", 25, Security::Tls, Some(("gateway", "tanabata")));
    let printed = format!("{route:?} {route:#?}");
    assert!(printed.contains("[redacted]") && !printed.contains("tanabata"));
}

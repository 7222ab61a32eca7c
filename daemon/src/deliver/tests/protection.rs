//! Mail goes over verified TLS or not at all.

use std::path::PathBuf;
use std::process::Command;

use native_tls::Identity;
use tokio::net::TcpListener;
use tokio_native_tls::TlsAcceptor;

use super::*;

const OFFERED: Script = Script { ehlo: "250-mail.example.jp\r\n250-STARTTLS\r\n250 PIPELINING", ..WILLING };

/// Certificates made for one test.
struct Authority(tempfile::TempDir);

impl Authority {
    fn new() -> Self {
        let room = tempfile::tempdir().unwrap();
        openssl(room.path(), "ca", "/CN=test CA", &["-addext", "keyUsage=critical,keyCertSign"]);
        Self(room)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    /// Who answers to `name`, vouched for by this authority.
    fn vouches_for(&self, name: &str) -> TlsAcceptor {
        let (ca, key) = (self.file(), self.0.path().join("ca.key"));
        let paths = [ca.to_str().unwrap(), key.to_str().unwrap()];
        identity(self.0.path(), name, &["-CA", paths[0], "-CAkey", paths[1]])
    }
}

/// Who answers to `name`, vouched for by nobody else.
fn self_signed(name: &str) -> TlsAcceptor {
    let room = tempfile::tempdir().unwrap();
    identity(room.path(), name, &[])
}

fn identity(room: &Path, name: &str, signed: &[&str]) -> TlsAcceptor {
    let san = format!("subjectAltName=DNS:{name}");
    openssl(room, "server", &format!("/CN={name}"), &[&["-addext", &san], signed].concat());
    let read = |file: &str| std::fs::read(room.join(file)).unwrap();
    let identity = Identity::from_pkcs8(&read("server.pem"), &read("server.key")).unwrap();
    native_tls::TlsAcceptor::new(identity).unwrap().into()
}

fn openssl(room: &Path, name: &str, subject: &str, more: &[&str]) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject])
        .args(more)
        .arg("-keyout")
        .arg(room.join(format!("{name}.key")))
        .arg("-out")
        .arg(room.join(format!("{name}.pem")))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

async fn sent_to(server: &Server, security: Security, ca_file: Option<PathBuf>) -> Outcome {
    let timeout = Duration::from_secs(5);
    send(&mut line(Smtp { ca_file, timeout, ..relay(server.port, security) })).await
}

/// Neither the mail, nor its envelope, nor a password.
fn heard_nothing(server: &Server) -> bool {
    let telling = |command: &String| command.starts_with("MAIL") || command.starts_with("AUTH");
    !server.commands().iter().any(telling) && server.mails().is_empty()
}

#[tokio::test]
async fn a_server_that_a_trusted_authority_vouches_for_gets_the_mail() {
    let authority = Authority::new();
    let ca_file = || Some(authority.file());
    let server = Server::protected(WILLING, authority.vouches_for("localhost")).await;
    assert_eq!(sent_to(&server, Security::Tls, ca_file()).await, Outcome::sent("250 2.0.0"));
    assert_eq!(server.mails().len(), 1);

    let server = Server::starting_tls(OFFERED, authority.vouches_for("localhost")).await;
    assert_eq!(sent_to(&server, Security::StartTls, ca_file()).await, Outcome::sent("250 2.0.0"));
    let commands = server.commands();
    assert_eq!(commands[..3], ["EHLO gateway.example.jp", "STARTTLS", "EHLO gateway.example.jp"]);
}

#[tokio::test]
async fn a_login_is_told_over_tls_only() {
    let authority = Authority::new();
    let offers_all = Script { ehlo: "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN", ..WILLING };
    let server = Server::starting_tls(offers_all, authority.vouches_for("localhost")).await;
    let login = Some(("gateway".to_owned(), Password::Held(Secret::new("tanabata"))));
    let smtp = relay(server.port, Security::StartTls);
    let timeout = Duration::from_secs(5);
    let outcome = send(&mut line(Smtp { login, timeout, ca_file: Some(authority.file()), ..smtp })).await;
    assert_eq!(outcome, Outcome::sent("250 2.0.0"));
    let verbs: Vec<String> = server.commands().iter().map(|c| c[..4].to_owned()).collect();
    assert_eq!(verbs, ["EHLO", "STAR", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]);
}

#[tokio::test]
async fn a_server_of_another_name_an_unknown_authority_or_none_gets_nothing() {
    let authority = Authority::new();
    for (acceptor, ca_file) in [
        (authority.vouches_for("mail.example.jp"), Some(authority.file())),
        (authority.vouches_for("localhost"), None),
        (authority.vouches_for("localhost"), Some(Authority::new().file_kept())),
        (self_signed("localhost"), Some(authority.file())),
    ] {
        let server = Server::protected(WILLING, acceptor.clone()).await;
        assert_eq!(sent_to(&server, Security::Tls, ca_file.clone()).await, Outcome::defer("tls"));
        assert!(heard_nothing(&server));
        let server = Server::starting_tls(OFFERED, acceptor).await;
        assert_eq!(sent_to(&server, Security::StartTls, ca_file).await, Outcome::defer("tls"));
        assert!(heard_nothing(&server));
    }
}

impl Authority {
    /// Its file, kept beyond the test.
    fn file_kept(self) -> PathBuf {
        self.0.keep().join("ca.pem")
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    for script in [
        WILLING,
        Script { starttls: "454 4.7.0 not now", ..OFFERED },
        Script { starttls: "501 no", ..OFFERED },
        Script { starttls: "220 but no TLS follows", ..OFFERED },
        Script { starttls: "silence", ..OFFERED },
    ] {
        let server = Server::start(script).await;
        let outcome = send(&mut line(relay(server.port, Security::StartTls))).await;
        assert_eq!(outcome, Outcome::defer("tls"), "{script:?}");
        assert!(heard_nothing(&server));
    }
}

/// Somebody in between could put answers after the one to STARTTLS, to be taken for answers under TLS.
#[tokio::test]
async fn words_sent_ahead_of_tls_end_the_try() {
    let authority = Authority::new();
    let injected = Script { starttls: "220 go ahead\r\n250-mx\r\n250 AUTH PLAIN", ..OFFERED };
    let server = Server::starting_tls(injected, authority.vouches_for("localhost")).await;
    assert_eq!(sent_to(&server, Security::StartTls, Some(authority.file())).await, Outcome::defer("tls"));
    assert!(heard_nothing(&server));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there() {
    let server = Server::start(WILLING).await;
    assert_eq!(send(&mut line(relay(server.port, Security::Tls))).await, Outcome::defer("tls"));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for security in [Security::Tls, Security::StartTls, Security::PlainLocal] {
        assert_eq!(send(&mut line(relay(nobody, security))).await, Outcome::defer("connect"));
    }
}

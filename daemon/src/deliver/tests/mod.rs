//! Every answer and every silence of a mail server, on loopback, and what becomes of the mail.

mod answers;
mod lines;
mod protection;
mod server;

use std::path::Path;
use std::time::Duration;

use kasasagi_config::secret::{Password, Secret};
use kasasagi_config::settings::{Security, Smtp};

use super::*;
use server::{Script, Server, WILLING};

const MAIL: &[u8] = b"Subject: test\r\n\r\n.a line that begins with a dot\r\nthe end\r\n";

fn relay(port: u16, security: Security) -> Smtp {
    Smtp {
        host: if security == Security::PlainLocal { "127.0.0.1" } else { "localhost" }.to_owned(),
        port,
        security,
        ca_file: None,
        relay_is_private: false,
        login: None,
        helo: "gateway.example.jp".to_owned(),
        timeout: Duration::from_millis(400),
    }
}

fn line(smtp: Smtp) -> Line {
    Courier::new(&Delivery::Smtp(smtp)).unwrap().line()
}

fn plain(server: &Server) -> Line {
    line(relay(server.port, Security::PlainLocal))
}

async fn send(line: &mut Line) -> Outcome {
    line.send("fax@example.jp", "doctor@example.jp", "id@example.jp", MAIL, &mut Gate::open()).await
}

async fn outcome(script: Script) -> Outcome {
    let server = Server::start(script).await;
    send(&mut plain(&server)).await
}

#[test]
fn readable_mail_may_go_where_nobody_can_listen() {
    let private = |smtp: Smtp| Courier::new(&Delivery::Smtp(smtp)).unwrap().is_private();
    assert!(private(relay(465, Security::Tls)) && private(relay(587, Security::StartTls)));
    assert!(!private(relay(25, Security::PlainLocal)), "nobody knows where the relay sends it on");
    assert!(private(Smtp { relay_is_private: true, ..relay(25, Security::PlainLocal) }), "the admin does");
    let room = tempfile::tempdir().unwrap();
    assert!(Courier::new(&Delivery::Folder(room.path().join("out"))).unwrap().is_private());
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let room = tempfile::tempdir().unwrap();
    let told = |ca_file: &Path| {
        let smtp = Smtp { ca_file: Some(ca_file.to_owned()), ..relay(465, Security::Tls) };
        Courier::new(&Delivery::Smtp(smtp)).unwrap_err().to_string()
    };
    let empty = room.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").unwrap();
    for path in [room.path().join("absent.pem"), empty] {
        assert!(told(&path).contains(&path.display().to_string()), "{}", told(&path));
        assert!(told(&path).contains("delivery.ca_file"));
    }
}

#[test]
fn a_password_is_never_printed() {
    let login = Some(("gateway".to_owned(), Password::Held(Secret::new("tanabata"))));
    let delivery = Delivery::Smtp(Smtp { login, ..relay(25, Security::PlainLocal) });
    let courier = Courier::new(&delivery).unwrap();
    let printed = format!("{delivery:?} {courier:?} {:?}", courier.line());
    assert!(printed.contains("[redacted]") && !printed.contains("tanabata"));
}

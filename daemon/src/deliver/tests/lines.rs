//! One mail after another over a line.

use super::*;

const PIPELINING: Script = Script { ehlo: "250-mail.example.jp\r\n250 PIPELINING", ..WILLING };

#[tokio::test]
async fn a_willing_server_gets_the_mail_byte_for_byte() {
    for script in [WILLING, PIPELINING] {
        let server = Server::start(script).await;
        assert_eq!(send(&mut plain(&server)).await, Outcome::sent("250 2.0.0"));
        assert_eq!(
            server.commands(),
            ["EHLO gateway.example.jp", "MAIL FROM:<fax@example.jp>", "RCPT TO:<doctor@example.jp>", "DATA"]
        );
        let stuffed = String::from_utf8_lossy(MAIL).replace("\r\n.", "\r\n..");
        assert_eq!(server.mails(), [stuffed + ".\r\n"]);
    }
}

#[tokio::test]
async fn a_connection_serves_one_mail_after_another_and_is_left_before_it_wears_out() {
    for script in [WILLING, PIPELINING] {
        let server = Server::start(script).await;
        let mut line = plain(&server);
        for _ in 0..100 {
            assert_eq!(send(&mut line).await, Outcome::sent("250 2.0.0"));
        }
        line.hang_up().await;
        assert_eq!((server.connections(), server.mails().len()), (2, 100));
        let commands = server.commands();
        let count = |verb: &str| commands.iter().filter(|command| command.starts_with(verb)).count();
        assert_eq!((count("MAIL"), count("RSET"), count("QUIT")), (100, 0, 2), "no step is wasted");
    }
}

#[tokio::test]
async fn a_refused_mail_does_not_cost_the_next_one_its_connection() {
    let refusal = Script { rcpt: "550 5.1.1 no such user", data: "503 5.5.1 no recipients", ..WILLING };
    for script in [refusal, Script { ehlo: PIPELINING.ehlo, ..refusal }] {
        let server = Server::start(script).await;
        let mut line = plain(&server);
        for _ in 0..3 {
            assert_eq!(send(&mut line).await, Outcome::refuse("550 5.1.1"));
        }
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_server_that_wants_a_mail_after_refusing_its_recipient_is_left() {
    let script = Script { rcpt: "550 5.1.1 no such user", ..PIPELINING };
    let server = Server::start(script).await;
    let mut line = plain(&server);
    for tries in 1..=3 {
        assert_eq!(send(&mut line).await, Outcome::refuse("550 5.1.1"));
        assert_eq!((server.connections(), server.mails().len()), (tries, 0));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_ended_between_two_mails_is_replaced_within_the_same_try() {
    for refusal in ["421 4.4.2 idle too long", ""] {
        let server = Server::start(Script { mail: refusal, ..WILLING }).await;
        let fresh = send(&mut plain(&server)).await;
        assert!(matches!(fresh, Outcome::Defer { .. }), "a new connection is no better: {fresh:?}");
    }
    let server = Server::start(Script { rcpt: "451 4.7.1 later", rset: "", ..WILLING }).await;
    let mut line = plain(&server);
    for tries in 1..=3 {
        assert_eq!(send(&mut line).await, Outcome::defer("451 4.7.1"));
        assert_eq!(server.connections(), tries, "what did not survive RSET is replaced");
    }
}

#[tokio::test]
async fn a_line_that_hung_up_connects_again() {
    let server = Server::start(WILLING).await;
    let mut line = plain(&server);
    for tries in 1..=3 {
        assert_eq!(send(&mut line).await, Outcome::sent("250 2.0.0"));
        line.hang_up().await;
        line.hang_up().await;
        assert_eq!(server.connections(), tries);
        assert_eq!(server.commands().last().unwrap(), "QUIT");
    }
}

#[tokio::test]
async fn lines_do_not_wait_for_each_other() {
    let silent = Server::start(Script { rcpt: "silence", ..WILLING }).await;
    let courier = Courier::new(&Delivery::Smtp(relay(silent.port, Security::PlainLocal))).unwrap();
    let begun = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let mut line = courier.line();
            tokio::spawn(async move { send(&mut line).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Outcome::defer("timeout"));
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "ten times 400 ms one after the other");
    assert_eq!(silent.connections(), 10);
}

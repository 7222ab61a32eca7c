//! One row for everything that can go wrong: what the server does, and what becomes of the mail.

use super::*;

/// The same server when it allows commands ahead of answers: the verdict must not depend on it.
fn pipelining(script: Script) -> Script {
    let ehlo = match script.ehlo {
        same if same == WILLING.ehlo => "250-mail.example.jp\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN",
        other => other,
    };
    Script { ehlo, ..script }
}

async fn assert_outcome(name: &str, script: Script, wanted: &Outcome) {
    assert_eq!(outcome(script).await, *wanted, "{name}, one by one");
    assert_eq!(outcome(pipelining(script)).await, *wanted, "{name}, all at once");
}

#[tokio::test]
async fn a_passing_fault_defers_at_every_step() {
    let busy = "451 4.7.1 greylisted, kasasagi@example.jp";
    for (name, script, code) in [
        ("4xx to MAIL", Script { mail: busy, ..WILLING }, "451 4.7.1"),
        ("greylisting at RCPT", Script { rcpt: busy, ..WILLING }, "451 4.7.1"),
        ("greylisting with 450", Script { rcpt: "450 4.7.1 come back later", ..WILLING }, "450 4.7.1"),
        ("4xx to DATA", Script { data: busy, ..WILLING }, "451 4.7.1"),
        ("4xx to the mail", Script { end: busy, ..WILLING }, "451 4.7.1"),
        ("4xx as greeting", Script { greeting: busy, ..WILLING }, "451 4.7.1"),
        ("4xx to EHLO", Script { ehlo: busy, ..WILLING }, "451 4.7.1"),
        ("421 as greeting", Script { greeting: "421 4.3.2 closing", ..WILLING }, "421 4.3.2"),
        ("421 to MAIL", Script { mail: "421 closing", ..WILLING }, "421"),
        ("421 to RCPT", Script { rcpt: "421 4.7.0 too many", ..WILLING }, "421 4.7.0"),
        ("421 to the mail", Script { end: "421 4.3.0 closing", ..WILLING }, "421 4.3.0"),
        ("full mailbox", Script { rcpt: "452 4.2.2 full", ..WILLING }, "452 4.2.2"),
    ] {
        assert_outcome(name, script, &Outcome::defer(code)).await;
    }
}

#[tokio::test]
async fn a_refusal_of_the_mail_is_final_but_one_of_ourselves_is_not() {
    let never = "550-first line\r\n550 5.7.1 last line";
    for (name, script) in [
        ("5xx to MAIL", Script { mail: never, ..WILLING }),
        ("5xx to RCPT", Script { rcpt: never, ..WILLING }),
        ("5xx to RCPT and DATA", Script { rcpt: never, data: "554 5.5.1 no valid recipients", ..WILLING }),
        ("5xx to DATA", Script { data: never, ..WILLING }),
        ("5xx to the mail", Script { end: never, ..WILLING }),
    ] {
        assert_outcome(name, script, &Outcome::refuse("550")).await;
    }
    for (name, script, code) in [
        ("5xx as greeting", Script { greeting: "554 go away", ..WILLING }, "554"),
        ("5xx to EHLO", Script { ehlo: "550 who?", ..WILLING }, "550"),
        ("login wanted", Script { mail: "530 5.7.0 log in", ..WILLING }, "530 5.7.0"),
    ] {
        assert_outcome(name, script, &Outcome::defer(code)).await;
    }
}

#[tokio::test]
async fn a_dropped_connection_tells_whether_the_mail_may_have_arrived() {
    for (name, script, code) in [
        ("drop before the greeting", Script { greeting: "", ..WILLING }, "connect"),
        ("drop at EHLO", Script { ehlo: "", ..WILLING }, "connect"),
        ("drop at MAIL", Script { mail: "", ..WILLING }, "io"),
        ("drop at RCPT", Script { rcpt: "", ..WILLING }, "io"),
        ("drop before DATA is taken", Script { data: "", ..WILLING }, "io"),
        ("drop after DATA", Script { end: "", ..WILLING }, "after-data"),
    ] {
        assert_outcome(name, script, &Outcome::defer(code)).await;
    }
}

#[tokio::test]
async fn silence_tells_the_same() {
    for (name, script, code) in [
        ("stalled greeting", Script { greeting: "silence", ..WILLING }, "timeout"),
        ("stalled EHLO", Script { ehlo: "silence", ..WILLING }, "timeout"),
        ("stalled RCPT", Script { rcpt: "silence", ..WILLING }, "timeout"),
        ("stalled DATA", Script { data: "silence", ..WILLING }, "timeout"),
        ("stalled after DATA", Script { end: "silence", ..WILLING }, "after-data"),
    ] {
        assert_outcome(name, script, &Outcome::defer(code)).await;
    }
}

#[tokio::test]
async fn an_answer_out_of_place_is_not_taken_for_success() {
    for (name, script, code) in [
        ("250 to DATA", Script { data: "250 ok", ..WILLING }, "protocol"),
        ("354 to the mail", Script { end: "354 more", ..WILLING }, "protocol"),
        ("354 to MAIL", Script { mail: "354 go on", ..WILLING }, "protocol"),
        ("garbage as greeting", Script { greeting: "SSH-2.0-OpenSSH_9.6", ..WILLING }, "protocol"),
        ("garbage to MAIL", Script { mail: "hello", ..WILLING }, "protocol"),
        ("two codes in one reply", Script { rcpt: "250-ok\r\n550 no", ..WILLING }, "protocol"),
        ("garbage to the mail", Script { end: "hello", ..WILLING }, "after-data"),
    ] {
        assert_outcome(name, script, &Outcome::defer(code)).await;
    }
}

#[tokio::test]
async fn an_endless_reply_ends() {
    let long: &'static str = Box::leak(format!("250 {}", "x".repeat(100_000)).into_boxed_str());
    let many: &'static str = Box::leak(format!("{}250 ok", "250-x\r\n".repeat(10_000)).into_boxed_str());
    for ehlo in [long, many] {
        assert_eq!(outcome(Script { ehlo, ..WILLING }).await, Outcome::defer("protocol"));
    }
}

#[tokio::test]
async fn words_of_a_server_reach_no_code() {
    for end in ["451 4.7.a x", "451 5.1.1 x", "451 4.7.1.9 x", "451 4.1234.1 x", "451 天川"] {
        assert_eq!(outcome(Script { end, ..WILLING }).await, Outcome::defer("451"), "{end}");
    }
}

#[tokio::test]
async fn a_login_that_fails_waits_for_an_operator() {
    let at = |server: &Server| {
        let login = Some(("gateway".to_owned(), Password::Held(Secret::new("tanabata"))));
        line(Smtp { login, ..relay(server.port, Security::PlainLocal) })
    };
    let server = Server::start(WILLING).await;
    assert_eq!(send(&mut at(&server)).await, Outcome::sent("250 2.0.0"));
    assert!(server.commands().contains(&"AUTH PLAIN AGdhdGV3YXkAdGFuYWJhdGE=".to_owned()));

    let server = Server::start(Script { ehlo: "250-mx\r\n250 AUTH LOGIN", ..WILLING }).await;
    assert_eq!(send(&mut at(&server)).await, Outcome::sent("250 2.0.0"));
    assert_eq!(server.commands()[1..4], ["AUTH LOGIN", "Z2F0ZXdheQ==", "dGFuYWJhdGE="]);

    let server = Server::start(Script { auth: "535 5.7.8 no", ..WILLING }).await;
    assert_eq!(send(&mut at(&server)).await, Outcome::defer("535 5.7.8"));

    let server = Server::start(Script { auth: "", ..WILLING }).await;
    assert_eq!(send(&mut at(&server)).await, Outcome::defer("io"));

    let server = Server::start(Script { ehlo: "250 mail.example.jp", ..WILLING }).await;
    assert_eq!(send(&mut at(&server)).await, Outcome::defer("auth"));
}

#[tokio::test]
async fn what_cannot_be_offered_is_refused_before_anybody_is_called() {
    let server = Server::start(WILLING).await;
    let mut line = plain(&server);
    for to in ["", "nobody", "a@b.example>\r\nRCPT TO:<thief@example.net", "鵲@example.jp"] {
        let outcome = line.send("fax@example.jp", to, "id@example.jp", MAIL, &mut Gate::open()).await;
        assert_eq!(outcome, Outcome::refuse("address"), "{to:?}");
    }
    let outcome =
        line.send("a@example.jp", "b@example.jp", "id@example.jp", "鵲".as_bytes(), &mut Gate::open()).await;
    assert_eq!(outcome, Outcome::refuse("not-ascii"));
    assert_eq!(server.connections(), 0);
}

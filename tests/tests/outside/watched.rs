//! Metrics, health and log of the running gateway, as those who watch over it see them.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use kasasagi_tests::raster::Raster;
use kasasagi_tests::sheet::Entry;
use kasasagi_tests::{Answer, Gateway, SmtpSink, fax_mail, gateway, wait_until};
use serde_json::Value;

use crate::journey::sheet;
use crate::paper::{Blank, letter};
use crate::post::{hand_in, mail, settled};
use crate::room::{parsed, rows, said, settings, text};
use crate::town::Town;

/// What the gateway answers to these bytes.
fn answer(mut stream: impl Read + Write, asked: &[u8]) -> std::io::Result<String> {
    stream.write_all(asked)?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard)?;
    Ok(heard)
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

fn scraped(gateway: &Gateway) -> String {
    let stream = UnixStream::connect(gateway.room().join("metrics.sock")).expect("the socket");
    let heard = answer(stream, &request("/metrics")).expect("an answer");
    let (head, body) = heard.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    body.to_owned()
}

fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {sample} in\n{text}"))
}

/// A port that nobody has at this moment.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}

/// Its team: home nursing.
const DELIVERED: &str = "0004788";
/// Its team: a pharmacy among others.
const REFUSED: &str = "0004716";

#[test]
fn the_numbers_follow_the_faxes_and_neither_they_nor_the_log_tell_anything_of_them() {
    let town = Town::sample();
    let of_refused = town.recipients(REFUSED);
    let gone = of_refused.iter().find(|to| to.role == "pharmacy").expect("a pharmacy").address.clone();
    let (refused, who) = (gone.clone(), town.patient(REFUSED)["name"].clone());
    let sink = SmtpSink::scripted(move |point| match point.verb {
        "RCPT" if point.line.contains(&refused) => {
            Answer::Say(format!("550 5.1.1 <{refused}> is unknown, cannot take mail about {who}"))
        }
        _ => Answer::Willing,
    });
    let port = sink.port();
    let gateway = gateway(|room| {
        let smtp = format!(
            "via = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\nrelay_is_private = true\n"
        );
        let watch =
            "[metrics]\nlisten = \"unix:metrics.sock\"\n[log]\nformat = \"json\"\nlevel = \"debug\"\n";
        settings(room).replace("via = \"folder\"\n", &smtp) + watch
    });
    let blank = Blank::of(&gateway, "ICM-01");
    wait_until("the socket", || gateway.room().join("metrics.sock").exists());
    let mode = fs::metadata(gateway.room().join("metrics.sock")).expect("the socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let before = scraped(&gateway);
    assert_eq!(value(&before, "kasasagi_faxes{state=\"delivered\"}"), 0.0);

    let pages = [sheet(&town, &blank, DELIVERED, "通常"), sheet(&town, &blank, REFUSED, "通常")];
    for (page, name) in pages.iter().zip(["one", "two"]) {
        hand_in(&gateway, &mail(name, page));
    }
    hand_in(&gateway, &mail("letter", &letter(1)));
    hand_in(&gateway, &telling(&town));
    let faxes = settled(&gateway, 4);
    let states: Vec<&str> = faxes.iter().map(|fax| text(&fax["state"])).collect();
    assert_eq!(states, ["delivered", "held", "held", "held"], "{faxes:?}");

    let mut after = String::new();
    wait_until("numbers that are newer than the faxes", || {
        after = scraped(&gateway);
        value(&after, "kasasagi_faxes{state=\"held\"}") == 3.0
    });
    let sent = (town.recipients(DELIVERED).len() + of_refused.len() - 1) as f64;
    for (sample, expected) in [
        ("kasasagi_faxes{state=\"delivered\"}", 1.0),
        ("kasasagi_oldest_fax_age_seconds{state=\"sending\"}", 0.0),
        ("kasasagi_events_total{kind=\"received\"}", 4.0),
        ("kasasagi_received_to_read_seconds_count", 3.0),
        ("kasasagi_page_reading_seconds_count", 3.0),
        ("kasasagi_documents_read_total{outcome=\"read\"}", 3.0),
        ("kasasagi_read_to_decided_seconds_count", 2.0),
        ("kasasagi_decided_to_sent_seconds_count{way=\"direct\"}", sent),
        ("kasasagi_outbox_items{state=\"sent\"}", sent),
        ("kasasagi_outbox_items{state=\"gave_up\"}", 1.0),
        ("kasasagi_outbox_items{state=\"due\"}", 0.0),
        ("kasasagi_trouble{part=\"journey\"}", 0.0),
        ("kasasagi_store_up", 1.0),
    ] {
        assert_eq!(value(&after, sample), expected, "{sample} in\n{after}");
    }
    assert!(value(&after, "kasasagi_oldest_fax_age_seconds{state=\"held\"}") > 0.0);
    assert!(value(&after, "kasasagi_fields_read_total{state=\"sure\"}") > 40.0);
    assert!(value(&after, "kasasagi_disk_free_bytes") > 0.0);
    assert_eq!(value(&after, "kasasagi_journal_last_event"), value(&after, "kasasagi_view_last_event"));

    tells_nothing_of_people(&town, &after);
    let log = gateway.log();
    keeps_people_out(&town, &log);
    let levels: Vec<String> = log.lines().map(level_of).collect();
    assert!(levels.iter().any(|level| level == "INFO"), "{log}");
}

/// A fax that cannot be opened, in a mail that says everything where a careless log would repeat it.
fn telling(town: &Town) -> Vec<u8> {
    let who = town.patient(DELIVERED);
    let name = format!("{}{}.pdf", who["name"], who["patient_id"]);
    let subject = format!("{} {}", who["name"], who["tel"]);
    fax_mail(&who["insured_no"], &subject, &[(&name, "application/pdf", who["name"].as_bytes())])
}

/// Everything that the sample says of the people in this test.
fn secrets(town: &Town) -> Vec<String> {
    let mut secrets: Vec<String> = town.addresses().into_iter().map(str::to_owned).collect();
    for patient in [DELIVERED, REFUSED] {
        let rows = [
            (
                town.patient(patient),
                ["name", "kana", "patient_id", "birth", "insured_no", "postal", "address", "tel"],
            ),
            (
                town.physician(patient),
                [
                    "name",
                    "name_kana",
                    "clinic_no",
                    "clinic_name",
                    "license_no",
                    "email",
                    "fax",
                    "notify_phone",
                ],
            ),
            (town.sender(patient), ["office_no", "name", "kana", "postal", "address", "tel", "fax", "email"]),
        ];
        for (row, columns) in rows {
            for column in columns {
                secrets.extend([row[column].clone(), row[column].replace([' ', '-'], "")]);
            }
        }
        let sheet = town.sheet(patient, "通常");
        // Every line of the log has the day.
        secrets.extend(sheet.iter().filter(|entry| entry.key != "written_on").flat_map(written));
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// The words of a field. A digit or two says nothing of anybody.
fn written(entry: &Entry) -> Vec<String> {
    let words = match &entry.value {
        Value::Array(words) => words.iter().map(|word| text(word).to_owned()).collect(),
        value => vec![value.as_str().map_or_else(|| value.to_string(), str::to_owned)],
    };
    words.into_iter().filter(|word| !word.is_ascii() || word.len() > 4).collect()
}

fn keeps_people_out(town: &Town, told: &str) {
    for secret in secrets(town) {
        assert!(!told.contains(&secret), "{secret} in {told}");
    }
}

/// Names of metrics and labels beside their numbers: nothing of the sample, and no word that was made up meanwhile.
fn tells_nothing_of_people(town: &Town, metrics: &str) {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = samples.map(|line| line.rsplit_once(' ').expect("a number").0).collect();
    keeps_people_out(town, &names.join("\n"));
    keeps_people_out(town, &metrics.lines().filter(|line| line.starts_with('#')).collect::<String>());
    for patient in [DELIVERED, REFUSED] {
        let code = format!("\"{}\"", town.physician(patient)["dr_code"]);
        assert!(!metrics.contains(&code), "{code} is a label in {metrics}");
    }
    for name in names {
        for label in name.split('"').skip(1).step_by(2) {
            let number = label == "+Inf" || label.parse::<f64>().is_ok();
            let word = label.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(number || word || name.starts_with("kasasagi_build_info"), "{name}");
        }
    }
}

fn level_of(line: &str) -> String {
    let entry: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}"));
    assert!(entry["message"].is_string() && entry["timestamp"].is_string(), "{line}");
    text(&entry["level"]).to_owned()
}

#[test]
fn health_names_a_trouble_until_it_is_gone_and_nonsense_stops_nobody() {
    let port = free_port();
    let gateway = gateway(|room| {
        fs::write(room.join("maildir"), "no folder").expect("a file");
        let more =
            format!("[metrics]\nlisten = \"{port}\"\n[intake.maildir]\ndir = \"maildir\"\ninterval_s = 1\n");
        settings(room) + &more
    });
    let ask = |asked: &[u8]| TcpStream::connect(port).and_then(|stream| answer(stream, asked));
    let mut health = String::new();
    wait_until("the trouble", || {
        health = ask(&request("/health")).unwrap_or_default();
        health.starts_with("HTTP/1.1 503 ")
    });
    assert!(health.contains("\r\n\r\nmaildir since "), "{health}");

    for (nonsense, status) in [
        (b"\x16\x03\x01 nothing\r\n\r\n".to_vec(), 400),
        (request(&format!("/{}", "x".repeat(20_000))), 431),
        (request("/other"), 404),
        (b"DELETE /metrics HTTP/1.1\r\n\r\n".to_vec(), 405),
    ] {
        let heard = ask(&nonsense).expect("an answer");
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{heard:.100}");
    }
    let half = TcpStream::connect(port).expect("the port");
    (&half).write_all(b"GET /met").expect("half a request");
    half.shutdown(Shutdown::Write).expect("and no more");
    let mut heard = String::new();
    (&half).read_to_string(&mut heard).expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 400 "), "{heard}");

    // More than are let in at a time; they have to go before somebody else is asked.
    let silent: Vec<TcpStream> = (0..9).map(|_| TcpStream::connect(port).expect("the port")).collect();
    fs::remove_file(gateway.room().join("maildir")).expect("the file");
    wait_until("no trouble", || {
        ask(&request("/health")).is_ok_and(|health| health.starts_with("HTTP/1.1 200 "))
    });
    drop(silent);
    assert!(said(&gateway.run(&["check"])).contains(&format!("{port} answers")));
    hand_in(&gateway, &mail("after", &Raster::white(1728, 1000, (204.0, 98.0))));
    settled(&gateway, 1);
}

#[test]
fn a_port_that_is_taken_is_a_trouble_in_the_log_and_faxes_come_in_all_the_same() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its address");
    let gateway = gateway(|room| {
        settings(room) + &format!("[metrics]\nlisten = \"{port}\"\n[log]\nformat = \"journald\"\n")
    });
    hand_in(&gateway, &mail("blank", &Raster::white(1728, 1000, (204.0, 98.0))));
    settled(&gateway, 1);
    wait_until("the trouble", || gateway.log().contains("part=metrics"));
    let log = gateway.log();
    for line in log.lines() {
        let rest = line.strip_prefix('<').and_then(|line| line.split_once('>'));
        assert!(rest.is_some_and(|(priority, _)| ["3", "4", "6", "7"].contains(&priority)), "{line}");
    }
    let line = log.lines().find(|line| line.contains("part=metrics")).expect("awaited above");
    assert!(line.starts_with("<3>") && line.contains(&port.to_string()), "{line}");
    let told = troubles(&gateway);
    assert!(told.len() == 1 && told[0].starts_with("metrics "), "{told:?}");

    drop(taken);
    wait_until("the place to be had", || TcpStream::connect(port).is_ok());
    wait_until("the trouble to go", || troubles(&gateway).is_empty());
}

#[test]
fn a_socket_of_another_program_is_left_alone_and_one_left_behind_is_replaced() {
    let place = |room: &Path| room.join("metrics.sock");
    let mut other = None;
    let gateway = gateway(|room| {
        other = std::os::unix::net::UnixListener::bind(place(room)).ok();
        settings(room) + "[metrics]\nlisten = \"unix:metrics.sock\"\n"
    });
    wait_until("the trouble", || gateway.log().contains("another process listens there"));
    assert!(UnixStream::connect(place(gateway.room())).is_ok(), "the other program still has it");
    drop(other);
    let well = || {
        let stream = UnixStream::connect(place(gateway.room()))?;
        answer(stream, &request("/health"))
    };
    wait_until("the place to be had", || well().is_ok_and(|heard| heard.starts_with("HTTP/1.1 200 ")));
}

/// What the running gateway says it cannot do.
fn troubles(gateway: &Gateway) -> Vec<String> {
    let checked = parsed(&gateway.run(&["check", "--json"]));
    let failed = rows(&checked).iter().filter(|line| line["check"] == "gateway" && line["state"] == "FAILED");
    failed.map(|line| text(&line["text"]).to_owned()).collect()
}

//! Mails as they leave: opened and verified with the openssl program, by nobody but their recipient.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sample::{self, Row};
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::{Gateway, wait_until};
use serde_json::Value;

use crate::paper::{Blank, Hand};
use crate::post::{files, hand_in, mail, settled};
use crate::room::{TOWN, json, room, rows, said, settings, text};
use crate::town::{Recipient, Town};

/// Somebody with a physician, a pharmacy and a day service.
const PATIENT: &str = "0004716";

/// Kinds of keys that recipients have.
const KEYS: [&[&str]; 4] = [
    &["-newkey", "rsa:2048"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    &["-newkey", "rsa:3072"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
];

/// A room whose recipients of [`PATIENT`] have certificates of these days, in turn of several kinds.
fn sealed_room(days: &str) -> Gateway {
    room(|room| {
        let settings = settings(room);
        let wanted = Town::sample().recipients(PATIENT);
        fs::create_dir_all(room.join(TOWN).join("certs")).expect("a folder");
        sample::write(&room.join(TOWN), |table, row| {
            sample::make_readable(table, row);
            let Some(nth) = place(&wanted, row) else { return };
            if matches!(table, "physicians" | "facilities") {
                certify(room, &row["email"].clone(), KEYS[nth % KEYS.len()], days);
                row.insert("smime_cert".into(), format!("certs/{}.pem", row["email"]));
                row.insert("delivery".into(), "smime".into());
            }
        });
        settings
    })
}

fn place(wanted: &[Recipient], row: &Row) -> Option<usize> {
    let address = row.get("email")?;
    wanted.iter().position(|recipient| recipient.address == *address)
}

/// Makes a key and a self-signed certificate for an address.
fn certify(room: &Path, address: &str, kind: &[&str], days: &str) {
    let (key, certificate) =
        (room.join(format!("{address}.key")), room.join(TOWN).join(format!("certs/{address}.pem")));
    let name = format!("subjectAltName=email:{address}");
    openssl(&[
        &["req", "-x509", "-nodes", "-subj", "/CN=recipient", "-days", days, "-addext", &name][..],
        kind,
        &["-keyout", plain(&key), "-out", plain(&certificate)],
    ]);
}

fn plain(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

fn openssl(arguments: &[&[&str]]) -> Output {
    let output = Command::new("openssl").args(arguments.concat()).output().expect("openssl");
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    output
}

/// Opens a mail with a key; none if the key does not fit.
fn opened(gateway: &Gateway, mail: &Path, address: &str) -> Option<Vec<u8>> {
    let key = gateway.room().join(format!("{address}.key"));
    let signed = mail.with_extension("signed");
    let decrypt = ["cms", "-decrypt", "-in", plain(mail), "-inkey", plain(&key), "-out", plain(&signed)];
    let output = Command::new("openssl").args(decrypt).output().expect("openssl");
    if !output.status.success() {
        return None;
    }
    let own = gateway.room().join("smime.crt");
    let readable = mail.with_extension("readable");
    openssl(&[&["cms", "-verify", "-in", plain(&signed), "-CAfile", plain(&own), "-out", plain(&readable)]]);
    let words = fs::read(&readable).expect("what was signed");
    for path in [signed, readable] {
        fs::remove_file(path).expect("a file");
    }
    Some(words)
}

fn sheet(gateway: &Gateway, urgency: &str) -> Vec<u8> {
    let blank = Blank::of(gateway, "ICM-01");
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Ticks, dpi: FINE };
    mail("sealed", &blank.filled(&Town::sample().sheet(PATIENT, urgency), &hand))
}

fn mails(gateway: &Gateway) -> Vec<PathBuf> {
    files(&gateway.room().join("outgoing"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect()
}

fn recipient_of(mail: &Path) -> String {
    let raw = String::from_utf8_lossy(&fs::read(mail).expect("a mail")).into_owned();
    let to = raw.split("\r\nTo:").nth(1).expect("a recipient");
    to.split('<').nth(1).and_then(|rest| rest.split('>').next()).expect("an address").to_owned()
}

#[test]
fn every_mail_opens_for_its_recipient_alone_and_says_nothing_on_the_outside() {
    let mut gateway = sealed_room("400");
    gateway.start();
    let page = sheet(&gateway, "通常");
    hand_in(&gateway, &page);
    assert_eq!(settled(&gateway, 1)[0]["state"], "delivered");
    let town = Town::sample();
    let addresses: Vec<String> = town.recipients(PATIENT).into_iter().map(|r| r.address).collect();
    let who = town.patient(PATIENT);
    let mails = mails(&gateway);
    assert_eq!(mails.len(), addresses.len());
    for mail in &mails {
        let address = recipient_of(mail);
        let words = opened(&gateway, mail, &address).expect("it opens for its recipient");
        let inside = mail_parser::MessageParser::default().parse(&words).expect("a mail inside");
        let told = inside.body_text(0).expect("text").into_owned();
        assert!(told.contains(&who["patient_id"]), "{address}: {told}");
        for other in addresses.iter().filter(|other| **other != address) {
            assert!(opened(&gateway, mail, other).is_none(), "{other} opens the mail to {address}");
        }
        let raw = String::from_utf8_lossy(&fs::read(mail).expect("a mail")).into_owned();
        let head = raw.split("\r\n\r\n").next().expect("a head").to_owned();
        assert!(head.contains("smime-type=enveloped-data"), "{head}");
        let decoded = mail_parser::MessageParser::default().parse(raw.as_bytes()).expect("a mail");
        let subject = decoded.subject().expect("a subject").to_owned();
        for value in ["patient_id", "insured_no", "name", "kana", "address", "tel"].map(|column| &who[column])
        {
            assert!(
                !raw.contains(value.as_str()) && !subject.contains(value.as_str()),
                "{value} on the outside"
            );
        }
        let structure = openssl(&[&["cms", "-cmsout", "-print", "-noout", "-in", plain(mail)]]);
        let structure = String::from_utf8_lossy(&structure.stdout).into_owned();
        assert!(structure.contains("aes-256-cbc"), "{structure}");
    }
    assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
}

#[test]
fn without_a_valid_certificate_nothing_leaves_and_a_new_one_delivers_it() {
    let mut gateway = sealed_room("400");
    let physician = Town::sample().physician(PATIENT)["email"].clone();
    // A day in the past: valid from then, for a day.
    let certificate = gateway.room().join(TOWN).join(format!("certs/{physician}.pem"));
    let key = gateway.room().join(format!("{physician}.key"));
    let name = format!("subjectAltName=email:{physician}");
    let past = ["-not_before", "20250101000000Z", "-not_after", "20250102000000Z"];
    expired(&gateway, &physician, &key, &certificate, &name, past);
    gateway.start();
    let page = sheet(&gateway, "通常");
    hand_in(&gateway, &page);
    assert_eq!(settled(&gateway, 1)[0]["state"], "held");
    let held = json(&gateway, &["held"]);
    assert_eq!(held[0]["reasons"], Value::from(vec!["undelivered_certificate_not_valid"]), "{held}");
    let shown = said(&gateway.run(&["held", "show", text(&held[0]["id"]), "--lang", "ja"]));
    assert!(shown.contains("証明書"), "{shown}");
    assert!(mails(&gateway).iter().all(|mail| recipient_of(mail) != physician));
    let check = said(&gateway.run(&["check"]));
    assert!(
        check.lines().any(|line| line.starts_with("warning")
            && line.contains("certificate")
            && line.contains("ended")),
        "{check}"
    );

    fs::copy(&certificate, gateway.room().join("old.pem")).expect("a copy");
    certify(gateway.room(), &physician, KEYS[0], "400");
    let folder = gateway.room().join(TOWN);
    let output = gateway.run(&["registry", "import", plain(&folder)]);
    assert!(said(&output).contains("smime_cert"), "{}", said(&output));
    let own = gateway.run(&["registry", "approve", "2"]);
    assert_eq!(own.status.code(), Some(2), "nobody approves their own: {}", said(&own));
    let Some(approved) = as_somebody_else(&gateway, &["registry", "approve", "2"]) else { return };
    assert_eq!(approved.status.code(), Some(0), "{}", said(&approved));
    let item = rows(&json(&gateway, &["outbox", "list"]))[0]["id"].clone();
    assert_eq!(gateway.run(&["outbox", "retry", text(&item)]).status.code(), Some(0));
    wait_until("the mail with the new certificate", || {
        mails(&gateway).iter().any(|mail| recipient_of(mail) == physician)
    });
    let mail = mails(&gateway).into_iter().find(|mail| recipient_of(mail) == physician).expect("the mail");
    assert!(opened(&gateway, &mail, &physician).is_some());
}

fn expired(gateway: &Gateway, address: &str, key: &Path, certificate: &Path, name: &str, past: [&str; 4]) {
    let request = gateway.room().join(format!("{address}.csr"));
    openssl(&[&[
        "req",
        "-new",
        "-key",
        plain(key),
        "-subj",
        "/CN=recipient",
        "-addext",
        name,
        "-out",
        plain(&request),
    ]]);
    let database = gateway.room().join("index.txt");
    fs::write(&database, "").expect("a database");
    let config = gateway.room().join("ca.cnf");
    let folder = gateway.room().display().to_string();
    fs::write(
        &config,
        format!(
            "[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index.txt\nnew_certs_dir={folder}\nserial={folder}/serial\n\
             default_md=sha256\npolicy=p\ncopy_extensions=copy\nemail_in_dn=no\n[p]\ncommonName=supplied\n"
        ),
    )
    .expect("a configuration");
    fs::write(gateway.room().join("serial"), "01").expect("a serial");
    let [_, from, _, until] = past;
    openssl(&[&[
        "ca",
        "-batch",
        "-selfsign",
        "-config",
        plain(&config),
        "-keyfile",
        plain(key),
        "-in",
        plain(&request),
        "-startdate",
        from,
        "-enddate",
        until,
        "-out",
        plain(certificate),
        "-notext",
    ]]);
}

/// Runs a verb as another user of this machine; none if these tests may not.
#[expect(clippy::print_stderr, reason = "what is left out is told")]
fn as_somebody_else(gateway: &Gateway, arguments: &[&str]) -> Option<Output> {
    let user = Command::new("id").arg("-u").output().expect("id");
    if user.stdout.trim_ascii() != b"0" {
        eprintln!("only root can be somebody else; the second person is left out");
        return None;
    }
    let room = gateway.room();
    let mode = |path: &Path, mode: &str| {
        assert!(Command::new("chmod").args([mode, plain(path)]).status().expect("chmod").success());
    };
    mode(room, "755");
    mode(&room.join("control.sock"), "666");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    command.arg(kasasagi_tests::gateway::binary()).arg("--config").arg(room.join("kasasagi.toml"));
    Some(command.args(arguments).output().expect("setpriv"))
}

#[test]
fn where_the_settings_say_so_a_notice_without_content_goes_in_its_place() {
    let mut gateway = room(|room| {
        let settings = settings(room)
            .replace("key = \"smime.key\"\n", "key = \"smime.key\"\nwithout_certificate = \"notice\"\n");
        sample::write(&room.join(TOWN), |table, row| {
            sample::make_readable(table, row);
            if matches!(table, "physicians" | "facilities") {
                row.insert("delivery".into(), "smime".into());
            }
        });
        settings
    });
    gateway.start();
    let page = sheet(&gateway, "至急(本日中)");
    hand_in(&gateway, &page);
    assert_eq!(settled(&gateway, 1)[0]["state"], "delivered");
    let town = Town::sample();
    let who = town.patient(PATIENT);
    let mails = mails(&gateway);
    assert_eq!(mails.len(), town.recipients(PATIENT).len());
    for path in mails {
        let raw = fs::read(&path).expect("a mail");
        let mail = mail_parser::MessageParser::default().parse(&raw).expect("a mail");
        let words = mail.body_text(0).expect("text").into_owned();
        for column in ["patient_id", "insured_no", "name", "kana", "tel"] {
            assert!(!words.contains(who[column].as_str()), "{column} in {words}");
        }
        assert!(!words.contains(&who["name"].replace(' ', "")), "{words}");
        assert_eq!(mail.attachments().filter(|part| part.contents().starts_with(b"%PDF")).count(), 0);
    }
}

#[test]
fn a_certificate_that_cannot_be_meant_is_refused_before_anything_is_sent() {
    let town = Town::sample();
    let physician = town.physician(PATIENT)["email"].clone();
    for (what, spoil) in [
        (
            "another address",
            Box::new(|room: &Path, address: &str| {
                certify(room, "somebody@else.example", KEYS[1], "30");
                fs::rename(
                    room.join(TOWN).join("certs/somebody@else.example.pem"),
                    room.join(TOWN).join(format!("certs/{address}.pem")),
                )
                .expect("a certificate");
            }) as Box<dyn Fn(&Path, &str)>,
        ),
        (
            "no X.509 certificate",
            Box::new(|room: &Path, address: &str| {
                fs::write(room.join(TOWN).join(format!("certs/{address}.pem")), "x").expect("a file");
            }),
        ),
        (
            "missing",
            Box::new(|room: &Path, address: &str| {
                fs::remove_file(room.join(TOWN).join(format!("certs/{address}.pem"))).expect("a file");
            }),
        ),
        (
            "2048",
            Box::new(|room: &Path, address: &str| certify(room, address, &["-newkey", "rsa:1024"], "30")),
        ),
    ] {
        let gateway = sealed_room("400");
        spoil(gateway.room(), &physician);
        let output = gateway.run(&["run"]);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {told}");
        assert!(
            told.contains("physicians.csv") && told.contains("smime_cert") && told.contains("line "),
            "{what}: {told}"
        );
        assert!(told.contains(what) || what == "missing", "{what}: {told}");
    }
}

#[test]
fn a_certificate_that_ends_soon_and_an_open_key_file_are_told() {
    let gateway = sealed_room("20");
    let check = said(&gateway.run(&["check"]));
    assert!(check.lines().any(|line| line.starts_with("warning") && line.contains("ends on")), "{check}");
    let mut gateway = sealed_room("400");
    gateway.start();
    wait_until("the gateway to start", || gateway.room().join("control.sock").exists());
    assert!(gateway.stop().success());
    let key = gateway.room().join("smime.key");
    assert!(Command::new("chmod").args(["644", plain(&key)]).status().expect("chmod").success());
    let output = gateway.run(&["run"]);
    assert!(said(&output).contains("smime.key") && said(&output).contains("chmod 600"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

//! What we seal, opened with the openssl program and looked at with Python's mail parser.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;

const ENTITY: &[u8] =
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n44Gk44GV44GO\r\n";
const ADDRESS: &str = "fax@kasasagi.example.jp";

/// A folder with the gateway's identity and what openssl makes.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().unwrap() };
        let (cert, key) = (bench.path("gateway.crt"), bench.path("gateway.key"));
        Identity::generate(&cert, &key, ADDRESS, "鵲市医師会", Timestamp::now()).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn open(&self) -> crate::Result<Identity> {
        Identity::open(&self.path("gateway.crt"), &self.path("gateway.key"), ADDRESS, Timestamp::now())
    }

    /// Runs openssl in the folder.
    fn openssl(&self, arguments: &str) -> Output {
        let arguments = arguments.split(' ');
        Command::new("openssl").args(arguments).current_dir(self.dir.path()).output().unwrap()
    }

    fn must(&self, arguments: &str) -> Vec<u8> {
        let output = self.openssl(arguments);
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// A recipient as a certification service would make one; the DER of their certificate.
    fn recipient(&self, name: &str, kind: &str) -> Vec<u8> {
        self.must(&format!(
            "req -x509 -newkey {kind} -nodes -keyout {name}.key -out {name}.crt -days 30 \
             -subj /CN=Doctor -addext subjectAltName=email:doctor@clinic.example.jp"
        ));
        self.must(&format!("x509 -in {name}.crt -outform DER"))
    }

    fn decrypt(&self, name: &str) -> Output {
        self.openssl(&format!(
            "cms -decrypt -in sealed.eml -recip {name}.crt -inkey {name}.key -out signed.eml"
        ))
    }

    fn verify(&self) -> Output {
        self.openssl("cms -verify -in signed.eml -CAfile gateway.crt -purpose smimesign -out verified")
    }
}

const RSA: &str = "rsa:2048";
const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

#[test]
fn what_is_sealed_opens_for_its_recipient_and_verifies_to_the_same_bytes() {
    let bench = Bench::new();
    let identity = bench.open().unwrap();
    for (name, kind) in [("rsa", RSA), ("ec", EC)] {
        let sealed = seal(ENTITY, &identity, &bench.recipient(name, kind)).unwrap();
        fs::write(bench.path("sealed.eml"), sealed).unwrap();
        let decrypted = bench.decrypt(name);
        assert!(decrypted.status.success(), "{name}: {}", String::from_utf8_lossy(&decrypted.stderr));
        let verified = bench.verify();
        assert!(verified.status.success(), "{name}: {}", String::from_utf8_lossy(&verified.stderr));
        assert_eq!(fs::read(bench.path("verified")).unwrap(), ENTITY, "{name}");
        let printed = bench.must("cms -cmsout -print -in sealed.eml");
        assert!(String::from_utf8_lossy(&printed).contains("aes-256-cbc"), "{name}");
    }
}

#[test]
fn the_wrong_key_opens_nothing() {
    let bench = Bench::new();
    for (name, other, kind) in [("a", "b", RSA), ("c", "d", EC)] {
        let sealed = seal(ENTITY, &bench.open().unwrap(), &bench.recipient(name, kind)).unwrap();
        bench.recipient(other, kind);
        fs::write(bench.path("sealed.eml"), sealed).unwrap();
        assert!(!bench.decrypt(other).status.success());
    }
}

#[test]
fn a_changed_mail_does_not_verify() {
    let bench = Bench::new();
    let signed = sign_only(ENTITY, &bench.open().unwrap()).unwrap();
    fs::write(bench.path("signed.eml"), &signed).unwrap();
    assert!(bench.verify().status.success());
    let text = String::from_utf8(signed).unwrap();
    fs::write(bench.path("signed.eml"), text.replace("44Gk", "44Gl")).unwrap();
    assert!(!bench.verify().status.success());

    let sealed = seal(ENTITY, &bench.open().unwrap(), &bench.recipient("rsa", RSA)).unwrap();
    let mut lines: Vec<String> = String::from_utf8(sealed).unwrap().lines().map(str::to_owned).collect();
    // In the encrypted part, well behind the recipient's wrapped key.
    let late = lines.len() - 8;
    lines[late] = lines[late].chars().rev().collect();
    fs::write(bench.path("sealed.eml"), lines.join("\r\n")).unwrap();
    let opened = bench.decrypt("rsa").status.success() && bench.verify().status.success();
    assert!(!opened);
}

#[test]
fn another_certificate_does_not_vouch_for_our_signature() {
    let bench = Bench::new();
    fs::write(bench.path("signed.eml"), sign_only(ENTITY, &bench.open().unwrap()).unwrap()).unwrap();
    bench.recipient("other", EC);
    let verified = bench.openssl("cms -verify -in signed.eml -CAfile other.crt -out verified");
    assert!(!verified.status.success());
}

#[test]
fn lines_are_made_canonical_and_end_with_crlf() {
    let bench = Bench::new();
    let identity = bench.open().unwrap();
    let loose = String::from_utf8(ENTITY.to_vec()).unwrap().replace("\r\n", "\n");
    fs::write(bench.path("signed.eml"), sign_only(loose.as_bytes(), &identity).unwrap()).unwrap();
    assert!(bench.verify().status.success());
    assert_eq!(fs::read(bench.path("verified")).unwrap(), ENTITY);

    let sealed = String::from_utf8(seal(ENTITY, &identity, &bench.recipient("rsa", RSA)).unwrap()).unwrap();
    assert!(sealed.is_ascii() && sealed.ends_with("\r\n"));
    for line in sealed.split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && line.len() <= 78, "{line:?}");
    }
}

#[test]
fn python_takes_both_kinds_apart() {
    let bench = Bench::new();
    let identity = bench.open().unwrap();
    let whole = |entity: Vec<u8>| [b"MIME-Version: 1.0\r\nSubject: x\r\n".to_vec(), entity].concat();
    fs::write(bench.path("signed.eml"), whole(sign_only(ENTITY, &identity).unwrap())).unwrap();
    let recipient = bench.recipient("rsa", RSA);
    fs::write(bench.path("sealed.eml"), whole(seal(ENTITY, &identity, &recipient).unwrap())).unwrap();
    let script = "
import email, email.policy
def parse(name):
    with open(name, 'rb') as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    assert not any(part.defects for part in mail.walk()), name
    return mail
signed, sealed = parse('signed.eml'), parse('sealed.eml')
kinds = [part.get_content_type() for part in signed.walk()]
assert kinds == ['multipart/signed', 'text/plain', 'application/pkcs7-signature'], kinds
assert signed['Content-Type'].params['micalg'] == 'sha-256'
assert signed['Content-Type'].params['protocol'] == 'application/pkcs7-signature'
assert sealed.get_content_type() == 'application/pkcs7-mime'
assert sealed['Content-Type'].params['smime-type'] == 'enveloped-data'
assert sealed.get_filename() == 'smime.p7m' and sealed.get_content()[0] == 0x30
";
    let python = Command::new("python3").args(["-c", script]).current_dir(bench.dir.path()).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
}

#[test]
fn a_made_identity_is_for_its_address_and_signs_mail_only() {
    let bench = Bench::new();
    let identity = bench.open().unwrap();
    assert!(identity.covers(ADDRESS) && identity.covers("FAX@Kasasagi.example.jp"));
    assert!(!identity.covers("other@kasasagi.example.jp"));
    assert!(identity.is_self_signed());
    let days = (identity.not_after().as_second() - Timestamp::now().as_second()) / 86_400;
    assert!((1825..=1827).contains(&days), "{days}");
    let printed = String::from_utf8(bench.must("x509 -in gateway.crt -noout -text")).unwrap();
    for said in
        ["Digital Signature", "E-mail Protection", "CA:FALSE", "email:fax@kasasagi.example.jp", "prime256v1"]
    {
        assert!(printed.contains(said), "{said} is not in {printed}");
    }
    assert!(!format!("{identity:?}").contains("PRIVATE"));
    let mode = |name| fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("gateway.key"), 0o600);
}

#[test]
fn nothing_is_written_over_an_identity() {
    let bench = Bench::new();
    let (cert, key) = (bench.path("gateway.crt"), bench.path("gateway.key"));
    let before = fs::read(&key).unwrap();
    let again =
        |key: &Path| Identity::generate(&cert, key, ADDRESS, "x", Timestamp::now()).unwrap_err().to_string();
    assert!(again(&key).contains("gateway.key") && again(&key).contains("there already"));
    assert_eq!(fs::read(&key).unwrap(), before);
    assert!(again(&bench.path("new.key")).contains("gateway.crt"));
    assert!(!bench.path("new.key").exists(), "no key without its certificate stays");
}

#[test]
fn an_identity_that_cannot_be_used_is_refused_with_the_cure() {
    let bench = Bench::new();
    let (cert, key) = (bench.path("gateway.crt"), bench.path("gateway.key"));
    let now = Timestamp::now();
    let told = |cert: &Path, key: &Path, address, now| {
        Identity::open(cert, key, address, now).unwrap_err().to_string()
    };
    assert!(told(&cert, &key, "a@b.example", now).contains("not for the sender's address a@b.example"));
    let late = now + jiff::SignedDuration::from_hours(24 * 365 * 6);
    assert!(told(&cert, &key, ADDRESS, late).contains("renew"));
    assert!(told(&cert, &bench.path("none"), ADDRESS, now).contains("none"));
    assert!(told(&key, &key, ADDRESS, now).contains("no certificate"));

    bench.recipient("other", EC);
    fs::set_permissions(bench.path("other.key"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(told(&cert, &bench.path("other.key"), ADDRESS, now).contains("does not belong"));
    bench.must("pkey -in gateway.key -aes256 -passout pass:x -out locked.key");
    fs::set_permissions(bench.path("locked.key"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(told(&cert, &bench.path("locked.key"), ADDRESS, now).contains("passphrase"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(told(&cert, &key, ADDRESS, now).contains("chmod 600"));
}

#[test]
fn a_certificate_that_a_mail_is_not_safe_with_is_refused() {
    let bench = Bench::new();
    let identity = bench.open().unwrap();
    let told = |der: &[u8]| crate::journey::chain(&seal(ENTITY, &identity, der).unwrap_err());
    assert!(told(b"no certificate").contains("ask for a new one"));
    assert!(told(&bench.recipient("short", "rsa:1024")).contains("2048"));
    assert!(told(&bench.recipient("other", "ed25519")).contains("neither RSA nor EC"));
}

#[test]
fn a_recipients_certificate_says_for_whom_and_until_when() {
    let bench = Bench::new();
    let certificate = Certificate::from_der(&bench.recipient("rsa", RSA)).unwrap();
    assert!(certificate.covers("Doctor@clinic.example.jp") && !certificate.covers("x@clinic.example.jp"));
    let now = Timestamp::now();
    assert!(certificate.is_valid(now));
    assert!(!certificate.is_valid(now + jiff::SignedDuration::from_hours(24 * 31)));
}

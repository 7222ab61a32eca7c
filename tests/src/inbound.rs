//! Mails as a fax machine sends them.

/// A mail with `attachments` (file name, media type, bytes). `message_id` without angle brackets.
pub fn fax_mail(message_id: &str, subject: &str, attachments: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut mail = format!(
        "From: mfp@sender.example.jp\r\nTo: fax@example.jp\r\nSubject: {subject}\r\n\
         Date: Mon, 23 Nov 2026 14:05:00 +0900\r\nMessage-ID: <{message_id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"=_fax\"\r\n\r\n\
         --=_fax\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nfax attached\r\n"
    );
    for (name, kind, bytes) in attachments {
        mail.push_str(&format!(
            "--=_fax\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        ));
        for line in bytes.chunks(57) {
            mail.push_str(&base64(line));
            mail.push_str("\r\n");
        }
    }
    mail.push_str("--=_fax--\r\n");
    mail.into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0usize, |bits, i| bits << 8 | usize::from(*group.get(i).unwrap_or(&0)));
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = ALPHABET[bits >> shift & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn every_attachment_stands_between_boundaries() {
        let mail =
            fax_mail("1@x", "fax", &[("a.pdf", "application/pdf", b"%PDF"), ("b.tif", "image/tiff", b"II")]);
        let mail = String::from_utf8(mail).unwrap();
        assert_eq!(mail.matches("--=_fax\r\n").count(), 3);
        assert!(mail.contains("filename=\"a.pdf\"\r\n\r\nJVBERg==\r\n--=_fax"));
        assert!(mail.ends_with("SUk=\r\n--=_fax--\r\n"));
    }
}

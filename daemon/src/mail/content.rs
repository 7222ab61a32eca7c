use super::DocFormat;

/// What a decoded part is, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Document(DocFormat),
    EncryptedArchive,
    Archive,
    WinmailDat,
    /// A photo or another picture that is no fax format.
    Picture,
    /// None of these: text, or something we do not know.
    Other,
}

/// How far into a file a PDF may begin: readers accept 1,024 bytes of anything before it.
const PDF_WITHIN: usize = 1024;

const LOCAL_FILE: &[u8] = b"PK\x03\x04";

const DOCUMENTS: [(&[u8], DocFormat); 5] = [
    (b"II*\0", DocFormat::Tiff),
    (b"MM\0*", DocFormat::Tiff),
    (b"II+\0", DocFormat::Tiff),
    (b"MM\0+", DocFormat::Tiff),
    (b"\x89PNG\r\n\x1a\n", DocFormat::Png),
];

/// zip (also empty or spanned), 7z, RAR, gzip, xz, cabinet.
const ARCHIVES: [&[u8]; 8] = [
    LOCAL_FILE,
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b\x08",
    b"\xfd7zXZ\0",
    b"MSCF",
];

/// TNEF (MS-OXTNEF 2.1.3.1).
const TNEF: &[u8] = b"\x78\x9f\x3e\x22";

/// JPEG, GIF.
const PICTURES: [&[u8]; 2] = [b"\xff\xd8\xff", b"GIF8"];

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        if let Some((_, format)) = DOCUMENTS.iter().find(|(magic, _)| begins(magic)) {
            return Self::Document(*format);
        }
        if begins(TNEF) {
            return Self::WinmailDat;
        }
        if ARCHIVES.iter().any(|magic| begins(magic)) || is_lzh(bytes) {
            return if has_locked_entry(bytes) { Self::EncryptedArchive } else { Self::Archive };
        }
        // After the archives: a stored PDF begins within the first bytes of a zip, too.
        let head = bytes.get(..PDF_WITHIN + 4).unwrap_or(bytes);
        if head.windows(5).any(|window| window == b"%PDF-") {
            return Self::Document(DocFormat::Pdf);
        }
        if PICTURES.iter().any(|magic| begins(magic)) || is_other_picture(bytes) {
            return Self::Picture;
        }
        Self::Other
    }
}

/// HEIC and AVIF (ISO 14496-12, `ftyp` box), WebP, Windows bitmap with its four reserved zeros.
fn is_other_picture(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return true;
    }
    match (bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"ftyp"), Some(brand)) => [b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1", b"avif"]
            .iter()
            .any(|known| brand == *known),
        (_, Some(b"WEBP")) => bytes.starts_with(b"RIFF"),
        _ => false,
    }
}

/// LHA names its method in the third byte of its header: `-lh5-`.
fn is_lzh(bytes: &[u8]) -> bool {
    matches!(bytes.get(2..7), Some([b'-', b'l', b'h' | b'z', _, b'-']))
}

/// Whether any entry of a zip has the encryption bit in its general purpose flags (APPNOTE 4.4.4).
fn has_locked_entry(bytes: &[u8]) -> bool {
    let locked =
        |entry: &[u8]| entry.starts_with(LOCAL_FILE) && entry.get(6).is_some_and(|flags| flags & 1 != 0);
    bytes.windows(7).any(locked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_first_bytes() {
        let cases: [(&[u8], DocFormat); 6] = [
            (b"%PDF-1.4", DocFormat::Pdf),
            (b"\xef\xbb\xbf\r\n%PDF-1.7", DocFormat::Pdf),
            (b"II*\0\x08\0\0\0", DocFormat::Tiff),
            (b"MM\0*\0\0\0\x08", DocFormat::Tiff),
            (b"II+\0\x08\0", DocFormat::Tiff),
            (b"\x89PNG\r\n\x1a\n\0", DocFormat::Png),
        ];
        for (bytes, format) in cases {
            assert_eq!(Content::of(bytes), Content::Document(format), "{bytes:?}");
        }
    }

    #[test]
    fn a_pdf_may_begin_late_but_not_anywhere() {
        let at = |offset: usize| [&vec![b' '; offset][..], b"%PDF-1.4"].concat();
        assert_eq!(Content::of(&at(1023)), Content::Document(DocFormat::Pdf));
        assert_eq!(Content::of(&at(1025)), Content::Other);
    }

    #[test]
    fn archives_are_told_apart_by_their_lock() {
        let entry = |flags: u8| [LOCAL_FILE, &[20, 0, flags, 0, 0, 0]].concat();
        assert_eq!(Content::of(&entry(0)), Content::Archive);
        assert_eq!(Content::of(&entry(1)), Content::EncryptedArchive);
        assert_eq!(Content::of(&[entry(0), entry(9)].concat()), Content::EncryptedArchive);
        assert_eq!(Content::of(&[&entry(0)[..], b"%PDF-1.4"].concat()), Content::Archive);
        assert_eq!(Content::of(b"\x22\x4b-lh5-abc"), Content::Archive);
    }

    #[test]
    fn photos_are_pictures_and_words_are_not() {
        for bytes in [
            &b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01"[..],
            b"\0\0\0\x18ftypheic\0\0\0\0",
            b"RIFF\0\0\0\0WEBPVP8 ",
        ] {
            assert_eq!(Content::of(bytes), Content::Picture, "{bytes:?}");
        }
        for bytes in [&b"BMI 21.5 kg/m2"[..], b"\0\0\0\x18ftypmp42\0\0\0\0", b"RIFF\0\0\0\0WAVEfmt "] {
            assert_eq!(Content::of(bytes), Content::Other, "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_nothing() {
        for bytes in [&b""[..], b"PK", b"%PDF", b"GIF7", b"hello"] {
            assert_eq!(Content::of(bytes), Content::Other, "{bytes:?}");
        }
    }
}

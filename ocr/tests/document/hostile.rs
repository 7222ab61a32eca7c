//! Broken and hostile files: a named error or a flawed page, never a panic, never silence.

use std::sync::LazyLock;

use kasasagi_ocr::Error;
use kasasagi_ocr::document::{self, Options};
use kasasagi_ocr::page::{Flaw, Page};
use kasasagi_ocr::{pdf::write::fax_pdf, tiff::write::fax_tiff};
use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, dictionary};
use proptest::prelude::*;

use crate::pdf::{group4, media_box, one_page};
use crate::sample::{Bench, FINE, assert_same, ink, only, page, pages, pages_with};

fn three_pages() -> [Page; 3] {
    [page(900, 300, FINE), page(900, 310, FINE), page(900, 320, FINE)]
}

#[track_caller]
fn refused(bytes: &[u8]) -> Error {
    match pages_with(bytes, &Options::default()) {
        Err(error) => error,
        Ok(mut pages) => pages.remove(0).expect_err("a page was made of it"),
    }
}

/// Overwrites the value of a tag in the first directory of a little-endian TIFF.
fn with_tag(mut tiff: Vec<u8>, tag: u16, value: u32) -> Vec<u8> {
    let directory = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    let entry =
        (0..64).map(|n| directory + 2 + 12 * n).find(|at| tiff[*at..*at + 2] == tag.to_le_bytes()).unwrap();
    tiff[entry + 8..entry + 12].copy_from_slice(&value.to_le_bytes());
    tiff
}

/// Overwrites the link of the first directory to the second.
fn with_next(mut tiff: Vec<u8>, next: u32) -> Vec<u8> {
    let directory = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    let link = directory + 2 + 12 * usize::from(tiff[directory]);
    tiff[link..link + 4].copy_from_slice(&next.to_le_bytes());
    tiff
}

#[test]
fn a_pdf_cut_anywhere_keeps_the_pages_before_the_cut() {
    let faxes = three_pages();
    let whole = fax_pdf(&faxes.each_ref()).unwrap();
    for percent in [50, 70, 90, 99] {
        let made = pages(&whole[..whole.len() * percent / 100]);
        let first = made[0].as_ref().unwrap_or_else(|e| panic!("{percent} %: {e}"));
        assert_same(first.pixels(), faxes[0].pixels(), &format!("{percent} %"));
        // What the cut took away is missing, an error, or flawed.
        for (made, fax) in made.iter().zip(&faxes) {
            let Ok(made) = made else { continue };
            assert!(!made.flaws().is_empty() || made.pixels() == fax.pixels(), "{percent} %: silently wrong");
        }
    }
}

#[test]
fn a_tiff_cut_anywhere_keeps_the_pages_before_the_cut() {
    let faxes = three_pages();
    let whole = fax_tiff(&faxes.each_ref()).unwrap();
    let made = pages(&whole[..whole.len() * 80 / 100]);
    assert_same(made[0].as_ref().unwrap().pixels(), faxes[0].pixels(), "first");
    assert!(matches!(made.last().unwrap(), Err(Error::Unreadable { kind: "TIFF", .. })));
}

#[test]
fn a_strip_cut_short_is_told() {
    let fax = fax_tiff(&[&page(900, 300, FINE)]).unwrap();
    let made = only(&with_tag(fax, 279, 1000));
    assert!(made.flaws().contains(&Flaw::RowsMissing));
    assert!(made.pixels().rows().next_back().unwrap().all(|p| p.0 == [255]));
}

#[test]
fn damaged_group_3_lines_are_told_and_the_rest_is_kept() {
    let bench = Bench::new(&[&page(900, 300, FINE)]);
    let mut bytes = bench.made_by("tiffcp -c g3:1d -r 300 fax.tif {}");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4].copy_from_slice(&[0x5A; 4]);
    let made = only(&bytes);
    assert!(made.flaws().contains(&Flaw::Damaged));
    let wanted = ink(900, 300);
    let intact =
        (0..100).filter(|y| (0..900).all(|x| made.pixels().get_pixel(x, *y) == wanted.get_pixel(x, *y)));
    assert_eq!(intact.count(), 100);
}

#[test]
fn pages_in_a_ring_are_read_once() {
    let fax = fax_tiff(&three_pages().each_ref()).unwrap();
    let first = u32::from_le_bytes(fax[4..8].try_into().unwrap());
    let made = pages(&with_next(fax, first));
    assert_eq!(made.len(), 2);
    assert!(made[0].is_ok());
    assert!(made[1].as_ref().unwrap_err().to_string().contains("names one before it"));
}

#[test]
fn sizes_that_no_fax_has_are_refused() {
    let fax = fax_tiff(&[&page(900, 300, FINE)]).unwrap();
    for (width, height) in [(2_000_000_000, 2_000_000_000), (65_000, 4_000_000_000), (20_000, 40_000)] {
        let huge = with_tag(with_tag(fax.clone(), 256, width), 257, height);
        assert!(matches!(refused(&huge), Error::OverLimit { .. }), "{width} x {height}");
    }
    let announced = group4(&ink(100, 100), dictionary! { "Width" => 200_000, "Height" => 200_000 });
    let pdf = one_page(media_box(595.0, 842.0), "595 0 0 842 0 0 cm /Im Do", vec![("Im", announced)]);
    assert!(matches!(refused(&pdf), Error::OverLimit { .. }));
    let columns =
        dictionary! { "DecodeParms" => dictionary! { "K" => -1, "Columns" => 2_000_000, "Rows" => 100 } };
    let pdf = one_page(
        media_box(595.0, 842.0),
        "595 0 0 842 0 0 cm /Im Do",
        vec![("Im", group4(&ink(100, 100), columns))],
    );
    assert!(matches!(refused(&pdf), Error::OverLimit { .. }));
    let inline = "595 0 0 842 0 0 cm BI /W 90000 /H 90000 /BPC 1 /CS /G ID \0\0 EI";
    assert!(matches!(refused(&one_page(media_box(595.0, 842.0), inline, vec![])), Error::OverLimit { .. }));
    assert!(matches!(
        refused(&one_page(media_box(1e6, 1e6), "0 0 9 9 re f", vec![])),
        Error::OverLimit { .. }
    ));
}

#[test]
fn too_many_pages_are_refused() {
    let small = page(30, 30, FINE);
    let many: Vec<&Page> = vec![&small; 201];
    for bytes in [fax_pdf(&many).unwrap(), fax_tiff(&many).unwrap()] {
        assert!(matches!(refused(&bytes), Error::OverLimit { limit: 200, .. }));
        assert_eq!(
            document::sniff(&bytes).map(|f| pages(&if f == document::Format::Pdf {
                fax_pdf(&many[..200]).unwrap()
            } else {
                fax_tiff(&many[..200]).unwrap()
            })
            .len()),
            Some(200)
        );
    }
}

#[test]
fn endless_drawing_is_stopped() {
    // More than 16 MB of it.
    let content = "0 0 9 9 re f\n".repeat(1_400_000);
    assert!(matches!(refused(&one_page(media_box(595.0, 842.0), &content, vec![])), Error::OverLimit { .. }));
    // Each form draws the next twice: 2^40 rectangles.
    let mut pdf = Document::load_mem(&one_page(media_box(595.0, 842.0), "/F Do", vec![])).unwrap();
    let mut inner = None;
    for _ in 0..40 {
        let (content, resources) = match inner {
            None => ("0 0 9 9 re f", dictionary! {}),
            Some(form) => {
                ("/F Do /F Do", dictionary! { "XObject" => dictionary! { "F" => Object::Reference(form) } })
            }
        };
        let form = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "Resources" => resources,
            "BBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        };
        inner = Some(pdf.add_object(lopdf::Stream::new(form, content.as_bytes().to_vec())));
    }
    let page = pdf.page_iter().next().unwrap();
    let resources = dictionary! { "XObject" => dictionary! { "F" => inner.unwrap() } };
    pdf.get_dictionary_mut(page).unwrap().set("Resources", resources);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    assert!(matches!(refused(&bytes), Error::OverLimit { .. }));
}

#[test]
fn a_stream_that_unpacks_to_too_much_is_refused() {
    let mut bomb = lopdf::Stream::new(dictionary! {}, vec![b' '; 70 << 20]);
    bomb.compress().unwrap();
    assert!(bomb.content.len() < 1 << 20);
    let pdf = one_page(media_box(595.0, 842.0), "0 0 9 9 re f", vec![("Im", bomb)]);
    assert!(matches!(refused(&pdf), Error::OverLimit { .. }));
}

#[test]
fn a_password_is_named_as_what_is_missing() {
    let mut pdf = Document::load_mem(&fax_pdf(&[&page(300, 200, FINE)]).unwrap()).unwrap();
    let id = Object::string_literal("0123456789abcdef");
    pdf.trailer.set("ID", vec![id.clone(), id]);
    let encrypted = |user_password: &str| {
        let mut pdf = pdf.clone();
        let version = EncryptionVersion::V2 {
            document: &pdf,
            owner_password: "kasasagi",
            user_password,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        pdf.encrypt(&state).unwrap();
        let mut bytes = Vec::new();
        pdf.save_to(&mut bytes).unwrap();
        bytes
    };
    assert!(matches!(refused(&encrypted("tanabata")), Error::PasswordProtected));
    // Many machines set only an owner's password; such files open for anyone.
    assert_same(only(&encrypted("")).pixels(), &ink(300, 200), "empty password");
}

#[test]
fn a_coding_that_nobody_here_knows_is_named() {
    let fax = with_tag(fax_tiff(&[&page(300, 200, FINE)]).unwrap(), 259, 34661);
    assert_eq!(refused(&fax).to_string(), "TIFF compression 34661 (JBIG) is not supported");
}

#[test]
fn pages_before_and_after_a_bad_one_are_kept() {
    let fax = with_tag(fax_tiff(&three_pages().each_ref()).unwrap(), 259, 34661);
    let made = pages(&fax);
    assert!(made[0].is_err() && made[1].is_ok() && made[2].is_ok());
}

#[test]
fn strips_that_all_cover_the_file_are_refused() {
    let bench = Bench::new(&[&page(900, 300, FINE)]);
    let mut tiff = bench.made_by("tiffcp -c none -r 1 fax.tif {}");
    let at = |tiff: &[u8], tag: u16| {
        let directory = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
        let entry = (0..64)
            .map(|n| directory + 2 + 12 * n)
            .find(|at| tiff[*at..*at + 2] == tag.to_le_bytes())
            .unwrap();
        u32::from_le_bytes(tiff[entry + 8..entry + 12].try_into().unwrap()) as usize
    };
    let (offsets, length) = (at(&tiff, 273), tiff.len());
    let counts = at(&tiff, 279);
    for strip in 0..300 {
        tiff[offsets + 4 * strip..][..4].copy_from_slice(&8u32.to_le_bytes());
        // libtiff keeps counts of this size as shorts.
        tiff[counts + 2 * strip..][..2].copy_from_slice(&(length.min(60_000) as u16).to_le_bytes());
    }
    assert!(matches!(refused(&tiff), Error::Unreadable { .. }));
}

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let faxes = [page(200, 90, FINE), page(150, 60, FINE)];
    let bench = Bench::new(&faxes.each_ref());
    let mut seeds = vec![fax_pdf(&faxes.each_ref()).unwrap(), fax_tiff(&faxes.each_ref()).unwrap()];
    for made in [
        "tiffcp -c g3:2d -r 20 fax.tif {}",
        "tiffcp -c none -8 fax.tif {}",
        "tiffcp -c packbits -t -w 64 -l 32 fax.tif {}",
        "tiffcp -c lzw -B fax.tif {}",
        "tiff2pdf -z -o {} fax.tif",
    ] {
        seeds.push(bench.made_by(made));
    }
    seeds
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_mutation_brings_the_reader_down(
        seed in 0usize..7,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..12),
    ) {
        let mut bytes = SEEDS[seed].clone();
        for (at, value, edit) in edits {
            let at = at.index(bytes.len());
            match edit {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                _ if value < 16 && at > 64 => bytes.truncate(at),
                _ => { bytes.remove(at); }
            }
        }
        let mut handed = 0;
        if let Ok(count) = document::read(&bytes, &Options::default(), &mut |_| handed += 1) {
            prop_assert!(count > 0 && count == handed);
        }
    }

    #[test]
    fn no_garbage_behind_a_magic_brings_the_reader_down(
        magic in prop::sample::select(vec![&b"%PDF-1.4\n"[..], b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"\x89PNG\r\n\x1a\n"]),
        tail in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let _ = document::read(&[magic, &tail].concat(), &Options::default(), &mut |_| {});
    }
}

//! TIFF: every coding that libtiff writes, and every oddity of received faxes.

use kasasagi_ocr::page::{Dpi, Flaw};
use kasasagi_ocr::tiff;
use kasasagi_ocr::tiff::write::fax_tiff;

use crate::sample::{Bench, FINE, STANDARD, SUPERFINE, assert_dpi, assert_same, ink, only, page, pages};

#[test]
fn every_coding_of_libtiff_keeps_every_pixel() {
    let faxes = [page(1728, 229, STANDARD), page(1728, 458, FINE), page(3456, 915, SUPERFINE)];
    let bench = Bench::new(&faxes.each_ref());
    for coding in ["none", "packbits", "g3:1d", "g3:1d:fill", "g3:2d", "g3:2d:fill", "g4", "lzw", "zip"] {
        for layout in ["", "-r 16", "-r 1", "-B", "-8", "-B -8", "-L -r 64", "-t -w 256 -l 128"] {
            let what = format!("tiffcp -c {coding} {layout}");
            let made = pages(&bench.made_by(&format!("tiffcp -c {coding} {layout} fax.tif {{}}")));
            assert_eq!(made.len(), 3, "{what}");
            for (made, fax) in made.into_iter().zip(&faxes) {
                let made = made.unwrap_or_else(|e| panic!("{what}: {e}"));
                assert_same(made.pixels(), fax.pixels(), &what);
                assert_dpi(made.dpi(), fax.dpi());
                assert_eq!(made.flaws(), [], "{what}");
            }
        }
    }
}

#[test]
fn reversed_bits_are_turned_back() {
    let fax = page(1728, 458, FINE);
    let bench = Bench::new(&[&fax]);
    for coding in ["none", "packbits", "g3:1d", "g3:2d", "g4"] {
        let made = only(&bench.made_by(&format!("tiffcp -f lsb2msb -c {coding} -r 100 fax.tif {{}}")));
        assert_same(made.pixels(), fax.pixels(), coding);
        assert_eq!(made.flaws(), []);
    }
}

#[test]
fn libtiff_reads_what_is_written_here() {
    let faxes = [page(1728, 300, STANDARD), page(33, 21, FINE)];
    let bench = Bench::new(&faxes.each_ref());
    // Decoded by libtiff, so that two mistakes of ours cannot cancel out.
    let made = pages(&bench.made_by("tiffcp -c none fax.tif {}"));
    for (made, fax) in made.iter().zip(&faxes) {
        assert_same(made.as_ref().unwrap().pixels(), fax.pixels(), "tiffcp -c none");
    }
    bench.run("tiffinfo -D fax.tif");
}

#[test]
fn received_files_come_with_endless_strips_and_reversed_bits() {
    let fax = page(1728, 458, FINE);
    let bench = Bench::new(&[&fax]);
    // The raw code stream alone, as a modem hands it over; fax2tiff then writes 2^32 - 1 rows per strip.
    for (raw, flags) in [("g4", "-4 -8"), ("g3:1d", "-3 -1 -7 -5"), ("g3:2d", "-3 -2 -7 -6")] {
        bench.run(&format!("tiffcp -r 458 -c {raw} fax.tif coded.tif"));
        bench.write("raw", strip(&bench.read("coded.tif")));
        bench.run(&format!("fax2tiff -M {flags} -X 1728 -o made raw"));
        let made = only(&bench.read("made"));
        assert_eq!(made.pixels().width(), 1728);
        let rows = made.pixels().height().min(458);
        assert!(rows >= 457, "{raw}: {rows} rows");
        assert!(
            (0..rows)
                .all(|y| (0..1728).all(|x| made.pixels().get_pixel(x, y) == fax.pixels().get_pixel(x, y)))
        );
    }
}

/// The one strip of a little-endian TIFF.
fn strip(tiff: &[u8]) -> &[u8] {
    let long = |at: usize| u32::from_le_bytes(tiff[at..at + 4].try_into().unwrap()) as usize;
    let directory = long(4);
    let count = usize::from(tiff[directory]);
    let value = |tag: u16| {
        let entry =
            (0..count).map(|n| directory + 2 + 12 * n).find(|at| tiff[*at..*at + 2] == tag.to_le_bytes());
        long(entry.unwrap() + 8)
    };
    &tiff[value(273)..value(273) + value(279)]
}

#[test]
fn the_page_is_turned_upright() {
    let fax = page(600, 400, FINE);
    for (orientation, upright) in [
        (1, ink(600, 400)),
        (2, image::imageops::flip_horizontal(&ink(600, 400))),
        (3, image::imageops::rotate180(&ink(600, 400))),
        (4, image::imageops::flip_vertical(&ink(600, 400))),
        (6, image::imageops::rotate90(&ink(600, 400))),
        (8, image::imageops::rotate270(&ink(600, 400))),
    ] {
        let bench = Bench::new(&[&fax]);
        bench.run(&format!("tiffset -s 274 {orientation} fax.tif"));
        let made = only(&bench.read("fax.tif"));
        assert_same(made.pixels(), &upright, &format!("orientation {orientation}"));
        assert_dpi(made.dpi(), if orientation < 5 { FINE } else { Dpi { x: FINE.y, y: FINE.x } });
    }
}

#[test]
fn resolution_comes_in_centimetres_or_not_at_all() {
    let bench = Bench::new(&[&page(1728, 1143, FINE)]);
    bench.run("tiffset -s 296 3 fax.tif");
    bench.run("tiffset -s 282 80.31 fax.tif");
    bench.run("tiffset -s 283 38.58 fax.tif");
    assert_dpi(only(&bench.read("fax.tif")).dpi(), STANDARD);
    bench.run("tiffset -s 296 1 fax.tif");
    assert_dpi(only(&bench.read("fax.tif")).dpi(), STANDARD);
    bench.run("tiffset -s 296 2 fax.tif");
    bench.run("tiffset -s 282 72 fax.tif");
    assert_dpi(only(&bench.read("fax.tif")).dpi(), STANDARD);
}

#[test]
fn the_receiving_machine_is_believed_about_bad_lines() {
    let bench = Bench::new(&[&page(300, 60, FINE)]);
    bench.run("tiffset -s 326 5 fax.tif");
    assert_eq!(only(&bench.read("fax.tif")).flaws(), [Flaw::BadFaxLines]);
    bench.run("tiffset -s 326 0 fax.tif");
    assert_eq!(only(&bench.read("fax.tif")).flaws(), []);
}

#[test]
fn a_thumbnail_is_no_page() {
    let bench = Bench::new(&[&page(300, 60, FINE), &page(30, 6, FINE)]);
    bench.run("tiffset -d 1 -s 254 1 fax.tif");
    assert_eq!(only(&bench.read("fax.tif")).pixels().dimensions(), (300, 60));
}

#[test]
fn gray_scans_keep_their_grays() {
    let bench = Bench::empty();
    let levels = |x: u32, y: u32| ((x * 5 + y * 3) % 256) as u8;
    let mut pgm = b"P5\n200 100\n255\n".to_vec();
    pgm.extend((0..100).flat_map(|y| (0..200).map(move |x| levels(x, y))));
    bench.write("gray.pgm", &pgm);
    for coding in ["none", "lzw", "zip", "packbits"] {
        bench.run(&format!("ppm2tiff -c {coding} -R 200 gray.pgm made"));
        // Before the light is evened out.
        let mut made = Vec::new();
        tiff::read(&bench.read("made"), &mut |page| made.push(page.unwrap())).unwrap();
        let made = made.remove(0);
        assert!(made.pixels().enumerate_pixels().all(|(x, y, p)| p.0 == [levels(x, y)]), "{coding}");
        assert_dpi(made.dpi(), Dpi { x: 200.0, y: 200.0 });
    }
}

#[test]
fn gray_and_fax_pages_mix() {
    let bench = Bench::new(&[&page(1728, 100, FINE)]);
    bench.write("gray.pgm", &[b"P5\n40 40\n255\n".as_slice(), &[200; 1600]].concat());
    bench.run("ppm2tiff -c lzw -R 200 gray.pgm gray.tif");
    bench.run("tiffcp -c g3:2d -r 10 fax.tif first.tif");
    bench.run("tiffcp first.tif gray.tif fax.tif made");
    let made = pages(&bench.read("made"));
    assert_eq!(made.len(), 3);
    assert!(made[1].as_ref().unwrap().pixels().pixels().all(|p| p.0 == [255]), "gray paper is paper");
    assert_same(made[0].as_ref().unwrap().pixels(), &ink(1728, 100), "first");
    assert_same(made[2].as_ref().unwrap().pixels(), &ink(1728, 100), "last");
}

#[test]
fn a_file_needs_pages() {
    assert!(fax_tiff(&[]).is_err());
}

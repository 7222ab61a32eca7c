//! Pages as the files that fax servers attach, written by libtiff's tools.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::process::Command;

use crate::raster::Raster;

/// How the pages are compressed (ITU-T T.4 and T.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Group 3, one-dimensional (MH).
    Mh,
    /// Group 3, two-dimensional (MR).
    Mr,
    /// Group 4 (MMR).
    Mmr,
}

/// Writes `pages` into one TIFF, the highest bit leftmost.
///
/// # Errors
/// When there is no page, or `tiffcp` is missing or refuses.
pub fn tiff(pages: &[Raster], coding: Coding) -> Result<Vec<u8>> {
    tiff_with(pages, coding, &[])
}

/// The same with the lowest bit leftmost (`FillOrder` 2), as many fax modems write it.
///
/// # Errors
/// As [`tiff`].
pub fn tiff_lowest_bit_first(pages: &[Raster], coding: Coding) -> Result<Vec<u8>> {
    tiff_with(pages, coding, &["-f", "lsb2msb"])
}

/// Writes `pages` into one PDF, each page's image compressed as `coding` says.
///
/// # Errors
/// As [`tiff`], for `tiff2pdf`.
pub fn pdf(pages: &[Raster], coding: Coding) -> Result<Vec<u8>> {
    let room = tempfile::tempdir()?;
    let (source, target) = (room.path().join("fax.tif"), room.path().join("fax.pdf"));
    fs::write(&source, tiff(pages, coding)?)?;
    done(Command::new("tiff2pdf").arg("-o").arg(&target).arg(&source))?;
    fs::read(target)
}

fn tiff_with(pages: &[Raster], coding: Coding, options: &[&str]) -> Result<Vec<u8>> {
    if pages.is_empty() {
        return Err(Error::other("a TIFF needs a page"));
    }
    let room = tempfile::tempdir()?;
    let target = room.path().join("fax.tif");
    let mut copy = Command::new("tiffcp");
    let coding = match coding {
        Coding::Mh => "g3:1d",
        Coding::Mr => "g3:2d",
        Coding::Mmr => "g4",
    };
    copy.args(["-c", coding]).args(options);
    for (number, page) in pages.iter().enumerate() {
        let path = room.path().join(format!("{number}.tif"));
        fs::write(&path, uncompressed(page)?)?;
        copy.arg(path);
    }
    done(copy.arg(&target))?;
    fs::read(target)
}

fn done(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.output().map_err(|e| Error::new(e.kind(), format!("cannot run {name}: {e}")))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Error::other(format!("{name}: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// One page as an uncompressed little-endian TIFF of one strip (TIFF 6.0 sections 2 and 3).
fn uncompressed(page: &Raster) -> Result<Vec<u8>> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;
    let number = |n: usize| u32::try_from(n).map_err(Error::other);
    let pixels = page.packed();
    let (width, height, length) = (number(page.width())?, number(page.height())?, number(pixels.len())?);
    let entries = 12u32;
    let resolutions = 8 + 2 + 12 * entries + 4;
    let strip = resolutions + 16;

    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries as u16).to_le_bytes());
    for (tag, kind, value) in [
        (256u16, LONG, width),
        (257, LONG, height),
        (258, SHORT, 1),
        (259, SHORT, 1),
        (262, SHORT, 0),
        (273, LONG, strip),
        (277, SHORT, 1),
        (278, LONG, height),
        (279, LONG, length),
        (282, RATIONAL, resolutions),
        (283, RATIONAL, resolutions + 8),
        (296, SHORT, 2),
    ] {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    for dpi in [page.dpi().0, page.dpi().1] {
        file.extend(((dpi * 100.0).round() as u32).to_le_bytes());
        file.extend(100u32.to_le_bytes());
    }
    file.extend(pixels);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::raster::{FAX_LINE, FINE, STANDARD};

    /// Bars of chance lengths, as text looks to a fax coder.
    fn page(dpi: (f64, f64), seed: u64) -> Raster {
        let mut chance = Chance::new(seed);
        let mut page = Raster::white(FAX_LINE, (11.7 * dpi.1) as usize, dpi);
        for _ in 0..400 {
            let (left, top) = (chance.below(FAX_LINE - 100), chance.below(page.height() - 20));
            let (width, height) = (1 + chance.below(90), 1 + chance.below(15));
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                page.set(left + x, top + y, true);
            }
        }
        page
    }

    /// What another reader of TIFF finds in it, page by page.
    fn read_back(tiff: &[u8], page: usize, dpi: (f64, f64)) -> Raster {
        let room = tempfile::tempdir().unwrap();
        let (source, plain) = (room.path().join("a.tif"), room.path().join("b.tif"));
        fs::write(&source, tiff).unwrap();
        let mut copy = Command::new("tiffcp");
        let from = format!("{},{page}", source.display());
        // One strip per page, so that the pixels stand in one piece.
        done(copy.args(["-c", "none", "-f", "msb2lsb", "-r", "100000"]).arg(from).arg(&plain)).unwrap();
        let bytes = fs::read(plain).unwrap();
        // libtiff puts the strip right behind the eight bytes of the file header.
        let start = 8;
        let (width, height) = (FAX_LINE, (11.7 * dpi.1) as usize);
        let mut pbm = format!("P4\n{width} {height}\n").into_bytes();
        pbm.extend(&bytes[start..start + width / 8 * height]);
        Raster::from_pbm(&pbm, dpi).unwrap()
    }

    #[test]
    fn every_coding_keeps_every_pixel_of_every_page() {
        for dpi in [STANDARD, FINE] {
            let pages = [page(dpi, 1), page(dpi, 2)];
            for coding in [Coding::Mh, Coding::Mr, Coding::Mmr] {
                let files = [tiff(&pages, coding).unwrap(), tiff_lowest_bit_first(&pages, coding).unwrap()];
                assert_ne!(files[0], files[1]);
                for file in files {
                    for (number, page) in pages.iter().enumerate() {
                        assert!(read_back(&file, number, dpi) == *page, "{coding:?} page {number}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_pdf_shows_the_same_pages() {
        let pages = [page(FINE, 3), page(FINE, 4)];
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("fax.pdf");
        for coding in [Coding::Mh, Coding::Mr, Coding::Mmr] {
            fs::write(&path, pdf(&pages, coding).unwrap()).unwrap();
            for (number, page) in (1..).zip(&pages) {
                let drawn = Raster::of_pdf(&path, number, FINE).unwrap();
                assert!(drawn.width().abs_diff(page.width()) <= 1);
                let unlike = (0..page.height())
                    .flat_map(|y| (0..page.width()).map(move |x| (x as isize, y as isize)))
                    .filter(|(x, y)| drawn.get(*x, *y) != page.get(*x, *y))
                    .count();
                let share = unlike as f64 / (page.width() * page.height()) as f64;
                assert!(share < 0.01, "{coding:?}: {share} of page {number} differs");
            }
        }
    }

    #[test]
    fn no_page_is_no_fax() {
        assert!(tiff(&[], Coding::Mmr).is_err());
    }
}

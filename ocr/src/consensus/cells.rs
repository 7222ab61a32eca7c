//! Comb cells: pictures put together for a reader of lines, and the text put back into the cells.

use image::{GrayImage, imageops};

use crate::engine::LineText;
use crate::line::{Ink, PAPER};

/// White between two characters, in heights of a cell.
const GAP: f32 = 0.2;
/// White for an empty cell between two characters: reads as a space.
const EMPTY: f32 = 0.6;

/// One line of the cleaned cells, close together: each cell is cut to its columns of ink and keeps its rows.
/// `None`, or a cell without ink, becomes white space.
///
/// Why close: of ten digits in the pitch of the comb, printed ones were read right in 20 to 70 % of the
/// lines; close together in 80 to 100 %.
pub fn compose(cells: &[Option<GrayImage>]) -> GrayImage {
    let height = cells.iter().flatten().map(GrayImage::height).max().unwrap_or(1).max(1);
    let share = |of: f32| (height as f32 * of).round().max(1.0) as u32;
    let cut: Vec<Option<GrayImage>> = cells.iter().map(|cell| columns(cell.as_ref()?)).collect();
    let advance = |cell: &Option<GrayImage>| cell.as_ref().map_or(share(EMPTY), |c| c.width() + share(GAP));
    let width: u32 = share(GAP) + cut.iter().map(&advance).sum::<u32>();
    let mut line = GrayImage::from_pixel(width, height, PAPER);
    let mut x = share(GAP);
    for cell in &cut {
        if let Some(image) = cell {
            imageops::replace(&mut line, image, i64::from(x), 0);
        }
        x += advance(cell);
    }
    line
}

fn columns(cell: &GrayImage) -> Option<GrayImage> {
    let ink = Ink::of(cell)?;
    Some(imageops::crop_imm(cell, ink.x, 0, ink.width, cell.height()).to_image())
}

/// The text of cells read one by one, `None` for an empty cell: of each the likeliest
/// character, a space for a cell without one.
pub fn join(cells: &[Option<LineText>]) -> LineText {
    let likeliest = |text: &LineText| text.chars.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let chars = cells.iter().map(|cell| cell.as_ref().and_then(likeliest).unwrap_or((' ', 1.0)));
    LineText::of(chars.collect())
}

/// Puts the characters of a composed line back into their cells: spaces where `inked` says that a cell is empty.
/// A text with another number of characters than inked cells stays as it is.
pub fn place(text: LineText, inked: &[bool]) -> LineText {
    let written: Vec<(char, f32)> = text.chars.iter().copied().filter(|(c, _)| !c.is_whitespace()).collect();
    if written.len() != inked.iter().filter(|inked| **inked).count() {
        return text;
    }
    let mut written = written.into_iter();
    let cell = |inked: &bool| if *inked { written.next() } else { None };
    LineText { chars: inked.iter().map(cell).map(|c| c.unwrap_or((' ', 1.0))).collect(), ..text }
}

#[cfg(test)]
mod tests {
    use image::Luma;
    use proptest::prelude::*;

    use super::*;

    fn cell(ink: &[(u32, u32)]) -> Option<GrayImage> {
        let mut cell = GrayImage::from_pixel(20, 30, PAPER);
        ink.iter().for_each(|(x, y)| cell.put_pixel(*x, *y, Luma([0])));
        Some(cell)
    }

    fn dark(image: &GrayImage) -> usize {
        image.pixels().filter(|p| p.0[0] == 0).count()
    }

    #[test]
    fn cells_come_close_together_on_their_own_rows() {
        let line = compose(&[cell(&[(2, 5), (4, 9)]), cell(&[(18, 9)])]);
        assert_eq!(line.dimensions(), (6 + (3 + 6) + (1 + 6), 30));
        assert_eq!([(6, 5), (8, 9), (15, 9)].map(|(x, y)| line.get_pixel(x, y).0[0]), [0; 3]);
        assert_eq!(dark(&line), 3);
    }

    #[test]
    fn an_empty_cell_leaves_a_gap() {
        let apart = compose(&[cell(&[(0, 0)]), None, cell(&[(0, 0)])]);
        let close = compose(&[cell(&[(0, 0)]), cell(&[(0, 0)])]);
        assert_eq!(apart.width() - close.width(), 18);
        assert_eq!(compose(&[cell(&[(0, 0)]), cell(&[]), cell(&[(0, 0)])]), apart);
    }

    #[test]
    fn no_cells_make_a_white_line() {
        assert_eq!(dark(&compose(&[])), 0);
        assert_eq!(dark(&compose(&[None, cell(&[])])), 0);
    }

    #[test]
    fn cells_read_one_by_one_give_their_likeliest_characters() {
        let read = |chars: &[(char, f32)]| Some(LineText::of(chars.to_vec()));
        let joined = join(&[None, read(&[('8', 0.9), ('1', 0.2)]), read(&[])]);
        assert_eq!(joined.chars, [(' ', 1.0), ('8', 0.9), (' ', 1.0)]);
    }

    #[test]
    fn characters_go_back_to_their_cells_only_when_they_fill_them() {
        let text = |s: &str| LineText::of(s.chars().map(|c| (c, 0.5)).collect());
        let inked = [false, true, false, true, false, true];
        assert_eq!(place(text("851"), &inked).text(), " 8 5 1");
        assert_eq!(place(text("85"), &inked).text(), "85");
    }

    proptest! {
        #[test]
        fn a_composed_line_keeps_all_ink(cells in prop::collection::vec(
            prop::option::of(prop::collection::vec((0u32..20, 0u32..30), 0..6)), 0..12))
        {
            let cells: Vec<_> = cells.into_iter().map(|ink| ink.and_then(|ink| cell(&ink))).collect();
            prop_assert_eq!(dark(&compose(&cells)), cells.iter().flatten().map(dark).sum::<usize>());
        }
    }
}

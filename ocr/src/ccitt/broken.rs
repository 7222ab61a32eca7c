//! Which rows of a damaged Group 3 stream are broken: each row between two EOL codes is decoded for itself.

use std::ops::Range;

use super::{Coding, Scheme, run};

/// Rows that break the code, widened by what their loss may have shifted the others. Empty for Group 4,
/// and for streams without EOL codes.
pub fn rows(data: &[u8], coding: &Coding) -> Vec<Range<u32>> {
    let tagged = match coding.scheme {
        Scheme::Group4 => return Vec::new(),
        Scheme::Group3OneDimensional => false,
        Scheme::Group3TwoDimensional => true,
    };
    let ends = line_ends(data, tagged);
    let mut broken: Vec<Range<u32>> = Vec::new();
    let (mut row, mut lost) = (0u32, 0u32);
    let mut at = 0;
    while let Some(start) = ends.get(at).filter(|_| row < coding.rows) {
        // A row that refers to the one before is checked with all from the last that refers to none.
        let count = 1 + ends[at + 1..].iter().take_while(|end| !end.whole).count();
        let stop = ends.get(at + count).map_or(data.len() * 8, |next| next.at);
        let length = u32::try_from(count).unwrap_or(u32::MAX).min(coding.rows - row);
        if stop > start.at + EOL_BITS + 2 {
            let alone = Coding { rows: length, end_of_line: true, end_of_block: false, ..*coding };
            let (good, _) = run(&bits(data, start.at..stop), &alone, true, &mut |_, _, _| {});
            if good < length {
                let first = (row + good).saturating_sub(lost + SPREAD);
                lost += length - good;
                broken.push(first..(row + length + SPREAD).min(coding.rows));
            }
            row += length;
        }
        at += count;
    }
    broken
}

/// An EOL code.
struct LineEnd {
    /// Bit at which its last eleven zeros start.
    at: usize,
    /// The row after it is coded without reference to another.
    whole: bool,
}

fn line_ends(data: &[u8], tagged: bool) -> Vec<LineEnd> {
    let bit = |n: usize| data.get(n / 8).is_some_and(|byte| byte >> (7 - n % 8) & 1 == 1);
    let (mut ends, mut zeros) = (Vec::new(), 0usize);
    for n in 0..data.len() * 8 {
        if !bit(n) {
            zeros += 1;
            continue;
        }
        if zeros >= EOL_BITS - 1 {
            ends.push(LineEnd { at: n + 1 - EOL_BITS, whole: !tagged || bit(n + 1) });
        }
        zeros = 0;
    }
    ends
}

/// So many bits, moved to the start of a byte.
fn bits(data: &[u8], range: Range<usize>) -> Vec<u8> {
    let shift = range.start % 8;
    let bytes = data.get(range.start / 8..range.end.div_ceil(8)).unwrap_or_default();
    let next = bytes.iter().skip(1).copied().chain([0]);
    bytes.iter().zip(next).map(|(a, b)| ((u16::from(*a) << 8 | u16::from(b)) << shift >> 8) as u8).collect()
}

const EOL_BITS: usize = 12;
/// Rows around a broken one that may show its ink.
const SPREAD: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// White rows of 1728 pixels, each after an EOL: 000000000001, then 010011011 (white 1728) 00110101 (white 0).
    fn white(rows: usize, broken: &[usize]) -> Vec<u8> {
        let mut bits = String::new();
        for row in 0..rows {
            bits += "000000000001";
            bits += if broken.contains(&row) { "0100110110000000" } else { "01001101100110101" };
        }
        bits += &"000000000001".repeat(6);
        bits.as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |b, c| b << 1 | (c - b'0')) << (8 - byte.len()))
            .collect()
    }

    fn coding(rows: u32) -> Coding {
        Coding {
            scheme: Scheme::Group3OneDimensional,
            columns: 1728,
            rows,
            byte_aligned: false,
            end_of_line: false,
            end_of_block: true,
        }
    }

    #[test]
    fn only_the_rows_that_break_the_code_are_told() {
        assert_eq!(rows(&white(60, &[]), &coding(60)), []);
        let broken = rows(&white(60, &[20, 40]), &coding(60));
        assert!(
            broken.iter().any(|r| r.contains(&20)) && broken.iter().any(|r| r.contains(&40)),
            "{broken:?}"
        );
        assert!(broken.iter().all(|r| r.end - r.start < 10), "{broken:?}");
    }

    #[test]
    fn a_stream_without_line_ends_tells_nothing() {
        assert_eq!(rows(&[0x55; 100], &coding(60)), []);
    }
}

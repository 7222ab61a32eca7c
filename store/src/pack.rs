//! The row of a fax: its JSON, pressed against the words that every fax has.

use crate::view::FaxView;
use crate::{Error, Result};

/// What a delivered fax looks like. A change of it is a change of the view's kind (`fold::VIEW`).
const WORDS: &[u8] = include_bytes!("pack.json");

/// Longest row unpacked; far above that of a fax of 1,000 pages.
const LIMIT: usize = 64 << 20;

pub(crate) fn pack(fax: &FaxView) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(fax).map_err(Error::Encode)?;
    Ok(lz4_flex::block::compress_prepend_size_with_dict(&json, WORDS))
}

/// Reads the row of a fax.
pub(crate) fn unpack(row: &[u8]) -> Result<FaxView> {
    let garbled = |what: String| Error::View(format!("the row of a fax is garbled: {what}"));
    let (size, pressed) = lz4_flex::block::uncompressed_size(row).map_err(|e| garbled(e.to_string()))?;
    if size > LIMIT {
        return Err(garbled(format!("it would be {size} bytes")));
    }
    let json = lz4_flex::block::decompress_with_dict(pressed, size, WORDS);
    let json = json.map_err(|e| garbled(e.to_string()))?;
    serde_json::from_slice(&json).map_err(|e| garbled(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_a_fax_and_press_it_well() {
        let fax: FaxView = serde_json::from_slice(WORDS).unwrap();
        let row = pack(&fax).unwrap();
        assert_eq!(unpack(&row).unwrap(), fax);
        assert!(row.len() < WORDS.len() / 3, "{} of {}", row.len(), WORDS.len());
    }

    #[test]
    fn a_row_that_was_cut_is_an_error_and_a_bent_one_no_panic() {
        let fax: FaxView = serde_json::from_slice(WORDS).unwrap();
        let row = pack(&fax).unwrap();
        for at in 0..row.len() {
            assert!(unpack(&row[..at]).is_err());
            let mut bent = row.clone();
            bent[at] ^= 0x80;
            let _ = unpack(&bent);
        }
        assert!(unpack(&[0xff; 40]).is_err(), "no row says it is 4 GB");
    }
}

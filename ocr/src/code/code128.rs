//! Code128, character set C: two digits a symbol (ISO/IEC 15417).

use super::Payload;

/// Modules across the whole code: start, eight pairs, check symbol (11 each) and stop (13).
pub const CODE128_MODULES: u32 = 10 * 11 + 13;

const START_C: usize = 105;
const STOP: usize = 106;

/// The black bars of a payload as (first module, width in modules), from left to right.
pub fn code128_bars(payload: &Payload) -> Vec<(u32, u32)> {
    let mut bars = Vec::new();
    let mut at = 0;
    for symbol in symbols(&payload.digits()) {
        for (index, width) in WIDTHS[symbol].bytes().map(|digit| u32::from(digit - b'0')).enumerate() {
            if index % 2 == 0 {
                bars.push((at, width));
            }
            at += width;
        }
    }
    bars
}

/// Start, digit pairs, check symbol and stop.
fn symbols(digits: &str) -> Vec<usize> {
    let mut symbols = vec![START_C];
    symbols.extend(
        digits
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |n, digit| n * 10 + usize::from(digit - b'0'))),
    );
    let check = START_C + symbols.iter().enumerate().map(|(weight, symbol)| weight * symbol).sum::<usize>();
    symbols.push(check % 103);
    symbols.push(STOP);
    symbols
}

/// Widths of bar, space, bar, space, … of each symbol.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_eleven_modules_and_unlike_all_others() {
        let modules = |widths: &str| widths.bytes().map(|digit| digit - b'0').sum::<u8>();
        assert!(WIDTHS[..STOP].iter().all(|widths| modules(widths) == 11));
        assert_eq!(modules(WIDTHS[STOP]), 13);
        assert_eq!(WIDTHS.iter().collect::<std::collections::BTreeSet<_>>().len(), WIDTHS.len());
    }

    #[test]
    fn bars_alternate_with_spaces_and_fill_the_width() {
        let bars = code128_bars(&Payload::new(1, 1, 1, 1, None).expect("a valid payload"));
        assert!(bars.windows(2).all(|pair| pair[0].0 + pair[0].1 < pair[1].0));
        assert_eq!(bars.last().map(|(start, width)| start + width), Some(CODE128_MODULES));
    }
}

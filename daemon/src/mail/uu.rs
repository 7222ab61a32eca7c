/// Files that stand uuencoded in a text, between `begin MODE NAME` and `end`, and whether one is damaged.
pub(super) fn files(text: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let (mut files, mut open, mut damaged) = (Vec::new(), None::<Vec<u8>>, false);
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match &mut open {
            None if begins(line) => open = Some(Vec::new()),
            None => {}
            Some(_) if line == b"end" => files.extend(open.take()),
            Some(bytes) => damaged |= !decode(line, bytes),
        }
    }
    // One that was never ended has lost its tail.
    damaged &= !files.is_empty() || open.is_some();
    if let Some(cut) = open.filter(|bytes| !bytes.is_empty()) {
        files.push(cut);
        damaged = true;
    }
    (files, damaged)
}

/// Three or four octal digits and a name.
fn begins(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"begin ") else { return false };
    let mode = rest.iter().take_while(|byte| (b'0'..=b'7').contains(*byte)).count();
    matches!(mode, 3 | 4) && rest.get(mode) == Some(&b' ') && rest.len() > mode + 1
}

/// One line: a character for its length, then four for each three bytes.
fn decode(line: &[u8], bytes: &mut Vec<u8>) -> bool {
    let value = |byte: u8| (b' '..=b'`').contains(&byte).then(|| u32::from(byte - b' ') & 63);
    let Some((length, groups)) = line.split_first() else { return true };
    let Some(length) = value(*length) else { return false };
    let mut left = length as usize;
    for group in groups.chunks(4) {
        let bits = (0..4).try_fold(0, |bits, place| {
            // Spaces at the end of a line are often lost.
            Some(bits << 6 | value(group.get(place).copied().unwrap_or(b' '))?)
        });
        let Some(bits) = bits else { return false };
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend(three.iter().take(left));
        left = left.saturating_sub(3);
    }
    left == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        let character = |value: u32| char::from(if value == 0 { b'`' } else { b' ' + value as u8 });
        let mut text = "begin 644 fax.pdf\n".to_owned();
        for line in bytes.chunks(45) {
            text.push(character(line.len() as u32));
            for group in line.chunks(3) {
                let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(*group.get(i).unwrap_or(&0)));
                text.extend([18, 12, 6, 0].map(|shift| character(bits >> shift & 63)));
            }
            text.push('\n');
        }
        text + "`\nend\n"
    }

    #[test]
    fn words_that_begin_a_line_are_no_file() {
        for text in ["begin 644\n", "begin the day\n", "begin 9999 x\n", "end\n", ""] {
            assert_eq!(files(text.as_bytes()), (vec![], false), "{text}");
        }
        assert_eq!(files(b"begin 644 a\n#86)C\n"), (vec![b"abc".to_vec()], true), "never ended");
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = format!("hello\n{}bye\n", encode(&bytes));
            prop_assert_eq!(files(text.as_bytes()), (vec![bytes], false));
        }

        #[test]
        fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
            files(&[b"begin 644 x\n", &text[..]].concat());
        }
    }
}

/// One field of a header as it came, folds and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'h> {
    name: &'h [u8],
    pub(super) value: &'h [u8],
}

impl Field<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether its name begins like this.
    pub(super) fn begins(&self, name: &str) -> bool {
        self.name.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    }
}

/// The fields of a header from top to bottom; lines that are none are left out.
pub(super) fn all(head: &[u8]) -> Vec<Field<'_>> {
    let (mut fields, mut start, mut at) = (Vec::new(), 0, 0);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if !folded {
            fields.extend(head.get(start..at).and_then(one));
            start = at;
        }
        at += line.len();
    }
    fields.extend(head.get(start..).and_then(one));
    fields
}

fn one(lines: &[u8]) -> Option<Field<'_>> {
    let colon = lines.iter().position(|byte| *byte == b':')?;
    let name = lines.get(..colon)?.trim_ascii_end();
    let sound = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    sound.then_some(Field { name, value: lines.get(colon + 1..)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_folds() {
        let head = b" lost\r\nA: 1\r\n 2\r\nno field\r\nb : 3\nA:\n\n";
        let fields = all(head);
        let values: Vec<&[u8]> = fields.iter().map(|field| field.value).collect();
        assert_eq!(values, [&b" 1\r\n 2\r\n"[..], b" 3\n", b"\n"]);
        assert!(fields[0].is("a") && fields[1].is("B") && fields[2].is("A"));
    }
}

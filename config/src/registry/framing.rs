//! A bundle as one run of bytes: `kasasagi-registry 1`, then for each file its name, its length and its bytes.

use std::collections::BTreeMap;

use super::Bundle;
use crate::{Error, Result};

const MAGIC: &[u8] = b"kasasagi-registry 1\n";

impl Bundle {
    /// All files, sorted by name: equal bundles give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tables = self.tables.iter().map(|(table, file)| (file.name(*table), &file.bytes));
        let certificates = self.certificates.iter().map(|(name, bytes)| (name.clone(), bytes));
        let files: BTreeMap<String, &Vec<u8>> = tables.chain(certificates).collect();
        let mut framed = MAGIC.to_vec();
        for (name, bytes) in files {
            framed.extend_from_slice(format!("{name}\n{}\n", bytes.len()).as_bytes());
            framed.extend_from_slice(bytes);
        }
        framed
    }

    /// Reads what [`Bundle::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Error::Syntax`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let files = bytes.strip_prefix(MAGIC).and_then(files);
        files.ok_or_else(damaged).and_then(|files| {
            let bundle = Self::from_files(files)?;
            if bundle.to_bytes() == bytes { Ok(bundle) } else { Err(damaged()) }
        })
    }
}

fn files(mut rest: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    while !rest.is_empty() {
        let name = line(&mut rest)?.to_owned();
        let length = line(&mut rest)?.parse().ok()?;
        let (bytes, after) = rest.split_at_checked(length)?;
        rest = after;
        files.insert(name, bytes.to_vec());
    }
    Some(files)
}

fn line<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..)?;
    str::from_utf8(line).ok()
}

fn damaged() -> Error {
    Error::Syntax { file: "registry bundle".to_owned(), what: "is damaged or of another version".to_owned() }
}

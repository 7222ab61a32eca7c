//! What the recipients of the demo do: open their mail with their own keys.

use std::path::Path;

use super::town::KEYS;
use super::{make_dir, write};
use crate::{Error, Result, smime};

/// Opens every mail in `outgoing` and writes it, readable, to `opened`; how many.
pub(super) fn open_mail(dir: &Path) -> Result<usize> {
    let opened = dir.join("opened");
    make_dir(&opened)?;
    let outgoing = dir.join("outgoing");
    let fault = |source| Error::File { action: "read", path: outgoing.clone(), source };
    let mut count = 0;
    for entry in std::fs::read_dir(&outgoing).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let raw = std::fs::read(&path).map_err(fault)?;
        let address = recipient(&raw).unwrap_or_default();
        let key = dir.join(KEYS).join(format!("{address}.key"));
        let name = path.file_name().unwrap_or_default();
        write(&opened.join(name), &smime::open(&raw, &key)?)?;
        count += 1;
    }
    Ok(count)
}

/// The address in the `To` field, whose last line it ends.
fn recipient(raw: &[u8]) -> Option<String> {
    let head =
        String::from_utf8_lossy(raw.get(..raw.windows(4).position(|w| w == b"\r\n\r\n")?)?).into_owned();
    let to = head.split("\r\nTo:").nth(1)?;
    let address = to.split('<').nth(1)?.split('>').next()?;
    Some(address.to_owned())
}

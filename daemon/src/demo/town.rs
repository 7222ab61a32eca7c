//! The invented town of the demo: the sample registry, and for everybody in it a certificate and its key.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use kasasagi_config::registry;

use super::{make_dir, write};
use crate::smime::Identity;
use crate::{Error, Result};

/// The folder of the keys, which a real gateway never sees.
pub(super) const KEYS: &str = "recipients";

/// Writes the registry, and the keys of its people beside it. Nobody has quiet hours, so that the demo ends at
/// any time of the day.
pub(super) fn found(dir: &Path) -> Result<()> {
    let (folder, keys) = (dir.join("registry"), dir.join(KEYS));
    make_dir(&folder.join("certs"))?;
    make_dir(&keys)?;
    for (name, table) in registry::SAMPLE {
        let column = match name {
            "physicians.csv" => Some("dr_code"),
            "facilities.csv" => Some("office_no"),
            _ => None,
        };
        let settle = |row: &mut BTreeMap<String, String>| -> Result<()> {
            if let Some(code) = column.and_then(|column| row.get(column).cloned()) {
                let address = row.get("email").cloned().unwrap_or_default();
                let certificate = format!("certs/{code}.pem");
                let key = keys.join(format!("{address}.key"));
                Identity::generate(&folder.join(&certificate), &key, &address, &code, Timestamp::now())?;
                row.insert("smime_cert".to_owned(), certificate);
                row.insert("quiet_hours".to_owned(), String::new());
            }
            Ok(())
        };
        write(&folder.join(name), &registry::edited::<Error>(name, table, settle)?)?;
    }
    Ok(())
}

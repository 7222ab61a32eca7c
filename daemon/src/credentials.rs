//! Keys and passwords that systemd hands to the service (systemd.exec(5), `LoadCredential=`).

use std::path::{Path, PathBuf};

use kasasagi_config::Settings;
use kasasagi_config::secret::Password;
use kasasagi_config::settings::Delivery;

/// Where the service finds them while it runs.
pub(crate) const HANDED_OVER: &str = "/run/credentials/kasasagi.service";

/// Where the package keeps the files that are handed over; root alone may look.
pub(crate) const KEPT: &str = "/etc/kasasagi/credentials";

/// What the unit puts before the name of each file.
const SECRET: &str = "secret_";

/// The path at which the service finds a file that is kept.
pub(crate) fn handed_over(name: &str) -> PathBuf {
    Path::new(HANDED_OVER).join(format!("{SECRET}{name}"))
}

/// Whether this is the path of a file that the service alone is handed.
pub(crate) fn is_handed_over(path: &Path) -> bool {
    path.starts_with("/run/credentials")
}

/// These settings with the files that are kept in the place of those not handed over now: root looks after a
/// gateway that does not run.
pub(crate) fn at_hand(mut settings: Settings) -> Settings {
    let mut paths = vec![&mut settings.master_key, &mut settings.office.smime.key];
    paths.extend(settings.imap.as_mut().map(|imap| &mut imap.password_file));
    if let Delivery::Smtp(smtp) = &mut settings.delivery
        && let Some((_, Password::File { path, .. })) = &mut smtp.login
    {
        paths.push(path);
    }
    for path in paths {
        if let Some(kept) = kept(path, Path::new(KEPT)).filter(|kept| !path.exists() && kept.exists()) {
            *path = kept;
        }
    }
    settings
}

/// The file in this folder that is handed over as this one.
fn kept(path: &Path, folder: &Path) -> Option<PathBuf> {
    let name = path.strip_prefix(HANDED_OVER).ok()?.to_str()?.strip_prefix(SECRET)?;
    Some(folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_handed_over_is_found_where_it_is_kept() {
        let kept = |path: &Path| kept(path, Path::new("/kept"));
        assert_eq!(kept(&handed_over("master.key")), Some("/kept/master.key".into()));
        assert_eq!(kept(Path::new("/run/credentials/other.service/secret_master.key")), None);
        assert_eq!(kept(Path::new("/var/lib/kasasagi/master.key")), None);
    }
}

//! Working on files of somebody else: what root makes among them would shut their owner out.
//!
//! The only file that names `nix`: rustix changes the ids of one thread, the C library's calls those of all.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Uid, getegid, geteuid, getgroups, setegid, seteuid, setgroups};

use crate::control::actor;
use crate::{Error, Result};

/// While it lives, this process makes and opens files as the owner of a folder.
#[derive(Debug)]
pub(crate) struct AsOwner {
    before: Option<(Uid, Gid, Vec<Gid>)>,
}

impl AsOwner {
    /// Of this folder; a folder that is not there yet belongs to whoever makes it.
    ///
    /// # Errors
    /// [`Error::OtherUser`] when it belongs to another user and this is not root.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let Ok(found) = folder.metadata() else { return Ok(Self { before: None }) };
        let (owner, group) = (Uid::from_raw(found.uid()), Gid::from_raw(found.gid()));
        let (myself, mine) = (geteuid(), getegid());
        if owner == myself {
            return Ok(Self { before: None });
        }
        let other = || Error::OtherUser { dir: folder.to_owned(), owner: actor::of_user(found.uid()) };
        if !myself.is_root() {
            return Err(other());
        }
        let groups = getgroups().map_err(|_| other())?;
        // From here on a failure is undone when this is dropped.
        let switched = Self { before: Some((myself, mine, groups)) };
        let changed = setgroups(&[group]).and_then(|()| setegid(group)).and_then(|()| seteuid(owner));
        changed.map_err(|_| other())?;
        Ok(switched)
    }

    /// Of the folder that this file is in, or will be.
    ///
    /// # Errors
    /// As of [`AsOwner::of`].
    pub(crate) fn beside(file: &Path) -> Result<Self> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        Self::of(folder.unwrap_or(Path::new(".")))
    }
}

impl Drop for AsOwner {
    fn drop(&mut self) {
        let Some((user, group, groups)) = self.before.take() else { return };
        let back = seteuid(user).and_then(|()| setegid(group)).and_then(|()| setgroups(&groups));
        if let Err(error) = back {
            // It can do less than it should, never more.
            tracing::error!(%error, "cannot be root again");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_made_meanwhile_belongs_to_the_owner_of_the_folder() {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path().join("store");
        fs::create_dir(&folder).unwrap();
        let before = fs::metadata(&folder).unwrap().uid();
        if geteuid().is_root() {
            fs::set_permissions(room.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            std::os::unix::fs::chown(&folder, Some(65534), Some(65534)).unwrap();
        }
        let as_owner = AsOwner::of(&folder).unwrap();
        fs::write(folder.join("journal"), "x").unwrap();
        drop(as_owner);
        let owner = |path: &Path| fs::metadata(path).map(|found| (found.uid(), found.gid())).unwrap();
        assert_eq!(owner(&folder.join("journal")), owner(&folder));
        fs::write(room.path().join("mine"), "x").unwrap();
        assert_eq!(owner(&room.path().join("mine")).0, before, "and afterwards to oneself again");
    }
}

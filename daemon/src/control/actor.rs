//! Who acts: the name of a user of this machine, as it stands in the audit trail.

/// The actor of a user id: its login name, or `uid-N` when it has none.
pub fn of_user(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid-{uid}"))
}

/// The actor of this process.
pub fn myself() -> String {
    of_user(rustix::process::getuid().as_raw())
}

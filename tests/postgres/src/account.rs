//! The account under which a server runs if this process is root.

use std::fs;

/// A user and its group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// The account `nobody`. It must have a name in the system, because `initdb` looks the name up.
pub(crate) fn nobody() -> Account {
    let accounts = fs::read_to_string("/etc/passwd").expect("cannot read /etc/passwd");
    let found = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some("nobody") {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Account { user, group })
    });
    found.expect("PostgreSQL refuses to run as root, and there is no account `nobody`")
}

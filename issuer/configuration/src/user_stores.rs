//! The user stores: a table `[[user_store]]` for each.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::database::{self, DEFAULT_CONNECTIONS, Database, MAX_CONNECTIONS, Part, Parts, Place, Said};
use super::duration;
use super::file::Table;
use super::password_file;
use super::problem::{ConfigurationProblem, Warning};
use super::table::TableReader;
use postern_directories::ldap::{
    Account, DEFAULT_TIMEOUT, DEFAULT_USER_FILTER, Filter, Groups, LdapSettings, Server, is_attribute,
};
use postern_model::UserStoreName;

/// A user store, checked.
#[derive(Debug)]
pub struct UserStoreSettings {
    /// What its users' ids end with.
    pub name: UserStoreName,
    /// Who knows its users.
    pub kind: UserStoreKind,
    /// Where its tables are; `None` for the main database.
    pub database: Option<Database>,
}

/// Who knows the users of a store.
#[derive(Debug)]
pub enum UserStoreKind {
    /// The store itself.
    Local,
    /// A directory that others keep.
    Ldap(Box<LdapSettings>),
}

/// A user store as it counts, for people; secrets are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownUserStore {
    name: UserStoreName,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    #[serde(flatten)]
    ldap: Option<ShownLdap>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ShownLdap {
    url: String,
    encrypted: bool,
    bind_dn: Option<String>,
    base_dn: String,
    user_filter: String,
    role_attribute: Option<String>,
    group_base_dn: Option<String>,
    group_filter: Option<String>,
    timeout: String,
}

/// The keys of every store.
pub(super) const KEYS: [&str; 6] =
    ["name", "kind", "database", "database_password_file", "database_ca_file", "database_connections"];

/// Those of a directory.
pub(super) const LDAP_KEYS: [&str; 12] = [
    "url",
    "start_tls",
    "dangerous_plaintext",
    "authorities_file",
    "bind_dn",
    "bind_password_file",
    "base_dn",
    "user_filter",
    "role_attribute",
    "group_base_dn",
    "group_filter",
    "timeout",
];

/// Reads the stores of `file`; without any there is one, `local`. `main` is the main database.
pub(super) fn read(
    file: Option<(&Path, Vec<Table>)>,
    main: &Database,
    problems: &mut Vec<ConfigurationProblem>,
    warnings: &mut Vec<Warning>,
) -> Vec<UserStoreSettings> {
    let mut stores: Vec<UserStoreSettings> = Vec::new();
    let (file, tables) = file.unwrap_or((Path::new(""), Vec::new()));
    if tables.is_empty() {
        return vec![UserStoreSettings { name: UserStoreName::local(), kind: UserStoreKind::Local, database: None }];
    }
    for table in tables {
        let mut reader = TableReader::new(file, table, problems, warnings);
        let name = read_name(&mut reader);
        if name.as_ref().is_some_and(|name| stores.iter().any(|store| store.name == *name)) {
            reader.problem("name", "is the name of another user store already");
        }
        let kind = read_kind(&mut reader);
        let database = read_database(&mut reader);
        if database.as_ref().is_some_and(|database| database.shown() == main.shown()) {
            reader.problem("database", "is the main database, where the tables of a user store are if this is left out");
        }
        reader.finish(&[&KEYS[..], &LDAP_KEYS].concat());
        // What could not be read was a problem; a store that stands for it lets the others be compared with it.
        let name = name.unwrap_or_else(UserStoreName::local);
        stores.push(UserStoreSettings { name, kind: kind.unwrap_or(UserStoreKind::Local), database });
    }
    stores
}

fn read_name(reader: &mut TableReader<'_>) -> Option<UserStoreName> {
    let text =
        reader.needed("name", "it is what the ids of the store's users end with, such as `partners` in `alice@partners`")?;
    text.parse().map_err(|error: postern_model::UserStoreNameError| reader.problem("name", format!("is wrong: {error}"))).ok()
}

fn read_kind(reader: &mut TableReader<'_>) -> Option<UserStoreKind> {
    let kind = reader.needed("kind", "write `local` or `ldap`");
    match kind.as_deref() {
        Some("ldap") => return read_ldap(reader).map(|ldap| UserStoreKind::Ldap(Box::new(ldap))),
        Some("local") => reader.refuse(&LDAP_KEYS, "is a key of user stores of the kind `ldap`"),
        other => {
            if other.is_some() {
                reader.problem("kind", "must be `local` or `ldap`");
            }
            // Nobody can tell whether these were meant.
            reader.pass_over(&LDAP_KEYS);
        }
    }
    Some(UserStoreKind::Local)
}

fn read_database(reader: &mut TableReader<'_>) -> Option<Database> {
    let connections = reader.number("database_connections", 1, MAX_CONNECTIONS).unwrap_or(DEFAULT_CONNECTIONS);
    let (password_file, ca_file) = (reader.path("database_password_file"), reader.path("database_ca_file"));
    let Some(given) = reader.raw_path("database") else {
        for name in ["database_password_file", "database_ca_file", "database_connections"] {
            if reader.has(name) && !reader.has("database") {
                reader.warn(name, "is not used: the store has no `database` of its own");
            }
        }
        return None;
    };
    let place = Place::read(&given, &reader.folder()).map_err(|message| reader.problem("database", message)).ok()?;
    let parts = Parts { place, password_file, ca_file, connections };
    Some(parts.assemble(&mut |part, said| {
        let name = match part {
            Part::Place => "database",
            Part::PasswordFile => "database_password_file",
            Part::CaFile => "database_ca_file",
        };
        match said {
            Said::Problem(message) => reader.problem(name, message),
            Said::Warning(message) => reader.warn(name, message),
        }
    }))
}

fn read_ldap(reader: &mut TableReader<'_>) -> Option<LdapSettings> {
    let server = read_server(reader);
    let authorities_file = reader.path("authorities_file");
    if authorities_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem("authorities_file", "names no file that is there");
    }
    if authorities_file.is_some() && server.as_ref().is_some_and(|server| !server.has_tls()) {
        reader.warn("authorities_file", "is not used: there is no TLS");
    }
    let account = read_account(reader);
    let base_dn = reader.needed("base_dn", "it is the entry below which the users are, such as `ou=people,dc=example,dc=org`");
    let filter = reader.text("user_filter").unwrap_or_else(|| DEFAULT_USER_FILTER.to_owned());
    let user_filter = read_filter(reader, "user_filter", &filter);
    if user_filter.as_ref().is_some_and(|filter| !filter.asks_for_user() || filter.asks_for_dn()) {
        reader.problem("user_filter", "must ask for `{user}`, and cannot ask for `{dn}`, which is what it finds");
    }
    let role_attribute = reader.text("role_attribute");
    if role_attribute.as_ref().is_some_and(|name| !is_attribute(name)) {
        reader.problem("role_attribute", "is no name of an attribute");
    }
    let groups = read_groups(reader);
    let timeout = reader.duration("timeout", Duration::from_secs(1), Duration::from_mins(1)).unwrap_or(DEFAULT_TIMEOUT);
    Some(LdapSettings {
        server: server?,
        authorities_file,
        account,
        base_dn: base_dn?,
        user_filter: user_filter?,
        role_attribute,
        groups,
        timeout,
    })
}

fn read_server(reader: &mut TableReader<'_>) -> Option<Server> {
    let (start_tls, plaintext) = (reader.flag("start_tls"), reader.flag("dangerous_plaintext"));
    let url = reader.needed("url", "it is where the directory is, such as `ldaps://ldap.example.org`")?;
    let server = Server::parse(&url, start_tls, plaintext).map_err(|error| reader.problem("url", error.to_string())).ok()?;
    match (plaintext, server.has_tls()) {
        (true, true) => reader.warn("dangerous_plaintext", "is not used: there is TLS"),
        (true, false) => reader.warn("dangerous_plaintext", "lets everybody on the way read the passwords of all users"),
        (false, _) => {}
    }
    Some(server)
}

fn read_account(reader: &mut TableReader<'_>) -> Option<Account> {
    let (dn, file) = (reader.text("bind_dn"), reader.path("bind_password_file"));
    for (name, other) in [("bind_dn", "bind_password_file"), ("bind_password_file", "bind_dn")] {
        if reader.has(name) && !reader.has(other) {
            reader.problem(other, format!("is missing: there is no use in `{name}` without it"));
        }
    }
    let password = password_file::read(&file?).map_err(|message| reader.problem("bind_password_file", message)).ok()?;
    Some(Account { dn: dn?, password })
}

fn read_groups(reader: &mut TableReader<'_>) -> Option<Groups> {
    let base_dn = reader.text("group_base_dn");
    let filter = reader.text("group_filter");
    if reader.has("group_filter") && !reader.has("group_base_dn") {
        reader.problem("group_base_dn", "is missing: there is no use in `group_filter` without it");
    }
    let filter = read_filter(reader, "group_filter", filter.as_deref().unwrap_or("(member={dn})"));
    if filter.as_ref().is_some_and(|filter| !filter.asks_for_user() && !filter.asks_for_dn()) {
        reader.problem("group_filter", "must ask for `{dn}` or `{user}`: everybody would be in every group");
    }
    Some(Groups { base_dn: base_dn?, filter: filter? })
}

fn read_filter(reader: &mut TableReader<'_>, name: &str, text: &str) -> Option<Filter> {
    Filter::parse(text).map_err(|error| reader.problem(name, error.to_string())).ok()
}

impl UserStoreSettings {
    /// What may be shown of it.
    pub fn shown(&self) -> ShownUserStore {
        let (kind, ldap) = match &self.kind {
            UserStoreKind::Local => ("local", None),
            UserStoreKind::Ldap(ldap) => ("ldap", Some(ShownLdap::of(ldap))),
        };
        ShownUserStore { name: self.name.clone(), kind, database: self.database.as_ref().map(database::Database::shown), ldap }
    }
}

impl ShownLdap {
    fn of(settings: &LdapSettings) -> Self {
        let groups = settings.groups.as_ref();
        Self {
            url: settings.server.to_string(),
            encrypted: settings.server.has_tls(),
            bind_dn: settings.account.as_ref().map(|account| account.dn.clone()),
            base_dn: settings.base_dn.clone(),
            user_filter: settings.user_filter.to_string(),
            role_attribute: settings.role_attribute.clone(),
            group_base_dn: groups.map(|groups| groups.base_dn.clone()),
            group_filter: groups.map(|groups| groups.filter.to_string()),
            timeout: duration::write(settings.timeout),
        }
    }
}

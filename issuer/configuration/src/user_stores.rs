//! The user stores: a table `[[user_store]]` for each.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::database::{self, Database};
use super::file::Table;
use super::key::{DATABASE, DATABASE_CA_FILE, DATABASE_CONNECTIONS, DATABASE_PASSWORD_FILE, LDAP_KEYS};
use super::password_file;
use super::reader::{Findings, Reader};
use postern_directories::ldap::{
    Account, DEFAULT_TIMEOUT, DEFAULT_USER_FILTER, Filter, Groups, LdapSettings, Server, is_attribute,
};
use postern_model::UserStoreName;
use postern_time::format_duration;

/// The settings of a user store, checked.
#[derive(Debug)]
pub struct UserStoreSettings {
    /// The name; the ids of the store's users end with it.
    pub name: UserStoreName,
    /// Who keeps the users.
    pub kind: UserStoreKind,
    /// The database of the store's tables; `None` for the main database.
    pub database: Option<Database>,
}

/// Who keeps the users of a store.
#[derive(Debug)]
pub enum UserStoreKind {
    /// The store itself.
    Local,
    /// An LDAP directory.
    Ldap(Box<LdapSettings>),
}

/// The effective settings of a user store, without secrets.
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

/// Reads the user stores. Without any table there is one, `local`, in the main database `main`.
pub(super) fn read(tables: Vec<Table>, folder: &Path, main: &Database, findings: &mut Findings) -> Vec<UserStoreSettings> {
    if tables.is_empty() {
        return vec![UserStoreSettings { name: UserStoreName::local(), kind: UserStoreKind::Local, database: None }];
    }
    let mut stores: Vec<UserStoreSettings> = Vec::new();
    for Table { source, values } in tables {
        let mut reader = Reader::new("user_store.", values, source, folder.to_owned(), findings);
        let name = read_name(&mut reader);
        if name.as_ref().is_some_and(|name| stores.iter().any(|store| store.name == *name)) {
            reader.problem("name", "is already the name of another user store");
        }
        let kind = read_kind(&mut reader);
        let database = read_database(&mut reader);
        if database.as_ref().is_some_and(|database| database.shown() == main.shown()) {
            reader.problem(DATABASE.name, "is the main database: to keep the store there, remove `database`");
        }
        // A wrong store is already a problem. With a placeholder, the next stores can still be checked.
        let name = name.unwrap_or_else(UserStoreName::local);
        stores.push(UserStoreSettings { name, kind: kind.unwrap_or(UserStoreKind::Local), database });
    }
    stores
}

fn read_name(reader: &mut Reader<'_>) -> Option<UserStoreName> {
    let text = reader.required("name", "the ids of the store's users end with it, such as `alice@partners`")?;
    let name = text.parse();
    name.map_err(|error: postern_model::UserStoreNameError| reader.problem("name", format!("is not valid: {error}"))).ok()
}

fn read_kind(reader: &mut Reader<'_>) -> Option<UserStoreKind> {
    match reader.required("kind", "set it to `local` or `ldap`")?.as_str() {
        "ldap" => return read_ldap(reader).map(|ldap| UserStoreKind::Ldap(Box::new(ldap))),
        "local" => reader.reject(&LDAP_KEYS, "is only for user stores of the kind `ldap`"),
        // Which of the other keys are wrong depends on the kind.
        _ => reader.problem("kind", "must be `local` or `ldap`"),
    }
    Some(UserStoreKind::Local)
}

fn read_database(reader: &mut Reader<'_>) -> Option<Database> {
    if !reader.has(DATABASE.name) {
        for key in [DATABASE_PASSWORD_FILE, DATABASE_CA_FILE, DATABASE_CONNECTIONS] {
            if reader.has(key.name) {
                reader.warn(key.name, "has no effect: the store has no `database` of its own");
            }
        }
    }
    database::read(reader, None)
}

fn read_ldap(reader: &mut Reader<'_>) -> Option<LdapSettings> {
    let server = read_server(reader);
    let authorities_file = reader.path("authorities_file");
    if authorities_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem("authorities_file", "names a file that does not exist");
    }
    if authorities_file.is_some() && server.as_ref().is_some_and(|server| !server.has_tls()) {
        reader.warn("authorities_file", "has no effect: the connection does not use TLS");
    }
    let account = read_account(reader);
    let base_dn = reader.required("base_dn", "users are searched below this entry, such as `ou=people,dc=example,dc=org`");
    let filter = reader.string("user_filter").unwrap_or_else(|| DEFAULT_USER_FILTER.to_owned());
    let user_filter = read_filter(reader, "user_filter", &filter);
    if user_filter.as_ref().is_some_and(|filter| !filter.uses_user() || filter.uses_dn()) {
        reader.problem("user_filter", "must contain `{user}` and must not contain `{dn}`, which is the result of this search");
    }
    let role_attribute = reader.string("role_attribute");
    if role_attribute.as_ref().is_some_and(|name| !is_attribute(name)) {
        reader.problem("role_attribute", "is not a valid attribute name");
    }
    let groups = read_groups(reader);
    let timeout = reader.duration("timeout", Duration::from_secs(1)..=Duration::from_mins(1)).unwrap_or(DEFAULT_TIMEOUT);
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

fn read_server(reader: &mut Reader<'_>) -> Option<Server> {
    let (start_tls, plaintext) = (reader.boolean("start_tls"), reader.boolean("dangerous_plaintext"));
    let url = reader.required("url", "set it to the address of the directory, such as `ldaps://ldap.example.org`")?;
    let server = Server::parse(&url, start_tls, plaintext).map_err(|error| reader.problem("url", error.to_string())).ok()?;
    match (plaintext, server.has_tls()) {
        (true, true) => reader.warn("dangerous_plaintext", "has no effect: the connection uses TLS"),
        (true, false) => reader.warn("dangerous_plaintext", "lets anyone on the network read the passwords of all users"),
        (false, _) => {}
    }
    Some(server)
}

fn read_account(reader: &mut Reader<'_>) -> Option<Account> {
    let (dn, file) = (reader.string("bind_dn"), reader.path("bind_password_file"));
    for (name, other) in [("bind_dn", "bind_password_file"), ("bind_password_file", "bind_dn")] {
        if reader.has(name) && !reader.has(other) {
            reader.problem(other, format!("is missing: `{name}` needs it"));
        }
    }
    let file = file?;
    let password = password_file::read(&file).map_err(|message| reader.problem("bind_password_file", message)).ok()?;
    reader.password_in(file);
    Some(Account { dn: dn?, password })
}

fn read_groups(reader: &mut Reader<'_>) -> Option<Groups> {
    let base_dn = reader.string("group_base_dn");
    let filter = reader.string("group_filter");
    if reader.has("group_filter") && !reader.has("group_base_dn") {
        reader.problem("group_base_dn", "is missing: `group_filter` needs it");
    }
    let filter = read_filter(reader, "group_filter", filter.as_deref().unwrap_or("(member={dn})"));
    if filter.as_ref().is_some_and(|filter| !filter.uses_user() && !filter.uses_dn()) {
        reader.problem("group_filter", "must contain `{dn}` or `{user}`: otherwise every user would be in every group");
    }
    Some(Groups { base_dn: base_dn?, filter: filter? })
}

fn read_filter(reader: &mut Reader<'_>, name: &str, text: &str) -> Option<Filter> {
    Filter::parse(text).map_err(|error| reader.problem(name, error.to_string())).ok()
}

impl UserStoreSettings {
    /// The effective settings, without secrets.
    pub fn shown(&self) -> ShownUserStore {
        let (kind, ldap) = match &self.kind {
            UserStoreKind::Local => ("local", None),
            UserStoreKind::Ldap(ldap) => ("ldap", Some(ShownLdap::of(ldap))),
        };
        ShownUserStore { name: self.name.clone(), kind, database: self.database.as_ref().map(Database::shown), ldap }
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
            timeout: format_duration(settings.timeout),
        }
    }
}

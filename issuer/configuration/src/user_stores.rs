//! The user stores: a table `[[user_store]]` for each.

mod openid_connect;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::database::{self, Database};
use super::file::Table;
use super::key::{
    DATABASE, DATABASE_CA_FILE, DATABASE_CONNECTIONS, DATABASE_PASSWORD_FILE, EXTERNAL_KEYS, LDAP_KEYS, OPENID_CONNECT_KEYS,
};
use super::password_file;
use super::reader::{Findings, Reader};
use openid_connect::ShownOpenIdConnect;
use postern_directories::ldap::{
    Account, DEFAULT_TIMEOUT, DEFAULT_USER_FILTER, Filter, Groups, LdapSettings, Server, is_attribute,
};
use postern_directories::openid_connect::OpenIdSettings;
use postern_model::{Role, UserStoreName};
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
    /// The roles of members, by the group that has each.
    pub member_roles: BTreeMap<String, Role>,
}

/// Who keeps the users of a store.
#[derive(Debug)]
pub enum UserStoreKind {
    /// The store itself.
    Local,
    /// An LDAP directory.
    Ldap(Box<LdapSettings>),
    /// An identity provider.
    OpenIdConnect(Box<OpenIdSettings>),
}

/// The effective settings of a user store, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownUserStore {
    name: UserStoreName,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    #[serde(flatten)]
    external: Option<ShownExternal>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    member_roles: BTreeMap<String, Role>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum ShownExternal {
    Ldap(ShownLdap),
    OpenIdConnect(ShownOpenIdConnect),
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
        let (name, kind) = (UserStoreName::local(), UserStoreKind::Local);
        return vec![UserStoreSettings { name, kind, database: None, member_roles: BTreeMap::new() }];
    }
    let mut stores: Vec<UserStoreSettings> = Vec::new();
    for Table { source, values } in tables {
        let mut reader = Reader::new("user_store.", values, source, folder.to_owned(), findings);
        let name = read_name(&mut reader);
        if name.as_ref().is_some_and(|name| stores.iter().any(|store| store.name == *name)) {
            reader.problem("name", "is already the name of another user store");
        }
        let kind = read_kind(&mut reader, name.as_ref());
        let member_roles = read_member_roles(&mut reader);
        let database = read_database(&mut reader);
        if database.as_ref().is_some_and(|database| database.shown() == main.shown()) {
            reader.problem(DATABASE.name, "is the main database: to keep the store there, remove `database`");
        }
        // A wrong store is already a problem. With a placeholder, the next stores can still be checked.
        let name = name.unwrap_or_else(UserStoreName::local);
        stores.push(UserStoreSettings { name, kind: kind.unwrap_or(UserStoreKind::Local), database, member_roles });
    }
    stores
}

fn read_name(reader: &mut Reader<'_>) -> Option<UserStoreName> {
    let text = reader.required("name", "the ids of the store's users end with it, such as `alice@partners`")?;
    let name = text.parse();
    name.map_err(|error: postern_model::UserStoreNameError| reader.problem("name", format!("is not valid: {error}"))).ok()
}

fn read_kind(reader: &mut Reader<'_>, name: Option<&UserStoreName>) -> Option<UserStoreKind> {
    let (ldap, openid_connect) =
        ("is only for user stores of the kind `ldap`", "is only for user stores of the kind `openid_connect`");
    match reader.required("kind", "set it to `local`, `ldap` or `openid_connect`")?.as_str() {
        "ldap" => {
            reader.reject(&OPENID_CONNECT_KEYS, openid_connect);
            return read_ldap(reader).map(|ldap| UserStoreKind::Ldap(Box::new(ldap)));
        }
        "openid_connect" => {
            reader.reject(&LDAP_KEYS, ldap);
            return openid_connect::read(reader, name).map(|settings| UserStoreKind::OpenIdConnect(Box::new(settings)));
        }
        "local" => {
            reader.reject(&LDAP_KEYS, ldap);
            reader.reject(&OPENID_CONNECT_KEYS, openid_connect);
            reader.reject(&EXTERNAL_KEYS, "is only for user stores of the kinds `ldap` and `openid_connect`");
        }
        // Which of the other keys are wrong depends on the kind.
        _ => reader.problem("kind", "must be `local`, `ldap` or `openid_connect`"),
    }
    Some(UserStoreKind::Local)
}

fn read_member_roles(reader: &mut Reader<'_>) -> BTreeMap<String, Role> {
    let mut roles = BTreeMap::new();
    for (group, role) in reader.table("member_roles") {
        match role.parse() {
            Ok(role) => drop(roles.insert(group, role)),
            Err(error) => {
                let error: postern_model::RoleError = error;
                reader.problem("member_roles", format!("has a wrong value for a group: {error}"));
            }
        }
    }
    roles
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
    let authorities_file = read_authorities_file(reader, server.as_ref().is_none_or(Server::has_tls));
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
    let timeout = read_timeout(reader);
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

/// The file of root certificates, which has an effect only with TLS.
pub(super) fn read_authorities_file(reader: &mut Reader<'_>, has_tls: bool) -> Option<PathBuf> {
    let file = reader.path("authorities_file")?;
    if !file.is_file() {
        reader.problem("authorities_file", "names a file that does not exist");
    }
    if !has_tls {
        reader.warn("authorities_file", "has no effect: the connection does not use TLS");
    }
    Some(file)
}

/// The timeout of one sign-in.
pub(super) fn read_timeout(reader: &mut Reader<'_>) -> Duration {
    reader.duration("timeout", Duration::from_secs(1)..=Duration::from_mins(1)).unwrap_or(DEFAULT_TIMEOUT)
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
        let (kind, external) = match &self.kind {
            UserStoreKind::Local => ("local", None),
            UserStoreKind::Ldap(ldap) => ("ldap", Some(ShownExternal::Ldap(ShownLdap::of(ldap)))),
            UserStoreKind::OpenIdConnect(settings) => {
                ("openid_connect", Some(ShownExternal::OpenIdConnect(ShownOpenIdConnect::of(settings))))
            }
        };
        let (name, member_roles) = (self.name.clone(), self.member_roles.clone());
        ShownUserStore { name, kind, database: self.database.as_ref().map(Database::shown), external, member_roles }
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

//! User stores.

use serde_json::json;

use super::*;

/// A configuration with its warnings, or its problems.
type Loading = Result<(Configuration, Vec<String>), Vec<String>>;

/// Loads `content` from a folder that also has a password file and a certificate file.
fn load_with_files(content: &str) -> (TempDir, Loading) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("postern.toml", content), ("password", "hunter2\n"), ("ca.pem", "")] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let loaded = Configuration::load(Some(&folder.path().join("postern.toml")), std::iter::empty());
    let prefix = format!("{}/", folder.path().display());
    let loaded = match loaded {
        Ok((configuration, warnings)) => {
            Ok((configuration, warnings.iter().map(|warning| warning.to_string().replace(&prefix, "")).collect()))
        }
        Err(errors) => Err(errors.to_string().replace(&prefix, "").lines().map(str::to_owned).collect()),
    };
    let debug = format!("{loaded:?}");
    assert!(!debug.contains("hunter2"), "{debug}");
    (folder, loaded)
}

fn shown(configuration: &Configuration) -> serde_json::Value {
    serde_json::to_value(configuration.user_stores.iter().map(UserStoreSettings::shown).collect::<Vec<_>>()).unwrap()
}

const DIRECTORY: &str = "[[user_store]]\nname = 'partners'\nkind = 'ldap'\nbase_dn = 'dc=example'\n";

#[test]
fn the_default_is_one_local_store() {
    let (configuration, warnings) = Configuration::load(None, std::iter::empty()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(shown(&configuration), serde_json::json!([{"name": "local", "kind": "local"}]));
}

#[test]
fn several_stores_keep_their_order() {
    let content = "log = 'warn'\n[[user_store]]\nname = 'staff'\nkind = 'local'\ndatabase = 'staff.db'\n\n\
        [[user_store]]\nname = 'partners'\nkind = 'ldap'\nurl = 'ldaps://LDAP.example.org'\nauthorities_file = 'ca.pem'\n\
        bind_dn = 'cn=postern,dc=example'\nbind_password_file = 'password'\nbase_dn = 'ou=people,dc=example'\n\
        user_filter = '(&(objectClass=person)(mail={user}))'\nrole_attribute = 'memberOf'\ngroup_base_dn = 'ou=groups,dc=example'\n\
        timeout = '10s'\ndatabase = 'postgres://u:hunter2@db.example/users'\ndatabase_connections = 3\n\n\
        [[user_store]]\nname = 'old'\nkind = 'ldap'\nurl = 'ldap://old.example'\nstart_tls = true\nbase_dn = 'dc=old'\n\
        group_base_dn = 'dc=old'\ngroup_filter = '(memberUid={user})'\n\n[limits]\nbody_bytes = 2000\n";
    let (folder, loaded) = load_with_files(content);
    let (configuration, warnings) = loaded.unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(configuration.limits.body_bytes, 2000);
    let expected = serde_json::json!([
        {"name": "staff", "kind": "local", "database": folder.path().join("staff.db")},
        {
            "name": "partners", "kind": "ldap", "database": "postgres://u@db.example/users",
            "url": "ldaps://ldap.example.org:636", "encrypted": true, "bind_dn": "cn=postern,dc=example",
            "base_dn": "ou=people,dc=example", "user_filter": "(&(objectClass=person)(mail={user}))", "role_attribute": "memberOf",
            "group_base_dn": "ou=groups,dc=example", "group_filter": "(member={dn})", "timeout": "10s",
        },
        {
            "name": "old", "kind": "ldap", "url": "ldap://old.example:389", "encrypted": true, "bind_dn": null, "base_dn": "dc=old",
            "user_filter": "(uid={user})", "role_attribute": null, "group_base_dn": "dc=old", "group_filter": "(memberUid={user})",
            "timeout": "5s",
        },
    ]);
    assert_eq!(shown(&configuration), expected);
    let UserStoreKind::Ldap(ldap) = &configuration.user_stores[1].kind else { panic!() };
    assert_eq!(ldap.account.as_ref().map(|account| account.password.as_str()), Some("hunter2"));
    assert_eq!(ldap.authorities_file, Some(folder.path().join("ca.pem")));
    let Some(Database::Postgres(database)) = &configuration.user_stores[1].database else { panic!() };
    assert_eq!((database.password(), database.connections), (Some("hunter2"), 3));
}

#[test]
fn all_problems_are_reported_at_once_with_their_line() {
    let content = "[[user_store]]\nname = 'Hunter2'\nkind = 'sql'\nurl = 7\n\n\
        [[user_store]]\nkind = 'local'\nbase_dn = 'hunter2'\nlisten = 'hunter2'\n\n\
        [[user_store]]\nname = 'a'\nkind = 'ldap'\nurl = 'ldap://ldap.example'\nbind_dn = 'hunter2'\nuser_filter = '(uid=hunter2)'\n\
        role_attribute = 'member of'\ngroup_filter = '(cn=hunter2)'\ntimeout = '2h'\nbind_pasword_file = 'hunter2'\nstart_tls = 'hunter2'\n\n\
        [[user_store]]\nname = 'a'\nkind = ['hunter2']\ndatabase = 'postgres://x?password=hunter2'\n";
    let problems = load_with_files(content).1.unwrap_err();
    let expected = [
        "`user_store.listen` (line 9 of `postern.toml`) is not a configuration key",
        "`user_store.bind_pasword_file` (line 20 of `postern.toml`) is not a configuration key; did you mean `bind_password_file`?",
        "`user_store.name` (line 2 of `postern.toml`) is not valid: a user store's name is 1 to 32 lower-case letters",
        "`user_store.kind` (line 3 of `postern.toml`) must be `local`, `ldap` or `openid_connect`",
        "`user_store.name` (line 6 of `postern.toml`) is missing: the ids",
        "`user_store.base_dn` (line 8 of `postern.toml`) is only for user stores of the kind `ldap`",
        "`user_store.start_tls` (line 21 of `postern.toml`) must be `true` or `false`",
        "`user_store.url` (line 14 of `postern.toml`) would send passwords unencrypted over the network",
        "`user_store.bind_password_file` (line 11 of `postern.toml`) is missing: `bind_dn` needs it",
        "`user_store.base_dn` (line 11 of `postern.toml`) is missing: users are searched below this entry",
        "`user_store.user_filter` (line 16 of `postern.toml`) must contain `{user}`",
        "`user_store.role_attribute` (line 17 of `postern.toml`) is not a valid attribute name",
        "`user_store.group_base_dn` (line 11 of `postern.toml`) is missing: `group_filter` needs it",
        "`user_store.group_filter` (line 18 of `postern.toml`) must contain `{dn}` or `{user}`",
        "`user_store.timeout` (line 19 of `postern.toml`) must be from 1s to 1m",
        "`user_store.name` (line 24 of `postern.toml`) is already the name of another user store",
        "`user_store.kind` (line 25 of `postern.toml`) must be a string in quotes",
        "`user_store.database` (line 26 of `postern.toml`) has a password in its query parameters",
    ];
    for (line, expected) in expected.iter().enumerate() {
        assert!(problems.get(line).is_some_and(|problem| problem.starts_with(expected)), "{expected}\n{}", problems.join("\n"));
    }
    assert_eq!(problems.len(), expected.len(), "{}", problems.join("\n"));
}

/// The beginning of a store with an identity provider, which lacks nothing.
const PROVIDER: &str = "[[user_store]]\nname = 'corp'\nkind = 'openid_connect'\nissuer = 'https://login.example/realms/staff'\n\
    client_id = 'postern'\nclient_secret_file = 'password'\n";

#[test]
fn an_identity_provider_has_defaults_for_what_is_usual() {
    let (_folder, loaded) = load_with_files(PROVIDER);
    let (configuration, _) = loaded.unwrap();
    let expected = json!([{
        "name": "corp", "kind": "openid_connect", "issuer": "https://login.example/realms/staff", "client_id": "postern",
        "scopes": ["openid", "profile", "email"], "user_name_claim": "preferred_username", "groups_claim": "groups", "title": "corp",
        "timeout": "5s",
    }]);
    assert_eq!(shown(&configuration), expected);
    let UserStoreKind::OpenIdConnect(settings) = &configuration.user_stores[0].kind else { panic!() };
    assert_eq!(settings.client_secret.as_str(), "hunter2");
    assert!(!format!("{configuration:?}").contains("hunter2"));
    let more =
        "title = 'Example'\nscopes = ['openid']\n[user_store.member_roles]\n'All admins' = 'administrator'\naudit = 'auditor'\n";
    let (configuration, _) = load_with_files(&format!("{PROVIDER}{more}")).1.unwrap();
    let shown = shown(&configuration);
    assert_eq!(shown[0]["member_roles"], json!({ "All admins": "administrator", "audit": "auditor" }));
    assert_eq!((&shown[0]["title"], &shown[0]["scopes"]), (&json!("Example"), &json!(["openid"])));
}

#[test]
fn each_problem_of_a_provider_has_its_message() {
    for (from, to, expected) in [
        ("issuer = 'https:", "issuer = 'http:", "must be the provider's issuer identifier"),
        ("issuer =", "#", "`user_store.issuer` (line 1 of `postern.toml`) is missing"),
        ("client_id =", "#", "`user_store.client_id` (line 1 of `postern.toml`) is missing"),
        ("client_secret_file =", "#", "`user_store.client_secret_file` (line 1 of `postern.toml`) is missing"),
        ("'password'\n", "'none'\n", "`user_store.client_secret_file` (line 6 of `postern.toml`) cannot be read"),
        ("'password'\n", "'password'\nscopes = ['email']\n", "must contain `openid`"),
        ("'password'\n", "'password'\nscopes = 'openid'\n", "must be a list of strings"),
        ("'password'\n", "'password'\ntitle = \"a\\nb\"\n", "must be 1 to 60 characters on one line"),
        ("'password'\n", "'password'\nurl = 'ldaps://a'\n", "is only for user stores of the kind `ldap`"),
        (
            "'password'\n",
            "'password'\nclient_secret = 'hunter2'\n",
            "is not a configuration key; did you mean `client_secret_file`?",
        ),
        ("'password'\n", "'password'\nmember_roles = { a = 'root' }\n", "a role is `administrator`, `developer` or `auditor`"),
        ("'password'\n", "'password'\nmember_roles = { a = 1 }\n", "must be a table with strings"),
        (
            "kind = 'openid_connect'",
            "kind = 'ldap'\nurl = 'ldaps://a'\nbase_dn = 'dc=a'",
            "is only for user stores of the kind `openid_connect`",
        ),
    ] {
        let problems = load_with_files(&PROVIDER.replace(from, to)).1.unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{to}: {problems:?}");
        assert!(!problems.join("").contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn each_problem_has_its_message() {
    for (more, expected) in [
        ("", "`user_store.url` (line 1 of `postern.toml`) is missing"),
        ("url = 'https://ldap.example'", "must be `ldaps://HOST` or `ldap://HOST`"),
        ("url = 'ldaps://ldap.example'\nstart_tls = true", "remove `start_tls`"),
        ("url = 'ldaps://a'\nbind_password_file = 'password'", "is missing: `bind_password_file` needs it"),
        ("url = 'ldaps://a'\nbind_dn = 'cn=a'\nbind_password_file = 'none'", "`user_store.bind_password_file` (line 7"),
        ("url = 'ldaps://a'\nbind_dn = 'cn=a'\nbind_password_file = 'ca.pem'", "names a file that is empty"),
        ("url = 'ldaps://a'\nauthorities_file = 'none'", "names a file that does not exist"),
        ("url = 'ldaps://a'\nuser_filter = 'uid={user}'", "must be a filter in parentheses"),
        ("url = 'ldaps://a'\nuser_filter = '(|(uid={user})(x={dn}))'", "must not contain `{dn}`"),
        ("url = 'ldaps://a'\nuser_filter = '(uid={name})'", "may use braces only for `{user}` and `{dn}`"),
        ("url = 'ldaps://a'\nbase_dn2 = ''", "is not a configuration key; did you mean `base_dn`?"),
        ("url = ''", "must not be empty"),
        ("url = 'ldaps://a'\ndatabase = './postern.db'\n\n[x]", "`x` (line 8 of `postern.toml`) is not a configuration key"),
        ("url = 'ldaps://a'\ndatabase_connections = 0", "must be a whole number from 1 to 1000"),
    ] {
        let problems = load_with_files(&format!("{DIRECTORY}{more}\n")).1.unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(expected), "{more}: {problems:?}");
    }
    for content in ["user_store = 7", "user_store = ['a']", "[user_store]\nname = 'a'\nkind = 'local'"] {
        let problems = load_with_files(content).1.unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains("begin each store with `[[user_store]]`"), "{content}: {problems:?}");
    }
    let problems = load_with_files("[[user_stores]]\nname = 'a'").1.unwrap_err();
    assert!(problems[0].contains("did you mean `user_store`?"), "{problems:?}");
    let twice = "database = 'main.db'\n[[user_store]]\nname = 'a'\nkind = 'local'\ndatabase = 'main.db'";
    let problems = load_with_files(twice).1.unwrap_err();
    assert!(problems.len() == 1 && problems[0].contains("is the main database"), "{problems:?}");
}

#[test]
fn settings_without_effect_are_warnings() {
    for (more, expected) in [
        ("url = 'ldap://a.example'\ndangerous_plaintext = true", "lets anyone on the network read the passwords"),
        ("url = 'ldaps://a.example'\ndangerous_plaintext = true", "has no effect: the connection uses TLS"),
        ("url = 'ldap://127.0.0.1'\nauthorities_file = 'ca.pem'", "has no effect: the connection does not use TLS"),
        ("url = 'ldaps://a'\ndatabase_password_file = 'password'", "has no effect: the store has no `database` of its own"),
        ("url = 'ldaps://a'\ndatabase = 'a.db'\ndatabase_ca_file = 'ca.pem'", "has no effect: the database is a file"),
    ] {
        let (_folder, loaded) = load_with_files(&format!("{DIRECTORY}{more}\n"));
        let (_, warnings) = loaded.unwrap();
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{more}: {warnings:?}");
    }
}

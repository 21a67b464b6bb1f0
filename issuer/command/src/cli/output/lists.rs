//! What tables show of each list.

/// A list.
pub(in crate::cli) struct List {
    /// The field of the result.
    pub(super) name: &'static str,
    /// The fields of an item that a table shows, the most important first.
    pub(super) columns: &'static [&'static str],
    /// What to say when the list is empty.
    pub(in crate::cli) empty: &'static str,
}

const fn list(name: &'static str, columns: &'static [&'static str], empty: &'static str) -> List {
    List { name, columns, empty }
}

/// All lists that commands print.
pub(in crate::cli) const LISTS: [List; 25] = [
    list(
        "apis",
        &["name", "version", "context", "approval", "tiers", "hosts"],
        "no APIs: `postern api import` creates one from an OpenAPI document, `postern api create` from a JSON document",
    ),
    list(
        "applications",
        &["name", "id", "state", "key_sets", "subscriptions", "owner", "team", "created_at"],
        "no applications: `postern application create` creates one",
    ),
    list(
        "bundle_keys",
        &["kid", "algorithm", "signs", "created_at"],
        "no bundle keys: `postern admin bundle-key create` creates one",
    ),
    list("edge_keys", &["name", "environment", "created_at"], "no edge keys: `postern admin edge-key create` creates one"),
    list(
        "edges",
        &["name", "state", "connected", "last_request_at", "revisions_behind", "behind_since", "source"],
        "no edge keys: `postern admin edge-key create` creates one",
    ),
    list("days", &["date", "minted", "refused", "live"], "no days: `--since` is after `--until`"),
    list(
        "entries",
        &["at", "actor", "action", "subject", "application", "source", "details"],
        "no entries: `postern admin audit list --all` without filters lists every entry",
    ),
    list(
        "events",
        &["last_at", "event", "reason", "subject", "source", "times", "first_at"],
        "no events: `postern admin events list --all` without filters lists every event",
    ),
    list(
        "access",
        &["application_name", "consumer_key", "consented_scope", "consented_at", "grants"],
        "no access: the user has allowed no application",
    ),
    list("sessions", &["id", "created_at", "used_at"], "no sessions: the user is not signed in"),
    list(
        "grants",
        &["id", "application", "scope", "origin", "created_at", "used_at", "consumer_key"],
        "no grants: the user has allowed no application",
    ),
    list(
        "keys",
        &["kid", "algorithm", "state", "signs", "planned_for", "live_tokens", "live_until", "created_at"],
        "no signing keys: `postern admin signing-key create` creates one",
    ),
    list("members", &["name", "role", "account", "created_at"], "no members: `postern admin member create` creates one"),
    list(
        "personal_tokens",
        &["id", "description", "created_at", "expires_at"],
        "no personal access tokens: `postern personal-token create` creates one",
    ),
    list(
        "plan",
        &["change", "kind", "application", "name", "details"],
        "nothing to change: the issuer has everything that the files ask for",
    ),
    list(
        "registration_tokens",
        &["id", "description", "registrations", "owner", "created_at", "expires_at"],
        "no initial access tokens: `postern registration-token create` creates one",
    ),
    list(
        "resources",
        &["path", "methods", "auth", "scopes", "client_domain"],
        "no resources: the API covers every path below its context",
    ),
    list(
        "scopes",
        &["scope", "state", "application", "key_type", "roles", "member_roles", "approval", "detail"],
        "no scopes: `postern admin scope change` sets the rules for one",
    ),
    list(
        "secrets",
        &["id", "description", "created_at", "expires_at"],
        "no consumer secrets: `postern token secret create` creates one",
    ),
    list(
        "subscriptions",
        &["application", "api", "tier", "state"],
        "no subscriptions: `postern subscription create` creates one",
    ),
    list("teams", &["name", "members", "description", "created_at"], "no teams: `postern team create` creates one"),
    list("tiers", &["name", "approval", "limit", "description"], "no tiers: `postern tier create` creates one"),
    list(
        "tokens",
        &["jti", "state", "key_type", "user", "scope", "domains", "ips", "obtained", "issued_at", "expires_at"],
        "no tokens: `postern token create` creates one",
    ),
    list("user_stores", &["name", "kind", "database", "default"], "no user stores: the configuration file names them"),
    list(
        "users",
        &["id", "name", "store", "state", "roles", "second_factor_at", "created_at"],
        "no users: `postern admin user create` creates one",
    ),
];

/// What tables show of the list `name`.
pub(super) fn find(name: &str) -> Option<&'static List> {
    LISTS.iter().find(|list| list.name == name)
}

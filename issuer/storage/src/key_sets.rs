//! The table `key_sets`.

use postern_token::{KeyType, UnixSeconds};

use super::columns::{Columns, json_list};
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ApplicationId, ApplicationState, ForUsers, GrantType, KeySet, RedirectUri, Validity};

const TABLE: &str = "key_sets";

const COLUMNS: &str =
    "SELECT consumer_key, application_id, key_type, domains, ips, scopes, validity, grant_types, redirect_uris, public,
                       user_validity, one_grant";

impl Transaction<'_> {
    /// Whether the application of any key set with the grant type `password` may use it.
    pub fn any_key_set_with_passwords(&self) -> Result<bool, StorageError> {
        let sql = "SELECT 1 AS found FROM applications
                   JOIN key_sets ON key_sets.application_id = applications.id
                   WHERE applications.passwords = 1 AND ' ' || key_sets.grant_types || ' ' LIKE '% password %' LIMIT 1";
        Ok(self.find(sql, &[], |_| Ok(()))?.is_some())
    }

    /// Inserts a key set; `false` if the application already has one for the environment.
    pub fn insert_key_set(&self, key_set: &KeySet, now: UnixSeconds) -> Result<bool, StorageError> {
        let sql = "INSERT INTO key_sets (consumer_key, application_id, key_type, domains, ips, scopes, validity, grant_types,
                       redirect_uris, created_at, public, user_validity, one_grant)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (application_id, key_type) DO NOTHING";
        let lists = ListColumns::of(key_set)?;
        let values = values![
            key_set.consumer_key.as_str(),
            key_set.application.as_str(),
            key_set.key_type.as_str(),
            lists.domains.as_ref(),
            lists.ips.as_ref(),
            lists.scopes,
            key_set.validity.as_seconds(),
            &lists.grant_types,
            lists.redirect_uris.as_ref(),
            now,
            key_set.for_users.public,
            key_set.for_users.validity.map(Validity::as_seconds),
            key_set.for_users.one_grant,
        ];
        Ok(self.change(sql, values)? == 1)
    }

    /// Updates everything but the consumer key, the application and the environment.
    pub fn update_key_set(&self, key_set: &KeySet) -> Result<(), StorageError> {
        let sql = "UPDATE key_sets SET domains = ?2, ips = ?3, scopes = ?4, validity = ?5, grant_types = ?6, redirect_uris = ?7,
                       public = ?8, user_validity = ?9, one_grant = ?10
                   WHERE consumer_key = ?1";
        let lists = ListColumns::of(key_set)?;
        let values = values![
            key_set.consumer_key.as_str(),
            lists.domains.as_ref(),
            lists.ips.as_ref(),
            lists.scopes,
            key_set.validity.as_seconds(),
            &lists.grant_types,
            lists.redirect_uris.as_ref(),
            key_set.for_users.public,
            key_set.for_users.validity.map(Validity::as_seconds),
            key_set.for_users.one_grant,
        ];
        self.change(sql, values).map(drop)
    }

    /// An application's key set for an environment.
    pub fn key_set(&self, application: &ApplicationId, key_type: KeyType) -> Result<Option<KeySet>, StorageError> {
        let sql = format!("{COLUMNS} FROM key_sets WHERE application_id = ?1 AND key_type = ?2");
        self.find(&sql, values![application.as_str(), key_type.as_str()], read)
    }

    /// All key sets of an application, sorted by environment.
    pub fn key_sets(&self, application: &ApplicationId) -> Result<Vec<KeySet>, StorageError> {
        let sql = format!("{COLUMNS} FROM key_sets WHERE application_id = ?1 ORDER BY key_type");
        self.list(&sql, values![application.as_str()], read)
    }

    /// The key set with the consumer key `client_id`, which comes from an unauthenticated request.
    pub fn key_set_of_client(&self, client_id: &str) -> Result<Option<KeySet>, StorageError> {
        self.find(&format!("{COLUMNS} FROM key_sets WHERE consumer_key = ?1"), values![client_id], read)
    }

    /// The same with the state of the application.
    pub fn client(&self, client_id: &str) -> Result<Option<(KeySet, ApplicationState)>, StorageError> {
        let state = "SELECT state FROM applications WHERE id = application_id";
        let sql = format!("{COLUMNS}, ({state}) AS application_state FROM key_sets WHERE consumer_key = ?1");
        self.find(&sql, values![client_id], |row| {
            let key_set = read(row)?;
            Ok((key_set, Columns::new(row, TABLE).parsed_with("application_state", ApplicationState::parse)?))
        })
    }
}

/// The columns that hold lists as text.
struct ListColumns<'a> {
    domains: Option<String>,
    ips: Option<String>,
    scopes: Option<&'a str>,
    grant_types: String,
    redirect_uris: Option<String>,
}

impl<'a> ListColumns<'a> {
    fn of(key_set: &'a KeySet) -> Result<Self, StorageError> {
        let names: Vec<_> = key_set.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
        Ok(Self {
            domains: json_list(&key_set.restrictions.domains, TABLE, "domains")?,
            ips: json_list(&key_set.restrictions.ips, TABLE, "ips")?,
            scopes: key_set.restrictions.scopes.as_ref().map(postern_token::Scopes::as_str),
            grant_types: names.join(" "),
            redirect_uris: json_list(&key_set.redirect_uris, TABLE, "redirect_uris")?,
        })
    }
}

fn read(row: Row<'_>) -> Result<KeySet, StorageError> {
    let columns = Columns::new(row, TABLE);
    let redirect_uris = columns.json::<Vec<String>>("redirect_uris")?.unwrap_or_default();
    let grant_types = columns.borrowed("grant_types")?;
    let grant_type = |text: &str| text.parse::<GrantType>().map_err(|_| columns.corrupt("grant_types"));
    Ok(KeySet {
        consumer_key: columns.parsed("consumer_key")?,
        application: columns.parsed("application_id")?,
        key_type: columns.key_type()?,
        restrictions: columns.restrictions()?,
        validity: columns.validity("validity")?,
        grant_types: grant_types.split_ascii_whitespace().map(grant_type).collect::<Result<_, _>>()?,
        redirect_uris: redirect_uris.into_iter().map(RedirectUri::registered).collect(),
        for_users: ForUsers {
            public: columns.flag("public")?,
            validity: columns.optional_validity("user_validity")?,
            one_grant: columns.flag("one_grant")?,
        },
    })
}

//! The table `apis`.

use std::collections::BTreeMap;

use postern_token::bundle::{ApiDocument, Problems};
use postern_token::{ApiReference, UnixSeconds};

use super::columns::{Columns, json, json_list};
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ApiDescription, ApiRecord, ApiSummary, ApiTag, ApiText, ApiTitle, TierName};

const TABLE: &str = "apis";

impl Transaction<'_> {
    /// Inserts an API; `false` if the name and version are taken.
    pub fn insert_api(&self, api: &ApiRecord, now: UnixSeconds) -> Result<bool, StorageError> {
        let document = json(&api.document, TABLE, "document")?;
        let sql = "INSERT INTO apis (name, version, document, approval, created_at, tiers, title, description, tags,
                   scope_descriptions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
        let ApiDocument { name, version, .. } = &api.document;
        let Text { title, description, tags, scopes } = Text::of(&api.text)?;
        let tiers = offered(api);
        let (tags, scopes) = (tags.as_ref(), scopes.as_ref());
        let values = values![name, version, &document, api.approval, now, tiers.as_ref(), title, description, tags, scopes];
        Ok(self.change(sql, values)? == 1)
    }

    /// Updates the API with this name and version; `false` if there is none.
    pub fn update_api(&self, api: &ApiRecord) -> Result<bool, StorageError> {
        let document = json(&api.document, TABLE, "document")?;
        let sql = "UPDATE apis SET document = ?3, approval = ?4, tiers = ?5, title = ?6, description = ?7, tags = ?8,
                   scope_descriptions = ?9 WHERE name = ?1 AND version = ?2";
        let ApiDocument { name, version, .. } = &api.document;
        let Text { title, description, tags, scopes } = Text::of(&api.text)?;
        let tiers = offered(api);
        let (tags, scopes) = (tags.as_ref(), scopes.as_ref());
        let values = values![name, version, &document, api.approval, tiers.as_ref(), title, description, tags, scopes];
        Ok(self.change(sql, values)? == 1)
    }

    /// Deletes an API and its document. It must have no subscriptions.
    pub fn delete_api(&self, api: &ApiReference<'_>) -> Result<(), StorageError> {
        self.change("DELETE FROM apis WHERE name = ?1 AND version = ?2", values![api.name(), api.version()]).map(drop)
    }

    /// All APIs, sorted by name and version.
    pub fn apis(&self) -> Result<Vec<ApiRecord>, StorageError> {
        let sql =
            "SELECT document, approval, tiers, title, description, tags, scope_descriptions FROM apis ORDER BY name, version";
        self.list(sql, &[], read)
    }

    /// The parts of all APIs that edges know, sorted by name and version.
    pub fn guarded_apis(&self) -> Result<Vec<ApiDocument>, StorageError> {
        self.list("SELECT document FROM apis ORDER BY name, version", &[], |row| document(Columns::new(row, TABLE)))
    }

    /// The titles and tags of all APIs, sorted by name and version. The descriptions are left out.
    pub fn api_titles(&self) -> Result<Vec<ApiSummary>, StorageError> {
        self.list(
            "SELECT name, version, title, NULL AS description, tags, NULL AS scope_descriptions FROM apis ORDER BY name, version",
            &[],
            summary,
        )
    }

    /// The API's entry in the catalogue.
    pub fn api_summary(&self, api: &ApiReference<'_>) -> Result<Option<ApiSummary>, StorageError> {
        let sql = "SELECT name, version, title, description, tags, scope_descriptions FROM apis WHERE name = ?1 AND version = ?2";
        self.find(sql, values![api.name(), api.version()], summary)
    }

    /// The API with this name and version.
    pub fn api(&self, api: &ApiReference<'_>) -> Result<Option<ApiRecord>, StorageError> {
        let sql = "SELECT document, approval, tiers, title, description, tags, scope_descriptions FROM apis WHERE name = ?1 AND version = ?2";
        self.find(sql, values![api.name(), api.version()], read)
    }
}

/// The tiers as the column holds them.
fn offered(api: &ApiRecord) -> Option<String> {
    api.tiers.as_ref().map(|tiers| tiers.iter().map(TierName::as_str).collect::<Vec<_>>().join(" "))
}

/// A text as the columns hold it.
struct Text<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
    tags: Option<String>,
    scopes: Option<String>,
}

impl<'a> Text<'a> {
    fn of(text: &'a ApiText) -> Result<Self, StorageError> {
        let tags: Vec<&str> = text.tags.iter().map(ApiTag::as_str).collect();
        let scopes: BTreeMap<_, _> = text.scopes.iter().map(|(scope, said)| (scope, said.as_str())).collect();
        Ok(Self {
            title: text.title.as_ref().map(ApiTitle::as_str),
            description: text.description.as_ref().map(ApiDescription::as_str),
            tags: json_list(&tags, TABLE, "tags")?,
            scopes: if scopes.is_empty() { None } else { Some(json(&scopes, TABLE, "scope_descriptions")?) },
        })
    }
}

fn document(columns: Columns<'_>) -> Result<ApiDocument, StorageError> {
    columns.parsed_with("document", |text| Problems::read(text.as_bytes()).ok())
}

fn text(columns: Columns<'_>) -> Result<ApiText, StorageError> {
    let (title, description) = (columns.optional_parsed("title")?, columns.optional_parsed("description")?);
    let tags = columns.json::<Vec<String>>("tags")?.unwrap_or_default();
    let tags = tags.iter().map(|tag| tag.parse().map_err(|_| columns.corrupt("tags"))).collect::<Result<_, _>>()?;
    let scopes = columns.json::<BTreeMap<String, String>>("scope_descriptions")?.unwrap_or_default();
    let described =
        |(scope, said): (String, String)| Ok((scope, said.parse().map_err(|_| columns.corrupt("scope_descriptions"))?));
    let scopes = scopes.into_iter().map(described).collect::<Result<_, StorageError>>()?;
    Ok(ApiText { title, description, tags, scopes })
}

fn summary(row: Row<'_>) -> Result<ApiSummary, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(ApiSummary { name: columns.text("name")?, version: columns.text("version")?, text: text(columns)? })
}

fn read(row: Row<'_>) -> Result<ApiRecord, StorageError> {
    let columns = Columns::new(row, TABLE);
    let document = document(columns)?;
    let approval = columns.flag("approval")?;
    let tier = |name: &str| name.parse().map_err(|_| columns.corrupt("tiers"));
    let tiers = columns.optional_text("tiers")?.map(|names| names.split(' ').map(tier).collect()).transpose()?;
    Ok(ApiRecord { document, approval, tiers, text: text(columns)? })
}

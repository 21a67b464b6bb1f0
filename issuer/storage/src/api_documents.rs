//! The table `api_documents`: the `OpenAPI` documents of APIs.

use postern_token::ApiReference;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{OpenApiDocument, OpenApiFormat};

const TABLE: &str = "api_documents";

impl Transaction<'_> {
    /// Keeps the `OpenAPI` document of an API, in place of the one that it had.
    pub fn put_api_document(&self, api: &ApiReference<'_>, document: &OpenApiDocument) -> Result<(), StorageError> {
        let sql = "INSERT INTO api_documents (name, version, media_type, content) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (name, version) DO UPDATE SET media_type = excluded.media_type, content = excluded.content";
        let media_type = document.format().media_type();
        self.change(sql, values![api.name(), api.version(), media_type, document.compressed()]).map(drop)
    }

    /// The `OpenAPI` document of an API, if it has one.
    pub fn api_document(&self, api: &ApiReference<'_>) -> Result<Option<OpenApiDocument>, StorageError> {
        let sql = "SELECT media_type, content FROM api_documents WHERE name = ?1 AND version = ?2";
        self.find(sql, values![api.name(), api.version()], |row| {
            let columns = Columns::new(row, TABLE);
            let format = columns.parsed_with("media_type", OpenApiFormat::with_media_type)?;
            Ok(OpenApiDocument::of_compressed(format, columns.bytes("content")?.to_vec()))
        })
    }
}

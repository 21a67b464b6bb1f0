//! Creation, migration and version of the tables.

use crate::StorageError;
use crate::connection::postgres::Connection;
use crate::error::Cause;

/// The migration steps, a file for each. A released step is never changed; a change of the tables is a new step.
const STEPS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_key_manager.sql"),
    include_str!("../../migrations/postgres/0002_users.sql"),
    include_str!("../../migrations/postgres/0003_audit_retention.sql"),
    include_str!("../../migrations/postgres/0004_bundles.sql"),
    include_str!("../../migrations/postgres/0005_probe_and_bounds.sql"),
    include_str!("../../migrations/postgres/0006_guessing_and_events.sql"),
    include_str!("../../migrations/postgres/0007_rights.sql"),
    include_str!("../../migrations/postgres/0008_floods.sql"),
    include_str!("../../migrations/postgres/0009_accounts.sql"),
    include_str!("../../migrations/postgres/0010_providers.sql"),
    include_str!("../../migrations/postgres/0011_catalogue.sql"),
    include_str!("../../migrations/postgres/0012_second_factor.sql"),
    include_str!("../../migrations/postgres/0013_scope_descriptions.sql"),
    include_str!("../../migrations/postgres/0014_teams.sql"),
    include_str!("../../migrations/postgres/0015_edges_and_usage.sql"),
    include_str!("../../migrations/postgres/0016_branding.sql"),
    include_str!("../../migrations/postgres/0017_secret_descriptions.sql"),
    include_str!("../../migrations/postgres/0018_catalogue_revision.sql"),
    include_str!("../../migrations/postgres/0019_token_profiles.sql"),
    include_str!("../../migrations/postgres/0020_audit_and_roles.sql"),
    include_str!("../../migrations/postgres/0021_fewer_indexes.sql"),
];

/// Creates the tables, or migrates existing tables to this version.
pub(super) fn create(connection: &mut Connection) -> Result<(), StorageError> {
    lock(connection)?;
    match version(connection)? {
        Some(version) => migrate_from(connection, version),
        None if is_foreign(connection)? => Err(StorageError::Foreign),
        None => {
            connection.run("CREATE TABLE postern_schema (version BIGINT NOT NULL); INSERT INTO postern_schema VALUES (0)")?;
            migrate_from(connection, 0)
        }
    }
}

/// Migrates existing tables to this version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    lock(connection)?;
    let version = version(connection)?.ok_or(StorageError::Empty)?;
    migrate_from(connection, version)
}

/// Creates the table `user_stores` of a database for user stores. The tables of each store are created later.
pub(super) fn prepare_for_users(connection: &mut Connection) -> Result<(), StorageError> {
    lock(connection)?;
    let sql = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE '%@%' AND tablename <> 'user_stores' LIMIT 1";
    if !connection.query(sql, &[])?.is_empty() {
        return Err(StorageError::Foreign);
    }
    let sql = "CREATE TABLE IF NOT EXISTS user_stores (
                   name TEXT PRIMARY KEY, version BIGINT NOT NULL, elsewhere BIGINT NOT NULL)";
    Ok(connection.run(sql)?)
}

/// Fails if the tables do not have this version.
pub(super) fn check_version(connection: &mut Connection) -> Result<(), StorageError> {
    match version(connection)?.ok_or(StorageError::Empty)? {
        version if version == STEPS.len() => Ok(()),
        version if version < STEPS.len() => Err(StorageError::Outdated),
        _ => Err(StorageError::Newer),
    }
}

/// Lets processes that start at the same time create and migrate one after the other.
fn lock(connection: &mut Connection) -> Result<(), StorageError> {
    Ok(connection.lock("postern_schema")?)
}

fn migrate_from(connection: &mut Connection, version: usize) -> Result<(), StorageError> {
    let missing = STEPS.get(version..).ok_or(StorageError::Newer)?;
    if missing.is_empty() {
        return Ok(());
    }
    // A step may read all tokens, which takes longer than a statement of the running issuer may take.
    connection.run("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")?;
    for step in missing {
        connection.run(step).map_err(StorageError::Migration)?;
    }
    Ok(connection.run(&format!("UPDATE postern_schema SET version = {}", STEPS.len()))?)
}

/// The number of steps that were applied; `None` if there are no tables.
fn version(connection: &mut Connection) -> Result<Option<usize>, StorageError> {
    let found = connection.query("SELECT to_regclass('postern_schema') IS NOT NULL AS found", &[])?;
    let found = found.first().map(|row| row.try_get("found")).transpose().map_err(Cause::from)?;
    if found != Some(true) {
        return Ok(None);
    }
    let rows = connection.query("SELECT version FROM postern_schema", &[])?;
    let version: Option<i64> = rows.first().map(|row| row.try_get("version")).transpose().map_err(Cause::from)?;
    let version = version.and_then(|version| usize::try_from(version).ok());
    version.map(Some).ok_or(StorageError::Corrupt { table: "postern_schema", column: "version" })
}

/// Whether a database without our version table has any tables, which must be another program's.
fn is_foreign(connection: &mut Connection) -> Result<bool, StorageError> {
    let sql = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1";
    Ok(!connection.query(sql, &[])?.is_empty())
}

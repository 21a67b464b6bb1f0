//! Many tokens in one transaction. On `SQLite` a statement for each row costs little; on `PostgreSQL` each statement is a round trip, so one
//! statement handles all rows.

use postern_model::{ApplicationId, AuditEntry, StatusIndex, TokenRecord};
use postern_token::Scopes;

use super::audit;
use super::columns::{Columns, json, json_list, list_number};
use super::dialect::Dialect;
use super::tokens::{self, Combination};
use super::value::{number, values};
use super::{StorageError, Transaction};

impl Transaction<'_> {
    /// The current tokens of some combinations, in their order. No combination may occur twice.
    pub fn current_tokens(&self, of: &[Combination<'_>]) -> Result<Vec<Option<TokenRecord>>, StorageError> {
        if self.dialect() == Dialect::Sqlite || of.len() == 1 {
            return of.iter().map(|of| self.current_token(*of)).collect();
        }
        let sql = "SELECT position, id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, issued_at,
                       expires_at, state, kid, status_list, status_index, apis, current, minted_by
                   FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]))
                       WITH ORDINALITY AS wanted (client, wanted_kind, wanted_scopes, position)
                   JOIN tokens ON consumer_key = client AND kind = wanted_kind AND coalesce(scopes, '') = wanted_scopes
                       AND current = 1";
        let clients: Vec<_> = of.iter().map(|of| Some(of.client.as_str())).collect();
        let kinds: Vec<_> = of.iter().map(|of| Some(of.kind.as_str())).collect();
        let scopes: Vec<_> = of.iter().map(|of| Some(of.scopes_column())).collect();
        let rows = self.list(sql, values![&clients[..], &kinds[..], &scopes[..]], |row| {
            let position: Option<usize> = Columns::new(row, tokens::TABLE).optional_integer("position")?;
            Ok((position, tokens::read(row)?))
        })?;
        let mut found = vec![None; of.len()];
        for (position, record) in rows {
            // Positions are counted from 1.
            let slot = position.and_then(|position| found.get_mut(position.checked_sub(1)?));
            *slot.ok_or(StorageError::Corrupt { table: tokens::TABLE, column: "position" })? = Some(record);
        }
        Ok(found)
    }

    /// Inserts the records of tokens, in their order. A current one replaces the current token of its combination, of which there may be
    /// only one among them.
    pub fn insert_tokens(&self, records: &[TokenRecord]) -> Result<(), StorageError> {
        if self.dialect() == Dialect::Sqlite || records.len() == 1 {
            return records.iter().try_for_each(|record| self.insert_token(record));
        }
        let texts = |text: fn(&TokenRecord) -> Option<&str>| records.iter().map(text).collect::<Vec<_>>();
        let numbers = |number: fn(&TokenRecord) -> Option<i64>| records.iter().map(number).collect::<Vec<_>>();
        let clients = texts(|token| Some(token.consumer_key.as_str()));
        let kinds = texts(|token| Some(token.kind.as_str()));
        let scopes = texts(|token| token.scopes().map(Scopes::as_str));
        let current = numbers(|token| Some(token.current.into()));
        let replace = "UPDATE tokens SET current = 0
                       FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]), CAST(?4 AS BIGINT[]))
                           AS new (client, new_kind, new_scopes, replaces)
                       WHERE consumer_key = client AND kind = new_kind AND coalesce(scopes, '') = coalesce(new_scopes, '')
                           AND current = 1 AND replaces = 1";
        self.change(replace, values![&clients[..], &kinds[..], &scopes[..], &current[..]])?;
        let sql = "INSERT INTO tokens (id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes,
                       issued_at, expires_at, state, kid, status_list, status_index, apis, current, minted_by)
                   SELECT * FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]), CAST(?4 AS TEXT[]),
                       CAST(?5 AS TEXT[]), CAST(?6 AS TEXT[]), CAST(?7 AS TEXT[]), CAST(?8 AS TEXT[]), CAST(?9 AS TEXT[]),
                       CAST(?10 AS BIGINT[]), CAST(?11 AS BIGINT[]), CAST(?12 AS TEXT[]), CAST(?13 AS TEXT[]),
                       CAST(?14 AS BIGINT[]), CAST(?15 AS BIGINT[]), CAST(?16 AS TEXT[]), CAST(?17 AS BIGINT[]),
                       CAST(?18 AS TEXT[]))";
        let lists = records.iter().map(JsonColumns::of).collect::<Result<Vec<_>, _>>()?;
        let list =
            |list: fn(&JsonColumns) -> &Option<String>| lists.iter().map(|lists| list(lists).as_deref()).collect::<Vec<_>>();
        self.change(
            sql,
            values![
                &texts(|token| Some(token.id.as_str()))[..],
                &texts(|token| Some(token.application.as_str()))[..],
                &clients[..],
                &kinds[..],
                &texts(|token| Some(token.key_type.as_str()))[..],
                &texts(|token| Some(token.obtained.as_str()))[..],
                &list(|lists| &lists.domains)[..],
                &list(|lists| &lists.ips)[..],
                &scopes[..],
                &numbers(|token| Some(number(token.issued_at)))[..],
                &numbers(|token| token.expires_at.map(number))[..],
                &texts(|token| Some(token.state.as_str()))[..],
                &texts(|token| Some(token.kid.as_str()))[..],
                &numbers(|token| token.status.map(|StatusIndex { list, .. }| list_number(list)))[..],
                &numbers(|token| token.status.map(|StatusIndex { index, .. }| index.into()))[..],
                &list(|lists| &lists.apis)[..],
                &current[..],
                &texts(|token| token.minted_by.as_deref())[..],
            ],
        )
        .map(drop)
    }

    /// Appends entries to the audit log, in their order, and sets their numbers.
    pub fn insert_audit_entries(&self, entries: &mut [AuditEntry]) -> Result<(), StorageError> {
        if self.dialect() == Dialect::Sqlite || entries.len() == 1 {
            for entry in entries {
                entry.number = self.insert_audit(entry)?;
            }
            return Ok(());
        }
        let sql = "INSERT INTO audit (at, actor, action, application_id, subject, details, source)
                   SELECT * FROM unnest(CAST(?1 AS BIGINT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]), CAST(?4 AS TEXT[]),
                       CAST(?5 AS TEXT[]), CAST(?6 AS TEXT[]), CAST(?7 AS TEXT[]))
                   RETURNING number";
        let texts = |text: fn(&AuditEntry) -> Option<&str>| entries.iter().map(text).collect::<Vec<_>>();
        let details =
            |entry: &AuditEntry| entry.details.as_ref().map(|details| json(details, audit::TABLE, "details")).transpose();
        let details = entries.iter().map(details).collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<_> = entries.iter().map(|entry| entry.source.map(|source| source.to_string())).collect();
        let numbers = self.list(
            sql,
            values![
                &entries.iter().map(|entry| Some(number(entry.at))).collect::<Vec<_>>()[..],
                &texts(|entry| Some(&entry.actor))[..],
                &texts(|entry| Some(&entry.action))[..],
                &texts(|entry| entry.application.as_ref().map(ApplicationId::as_str))[..],
                &texts(|entry| entry.subject.as_deref())[..],
                &details.iter().map(Option::as_deref).collect::<Vec<_>>()[..],
                &sources.iter().map(Option::as_deref).collect::<Vec<_>>()[..],
            ],
            |row| Columns::new(row, audit::TABLE).count("number"),
        )?;
        if numbers.len() != entries.len() {
            return Err(StorageError::Corrupt { table: audit::TABLE, column: "number" });
        }
        for (entry, number) in entries.iter_mut().zip(numbers) {
            entry.number = number;
        }
        Ok(())
    }
}

/// The columns of a record that hold JSON.
struct JsonColumns {
    domains: Option<String>,
    ips: Option<String>,
    apis: Option<String>,
}

impl JsonColumns {
    fn of(record: &TokenRecord) -> Result<Self, StorageError> {
        Ok(Self {
            domains: json_list(&record.restrictions.domains, tokens::TABLE, "domains")?,
            ips: json_list(&record.restrictions.ips, tokens::TABLE, "ips")?,
            apis: record.apis.as_ref().map(|apis| json(apis, tokens::TABLE, "apis")).transpose()?,
        })
    }
}

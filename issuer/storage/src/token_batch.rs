//! Many tokens in one transaction. On `SQLite` a statement for each row costs little; on `PostgreSQL` each statement is a round trip, so one
//! statement handles all rows.

use std::collections::HashMap;

use postern_model::{ApplicationId, AuditEntry, StatusIndex, TokenId, TokenRecord, TokenState, Validity};
use postern_token::{Scopes, UnixSeconds};

use super::audit;
use super::columns::{Columns, json, list_number};
use super::dialect::Dialect;
use super::many::{Each, Kind};
use super::row::Row;
use super::token_profiles::Profile;
use super::tokens::{self, Combination, TokenNumber, TokenSelector};
use super::value::{number, values};
use super::{StorageError, Transaction};

impl Transaction<'_> {
    /// The numbers of the current tokens of some combinations, in their order.
    pub fn current_token_numbers(&self, of: &[Combination<'_>]) -> Result<Vec<Option<TokenNumber>>, StorageError> {
        let sql = Each {
            one: "SELECT number FROM tokens WHERE state = 'active' AND number = (
                      SELECT token FROM current_tokens WHERE consumer_key = ?1 AND scopes = ?2)",
            all: "SELECT position, number FROM {rows} AS wanted
                  JOIN current_tokens ON consumer_key = client AND scopes = wanted_scopes
                  JOIN tokens ON number = token AND state = 'active'",
        };
        let rows: Vec<_> = of.iter().map(|of| values![of.client.as_str(), of.scopes_column()].to_vec()).collect();
        self.find_each(sql, &[("client", Kind::Text), ("wanted_scopes", Kind::Text)], &rows, read_number)
    }

    /// The records of the tokens with these numbers.
    pub fn tokens_by_number(&self, numbers: &[TokenNumber]) -> Result<Vec<(TokenNumber, TokenRecord)>, StorageError> {
        let read = |row: Row<'_>| Ok((read_number(row)?, tokens::read(row)?));
        if self.dialect() == Dialect::Sqlite {
            let sql = format!("{} WHERE tokens.number = ?1", tokens::NUMBER_AND_COLUMNS);
            let found = numbers.iter().map(|number| self.find(&sql, values![number.0], read));
            return found.filter_map(Result::transpose).collect();
        }
        let numbers: Vec<_> = numbers.iter().map(|number| Some(number.0)).collect();
        self.list(&format!("{} WHERE tokens.number = ANY(?1)", tokens::NUMBER_AND_COLUMNS), values![&numbers[..]], read)
    }

    /// The records of the tokens with these ids, in any order.
    pub fn tokens_by_id(&self, ids: &[&TokenId]) -> Result<Vec<TokenRecord>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if self.dialect() == Dialect::Sqlite {
            return ids.iter().filter_map(|id| self.token(id).transpose()).collect();
        }
        let ids: Vec<_> = ids.iter().map(|id| Some(id.as_str())).collect();
        self.list(&format!("{} WHERE id = ANY(?1)", tokens::COLUMNS), values![&ids[..]], tokens::read)
    }

    /// Like [`Self::end_tokens`], for the tokens with these ids.
    pub fn end_tokens_by_id(
        &self,
        ids: &[&TokenId],
        state: TokenState,
        after: UnixSeconds,
    ) -> Result<Vec<Option<StatusIndex>>, StorageError> {
        if self.dialect() == Dialect::Sqlite {
            let ended = ids.iter().map(|id| self.end_tokens(TokenSelector::Token(id), state, after));
            return Ok(ended.collect::<Result<Vec<_>, _>>()?.concat());
        }
        let ids: Vec<_> = ids.iter().map(|id| Some(id.as_str())).collect();
        let sql = "UPDATE tokens SET state = ?1
                   WHERE state = 'active' AND (expires_at IS NULL OR expires_at > ?2) AND id = ANY(?3)
                   RETURNING status_list, status_index";
        self.list(sql, values![state.as_str(), after, &ids[..]], |row| Columns::new(row, tokens::TABLE).status_index())
    }

    /// Inserts the records of tokens that clients obtained themselves, in their order, with their entries in the audit log, and sets the
    /// numbers of the entries. A token replaces the current token of its combination, of which there may be only one among them. Returns the
    /// numbers of the records.
    pub fn insert_minted(&self, records: &[TokenRecord], entries: &mut [AuditEntry]) -> Result<Vec<TokenNumber>, StorageError> {
        if self.dialect() == Dialect::Sqlite || records.len() <= 1 {
            let insert = |(record, entry): (&TokenRecord, &mut AuditEntry)| {
                let (number, profile) = self.insert_with_profile(record)?;
                entry.number = self.insert_mint_audit(entry, profile, validity(record))?;
                Ok(number)
            };
            return records.iter().zip(entries).map(insert).collect();
        }
        let profiles = self.profile_numbers(&records.iter().map(Profile::of).collect::<Result<Vec<_>, _>>()?)?;
        let numbers = self.insert_token_rows(records, &profiles)?;
        self.insert_mint_rows(records, entries, &profiles)?;
        Ok(numbers)
    }

    fn insert_token_rows(&self, records: &[TokenRecord], profiles: &[Option<i64>]) -> Result<Vec<TokenNumber>, StorageError> {
        let texts = |text: fn(&TokenRecord) -> Option<&str>| records.iter().map(text).collect::<Vec<_>>();
        let numbers = |number: fn(&TokenRecord) -> Option<i64>| records.iter().map(number).collect::<Vec<_>>();
        let sql = "INSERT INTO tokens (id, profile, issued_at, expires_at, state, status_list, status_index, shown)
                   SELECT * FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]),
                       CAST(?5 AS TEXT[]), CAST(?6 AS BIGINT[]), CAST(?7 AS BIGINT[]), CAST(?8 AS TEXT[]))
                   RETURNING id, number";
        let inserted = self.list(
            sql,
            values![
                &texts(|token| Some(token.id.as_str()))[..],
                profiles,
                &numbers(|token| Some(number(token.issued_at)))[..],
                &numbers(|token| token.expires_at.map(number))[..],
                &texts(|token| Some(token.state.as_str()))[..],
                &numbers(|token| token.status.map(|StatusIndex { list, .. }| list_number(list)))[..],
                &numbers(|token| token.status.map(|StatusIndex { index, .. }| index.into()))[..],
                &texts(tokens::shown)[..],
            ],
            |row| Ok((Columns::new(row, tokens::TABLE).text("id")?, read_number(row)?)),
        )?;
        let inserted: HashMap<String, TokenNumber> = inserted.into_iter().collect();
        let number_of = |token: &TokenRecord| inserted.get(token.id.as_str()).copied();
        let inserted = records.iter().map(number_of).collect::<Option<Vec<_>>>();
        let inserted = inserted.ok_or(StorageError::Corrupt { table: tokens::TABLE, column: "number" })?;
        let sql = "INSERT INTO current_tokens (consumer_key, scopes, token)
                   SELECT client, coalesce(new_scopes, ''), number
                   FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS BIGINT[]))
                       AS new (client, new_scopes, number, replaces)
                   WHERE replaces = 1
                   ON CONFLICT (consumer_key, scopes) DO UPDATE SET token = excluded.token";
        self.change(
            sql,
            values![
                &texts(|token| Some(token.consumer_key.as_str()))[..],
                &texts(|token| token.scopes().map(Scopes::as_str))[..],
                &inserted.iter().map(|number| Some(number.0)).collect::<Vec<_>>()[..],
                &numbers(|token| Some(token.current.into()))[..],
            ],
        )?;
        Ok(inserted)
    }

    /// The numbers of profiles, of which the new ones are stored.
    fn profile_numbers(&self, profiles: &[Profile<'_>]) -> Result<Vec<Option<i64>>, StorageError> {
        let digests: Vec<_> = profiles.iter().map(|profile| Some(&*profile.digest)).collect();
        let sql = "SELECT digest, number FROM token_profiles WHERE digest = ANY(?1)";
        let known = self.list(sql, values![&digests[..]], |row| {
            let columns = Columns::new(row, "token_profiles");
            let number: Option<i64> = columns.optional_integer("number")?;
            Ok((columns.text("digest")?, number.ok_or_else(|| columns.corrupt("number"))?))
        })?;
        let mut known: HashMap<String, i64> = known.into_iter().collect();
        let mut numbers = Vec::with_capacity(profiles.len());
        for profile in profiles {
            let number = match known.get(&profile.digest) {
                Some(number) => *number,
                None => *known.entry(profile.digest.clone()).or_insert(self.insert_profile(profile)?),
            };
            numbers.push(Some(number));
        }
        Ok(numbers)
    }

    fn insert_mint_rows(
        &self,
        records: &[TokenRecord],
        entries: &mut [AuditEntry],
        profiles: &[Option<i64>],
    ) -> Result<(), StorageError> {
        let sql = "INSERT INTO audit (at, actor, action, subject, source, profile, validity)
                   SELECT new_at, '', '', new_subject, new_source, new_profile, new_validity
                   FROM unnest(CAST(?1 AS BIGINT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]), CAST(?4 AS BIGINT[]), CAST(?5 AS BIGINT[]))
                       AS new (new_at, new_subject, new_source, new_profile, new_validity)
                   RETURNING number";
        let sources: Vec<_> = entries.iter().map(|entry| entry.source.map(|source| source.to_string())).collect();
        let numbers = self.list(
            sql,
            values![
                &entries.iter().map(|entry| Some(number(entry.at))).collect::<Vec<_>>()[..],
                &entries.iter().map(|entry| entry.subject.as_deref()).collect::<Vec<_>>()[..],
                &sources.iter().map(Option::as_deref).collect::<Vec<_>>()[..],
                profiles,
                &records.iter().map(|record| Some(validity(record).as_seconds())).collect::<Vec<_>>()[..],
            ],
            |row| Columns::new(row, audit::TABLE).count("number"),
        )?;
        self.insert_audit_profiles(profiles, &numbers)?;
        set_numbers(entries, &numbers)
    }

    /// Appends entries to the audit log, in their order, and sets their numbers.
    pub fn insert_audit_entries(&self, entries: &mut [AuditEntry]) -> Result<(), StorageError> {
        if self.dialect() == Dialect::Sqlite || entries.len() <= 1 {
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
        set_numbers(entries, &numbers)
    }
}

fn set_numbers(entries: &mut [AuditEntry], numbers: &[u64]) -> Result<(), StorageError> {
    if numbers.len() != entries.len() {
        return Err(StorageError::Corrupt { table: audit::TABLE, column: "number" });
    }
    for (entry, number) in entries.iter_mut().zip(numbers) {
        entry.number = *number;
    }
    Ok(())
}

/// The validity with which a token was minted.
fn validity(record: &TokenRecord) -> Validity {
    let seconds = record.expires_at.map(|expires_at| expires_at.0.saturating_sub(record.issued_at.0));
    seconds.map_or(Validity::Forever, Validity::Seconds)
}

fn read_number(row: Row<'_>) -> Result<TokenNumber, StorageError> {
    let columns = Columns::new(row, tokens::TABLE);
    columns.optional_integer("number")?.map(TokenNumber).ok_or_else(|| columns.corrupt("number"))
}

//! The table `member_requests`: users who ask to become developers.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{MemberRequest, UserId};

const TABLE: &str = "member_requests";

impl Transaction<'_> {
    /// Inserts a request; `false` if the user has asked before.
    pub fn insert_member_request(&self, account: &UserId, now: UnixSeconds) -> Result<bool, StorageError> {
        let sql = "INSERT INTO member_requests (account, requested_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        Ok(self.change(sql, values![&account.to_string(), now])? == 1)
    }

    /// Deletes a request; `false` if there is none.
    pub fn delete_member_request(&self, account: &UserId) -> Result<bool, StorageError> {
        Ok(self.change("DELETE FROM member_requests WHERE account = ?1", values![&account.to_string()])? == 1)
    }

    /// The request of a user.
    pub fn member_request(&self, account: &UserId) -> Result<Option<MemberRequest>, StorageError> {
        let sql = "SELECT account, requested_at FROM member_requests WHERE account = ?1";
        self.find(sql, values![&account.to_string()], read)
    }

    /// At most `limit` requests, the oldest first.
    pub fn member_requests(&self, limit: u32) -> Result<Vec<MemberRequest>, StorageError> {
        let sql = "SELECT account, requested_at FROM member_requests ORDER BY requested_at, account LIMIT ?1";
        self.list(sql, values![limit], read)
    }

    /// The number of requests.
    pub fn count_member_requests(&self) -> Result<u64, StorageError> {
        let count =
            self.find("SELECT count(*) AS waiting FROM member_requests", &[], |row| Columns::new(row, TABLE).count("waiting"))?;
        Ok(count.unwrap_or_default())
    }
}

fn read(row: super::row::Row<'_>) -> Result<MemberRequest, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(MemberRequest { account: columns.parsed("account")?, requested_at: columns.time("requested_at")? })
}

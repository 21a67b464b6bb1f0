//! The tables `members` and `personal_access_tokens`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{Member, MemberName, PersonalAccessToken, PersonalAccessTokenId, UserId};
use postern_secrets::HashedSecret;

const MEMBERS: &str = "members";
const TOKENS: &str = "personal_access_tokens";

const MEMBER: &str = "SELECT name, role, account, from_groups, created_at FROM members";

const TOKEN: &str = "SELECT id, member, description, created_at, expires_at FROM personal_access_tokens";

impl Transaction<'_> {
    /// Inserts a member; `false` if the name is taken.
    pub fn insert_member(&self, member: &Member) -> Result<bool, StorageError> {
        let sql = "INSERT INTO members (name, role, account, from_groups, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (name) DO NOTHING";
        let account = member.account.as_ref().map(UserId::to_string);
        let Member { name, role, from_groups, created_at, .. } = member;
        let values = values![name.as_str(), role.as_str(), account.as_deref(), *from_groups, *created_at];
        Ok(self.change(sql, values)? == 1)
    }

    /// Updates a member's role, its account, and whether it follows its groups.
    pub fn update_member(&self, member: &Member) -> Result<(), StorageError> {
        let sql = "UPDATE members SET role = ?2, account = ?3, from_groups = ?4 WHERE name = ?1";
        let account = member.account.as_ref().map(UserId::to_string);
        let values = values![member.name.as_str(), member.role.as_str(), account.as_deref(), member.from_groups];
        self.change(sql, values).map(drop)
    }

    /// The member who signs in with this account.
    pub fn member_with_account(&self, account: &UserId) -> Result<Option<Member>, StorageError> {
        self.find(&format!("{MEMBER} WHERE account = ?1"), values![&account.to_string()], read)
    }

    /// Deletes the personal access tokens and initial access tokens of the member who has this account. Returns their number.
    pub fn delete_credentials_of_account(&self, account: &UserId) -> Result<usize, StorageError> {
        let (account, mut deleted) = (account.to_string(), 0);
        for (table, column) in [("personal_access_tokens", "member"), ("registration_tokens", "owner")] {
            let sql = format!("DELETE FROM {table} WHERE {column} IN (SELECT name FROM members WHERE account = ?1)");
            deleted += self.change(&sql, values![&account])?;
        }
        Ok(deleted)
    }

    /// Takes the account from the member who has it, and deletes the user's request, because the user is removed: a later user with the same
    /// name is another person.
    pub fn forget_account(&self, account: &UserId) -> Result<(), StorageError> {
        self.change("UPDATE members SET account = NULL WHERE account = ?1", values![&account.to_string()])?;
        self.delete_member_request(account).map(drop)
    }

    /// Gives the account of the member who has it another name, because the user has another name. Requests of users with either name end,
    /// because they may be of another person.
    pub fn rename_account(&self, from: &UserId, to: &UserId) -> Result<(), StorageError> {
        self.delete_member_request(from)?;
        self.delete_member_request(to)?;
        let sql = "UPDATE members SET account = ?2 WHERE account = ?1";
        self.change(sql, values![&from.to_string(), &to.to_string()]).map(drop)
    }

    /// Deletes a member, who has no applications, with its personal access tokens and initial access tokens; `false` if there is no such
    /// member.
    pub fn delete_member(&self, name: &MemberName) -> Result<bool, StorageError> {
        self.change("DELETE FROM registration_tokens WHERE owner = ?1", values![name.as_str()])?;
        Ok(self.change("DELETE FROM members WHERE name = ?1", values![name.as_str()])? == 1)
    }

    /// All members, sorted by name.
    pub fn members(&self) -> Result<Vec<Member>, StorageError> {
        self.list(&format!("{MEMBER} ORDER BY name"), &[], read)
    }

    /// The member with this name.
    pub fn member(&self, name: &MemberName) -> Result<Option<Member>, StorageError> {
        self.find(&format!("{MEMBER} WHERE name = ?1"), values![name.as_str()], read)
    }

    /// Inserts a personal access token with the hash of its secret.
    pub fn insert_personal_access_token(&self, token: &PersonalAccessToken, hash: &HashedSecret) -> Result<(), StorageError> {
        let sql = "INSERT INTO personal_access_tokens (id, member, description, token_hash, created_at, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let PersonalAccessToken { id, member, description, created_at, expires_at } = token;
        let values = values![id.as_str(), member.as_str(), description, hash.as_bytes(), *created_at, *expires_at];
        self.change(sql, values).map(drop)
    }

    /// Deletes a personal access token.
    pub fn delete_personal_access_token(&self, id: &PersonalAccessTokenId) -> Result<(), StorageError> {
        self.change("DELETE FROM personal_access_tokens WHERE id = ?1", values![id.as_str()]).map(drop)
    }

    /// Deletes the personal access tokens that expired before `time`. Returns their number.
    pub fn delete_expired_personal_access_tokens(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM personal_access_tokens WHERE expires_at < ?1", values![time])
    }

    /// The personal access tokens of a member, oldest first.
    pub fn personal_access_tokens(&self, member: &MemberName) -> Result<Vec<PersonalAccessToken>, StorageError> {
        let sql = format!("{TOKEN} WHERE member = ?1 ORDER BY rowid");
        self.list(&sql, values![member.as_str()], read_token)
    }

    /// The personal access token with this id.
    pub fn personal_access_token(&self, id: &PersonalAccessTokenId) -> Result<Option<PersonalAccessToken>, StorageError> {
        self.find(&format!("{TOKEN} WHERE id = ?1"), values![id.as_str()], read_token)
    }

    /// When the personal access token with this hash expires; `None` if there is no such token or it never expires.
    pub fn personal_access_token_expiry(&self, hash: &HashedSecret) -> Result<Option<UnixSeconds>, StorageError> {
        let sql = "SELECT expires_at FROM personal_access_tokens WHERE token_hash = ?1";
        let expiry = self.find(sql, values![hash.as_bytes()], |row| Columns::new(row, TOKENS).optional_time("expires_at"))?;
        Ok(expiry.flatten())
    }

    /// The member whose personal access token has this hash, if the token is not expired at `now`. The hash is that of a secret
    /// that cannot be guessed, so the time of the look-up reveals nothing.
    pub fn member_with_token(&self, hash: &HashedSecret, now: UnixSeconds) -> Result<Option<Member>, StorageError> {
        let sql = "SELECT members.name, members.role, members.account, members.from_groups, members.created_at FROM personal_access_tokens
                   JOIN members ON members.name = personal_access_tokens.member
                   WHERE token_hash = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
        self.find(sql, values![hash.as_bytes(), now], read)
    }
}

fn read(row: Row<'_>) -> Result<Member, StorageError> {
    let columns = Columns::new(row, MEMBERS);
    Ok(Member {
        name: columns.parsed("name")?,
        role: columns.parsed("role")?,
        account: columns.optional_parsed("account")?,
        from_groups: columns.flag("from_groups")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_token(row: Row<'_>) -> Result<PersonalAccessToken, StorageError> {
    let columns = Columns::new(row, TOKENS);
    Ok(PersonalAccessToken {
        id: columns.parsed("id")?,
        member: columns.parsed("member")?,
        description: columns.text("description")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.optional_time("expires_at")?,
    })
}

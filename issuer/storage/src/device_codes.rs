//! The table `device_codes`.

use postern_token::{Scopes, UnixSeconds};

use super::columns::Columns;
use super::many::{Each, Kind, hashes};
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ConsumerKey, DeviceCode, DeviceCodeState, UserCode, UserId};
use postern_secrets::HashedSecret;

const TABLE: &str = "device_codes";

const COLUMNS: &str = "user_code, consumer_key, nullif(scopes, '') AS scopes, expires_at, pause, asked_at, state, user_id";

impl Transaction<'_> {
    /// Inserts a device code, with the hash of its secret, in the state `waiting`.
    pub fn insert_device_code(&self, device_code: &HashedSecret, code: &DeviceCode) -> Result<(), StorageError> {
        let sql = "INSERT INTO device_codes (code_hash, user_code, consumer_key, scopes, expires_at, pause, state)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting')";
        let values = values![
            device_code.as_bytes(),
            code.user_code.as_str(),
            code.consumer_key.as_str(),
            code.scopes.as_ref().map(Scopes::as_str).unwrap_or_default(),
            code.expires_at,
            UnixSeconds(code.pause),
        ];
        self.change(sql, values).map(drop)
    }

    /// The device code with this hash.
    pub fn device_code(&self, device_code: &HashedSecret) -> Result<Option<DeviceCode>, StorageError> {
        Ok(self.device_codes(&[device_code])?.pop().flatten())
    }

    /// The device codes with these hashes, in their order. In a transaction that writes, their rows are locked until its end.
    pub fn device_codes(&self, codes: &[&HashedSecret]) -> Result<Vec<Option<DeviceCode>>, StorageError> {
        let one = format!("SELECT {COLUMNS} FROM device_codes WHERE code_hash = ?1");
        let lock = if self.is_snapshot() { "" } else { "ORDER BY code_hash FOR UPDATE OF device_codes" };
        let all = format!("SELECT position, {COLUMNS} FROM {{rows}} AS asked JOIN device_codes ON code_hash = hash {lock}");
        self.find_each(Each { one: &one, all: &all }, &[("hash", Kind::Bytes)], &hashes(codes), read)
    }

    /// The device code with this user code.
    pub fn device_code_to_decide(&self, user_code: &UserCode) -> Result<Option<DeviceCode>, StorageError> {
        self.find(&format!("SELECT {COLUMNS} FROM device_codes WHERE user_code = ?1"), values![user_code.as_str()], read)
    }

    /// How many device codes of a client wait for a user at `now`, counted up to `limit`.
    pub fn waiting_device_codes(&self, client: &ConsumerKey, now: UnixSeconds, limit: u32) -> Result<u64, StorageError> {
        let sql = "SELECT count(*) AS waiting FROM (
                       SELECT 1 FROM device_codes WHERE consumer_key = ?1 AND state = 'waiting' AND expires_at > ?2 LIMIT ?3
                   ) AS found";
        let waiting = self.find(sql, values![client.as_str(), now, limit], |row| Columns::new(row, TABLE).count("waiting"))?;
        Ok(waiting.unwrap_or_default())
    }

    /// Updates when a device last asked, and the seconds that it must wait between two requests.
    pub fn touch_device_code(&self, device_code: &HashedSecret, now: UnixSeconds, pause: u64) -> Result<(), StorageError> {
        let sql = "UPDATE device_codes SET asked_at = ?2, pause = ?3 WHERE code_hash = ?1";
        self.change(sql, values![device_code.as_bytes(), now, UnixSeconds(pause)]).map(drop)
    }

    /// Stores the user's decision about a device, with the scopes; `false` if the device code is not waiting.
    pub fn decide_device_code(
        &self,
        user_code: &UserCode,
        state: &DeviceCodeState,
        scopes: Option<&Scopes<'_>>,
    ) -> Result<bool, StorageError> {
        let (word, user) = match state {
            DeviceCodeState::Waiting => return Ok(false),
            DeviceCodeState::Allowed(user) => ("allowed", user),
            DeviceCodeState::Denied(user) => ("denied", user),
            DeviceCodeState::Spent(user) => ("spent", user),
        };
        let sql = "UPDATE device_codes SET state = ?2, user_id = ?3, scopes = ?4 WHERE user_code = ?1 AND state = 'waiting'";
        let scopes = scopes.map(Scopes::as_str).unwrap_or_default();
        Ok(self.change(sql, values![user_code.as_str(), word, &user.to_string(), scopes])? == 1)
    }

    /// Denies the devices that a user has allowed and that have no tokens yet: of one client, or of all if `client` is `None`.
    pub fn deny_allowed_devices(&self, user: &UserId, client: Option<&ConsumerKey>) -> Result<(), StorageError> {
        let sql = "UPDATE device_codes SET state = 'denied'
                   WHERE user_id = ?1 AND state = 'allowed' AND consumer_key = coalesce(?2, consumer_key)";
        self.change(sql, values![&user.to_string(), client.map(ConsumerKey::as_str)]).map(drop)
    }

    /// Marks device codes as spent.
    pub fn spend_device_codes(&self, codes: &[&HashedSecret]) -> Result<(), StorageError> {
        let sql = Each {
            one: "UPDATE device_codes SET state = 'spent' WHERE code_hash = ?1",
            all: "UPDATE device_codes SET state = 'spent' FROM {rows} AS used WHERE code_hash = hash",
        };
        self.change_each(sql, &[("hash", Kind::Bytes)], &hashes(codes)).map(drop)
    }

    /// Deletes all device codes.
    pub fn delete_device_codes(&self) -> Result<(), StorageError> {
        self.change("DELETE FROM device_codes", &[]).map(drop)
    }

    /// Deletes the device codes that expired before `time`. Returns their number.
    pub fn delete_expired_device_codes(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM device_codes WHERE expires_at < ?1", values![time])
    }
}

fn read(row: Row<'_>) -> Result<DeviceCode, StorageError> {
    let columns = Columns::new(row, TABLE);
    let word = columns.text("state")?;
    let user = |make: fn(UserId) -> DeviceCodeState| Ok::<_, StorageError>(make(columns.parsed("user_id")?));
    Ok(DeviceCode {
        user_code: columns.parsed("user_code")?,
        consumer_key: columns.parsed("consumer_key")?,
        scopes: columns.scopes()?,
        expires_at: columns.time("expires_at")?,
        pause: columns.count("pause")?,
        asked_at: columns.optional_time("asked_at")?,
        state: match word.as_str() {
            "waiting" => DeviceCodeState::Waiting,
            "allowed" => user(DeviceCodeState::Allowed)?,
            "denied" => user(DeviceCodeState::Denied)?,
            "spent" => user(DeviceCodeState::Spent)?,
            _ => return Err(columns.corrupt("state")),
        },
    })
}

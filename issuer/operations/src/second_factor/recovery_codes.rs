//! Recovery codes: each signs the user in once, without the authenticator app.

use crate::Act;
use crate::Error;
use postern_model::UserId;
use postern_secrets::{HashedSecret, PlainSecret, random_name};
use postern_storage::UserTables;

/// How many a user gets.
const COUNT: usize = 10;

/// The characters of one, of five bits each: 100 bits.
const LEN: usize = 20;

/// The characters between two hyphens.
const GROUP: usize = 5;

/// New recovery codes, for the user to keep.
#[derive(Debug)]
pub struct RecoveryCodes(Vec<PlainSecret>);

impl RecoveryCodes {
    /// Generates codes, and stores their hashes in place of the earlier ones.
    pub(super) fn replace(act: &Act<'_>, tables: &UserTables<'_, '_>, id: &UserId) -> Result<Self, Error> {
        let codes: Vec<String> = (0..COUNT).map(|_| random_name(act.entropy, LEN)).collect::<Result<_, _>>()?;
        let hashes: Vec<HashedSecret> = codes.iter().map(|code| hash(id, code)).collect();
        tables.replace_recovery_codes(&id.name, &hashes)?;
        Ok(Self(codes.iter().map(|code| grouped(code)).collect()))
    }

    /// The codes, in groups of five characters.
    pub fn codes(&self) -> &[PlainSecret] {
        &self.0
    }
}

/// The hash of an entered recovery code; `None` if the text cannot be one. Hyphens, spaces and case do not matter, nor do letters that look
/// like digits.
pub(super) fn entered(id: &UserId, text: &str) -> Option<HashedSecret> {
    let plain: String = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .map(|character| match character.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    (plain.len() == LEN).then(|| hash(id, &plain))
}

fn hash(id: &UserId, code: &str) -> HashedSecret {
    // With the user's id, so that equal codes of two users would have two hashes.
    HashedSecret::of(&PlainSecret::presented(format!("{id} {code}")))
}

fn grouped(code: &str) -> PlainSecret {
    let mut text = String::with_capacity(LEN + LEN / GROUP);
    for (at, character) in code.chars().enumerate() {
        if at > 0 && at % GROUP == 0 {
            text.push('-');
        }
        text.push(character);
    }
    PlainSecret::presented(text)
}

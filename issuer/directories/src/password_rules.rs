//! The rules for new passwords. Existing passwords are not checked.

use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

use icu_normalizer::ComposingNormalizerBorrowed;
use postern_model::{UserName, UserStoreName};
use postern_secrets::PlainSecret;
use zeroize::Zeroizing;

/// The minimum length of a password in characters.
///
/// NIST SP 800-63B required 8 until its fourth revision, which requires 15 if a password is the only factor. The limit stays at 8: online
/// guessing is throttled, offline guessing is slowed down by Argon2id, and a longer minimum makes people choose predictable passwords.
/// Common passwords are refused in any case.
pub const MIN_CHARACTERS: usize = 8;

/// The maximum length of a password in characters, which is enough for any passphrase.
pub const MAX_CHARACTERS: usize = 256;

/// A password that consists of a name and fewer other characters than this is refused.
const MIN_BESIDES_NAME: usize = 4;

/// Common passwords of at least [`MIN_CHARACTERS`], in lower case, sorted by bytes. `common_passwords.NOTICE` names the source.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("password_rules/common_passwords.txt").lines().collect());

/// A rule that a new password breaks. The message continues a sentence that begins with "the password", and never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordProblem {
    /// The password is too short.
    #[error("must have at least {MIN_CHARACTERS} characters")]
    Short,
    /// The password is too long.
    #[error("must have at most {MAX_CHARACTERS} characters")]
    Long,
    /// The password is on the list of common passwords.
    #[error("is a common password, which attackers try first: choose another one, such as several unrelated words")]
    Common,
    /// The password is little more than the name of the user, of the store or of the product.
    #[error("is little more than the user name or another known name: choose one without that name")]
    Name,
    /// The password is a single repeated character.
    #[error("repeats a single character: choose one with different characters")]
    Repeated,
}

/// All rules that a new password breaks; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordProblems(Vec<PasswordProblem>);

impl PasswordProblems {
    /// The broken rules, without duplicates.
    pub fn problems(&self) -> &[PasswordProblem] {
        &self.0
    }
}

impl fmt::Display for PasswordProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            write!(formatter, "{} {problem}", if index == 0 { "the password" } else { "; it" })?;
        }
        Ok(())
    }
}

impl std::error::Error for PasswordProblems {}

/// Checks a new password of the user `name@store` against all rules.
///
/// Every character is allowed, including spaces and emojis. No mix of character types is required, as NIST SP 800-63B advises.
pub fn check(password: &PlainSecret, name: &UserName, store: &UserStoreName) -> Result<(), PasswordProblems> {
    let mut problems = Vec::new();
    let entered_length = password.expose().chars().take(MAX_CHARACTERS + 1).count();
    if entered_length > MAX_CHARACTERS {
        return Err(PasswordProblems(vec![PasswordProblem::Long]));
    }
    let normalised = normalised(password);
    // Normalisation turns some characters into several, and some sequences into one character. The smaller length must reach
    // the minimum.
    if entered_length.min(normalised.chars().count()) < MIN_CHARACTERS {
        problems.push(PasswordProblem::Short);
    }
    let plain = Zeroizing::new(normalised.to_lowercase());
    if COMMON.binary_search(&plain.trim()).is_ok() {
        problems.push(PasswordProblem::Common);
    }
    if known_names(name, store).any(|name| is_little_more_than(&plain, &name)) {
        problems.push(PasswordProblem::Name);
    }
    let mut characters = plain.chars();
    let first = characters.next();
    if first.is_some() && characters.all(|character| Some(character) == first) {
        problems.push(PasswordProblem::Repeated);
    }
    if problems.is_empty() { Ok(()) } else { Err(PasswordProblems(problems)) }
}

/// The names that an attacker knows, in lower case.
fn known_names(name: &UserName, store: &UserStoreName) -> impl Iterator<Item = String> {
    let local = name.as_str().split('@').next().unwrap_or_default().to_owned();
    [format!("{name}@{store}"), name.to_string(), local, store.to_string(), "postern".to_owned()].into_iter()
}

/// Whether `password` without all occurrences of `name` has fewer than [`MIN_BESIDES_NAME`] characters. A name of fewer than
/// 3 bytes must be the whole password, because good passwords hold such short names by chance.
fn is_little_more_than(password: &str, name: &str) -> bool {
    if password == name {
        return true;
    }
    let rest = Zeroizing::new(password.replace(name, ""));
    name.len() >= 3 && rest.len() < password.len() && rest.chars().count() < MIN_BESIDES_NAME
}

/// The password in the form that is hashed: normalised to NFKC.
pub(super) fn normalised(password: &PlainSecret) -> Zeroizing<String> {
    Zeroizing::new(ComposingNormalizerBorrowed::new_nfkc().normalize(password.expose()).into_owned())
}

#[cfg(test)]
mod tests;

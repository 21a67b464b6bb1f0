//! What a new password must be. One that is there already is not held to it.

use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

use icu_normalizer::ComposingNormalizerBorrowed;
use postern_model::{UserName, UserStoreName};
use postern_secrets::PlainSecret;
use zeroize::Zeroizing;

/// The least number of characters. NIST SP 800-63B asked for 8 until its fourth revision, which asks for 15 where a password is
/// the only factor. We keep 8: guessing online is throttled, guessing offline meets Argon2id, and what people choose at the end
/// of a longer minimum is easier to guess than it is long. The common ones are refused either way.
pub const MIN_CHARACTERS: usize = 8;

/// The greatest number of characters: any passphrase fits, and nothing that is no password.
pub const MAX_CHARACTERS: usize = 256;

/// A password that is a name and fewer other characters than these is that name.
const BESIDES_A_NAME: usize = 4;

/// Passwords that many people have, of at least [`MIN_CHARACTERS`], in lower case and in order of their bytes.
/// `common_passwords.NOTICE` says whence.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("password_rules/common_passwords.txt").lines().collect());

/// One thing that is wrong with a new password. What it says goes on from "the password", and never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordProblem {
    /// It is too short.
    #[error("must have at least {MIN_CHARACTERS} characters")]
    Short,
    /// It is too long.
    #[error("must have at most {MAX_CHARACTERS} characters")]
    Long,
    /// It is one of the first that anybody would try.
    #[error(
        "is one of those that many people have, and that are tried first: choose another, such as some words that do not belong together"
    )]
    Common,
    /// It says whose it is.
    #[error("is little more than the name that it belongs to: choose one that has nothing to do with it")]
    Name,
    /// There is nothing in it to guess.
    #[error("is one character many times over: choose one of different characters")]
    Repeated,
}

/// Everything that is wrong with a new password; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordProblems(Vec<PasswordProblem>);

impl PasswordProblems {
    /// Each of them once.
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

/// Says everything that keeps `password` from being a new one of the user `name` of `store`. Any character may stand in it, a
/// space or an emoji as well; which kinds there are is not asked for, as NIST SP 800-63B advises.
pub fn check(password: &PlainSecret, name: &UserName, store: &UserStoreName) -> Result<(), PasswordProblems> {
    let mut problems = Vec::new();
    let typed = password.expose().chars().take(MAX_CHARACTERS + 1).count();
    if typed > MAX_CHARACTERS {
        return Err(PasswordProblems(vec![PasswordProblem::Long]));
    }
    let normalised = normalised(password);
    // Some characters become many when they are normalised, and some become one; neither makes a password longer than it is.
    if typed.min(normalised.chars().count()) < MIN_CHARACTERS {
        problems.push(PasswordProblem::Short);
    }
    let plain = Zeroizing::new(normalised.to_lowercase());
    if COMMON.binary_search(&plain.trim()).is_ok() {
        problems.push(PasswordProblem::Common);
    }
    if names(name, store).any(|name| is_little_more_than(&plain, &name)) {
        problems.push(PasswordProblem::Name);
    }
    let mut characters = plain.chars();
    let first = characters.next();
    if first.is_some() && characters.all(|character| Some(character) == first) {
        problems.push(PasswordProblem::Repeated);
    }
    if problems.is_empty() { Ok(()) } else { Err(PasswordProblems(problems)) }
}

/// What a stranger knows of the user; all in lower case.
fn names(name: &UserName, store: &UserStoreName) -> impl Iterator<Item = String> {
    let local = name.as_str().split('@').next().unwrap_or_default().to_owned();
    [format!("{name}@{store}"), name.to_string(), local, store.to_string(), "postern".to_owned()].into_iter()
}

/// Whether little is left of `password` without `name`, however often that stands in it. Shorter names stand in many a good
/// password by chance.
fn is_little_more_than(password: &str, name: &str) -> bool {
    if password == name {
        return true;
    }
    let rest = Zeroizing::new(password.replace(name, ""));
    name.len() >= 3 && rest.len() < password.len() && rest.chars().count() < BESIDES_A_NAME
}

/// The password as it is hashed.
pub(super) fn normalised(password: &PlainSecret) -> Zeroizing<String> {
    Zeroizing::new(ComposingNormalizerBorrowed::new_nfkc().normalize(password.expose()).into_owned())
}

#[cfg(test)]
mod tests;

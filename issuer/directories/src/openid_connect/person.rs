//! The person whom a provider has signed in.

use postern_model::{UserName, UserRole};
use serde_json::{Map, Value};
use thiserror::Error;

use super::settings::{EMAIL_CLAIM, OpenIdSettings};

/// The most groups of a person, and the longest name of one in bytes. Others are ignored.
const MAX_GROUPS: usize = 1000;
const MAX_GROUP_LEN: usize = 256;

/// A person whom a provider has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The claim `sub`: the provider's identifier of the person, which never changes and is given to no other person.
    pub subject: String,
    /// The user name.
    pub name: UserName,
    /// The names of the person's groups, as the provider writes them.
    pub groups: Vec<String>,
}

/// Why the claims do not make a user.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PersonError {
    /// There is no user name.
    #[error("the provider names no `{0}`: request the scope that has it (`scopes`), or choose another claim (`user_name_claim`)")]
    NoName(String),
    /// The name is not a user name.
    #[error(
        "the value of the claim `{0}` is not a user name (1 to 64 ASCII letters, digits, `.`, `_`, `+`, `-` and `@`): choose another claim (`user_name_claim`)"
    )]
    InvalidName(String),
    /// The email address has not been verified, so that it may be another person's.
    #[error("the provider has not verified the email address of the person (`email_verified`)")]
    UnverifiedEmail,
}

impl Person {
    /// The roles of the person: the groups whose names can be roles, sorted.
    pub fn roles(&self) -> Vec<UserRole> {
        let mut roles: Vec<UserRole> = self.groups.iter().filter_map(|group| group.parse().ok()).collect();
        roles.sort();
        roles.dedup();
        roles
    }
}

/// What the provider says about a person: the claims of the ID token, and those of the user information that the ID token lacks.
#[derive(Debug)]
pub(super) struct PersonClaims {
    pub(super) id_token: Map<String, Value>,
    pub(super) user_info: Map<String, Value>,
}

impl PersonClaims {
    /// Whether the claims that the settings name are there.
    pub(super) fn are_complete(&self, settings: &OpenIdSettings) -> bool {
        let name = &settings.user_name_claim;
        let is_email_known = name != EMAIL_CLAIM || self.claim("email_verified").is_some();
        is_email_known && self.claim(name).is_some() && self.claim(&settings.groups_claim).is_some()
    }

    /// The person with that `sub`.
    pub(super) fn person(&self, subject: String, settings: &OpenIdSettings) -> Result<Person, PersonError> {
        let claim = &settings.user_name_claim;
        let name = self.claim(claim).and_then(Value::as_str).ok_or_else(|| PersonError::NoName(claim.clone()))?;
        // Some providers write booleans as text.
        let verified = self.claim("email_verified").is_some_and(|value| *value == Value::Bool(true) || *value == "true");
        if claim == EMAIL_CLAIM && !verified {
            return Err(PersonError::UnverifiedEmail);
        }
        let name = name.parse().map_err(|_| PersonError::InvalidName(claim.clone()))?;
        let groups = match self.claim(&settings.groups_claim) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let fits = |group: &&str| !group.is_empty() && group.len() <= MAX_GROUP_LEN;
        let groups = groups.into_iter().filter(fits).take(MAX_GROUPS).map(str::to_owned).collect();
        Ok(Person { subject, name, groups })
    }

    fn claim(&self, name: &str) -> Option<&Value> {
        lookup(&self.id_token, name).or_else(|| lookup(&self.user_info, name))
    }
}

/// A claim by its name; or, for a name such as `realm_access.roles`, a member of a claim.
fn lookup<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let mut segments = name.split('.');
        let first = claims.get(segments.next()?)?;
        segments.try_fold(first, |value, segment| value.get(segment))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openid_connect::tests::settings;

    fn person(id_token: Value, user_info: Value, settings: &OpenIdSettings) -> Result<Person, PersonError> {
        let map = |value| match value {
            Value::Object(map) => map,
            _ => panic!("an object"),
        };
        PersonClaims { id_token: map(id_token), user_info: map(user_info) }.person("s".to_owned(), settings)
    }

    #[test]
    fn the_name_and_the_groups_come_from_the_claims_that_the_settings_name() {
        let standard = settings("http://127.0.0.1:1");
        let found = person(json!({ "preferred_username": "Alice" }), json!({ "groups": ["a b", "editors", 1, ""] }), &standard);
        let found = found.unwrap();
        assert_eq!(
            (found.name.as_str(), found.groups.as_slice()),
            ("alice", ["a b".to_owned(), "editors".to_owned()].as_slice())
        );
        assert_eq!(found.roles().iter().map(UserRole::as_str).collect::<Vec<_>>(), ["editors"]);
        let nested = OpenIdSettings { groups_claim: "realm_access.roles".to_owned(), ..standard.clone() };
        let found = person(json!({ "preferred_username": "a", "realm_access": { "roles": ["x"] } }), json!({}), &nested);
        assert_eq!(found.unwrap().groups, ["x"]);
        // The ID token is signed, so its claims come first.
        let found = person(json!({ "preferred_username": "a" }), json!({ "preferred_username": "b" }), &standard);
        assert_eq!(found.unwrap().name.as_str(), "a");
    }

    #[test]
    fn claims_without_a_usable_name_are_refused() {
        let standard = settings("http://127.0.0.1:1");
        let name = |value: Value| person(json!({ "preferred_username": value }), json!({}), &standard);
        assert_eq!(name(Value::Null), Err(PersonError::NoName("preferred_username".to_owned())));
        assert_eq!(name("Zoë".into()), Err(PersonError::InvalidName("preferred_username".to_owned())));
        assert_eq!(name("a@".into()), Err(PersonError::InvalidName("preferred_username".to_owned())));
    }

    #[test]
    fn an_email_address_is_a_name_only_if_the_provider_has_verified_it() {
        let by_email = OpenIdSettings { user_name_claim: EMAIL_CLAIM.to_owned(), ..settings("http://127.0.0.1:1") };
        let of = |verified: Value| person(json!({ "email": "a@corp.example", "email_verified": verified }), json!({}), &by_email);
        assert!(of(true.into()).is_ok() && of("true".into()).is_ok());
        for not in [Value::Null, false.into(), "false".into(), 1.into()] {
            assert_eq!(of(not.clone()), Err(PersonError::UnverifiedEmail), "{not}");
        }
    }
}

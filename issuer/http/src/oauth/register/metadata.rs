//! What somebody says that a client is to be (RFC 7591 section 2).

use std::fmt;
use std::str::FromStr;

use postern_token::bundle::{At, Problems};
use postern_token::{Node, Scopes};
use serde::Serialize;
use serde_json::{Map, Value};

use postern_model::{ApplicationName, GrantType, RedirectUri};
use postern_operations::ClientRegistration;

/// The name of a client that gives none.
const UNNAMED: &str = "Registered client";

/// How long a list may be.
const MAX_ITEMS: usize = 100;

/// What a client is to be. What was said that has no meaning here is left out, as section 2 has it.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) registration: ClientRegistration,
    pub(super) authentication: Authentication,
}

/// How a client means to say who it is. Whichever way it names, both ways are open to one that has a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Authentication {
    ClientSecretBasic,
    ClientSecretPost,
    None,
}

impl FromStr for Authentication {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "client_secret_basic" => Ok(Self::ClientSecretBasic),
            "client_secret_post" => Ok(Self::ClientSecretPost),
            "none" => Ok(Self::None),
            _ => Err("is `client_secret_basic`, `client_secret_post` or `none`"),
        }
    }
}

/// A word that has one meaning.
#[derive(PartialEq)]
struct Code;

impl FromStr for Code {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text == "code" { Ok(Self) } else { Err("`code` is the only response type that there is") }
    }
}

/// Scopes, separated by spaces.
struct ScopeText(Scopes<'static>);

impl FromStr for ScopeText {
    type Err = postern_token::ScopeError;

    fn from_str(text: &str) -> Result<Self, postern_token::ScopeError> {
        Scopes::parse(text.to_owned()).map(Self)
    }
}

impl Metadata {
    /// Reads the metadata; otherwise all that is wrong with it, and no value of it.
    pub(super) fn read(json: &[u8]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let Some(object) = object(json, &mut problems) else { return Err(problems) };
        let metadata = Self::of(&Fields(&object), &mut problems);
        problems.or(metadata)
    }

    fn of(fields: &Fields<'_>, problems: &mut Problems) -> Option<Self> {
        let name: Option<ApplicationName> = match fields.text("client_name", problems) {
            Some(name) => Some(name),
            None => UNNAMED.parse().ok(),
        };
        let authentication = fields.text("token_endpoint_auth_method", problems).unwrap_or(Authentication::ClientSecretBasic);
        let grant_types = fields.list("grant_types", vec![GrantType::AuthorizationCode], problems);
        let redirect_uris = fields.list::<RedirectUri>("redirect_uris", Vec::new(), problems);
        // Those that are registered follow from the grant types (section 2.1).
        fields.list::<Code>("response_types", Vec::new(), problems);
        // No scope at all may be said with an empty text as well.
        let scopes = match fields.get("scope") {
            Some(Value::String(text)) if text.is_empty() => None,
            _ => fields.text::<ScopeText>("scope", problems).map(|ScopeText(scopes)| scopes),
        };
        let public = authentication == Authentication::None;
        let (grant_types, redirect_uris) = (grant_types?, redirect_uris?);
        if grant_types.is_empty() {
            problems.push(At::Root.field("grant_types"), "is empty: the client could ask for nothing");
        }
        if public && grant_types.contains(&GrantType::ClientCredentials) {
            let message = "holds `client_credentials`, which a client that keeps no secret cannot use (RFC 6749 section 4.4)";
            problems.push(At::Root.field("grant_types"), message);
        }
        if redirect_uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
            problems.push(At::Root.field("redirect_uris"), "is missing: users are sent back there with `authorization_code`");
        }
        let registration = ClientRegistration { name: name?, grant_types, redirect_uris, scopes, public };
        Some(Self { registration, authentication })
    }

    /// The response types that go with the grant types (section 2.1).
    pub(super) fn response_types(&self) -> Vec<&'static str> {
        if self.registration.grant_types.contains(&GrantType::AuthorizationCode) { vec!["code"] } else { Vec::new() }
    }
}

/// The members of the object. One that is null counts as left out.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text in a form of its own; `None` also when it is wrong.
    fn text<T: FromStr<Err: fmt::Display>>(&self, name: &str, problems: &mut Problems) -> Option<T> {
        parse(self.get(name)?, At::Root.field(name), problems)
    }

    /// Texts in a form of their own, each kept once, or `default` where there are none; `None` when one is wrong.
    fn list<T>(&self, name: &str, default: Vec<T>, problems: &mut Problems) -> Option<Vec<T>>
    where
        T: FromStr<Err: fmt::Display> + PartialEq,
    {
        let Some(value) = self.get(name) else { return Some(default) };
        let at = At::Root.field(name);
        let Some(items) = value.as_array().filter(|items| items.len() <= MAX_ITEMS) else {
            problems.push(at, format!("must be a list of at most {MAX_ITEMS} strings"));
            return None;
        };
        // Each is looked at, whatever is wrong with the ones before it.
        let items: Vec<_> = items.iter().enumerate().map(|(index, item)| parse(item, at.item(index), problems)).collect();
        let mut kept = Vec::new();
        for item in items {
            let item: T = item?;
            if !kept.contains(&item) {
                kept.push(item);
            }
        }
        Some(kept)
    }
}

fn parse<T: FromStr<Err: fmt::Display>>(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<T> {
    let Some(text) = value.as_str() else {
        problems.push(at, "must be a string");
        return None;
    };
    problems.take(at, text.parse())
}

/// The object that the body is. Our own reader refuses what `serde_json` lets pass: names that come twice.
fn object(json: &[u8], problems: &mut Problems) -> Option<Map<String, Value>> {
    problems.take(At::Root, Node::parse(json).map_err(|error| format!("is not JSON: {error}")))?;
    let Ok(Value::Object(object)) = serde_json::from_slice(json) else {
        problems.push(At::Root, "must be an object");
        return None;
    };
    Some(object)
}

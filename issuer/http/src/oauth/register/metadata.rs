//! Client metadata: the properties with which a client registers (RFC 7591 section 2).

use std::fmt;
use std::str::FromStr;

use postern_token::document::{At, Fields, Problems};
use postern_token::{Node, Scopes};
use serde::Serialize;

use postern_model::{ApplicationName, GrantType, RedirectUri};
use postern_operations::ClientRegistration;

/// The name of a client that gives none.
const UNNAMED: &str = "Registered client";

/// How many items a list has at most.
const MAX_ITEMS: usize = 100;

/// The metadata of a client to register. Unknown fields are ignored (section 2).
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) registration: ClientRegistration,
    pub(super) authentication: Authentication,
}

/// How a client authenticates at the token endpoint. A client with a secret may use either way, whichever it names here.
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

/// A response type; `code` is the only one.
#[derive(PartialEq)]
struct Code;

impl FromStr for Code {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text == "code" { Ok(Self) } else { Err("must be `code`, the only response type") }
    }
}

/// Scopes, separated by spaces; an empty string means none.
struct ScopeText(Option<Scopes<'static>>);

impl FromStr for ScopeText {
    type Err = postern_token::ScopeError;

    fn from_str(text: &str) -> Result<Self, postern_token::ScopeError> {
        if text.is_empty() { Ok(Self(None)) } else { Scopes::parse(text.to_owned()).map(|scopes| Self(Some(scopes))) }
    }
}

impl Metadata {
    /// Reads the metadata, or reports every problem at once without quoting a value.
    pub(super) fn read(json: &[u8]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let node = problems.take(At::Root, Node::parse(json).map_err(|error| format!("is not JSON: {error}")));
        let metadata = node.and_then(|mut node| {
            if let Node::Object(members) = &mut node {
                // A field that is `null` is treated as absent.
                members.retain(|(_, value)| *value != Node::Null);
            }
            // Unknown fields are ignored, as section 2 has it.
            let mut fields = Fields::of(&node, At::Root, &mut problems)?;
            Self::of(&mut fields, &mut problems)
        });
        problems.or(metadata)
    }

    fn of(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let name: Option<ApplicationName> = match fields.optional_parsed("client_name", problems) {
            Some(name) => Some(name),
            None => UNNAMED.parse().ok(),
        };
        let authentication: Option<Authentication> = fields.optional_parsed("token_endpoint_auth_method", problems);
        let authentication = authentication.unwrap_or(Authentication::ClientSecretBasic);
        let grant_types = list(fields, "grant_types", vec![GrantType::AuthorizationCode], problems);
        let redirect_uris = list::<RedirectUri>(fields, "redirect_uris", Vec::new(), problems);
        // Those that are registered follow from the grant types (section 2.1).
        list::<Code>(fields, "response_types", Vec::new(), problems);
        let scopes = fields.optional_parsed("scope", problems).and_then(|ScopeText(scopes)| scopes);
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

/// A list of strings, each parsed and kept once, or `default` where there is none; `None` when one is wrong.
fn list<T>(fields: &mut Fields<'_, '_>, name: &'static str, default: Vec<T>, problems: &mut Problems) -> Option<Vec<T>>
where
    T: FromStr<Err: fmt::Display> + PartialEq,
{
    if !fields.has(name) {
        return Some(default);
    }
    let items: Vec<T> = fields.optional_parsed_list(name, problems)?;
    if items.len() > MAX_ITEMS {
        fields.problem(name, format!("must be a list of at most {MAX_ITEMS} strings"), problems);
    }
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    Some(kept)
}

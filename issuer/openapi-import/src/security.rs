//! Security requirements: what a caller must bring, as the document says it.

use std::collections::{BTreeSet, HashMap};

use postern_token::bundle::At;
use postern_token::{Node, Scopes};

use super::references::References;
use super::report::Report;
use super::tree::{Members, list, member, object, shown, text, texts};

/// The most scopes at one place; more would not fit into a token.
const MAX_SCOPES: usize = 500;

const MAX_ALTERNATIVES: usize = 50;
const MAX_SCHEMES: usize = 20;

/// A security scheme of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// OAuth 2, `OpenID` Connect, HTTP Bearer: a token of ours does it.
    Token,
    /// An API key, HTTP Basic, mutual TLS and so on: nothing that a token could be.
    Other,
    /// It could not be read, which was said already.
    Broken,
}

/// The security schemes by their names.
#[derive(Debug, Default)]
pub(super) struct Schemes<'n>(HashMap<&'n str, Scheme>);

/// What `security` at one place asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing: `[]`, or `[{}]`.
    Nothing,
    /// A token.
    Token {
        /// Its scopes, sorted; `None` where the alternatives differ in them.
        scopes: Option<Vec<String>>,
        /// Why that is not all.
        doubt: Option<Doubt>,
    },
    /// It could not be read, which was said already.
    Broken,
}

/// What keeps a requirement from being one for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Who has no token may come as well.
    Optional,
    /// Something else than a token is asked for.
    OtherScheme,
}

impl Doubt {
    /// What is said of it.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Optional => {
                "lets callers in without a token as well as with one, and a resource does the one or the other; say which with \
                 `x-postern-auth`"
            }
            Self::OtherScheme => {
                "asks for something that is no token (an API key, HTTP Basic, mutual TLS); say with `x-postern-auth` which token \
                 takes its place, or import with the choice that a token always does"
            }
        }
    }
}

impl<'n> Schemes<'n> {
    /// Reads `components.securitySchemes`. With `replace`, a token takes the place of what is none.
    pub(super) fn read(root: Members<'n>, references: &mut References<'n>, replace: bool, report: &mut Report) -> Self {
        let at = At::Root.field("components");
        let components = member(root, "components").and_then(|node| object(node, at, report));
        let at = at.field("securitySchemes");
        let schemes = components.and_then(|members| member(members, "securitySchemes"));
        let schemes = schemes.and_then(|node| object(node, at, report)).unwrap_or_default();
        let mut read = Self::default();
        for (name, node) in schemes {
            let scheme = match Scheme::read(node, at.field(&shown(name)), references, report) {
                Some(Scheme::Other) if replace => Scheme::Token,
                Some(scheme) => scheme,
                None => Scheme::Broken,
            };
            read.0.insert(name, scheme);
        }
        read
    }
}

impl Scheme {
    fn read<'n>(node: &'n Node<'n>, at: At<'_>, references: &mut References<'n>, report: &mut Report) -> Option<Self> {
        let members = references.follow(node, at, report)?;
        let at_type = at.field("type");
        let Some(node) = member(members, "type") else {
            report.push(at_type, "is missing");
            return None;
        };
        match text(node, at_type, report)? {
            "oauth2" | "openIdConnect" => Some(Self::Token),
            "http" => {
                let scheme = member(members, "scheme");
                let scheme = scheme.and_then(|node| text(node, at.field("scheme"), report));
                Some(if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")) { Self::Token } else { Self::Other })
            }
            "apiKey" | "mutualTLS" => Some(Self::Other),
            _ => {
                report.push(at_type, "must be one of `apiKey`, `http`, `mutualTLS`, `oauth2`, `openIdConnect`");
                None
            }
        }
    }
}

/// One way to be let in.
struct Alternative<'n> {
    scopes: BTreeSet<&'n str>,
    /// Whether a token is all of it.
    token_alone: bool,
    /// Whether it asks for nothing.
    is_anonymous: bool,
}

impl Asked {
    /// Reads `security`, whose items are alternatives.
    ///
    /// Where a token alone is one of them, those that a token cannot do are left out: fewer ways in, never more.
    pub(super) fn read(node: &Node<'_>, at: At<'_>, schemes: &Schemes<'_>, report: &mut Report) -> Self {
        let Some(items) = list(node, MAX_ALTERNATIVES, at, report) else { return Self::Broken };
        let mut alternatives = Vec::new();
        let mut anonymous = items.is_empty();
        for (index, item) in items.iter().enumerate() {
            match alternative(item, at.item(index), schemes, report) {
                Some(alternative) if alternative.is_anonymous => anonymous = true,
                Some(alternative) => alternatives.push(alternative),
                None => return Self::Broken,
            }
        }
        if alternatives.is_empty() {
            return Self::Nothing;
        }
        let other_scheme = !alternatives.iter().any(|alternative| alternative.token_alone);
        let counting = || alternatives.iter().filter(|alternative| other_scheme || alternative.token_alone);
        let first = counting().next().map(|alternative| &alternative.scopes);
        let same = counting().all(|alternative| Some(&alternative.scopes) == first);
        let scopes = first.filter(|_| same).map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let doubt = if other_scheme { Some(Doubt::OtherScheme) } else { anonymous.then_some(Doubt::Optional) };
        Self::Token { scopes, doubt }
    }
}

/// One item of `security`, whose schemes are asked for together.
fn alternative<'n>(node: &'n Node<'n>, at: At<'_>, schemes: &Schemes<'_>, report: &mut Report) -> Option<Alternative<'n>> {
    let members = object(node, at, report)?;
    if members.len() > MAX_SCHEMES {
        report.push(at, format!("has more than {MAX_SCHEMES} members"));
        return None;
    }
    let mut alternative = Alternative { scopes: BTreeSet::new(), token_alone: true, is_anonymous: members.is_empty() };
    for (name, node) in members {
        let name_shown = shown(name);
        let at = at.field(&name_shown);
        match schemes.0.get(&**name) {
            Some(Scheme::Token) => {}
            Some(Scheme::Other) => alternative.token_alone = false,
            Some(Scheme::Broken) => return None,
            None => {
                report.push(at, "is not among `components.securitySchemes`");
                return None;
            }
        }
        // For what is not OAuth these are roles (`OpenAPI` 3.1); asked for as scopes they are not passed over.
        alternative.scopes.extend(scopes(node, at, report)?);
    }
    Some(alternative)
}

/// A list of scopes. With a space in it one would become two on the way into a token.
pub(super) fn scopes<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<Vec<&'n str>> {
    let names = texts(node, MAX_SCOPES, at, report)?;
    let mut readable = true;
    for (index, name) in names.iter().enumerate() {
        if name.contains(' ') || Scopes::parse(*name).is_err() {
            report.push(at.item(index), "is no scope that a token can hold: printable ASCII without a space, `\"` and `\\`");
            readable = false;
        }
    }
    readable.then_some(names)
}

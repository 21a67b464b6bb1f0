//! Security schemes and security requirements of a document.

use std::collections::{BTreeSet, HashMap};

use postern_token::bundle::At;
use postern_token::{Node, Scopes};

use super::references::References;
use super::report::Report;
use super::tree::{Members, display_name, list, member, object, text, texts};

/// The maximum number of scopes in one list; more would not fit into a token.
const MAX_SCOPES: usize = 500;

const MAX_ALTERNATIVES: usize = 50;
const MAX_SCHEMES: usize = 20;

/// A security scheme of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// OAuth 2, `OpenID` Connect or HTTP Bearer, which a token fulfils.
    Token,
    /// Another scheme, such as an API key, HTTP Basic or mutual TLS, which a token does not fulfil.
    Other,
    /// The scheme is invalid, which has been reported.
    Unreadable,
}

/// The security schemes by their names.
#[derive(Debug, Default)]
pub(super) struct Schemes<'n>(HashMap<&'n str, Scheme>);

/// The meaning of one `security` member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requirement {
    /// No credential is required: `[]` or `[{}]`.
    Anonymous,
    /// A token is required.
    Token {
        /// The scopes, sorted; `None` if the alternatives have different scopes.
        scopes: Option<Vec<String>>,
        /// The reason why the requirement cannot be imported without `x-postern-auth`.
        ambiguity: Option<Ambiguity>,
    },
    /// The member is invalid, which has been reported.
    Unreadable,
}

/// The reason why a requirement does not simply mean a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguity {
    /// Requests without a token are allowed too.
    Optional,
    /// No alternative is fulfilled by a token alone.
    OtherScheme,
}

impl Ambiguity {
    /// The problem's message.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Optional => {
                "lets callers in without a token as well as with one, and a resource does the one or the other; say which with \
                 `x-postern-auth`"
            }
            Self::OtherScheme => {
                "asks for something that is no token (an API key, HTTP Basic, mutual TLS); say with `x-postern-auth` which token \
                 takes its place, or import with `replace_other_schemes` (--replace-other-schemes): a token then always does"
            }
        }
    }
}

impl<'n> Schemes<'n> {
    /// Reads `components.securitySchemes`. With `replace`, [`Scheme::Other`] becomes [`Scheme::Token`].
    pub(super) fn read(root: Members<'n>, references: &mut References<'n>, replace: bool, report: &mut Report) -> Self {
        let at = At::Root.field("components");
        let components = member(root, "components").and_then(|node| object(node, at, report));
        let at = at.field("securitySchemes");
        let schemes = components.and_then(|members| member(members, "securitySchemes"));
        let schemes = schemes.and_then(|node| object(node, at, report)).unwrap_or_default();
        let mut read = Self::default();
        for (name, node) in schemes {
            let scheme = match Scheme::read(node, at.field(&display_name(name)), references, report) {
                Some(Scheme::Other) if replace => Scheme::Token,
                Some(scheme) => scheme,
                None => Scheme::Unreadable,
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

/// One item of `security`: an alternative that allows a request.
struct Alternative<'n> {
    scopes: BTreeSet<&'n str>,
    /// Whether a token alone fulfils the alternative.
    token_alone: bool,
    /// Whether the alternative requires nothing.
    is_anonymous: bool,
}

impl Requirement {
    /// Reads `security`, whose items are alternatives.
    ///
    /// If a token alone fulfils one of them, the alternatives that a token does not fulfil are dropped. This can only make
    /// the API stricter.
    pub(super) fn read(node: &Node<'_>, at: At<'_>, schemes: &Schemes<'_>, report: &mut Report) -> Self {
        let Some(items) = list(node, MAX_ALTERNATIVES, at, report) else { return Self::Unreadable };
        let mut alternatives = Vec::new();
        let mut anonymous = items.is_empty();
        for (index, item) in items.iter().enumerate() {
            match alternative(item, at.item(index), schemes, report) {
                Some(alternative) if alternative.is_anonymous => anonymous = true,
                Some(alternative) => alternatives.push(alternative),
                None => return Self::Unreadable,
            }
        }
        if alternatives.is_empty() {
            return Self::Anonymous;
        }
        let other_scheme = !alternatives.iter().any(|alternative| alternative.token_alone);
        let usable = || alternatives.iter().filter(|alternative| other_scheme || alternative.token_alone);
        let first = usable().next().map(|alternative| &alternative.scopes);
        let same = usable().all(|alternative| Some(&alternative.scopes) == first);
        let scopes = first.filter(|_| same).map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let ambiguity = if other_scheme { Some(Ambiguity::OtherScheme) } else { anonymous.then_some(Ambiguity::Optional) };
        Self::Token { scopes, ambiguity }
    }
}

/// Reads one item of `security`. All schemes of an item are required together.
fn alternative<'n>(node: &'n Node<'n>, at: At<'_>, schemes: &Schemes<'_>, report: &mut Report) -> Option<Alternative<'n>> {
    let members = object(node, at, report)?;
    if members.len() > MAX_SCHEMES {
        report.push(at, format!("has more than {MAX_SCHEMES} members"));
        return None;
    }
    let mut alternative = Alternative { scopes: BTreeSet::new(), token_alone: true, is_anonymous: members.is_empty() };
    for (name, node) in members {
        let shown_name = display_name(name);
        let at = at.field(&shown_name);
        match schemes.0.get(&**name) {
            Some(Scheme::Token) => {}
            Some(Scheme::Other) => alternative.token_alone = false,
            Some(Scheme::Unreadable) => return None,
            None => {
                report.push(at, "is not defined in `components.securitySchemes`");
                return None;
            }
        }
        // For schemes other than OAuth 2 and `OpenID` Connect these are roles (`OpenAPI` 3.1). They become scopes, so that
        // none is lost.
        alternative.scopes.extend(scopes(node, at, report)?);
    }
    Some(alternative)
}

/// Reads a list of scopes. A scope must not hold a space, because a token would hold it as two scopes.
pub(super) fn scopes<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<Vec<&'n str>> {
    let names = texts(node, MAX_SCOPES, at, report)?;
    let mut readable = true;
    for (index, name) in names.iter().enumerate() {
        if name.contains(' ') || Scopes::parse(*name).is_err() {
            report.push(at.item(index), "is not a valid scope: printable ASCII without a space, `\"` and `\\`");
            readable = false;
        }
    }
    readable.then_some(names)
}

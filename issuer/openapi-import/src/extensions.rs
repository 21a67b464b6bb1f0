//! The `x-postern-…` members, with which a document expresses what `OpenAPI` cannot.

use postern_token::Node;
use postern_token::bundle::{At, Auth, ClientDomainRule};

use super::report::Report;
use super::security::scopes;
use super::tree::{Members, display_name, text};

const PREFIX: &str = "x-postern-";

/// The extensions of one object; `None` for those that the object does not have.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions<'n> {
    pub(super) auth: Option<Auth>,
    pub(super) client_domain: Option<ClientDomainRule>,
    /// Only on an operation. On a path or document, this would override the scopes of an operation's own `security`.
    pub(super) scopes: Option<Vec<&'n str>>,
    /// Only on the document.
    pub(super) name: Option<&'n str>,
    /// Only on the document.
    pub(super) context: Option<&'n str>,
}

impl<'n> Extensions<'n> {
    /// Reads the extensions of the document.
    pub(super) fn of_document(members: Members<'n>, at: At<'_>, report: &mut Report) -> Self {
        Self::read(members, &["auth", "client-domain", "name", "context"], at, report)
    }

    /// Reads the extensions of a path item.
    pub(super) fn of_path(members: Members<'n>, at: At<'_>, report: &mut Report) -> Self {
        Self::read(members, &["auth", "client-domain"], at, report)
    }

    /// Reads the extensions of an operation.
    pub(super) fn of_operation(members: Members<'n>, at: At<'_>, report: &mut Report) -> Self {
        Self::read(members, &["auth", "client-domain", "scopes"], at, report)
    }

    fn read(members: Members<'n>, known: &[&str], at: At<'_>, report: &mut Report) -> Self {
        let mut extensions = Self::default();
        for (name, node) in members {
            // A prefix in another case is reported as a mistake, not ignored as an extension of another vendor.
            let Some(rest) = name.get(PREFIX.len()..).filter(|_| starts_with_prefix(name)) else { continue };
            let exact = name.starts_with(PREFIX);
            if !exact || !known.contains(&rest) {
                let known = known.join(&format!("`, `{PREFIX}"));
                report.push(at.field(&display_name(name)), format!("is unknown; known extensions are `{PREFIX}{known}`"));
                continue;
            }
            let at = at.field(name);
            match rest {
                "auth" => {
                    let choices =
                        [("none", Auth::None), ("application", Auth::Application), ("user", Auth::User), ("any", Auth::Any)];
                    extensions.auth = one_of(&choices, node, at, report);
                }
                "client-domain" => {
                    let choices = [("required", ClientDomainRule::Required), ("bound", ClientDomainRule::Bound)];
                    extensions.client_domain = one_of(&choices, node, at, report);
                }
                "scopes" => extensions.scopes = scopes(node, at, report),
                "name" => extensions.name = text(node, at, report),
                _ => extensions.context = text(node, at, report),
            }
        }
        extensions
    }
}

fn starts_with_prefix(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn one_of<T: Copy>(choices: &[(&str, T)], node: &Node<'_>, at: At<'_>, report: &mut Report) -> Option<T> {
    if let Node::Text(text) = node
        && let Some((_, value)) = choices.iter().find(|(name, _)| name == text)
    {
        return Some(*value);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    report.push(at, format!("must be one of `{}`", names.join("`, `")));
    None
}

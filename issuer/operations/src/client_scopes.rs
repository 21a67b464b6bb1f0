//! The scopes that a client may have, and those that its users may have.

use std::collections::BTreeMap;

use postern_token::Scopes;

use postern_model::UserRole;

/// What the scopes of a client's tokens depend on, except the request and the user.
#[derive(Debug)]
pub(crate) struct ClientScopes {
    /// The scopes that its tokens may hold now.
    pub(crate) own: Option<Scopes<'static>>,
    /// The scopes that only users with certain roles may have, with these roles.
    roles: BTreeMap<String, Vec<UserRole>>,
}

impl ClientScopes {
    /// `roles` are those of all scopes that are bound to any.
    pub(crate) fn new(own: Option<Scopes<'static>>, mut roles: BTreeMap<String, Vec<UserRole>>) -> Self {
        roles.retain(|scope, _| own.as_ref().is_some_and(|own| own.contains(scope)));
        Self { own, roles }
    }

    /// Those of `scopes` that the client may have now, and a user with these roles too.
    pub(crate) fn effective(&self, scopes: Option<&Scopes<'static>>, roles: &[UserRole]) -> Option<Scopes<'static>> {
        let may = |scope: &str| self.roles.get(scope).is_none_or(|bound| bound.iter().any(|role| roles.contains(role)));
        let (scopes, own) = (scopes?, self.own.as_ref()?);
        let kept: Vec<&str> = scopes.iter().filter(|scope| own.contains(scope) && may(scope)).collect();
        // Nothing is left of them when none is kept.
        Scopes::parse(kept.join(" ")).ok()
    }
}

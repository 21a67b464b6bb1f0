//! The scopes of a key set: which scopes the key set may have, and which of these its tokens hold.
//!
//! Rules are applied twice. A change of a key set reports at once what is wrong. And each token is minted with the scopes that the rules
//! allow at that time, because a rule, the owner or the owner's role may have changed in between.

use std::collections::{BTreeMap, BTreeSet};

use postern_token::Scopes;
use serde_json::json;

use super::catalogue::Catalogue;
use super::warning::{TokenWarning, without_subscription};
use crate::error::ScopeError;
use crate::{Act, Error};
use postern_model::{Action, Application, ApplicationId, HolderRule, KeySet, MemberName, Owner, Role};
use postern_storage::Transaction;

/// A scope of a key set, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldScope {
    /// The scope.
    pub scope: String,
    /// Its state.
    pub state: ScopeState,
    /// What to do about the state; `None` if nothing.
    pub warning: Option<TokenWarning>,
}

/// The state of a scope of a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeState {
    /// New tokens hold the scope.
    Active,
    /// New tokens hold the scope, and no API to which the application is subscribed requires it.
    Unlisted,
    /// New tokens do not hold the scope until an administrator approves it.
    Waiting,
    /// New tokens do not hold the scope, because the owner's role does not allow it.
    Forbidden,
}

/// The facts that decide which scopes a key set may have.
struct Holder {
    rules: BTreeMap<String, HolderRule>,
    owner: Option<Role>,
    approved: Vec<String>,
}

impl Holder {
    fn of(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Self, Error> {
        let rules = transaction.holder_rules()?;
        Self::under(transaction, key_set, rules)
    }

    fn under(transaction: &Transaction<'_>, key_set: &KeySet, rules: BTreeMap<String, HolderRule>) -> Result<Self, Error> {
        let application = transaction.application(&key_set.application)?;
        // Without an application there is no owner.
        let owner = application.map_or(Ok(None), |application| owner_role(transaction, &application))?;
        Ok(Self { rules, owner, approved: transaction.approved_scopes(&key_set.consumer_key)? })
    }

    /// [`ScopeState::Active`] unless a rule says otherwise.
    fn state(&self, scope: &str) -> ScopeState {
        match self.rules.get(scope) {
            Some(rule) if !rule.allows_owner(self.owner) => ScopeState::Forbidden,
            Some(rule) if rule.approval && !self.approved.iter().any(|approved| approved == scope) => ScopeState::Waiting,
            _ => ScopeState::Active,
        }
    }
}

/// The role of an application's owner. An application without one belongs to the administrators; but a former owner, or the stranger who
/// registered it, knows its secrets, so their role counts until an administrator gives the application to an owner or to the administrators.
/// The role of a former administrator counts as that of a developer.
fn owner_role(transaction: &Transaction<'_>, application: &Application) -> Result<Option<Role>, Error> {
    match &application.owner {
        Some(Owner::Member(owner)) => role_of(transaction, owner),
        // Whoever is in the team can use the application, so the role of no member may raise its rights.
        Some(Owner::Team(_)) => Ok(Some(Role::Developer)),
        None => Ok(match transaction.left_role(&application.id)? {
            None => Some(Role::Administrator),
            Some(Some(Role::Administrator)) => Some(Role::Developer),
            Some(left) => left,
        }),
    }
}

fn role_of(transaction: &Transaction<'_>, owner: &MemberName) -> Result<Option<Role>, Error> {
    Ok(transaction.member(owner)?.map(|member| member.role))
}

/// The scopes of a key set that its tokens may hold now, in their order.
pub(crate) fn permitted(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Option<Scopes<'static>>, Error> {
    let Some(scopes) = &key_set.restrictions.scopes else { return Ok(None) };
    let rules = transaction.holder_rules()?;
    if !scopes.iter().any(|scope| rules.get(scope).is_some_and(HolderRule::restricts)) {
        return Ok(Some(scopes.clone()));
    }
    let holder = Holder::under(transaction, key_set, rules)?;
    let kept: Vec<&str> = scopes.iter().filter(|scope| holder.state(scope) == ScopeState::Active).collect();
    // Nothing is left of them when none is kept.
    Ok(Scopes::parse(kept.join(" ")).ok())
}

/// Each scope of a key set with its state.
pub(crate) fn states(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Vec<HeldScope>, Error> {
    let Some(scopes) = &key_set.restrictions.scopes else { return Ok(Vec::new()) };
    let holder = Holder::of(transaction, key_set)?;
    let catalogue = Catalogue::of(transaction, &key_set.application)?;
    Ok(scopes.iter().map(|scope| state(&holder, &catalogue, scope)).collect())
}

fn state(holder: &Holder, catalogue: &Catalogue, scope: &str) -> HeldScope {
    let rule = holder.rules.get(scope);
    let (state, warning) = match holder.state(scope) {
        ScopeState::Waiting => (ScopeState::Waiting, Some(TokenWarning::Waiting { scope: scope.to_owned() })),
        ScopeState::Forbidden => {
            let warning = rule.map(|rule| TokenWarning::forbidden(scope, rule, holder.owner));
            (ScopeState::Forbidden, warning)
        }
        ScopeState::Active | ScopeState::Unlisted if catalogue.knows(scope) || rule.is_some() => (ScopeState::Active, None),
        ScopeState::Active | ScopeState::Unlisted => (ScopeState::Unlisted, Some(TokenWarning::unlisted(catalogue, scope))),
    };
    HeldScope { scope: scope.to_owned(), state, warning }
}

/// Checks that the actor may give these scopes to a key set, which already has `before`.
pub(crate) fn check_wanted(
    transaction: &Transaction<'_>,
    application: &Application,
    before: Option<&Scopes<'_>>,
    wanted: Option<&Scopes<'_>>,
) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let rules = transaction.holder_rules()?;
    check_owner(&rules, owner_role(transaction, application)?, wanted)?;
    let known = |scope: &str| rules.contains_key(scope) || before.is_some_and(|before| before.contains(scope));
    if wanted.iter().all(known) {
        return Ok(());
    }
    let catalogue = Catalogue::of(transaction, &application.id)?;
    if !catalogue.own_list_any() {
        return Ok(());
    }
    let found = |scope: &str| known(scope) || catalogue.knows(scope) || catalogue.elsewhere(scope).is_some();
    match wanted.iter().find(|scope| !found(scope)) {
        Some(scope) => Err(ScopeError::Unknown { scope: scope.to_owned(), known: catalogue.own }.into()),
        None => Ok(()),
    }
}

/// Checks the scopes that a self-registering client asks for. No administrator chose them, so scopes that are bound to administrators are
/// refused, even if the client will belong to the administrators.
pub(crate) fn check_registered(
    transaction: &Transaction<'_>,
    owner: Option<&MemberName>,
    wanted: Option<&Scopes<'_>>,
) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let role = owner.map_or(Ok(None), |owner| role_of(transaction, owner))?;
    check_owner(&transaction.holder_rules()?, role, wanted)
}

/// Checks that the owner's role allows one scope.
pub(super) fn check_owner_of(transaction: &Transaction<'_>, application: &Application, scope: &str) -> Result<(), Error> {
    let owner = owner_role(transaction, application)?;
    match transaction.holder_rules()?.get(scope).filter(|rule| !rule.allows_owner(owner)) {
        Some(rule) => Err(forbidden(scope, rule, owner).into()),
        None => Ok(()),
    }
}

fn check_owner(rules: &BTreeMap<String, HolderRule>, owner: Option<Role>, wanted: &Scopes<'_>) -> Result<(), Error> {
    let refused = wanted.iter().find_map(|scope| Some((scope, rules.get(scope).filter(|rule| !rule.allows_owner(owner))?)));
    refused.map_or(Ok(()), |(scope, rule)| Err(forbidden(scope, rule, owner).into()))
}

fn forbidden(scope: &str, rule: &HolderRule, owner: Option<Role>) -> ScopeError {
    let roles = rule.member_roles.iter().map(|role| role.as_str()).collect();
    ScopeError::Forbidden { scope: scope.to_owned(), roles, owner }
}

/// Withdraws the approvals of scopes that the key set does not have any longer.
pub(crate) fn withdraw_removed(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<(), Error> {
    for scope in transaction.approved_scopes(&key_set.consumer_key)? {
        if !holds(key_set.restrictions.scopes.as_ref(), &scope) {
            transaction.withdraw_scope(&key_set.consumer_key, &scope)?;
        }
    }
    Ok(())
}

/// Approves the scopes that an administrator adds to a key set, which had `before`. The administrator must have named the version of the key
/// set (`version_named`): a list that was read earlier may hold a scope that the owner has removed since then.
pub(crate) fn approve_added(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    key_set: &KeySet,
    before: Option<&Scopes<'_>>,
    version_named: bool,
) -> Result<(), Error> {
    if act.require_administrator().is_err() {
        return Ok(());
    }
    let rules = transaction.holder_rules()?;
    let needs_approval = |scope: &str| rules.get(scope).is_some_and(|rule| rule.approval);
    for scope in key_set.restrictions.scopes.iter().flat_map(Scopes::iter) {
        if needs_approval(scope) && !holds(before, scope) {
            if !version_named {
                return Err(ScopeError::VersionRequired(scope.to_owned()).into());
            }
            transaction.approve_scope(&key_set.consumer_key, scope, act.now)?;
        }
    }
    Ok(())
}

fn holds(scopes: Option<&Scopes<'_>>, scope: &str) -> bool {
    scopes.is_some_and(|scopes| scopes.contains(scope))
}

/// Removes the scopes that the application's owner may not have from its key sets, with their approvals, and returns the removed scopes. For
/// an application whose owner has changed or was removed: it would otherwise get the scopes again with a later owner or rule, although the
/// former owner still knows its secrets.
pub(crate) fn drop_forbidden(transaction: &Transaction<'_>, application: &ApplicationId) -> Result<BTreeSet<String>, Error> {
    let mut dropped = BTreeSet::new();
    for mut key_set in transaction.key_sets(application)? {
        let Some(scopes) = key_set.restrictions.scopes.take() else { continue };
        let holder = Holder::of(transaction, &key_set)?;
        let is_forbidden = |scope: &&str| holder.state(scope) == ScopeState::Forbidden;
        let (forbidden, kept): (Vec<&str>, Vec<&str>) = scopes.iter().partition(is_forbidden);
        if !forbidden.is_empty() {
            // Nothing is left of them when none is kept.
            key_set.restrictions.scopes = Scopes::parse(kept.join(" ")).ok();
            transaction.update_key_set(&key_set)?;
            withdraw_removed(transaction, &key_set)?;
            dropped.extend(forbidden.into_iter().map(str::to_owned));
        }
    }
    Ok(dropped)
}

/// Takes the applications of an owner from it before it is deleted, without the scopes that they may not have then.
pub(crate) fn leave(act: &Act<'_>, transaction: &Transaction<'_>, owner: &Owner) -> Result<(), Error> {
    let applications = transaction.applications_of(owner)?;
    transaction.leave_applications_of(owner)?;
    for application in applications {
        let dropped = drop_forbidden(transaction, &application.id)?;
        if !dropped.is_empty() {
            let details = json!({ "scopes_removed": dropped });
            let (id, name) = (Some(&application.id), Some(application.name.as_str()));
            act.audit(transaction, Action::ApplicationChange, id, name, Some(&details))?;
        }
    }
    Ok(())
}

/// Warnings for a new token of the key set: it gives access to nothing, it does not hold a scope, or a scope has no effect.
pub(crate) fn warnings(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Vec<TokenWarning>, Error> {
    let mut warnings: Vec<TokenWarning> = without_subscription(transaction, &key_set.application)?.into_iter().collect();
    warnings.extend(states(transaction, key_set)?.into_iter().filter_map(|held| held.warning));
    Ok(warnings)
}

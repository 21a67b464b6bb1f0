//! The way of a request for tokens of a user: together with others, which share a transaction and so its cost, or alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::client::recognise_for;
use super::device;
use super::issuance::MintedUserToken;
use super::refresh_token;
use super::standing::still_known;
use super::user_grant::{Found, Presented, UserGrantRequest, UserRequest, find};
use super::user_rounds::issue_for_users;
use crate::client_memory::Client;
use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_model::{UserId, UserStoreName};
use postern_storage::{StorageError, UserTables};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ahead {
    /// Together with others of this store.
    Shared(UserStoreName),
    /// Alone, because a directory or another database may be slow, or because it has no answer yet.
    Alone,
}

/// How each of the requests is answered. It authenticates the clients and finds what they present before any of them takes a write lock, so
/// that guessing secrets cannot delay writers.
pub fn look_ahead(requests: &[UserRequest<'_>]) -> Vec<Result<Ahead, Error>> {
    let Some(UserRequest { act, .. }) = requests.first() else { return Vec::new() };
    let presented: Vec<_> = requests.iter().map(Presented::new).collect();
    let ahead = act.storage().read(|main| {
        let stores = act.stores();
        let mut answers: Vec<Result<Ahead, Error>> = Vec::with_capacity(presented.len());
        let mut by_store: BTreeMap<Option<&UserStoreName>, Vec<(usize, Arc<Client>)>> = BTreeMap::new();
        let revision = main.catalogue_revision()?;
        for (at, one) in presented.iter().enumerate() {
            let UserRequest { act, grant } = one.request;
            let client = recognise_for(act, main, revision, grant.client(), grant.grant_type());
            let shared = client.and_then(|client| {
                let store = grant.store(stores)?;
                let shared = store.is_none_or(UserStore::is_quick);
                Ok(shared.then(|| by_store.entry(store.map(UserStore::name)).or_default().push((at, client))))
            });
            answers.push(shared.map(|_| Ahead::Alone));
        }
        for (store, requests) in by_store {
            let together: Vec<_> = requests.iter().filter_map(|(at, _)| presented.get(*at)).collect();
            let found = match store {
                None => find(main, None, &together)?,
                Some(name) => find(main, Some(&UserTables::in_main_database(main, name)), &together)?,
            };
            for (((at, client), one), found) in requests.into_iter().zip(together).zip(found) {
                if let Some(answer) = answers.get_mut(at) {
                    *answer = one.own(found, &client).and_then(|found| ahead(&one.request.act, one.request.grant, found, store));
                }
            }
        }
        Ok(answers)
    });
    ahead.unwrap_or_else(|error: Error| error.for_each(requests.len()))
}

fn ahead(act: &Act<'_>, grant: &UserGrantRequest, found: Found, store: Option<&UserStoreName>) -> Result<Ahead, Error> {
    let shared = match found {
        // Guesses are cheap: those of an ended grant end here.
        Found::Refresh(token) if token.grant.ended_at.is_some() => return Err(grant.unknown().into()),
        Found::Code(_) | Found::Refresh(_) => store.cloned(),
        Found::Device(code) => {
            let user = device::allowed_user(act, &code);
            user.filter(|user| act.stores().find(&user.store).is_ok_and(UserStore::is_quick)).map(|user| user.store.clone())
        }
    };
    Ok(shared.map_or(Ahead::Alone, Ahead::Shared))
}

/// Issues the tokens of one request. Asks the directory of the user's store first, if there is one, which may be slow.
pub fn issue_alone(request: &UserRequest<'_>) -> Result<MintedUserToken, Error> {
    let UserRequest { act, grant } = request;
    let one = Presented::new(request);
    let (store, found, grace) = act.storage().read(|main| {
        let client = recognise_for(act, main, main.catalogue_revision()?, grant.client(), grant.grant_type())?;
        let store = grant.store(act.stores())?;
        let found = match store {
            None => find(main, None, &[&one])?,
            Some(store) => store.read(main, |tables| Ok(find(main, Some(tables), &[&one])?))?,
        };
        let found = one.own(found.into_iter().next().flatten(), &client)?;
        Ok::<_, Error>((store, found, client.settings.policies.refresh_grace))
    })?;
    let (store, user) = match (found, grant) {
        (Found::Device(code), UserGrantRequest::Device(asked)) => {
            let user = match device::allowed_user(act, &code) {
                Some(user) => user.clone(),
                None => device::note_poll(act, asked, &one.hash)?,
            };
            (act.stores().find(&user.store)?, Some(user.name))
        }
        // A second use ends the grant, whether the user is still active or not.
        (Found::Code(code), _) => (store.ok_or_else(|| grant.unknown())?, code.grant.is_none().then_some(code.user)),
        (Found::Refresh(token), _) => {
            if token.grant.ended_at.is_some() {
                return Err(grant.unknown().into());
            }
            let is_reuse = refresh_token::is_reuse(&token, act.now, grace);
            (store.ok_or_else(|| grant.unknown())?, (!is_reuse).then_some(token.grant.user))
        }
        (Found::Device(_), _) => return Err(grant.unknown().into()),
    };
    if let Some(name) = user {
        still_known(act, store, &UserId { name, store: store.name().clone() }, grant.unknown())?;
    }
    let issued = issue_for_users(&[(request.clone(), store.name())]).pop();
    issued.transpose()?.flatten().ok_or(StorageError::Empty)?.sign()
}

//! The transactions in which tokens of users are issued, for many requests at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::json;

use super::authorization_code;
use super::client::{may_mint, recognise_at};
use super::decision::Decision;
use super::device;
use super::issuance::{Basis, Issuance, Prepared, Stored, UnsignedUserTokens, store};
use super::refresh_token;
use super::rounds::{Outcome, in_rounds, own, with_indexes};
use super::standing::active;
use super::user_grant::{Found, Presented, UserGrantRequest, UserRequest, find};
use crate::client_memory::Client;
use crate::error::TokenError;
use crate::reserved_index::ReservedIndex;
use crate::status_indexes::set_status_bits;
use crate::tokens::{ExtendedLists, check_for_users, end_grants_on_record};
use crate::{Act, Error};
use postern_model::{Action, ConsumerKey, GrantId, StatusIndex, TokenState, User, UserId, UserName, UserStoreName};
use postern_storage::{GrantSelector, Transaction, UserTables};

/// Issues tokens, in the order of the requests. Call it after [`look_ahead`](super::look_ahead), with the stores that it named. `None` has to be
/// asked again: it is about the same user and client as an earlier one, on which its answer may depend.
pub fn issue_for_users(requests: &[(UserRequest<'_>, &UserStoreName)]) -> Vec<Result<Option<UnsignedUserTokens>, Error>> {
    let Some((UserRequest { act, .. }, _)) = requests.first() else { return Vec::new() };
    in_rounds(act, requests, |requests| {
        let mut by_store: BTreeMap<&UserStoreName, Vec<usize>> = BTreeMap::new();
        for (at, (_, store)) in requests.iter().enumerate() {
            by_store.entry(*store).or_default().push(at);
        }
        let mut outcomes: Vec<_> = requests.iter().map(|_| Outcome::Ended(Ok(None))).collect();
        for (store, places) in by_store {
            let together: Vec<_> = places.iter().filter_map(|at| requests.get(*at)).map(|(request, _)| request).collect();
            for (at, outcome) in places.iter().zip(one_round(act, store, &together)) {
                if let (Some(slot), Outcome::Ended(result)) = (outcomes.get_mut(*at), outcome) {
                    *slot = Outcome::Ended(result.map(Some));
                }
            }
        }
        outcomes
    })
}

/// One transaction, for requests about users of one store.
fn one_round(act: &Act<'_>, store: &UserStoreName, requests: &[&UserRequest<'_>]) -> Vec<Outcome<UnsignedUserTokens>> {
    let presented: Vec<_> = requests.iter().map(|request| Presented::new(request)).collect();
    with_indexes(act, requests.len(), |reserved| {
        let store = act.stores().find(store)?;
        act.storage().write_concurrent(|main| {
            // An id that is not that of a client could be any text.
            let ids: Vec<_> = requests.iter().map(|request| request.grant.client().id.parse::<ConsumerKey>().ok()).collect();
            main.lock_applications_of_clients(&ids.iter().map(|id| id.as_ref().map(ConsumerKey::as_str)).collect::<Vec<_>>())?;
            let revision = main.catalogue_revision()?;
            let recognise = |UserRequest { act, grant }: &UserRequest<'_>| {
                own(recognise_at(act, main, revision, grant.client()).and_then(|client| may_mint(client, grant.grant_type())))
            };
            let clients = requests.iter().map(|request| recognise(request)).collect::<Result<Vec<_>, _>>()?;
            store.write(main, |tables| {
                let round = Round { act, main, tables, epoch: revision.epoch };
                round.run(&presented, clients, reserved)
            })
        })
    })
}

struct Round<'a, 'main, 'tables> {
    act: &'a Act<'a>,
    main: &'a Transaction<'main>,
    tables: &'a UserTables<'a, 'tables>,
    epoch: u64,
}

/// A request whose tokens are to be issued: its place among the others, and what it was decided on.
struct Candidate {
    place: usize,
    client: Arc<Client>,
    user: UserName,
    basis: Basis,
}

type Outcomes = Vec<Outcome<UnsignedUserTokens>>;

/// The place of a request, and its tokens unless it was refused.
type PreparedAt = (usize, Result<Prepared, Error>);

impl Round<'_, '_, '_> {
    /// Returns the outcomes, and the indexes that were not used.
    fn run(
        &self,
        presented: &[Presented<'_>],
        clients: Vec<Result<Arc<Client>, Error>>,
        mut reserved: Vec<ReservedIndex>,
    ) -> Result<(Outcomes, Vec<ReservedIndex>), Error> {
        let found = find(self.main, Some(self.tables), &presented.iter().collect::<Vec<_>>())?;
        let mut outcomes: Outcomes = presented.iter().map(|_| Outcome::Postponed).collect();
        let mut end = |place: usize, result| {
            if let Some(slot) = outcomes.get_mut(place) {
                *slot = Outcome::Ended(result);
            }
        };
        let (mut candidates, mut endings) = (Vec::new(), Vec::new());
        // All grants of a user to a client may depend on each other.
        let mut taken: HashSet<(UserName, ConsumerKey)> = HashSet::new();
        for (place, ((one, client), found)) in presented.iter().zip(clients).zip(found).enumerate() {
            match client.and_then(|client| Ok((self.decide(one, found, &client)?, client))) {
                Err(error) => end(place, Err(error)),
                Ok((Decision::Issue(user, _) | Decision::End(user, _), client))
                    if !taken.insert((user.clone(), client.key_set.consumer_key.clone())) => {}
                Ok((Decision::Issue(user, basis), client)) => candidates.push(Candidate { place, client, user, basis }),
                Ok((Decision::End(_, grant), client)) => {
                    endings.push((client, grant, one));
                    end(place, Err(one.request.grant.unknown().into()));
                }
            }
        }
        let (mut places, mut prepared) = (Vec::new(), Vec::new());
        for (place, result) in self.prepare(presented, candidates, &mut reserved)? {
            match result {
                Err(error) => end(place, Err(error)),
                Ok(tokens) => {
                    places.push(place);
                    prepared.push(tokens);
                }
            }
        }
        let Stored { tokens, mut ended } = store(self.act, self.main, self.tables, prepared)?;
        places.into_iter().zip(tokens).for_each(|(place, tokens)| end(place, Ok(tokens)));
        for (client, grant, one) in endings {
            ended.extend(self.end_reused(&one.request.act, &client, &grant, one.request.grant)?);
        }
        set_status_bits(self.main, &ended, self.act.now)?;
        Ok((outcomes, reserved))
    }

    fn decide(&self, one: &Presented<'_>, found: Option<Found>, client: &Client) -> Result<Decision, Error> {
        let UserRequest { act, grant } = one.request;
        match (grant, one.own(found, client)?) {
            (UserGrantRequest::Code(asked), Found::Code(code)) => authorization_code::decide(act, asked, &one.hash, code),
            (UserGrantRequest::Refresh(asked), Found::Refresh(token)) => {
                refresh_token::decide(act, asked, &one.hash, client, token)
            }
            (UserGrantRequest::Device(_), Found::Device(code)) => device::decide(act, self.tables.store(), &one.hash, &code),
            _ => Err(grant.unknown().into()),
        }
    }

    /// Prepares the tokens of each candidate, with the place of its request.
    fn prepare(
        &self,
        presented: &[Presented<'_>],
        candidates: Vec<Candidate>,
        reserved: &mut Vec<ReservedIndex>,
    ) -> Result<Vec<PreparedAt>, Error> {
        let names: BTreeSet<&UserName> = candidates.iter().map(|candidate| &candidate.user).collect();
        let users = self.tables.users_named(&names.into_iter().collect::<Vec<_>>())?;
        let of: Vec<_> = candidates.iter().map(|one| (&one.client.key_set.consumer_key, &one.user)).collect();
        let bounds = check_for_users(self.act, self.tables, &of)?;
        let mut extended = ExtendedLists::default();
        let mut all = Vec::with_capacity(candidates.len());
        for (candidate, bound) in candidates.into_iter().zip(bounds) {
            let Some(Presented { request, .. }) = presented.get(candidate.place) else { continue };
            let (place, user) = (candidate.place, users.get(&candidate.user));
            let prepared = active(user, request.grant.unknown()).and_then(|user| {
                bound?;
                self.prepare_one(request, candidate, user, reserved.pop(), &mut extended)
            });
            all.push((place, own(prepared)?));
        }
        Ok(all)
    }

    fn prepare_one(
        &self,
        UserRequest { act, grant }: &UserRequest<'_>,
        Candidate { client, user: name, basis, .. }: Candidate,
        user: &User,
        index: Option<ReservedIndex>,
        extended: &mut ExtendedLists,
    ) -> Result<Prepared, Error> {
        let status_index = index.ok_or(TokenError::StatusListDeleted)?.check_epoch(self.epoch)?;
        let id = UserId { name, store: self.tables.store().clone() };
        let issuance = Issuance { client: &client, id: &id, user, validity: grant.validity(), status_index };
        issuance.prepare(act, self.main, basis, extended)
    }

    /// Ends the grant that came of a secret which was used again. Returns the status indexes whose bits are to be set.
    fn end_reused(
        &self,
        act: &Act<'_>,
        client: &Client,
        grant: &GrantId,
        request: &UserGrantRequest,
    ) -> Result<Vec<StatusIndex>, Error> {
        let (ended, status_indexes) = end_grants_on_record(act, self.tables, GrantSelector::One(grant), TokenState::Revoked)?;
        let what = match request {
            UserGrantRequest::Code(_) => "authorization_code",
            UserGrantRequest::Refresh(_) => "refresh_token",
            UserGrantRequest::Device(_) => "device_code",
        };
        let details = json!({ "what": what, "tokens": ended.tokens });
        act.audit(self.main, Action::GrantReuse, Some(&client.application.id), Some(grant.as_str()), Some(&details))?;
        Ok(status_indexes)
    }
}

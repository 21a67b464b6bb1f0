//! Issuing users' tokens: the last step of every grant. All that can fail for one request comes before anything is stored, so that requests
//! can share a transaction.

use postern_token::Scopes;
use serde_json::json;

use crate::client_memory::Client;
use crate::settings::TokenValidity;
use crate::tokens::{ExtendedLists, MintRequest, MintedToken, PreparedUserToken, UnsignedAccessToken, end_grants_on_record};
use crate::{Act, Error};
use postern_model::{
    Action, AuditEntry, GrantId, GrantOrigin, GrantType, Obtained, StatusIndex, TokenState, User, UserGrant, UserId, UserToken,
    Validity,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{GrantSelector, NewRefreshToken, Transaction, UserTables};

/// The tokens that a client gets for a user.
#[derive(Debug)]
pub struct MintedUserToken {
    /// The access token.
    pub token: MintedToken,
    /// The refresh token, if the client may have one. Only its hash is stored.
    pub refresh_token: Option<PlainSecret>,
}

/// The tokens before the access token is signed.
#[derive(Debug)]
pub struct UnsignedUserTokens {
    unsigned: UnsignedAccessToken,
    refresh_token: Option<PlainSecret>,
}

impl UnsignedUserTokens {
    /// Whether the signature takes longer than a thread that serves many requests should be held up.
    pub fn is_slow_to_sign(&self) -> bool {
        self.unsigned.is_slow_to_sign()
    }

    /// Signs the access token.
    pub fn sign(self) -> Result<MintedUserToken, Error> {
        Ok(MintedUserToken { token: self.unsigned.sign()?, refresh_token: self.refresh_token })
    }
}

/// What tokens are issued for.
#[derive(Debug)]
pub(super) enum Basis {
    /// A new grant for these scopes, and the code that was exchanged for it.
    New(GrantOrigin, Option<Scopes<'static>>, Spent),
    /// The next tokens of a grant, with these scopes, for a refresh token.
    Next { grant: GrantId, scopes: Option<Scopes<'static>>, parent: HashedSecret, is_retry: bool },
}

/// A code that can be used once.
#[derive(Debug)]
pub(super) enum Spent {
    Nothing,
    Code(HashedSecret),
    DeviceCode(HashedSecret),
}

/// Whom an issuance is for, and the validity.
pub(super) struct Issuance<'a> {
    pub(super) client: &'a Client,
    pub(super) id: &'a UserId,
    pub(super) user: &'a User,
    /// The validity of the access token; `None` means the client's default.
    pub(super) validity: Option<Validity>,
    pub(super) status_index: StatusIndex,
}

/// Tokens to store.
pub(super) struct Prepared {
    step: Step,
    token: UserToken,
    refresh_token: Option<(PlainSecret, HashedSecret)>,
    /// In the order of the audit log.
    entries: Vec<AuditEntry>,
    unsigned: UnsignedAccessToken,
}

enum Step {
    Begin {
        grant: UserGrant,
        spent: Spent,
        /// The client allows one grant for each user, so the user's previous grant ends.
        replaces: bool,
    },
    Renew {
        parent: HashedSecret,
        is_retry: bool,
    },
}

impl Issuance<'_> {
    /// Prepares the tokens. A grant is limited to what the user's roles allow now: a role that the user gets later must not extend it.
    pub(super) fn prepare(
        &self,
        act: &Act<'_>,
        main: &Transaction<'_>,
        basis: Basis,
        extended: &mut ExtendedLists,
    ) -> Result<Prepared, Error> {
        let Client { key_set, application, .. } = self.client;
        let mut entries = Vec::new();
        let (step, grant, obtained, scopes) = match basis {
            Basis::New(origin, scopes, spent) => {
                let grant = self.new_grant(act, origin, scopes.as_ref())?;
                let details = json!({ "user": self.id, "client": grant.consumer_key, "origin": origin, "scope": grant.scopes });
                entries.push(act.entry(Action::GrantMake, Some(&grant.application), Some(grant.id.as_str()), Some(&details)));
                let obtained = match origin {
                    GrantOrigin::AuthorizationCode => Obtained::AuthorizationCode,
                    GrantOrigin::DeviceCode => Obtained::DeviceCode,
                    GrantOrigin::Password => Obtained::Password,
                };
                let (id, scopes) = (grant.id.clone(), grant.scopes.clone());
                (Step::Begin { grant, spent, replaces: key_set.for_users.one_grant }, id, obtained, scopes)
            }
            Basis::Next { grant, scopes, parent, is_retry } => {
                (Step::Renew { parent, is_retry }, grant, Obtained::RefreshToken, scopes)
            }
        };
        let scopes = self.client.scopes.effective(scopes.as_ref(), &self.user.roles);
        let usual = key_set.for_users.validity.unwrap_or(application.validities.user);
        let validity = TokenValidity { asked: self.validity, usual };
        let order = MintRequest { key_set, application_state: application.state, scopes, validity, obtained };
        let of_grant = (self.client, &grant);
        let PreparedUserToken { token, unsigned, validity } =
            order.prepare_for_user(act, main, self.status_index, self.id, of_grant, extended)?;
        let record = &token.record;
        let details = json!({ "obtained": obtained, "scope": record.restrictions.scopes, "validity": validity, "user": self.id });
        entries.push(act.entry(Action::TokenMint, Some(&record.application), Some(record.id.as_str()), Some(&details)));
        let refresh_token = if key_set.grant_types.contains(&GrantType::RefreshToken) {
            let secret = PlainSecret::generate(&format!("por_{}.", self.id.store), act.entropy)?;
            let hash = HashedSecret::of(&secret);
            Some((secret, hash))
        } else {
            None
        };
        Ok(Prepared { step, token, refresh_token, entries, unsigned })
    }

    fn new_grant(&self, act: &Act<'_>, origin: GrantOrigin, scopes: Option<&Scopes<'static>>) -> Result<UserGrant, Error> {
        let Client { key_set, application, .. } = self.client;
        Ok(UserGrant {
            id: GrantId::generate(act.entropy)?,
            user: self.id.name.clone(),
            application: application.id.clone(),
            consumer_key: key_set.consumer_key.clone(),
            origin,
            scopes: self.client.scopes.effective(scopes, &self.user.roles),
            created_at: act.now,
            used_at: act.now,
            ended_at: None,
        })
    }
}

/// Tokens that are stored, in the order in which they were given.
pub(super) struct Stored {
    pub(super) tokens: Vec<UnsignedUserTokens>,
    /// The status indexes of the tokens that they replace. Their bits have to be set last in the transaction: all transactions that set a bit of
    /// the list wait for each other from there on.
    pub(super) ended: Vec<StatusIndex>,
}

/// Stores tokens of users of one store, of different grants. Then each can be signed.
pub(super) fn store(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    mut prepared: Vec<Prepared>,
) -> Result<Stored, Error> {
    let now = act.now;
    let mut ended = Vec::new();
    let (mut grants, mut codes, mut device_codes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut renewed, mut parents, mut retried) = (Vec::new(), Vec::new(), Vec::new());
    for Prepared { step, token, .. } in &prepared {
        match step {
            Step::Begin { grant, spent, replaces } => {
                if *replaces {
                    let before = GrantSelector::OfTo(&grant.user, &grant.consumer_key);
                    ended.extend(end_grants_on_record(act, tables, before, TokenState::Replaced)?.1);
                }
                match spent {
                    Spent::Nothing => {}
                    Spent::Code(hash) => codes.push((hash, &grant.id)),
                    Spent::DeviceCode(hash) => device_codes.push(hash),
                }
                grants.push(grant);
            }
            Step::Renew { parent, is_retry } => {
                renewed.push(&token.grant);
                parents.push(parent);
                if *is_retry {
                    retried.push(&token.grant);
                }
            }
        }
    }
    tables.insert_grants(&grants)?;
    ended.extend(tables.end_tokens_of_grants(&renewed, TokenState::Replaced)?);
    tables.supersede_refresh_tokens(&retried, now)?;
    tables.spend_refresh_tokens(&parents, now)?;
    tables.touch_grants(&renewed, now)?;
    tables.spend_codes(&codes)?;
    main.spend_device_codes(&device_codes)?;
    tables.insert_user_tokens(&prepared.iter().map(|one| &one.token).collect::<Vec<_>>())?;
    tables.insert_refresh_tokens(&prepared.iter().filter_map(Prepared::new_refresh_token).collect::<Vec<_>>(), now)?;
    let mut entries: Vec<AuditEntry> = prepared.iter_mut().flat_map(|one| std::mem::take(&mut one.entries)).collect();
    act.append(main, &mut entries)?;
    let tokens = prepared.into_iter().map(|Prepared { unsigned, refresh_token, .. }| {
        let refresh_token = refresh_token.map(|(secret, _)| secret);
        UnsignedUserTokens { unsigned, refresh_token }
    });
    Ok(Stored { tokens: tokens.collect(), ended })
}

impl Prepared {
    fn new_refresh_token(&self) -> Option<NewRefreshToken<'_>> {
        let (_, hash) = self.refresh_token.as_ref()?;
        let parent = match &self.step {
            Step::Renew { parent, .. } => Some(parent),
            Step::Begin { .. } => None,
        };
        Some(NewRefreshToken { hash, grant: &self.token.grant, parent })
    }
}

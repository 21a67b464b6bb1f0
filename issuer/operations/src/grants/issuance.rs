//! Issuing a user's tokens: the last step of every grant.

use postern_token::{Scopes, UnixSeconds};
use serde_json::json;

use crate::client_memory::Client;
use crate::settings::TokenValidity;
use crate::status_indexes::set_status_bits;
use crate::tokens::{MintRequest, MintedToken, PreparedUserToken, UnsignedAccessToken};
use crate::{Act, Error};
use postern_model::{
    Action, AuditEntry, GrantId, GrantOrigin, GrantType, Obtained, StatusIndex, TokenState, User, UserGrant, UserId, Validity,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{GrantSelector, Transaction, UserTables, UserTokenSelector};

use crate::tokens::end_grants;

/// The tokens that a client gets for a user.
#[derive(Debug)]
pub struct MintedUserToken {
    /// The access token.
    pub token: MintedToken,
    /// The refresh token, if the client may have one. Only its hash is stored.
    pub refresh_token: Option<PlainSecret>,
}

/// The tokens before the access token is signed.
pub(super) struct UnsignedUserTokens {
    unsigned: UnsignedAccessToken,
    refresh_token: Option<PlainSecret>,
}

impl UnsignedUserTokens {
    pub(super) fn sign(self) -> Result<MintedUserToken, Error> {
        Ok(MintedUserToken { token: self.unsigned.sign()?, refresh_token: self.refresh_token })
    }
}

/// The basis of an issuance: a grant, and the refresh token that the client used, if any.
struct Step<'a> {
    grant: &'a GrantId,
    parent: Option<&'a HashedSecret>,
    obtained: Obtained,
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

impl Issuance<'_> {
    /// Creates a grant for these scopes and issues its first tokens. Where the client allows one grant for each user, the user's previous
    /// grant ends.
    pub(super) fn begin(
        &self,
        act: &Act<'_>,
        main: &Transaction<'_>,
        tables: &UserTables<'_, '_>,
        origin: GrantOrigin,
        scopes: Option<&Scopes<'static>>,
    ) -> Result<(GrantId, UnsignedUserTokens), Error> {
        let Client { key_set, application, .. } = self.client;
        if key_set.for_users.one_grant {
            let before = GrantSelector::OfTo(&self.id.name, &key_set.consumer_key);
            end_grants(act, main, tables, before, TokenState::Replaced)?;
        }
        // The grant is limited to what the user's roles allow now: a role that the user gets later must not extend it.
        let scopes = self.client.scopes.effective(scopes, &self.user.roles);
        let grant = UserGrant {
            id: GrantId::generate(act.entropy)?,
            user: self.id.name.clone(),
            application: application.id.clone(),
            consumer_key: key_set.consumer_key.clone(),
            origin,
            scopes,
            created_at: act.now,
            used_at: act.now,
            ended_at: None,
        };
        let details = json!({ "user": self.id, "client": grant.consumer_key, "origin": origin, "scope": grant.scopes });
        let made = act.entry(Action::GrantMake, Some(&grant.application), Some(grant.id.as_str()), Some(&details));
        tables.insert_grant(&grant)?;
        let obtained = match origin {
            GrantOrigin::AuthorizationCode => Obtained::AuthorizationCode,
            GrantOrigin::DeviceCode => Obtained::DeviceCode,
            GrantOrigin::Password => Obtained::Password,
        };
        let step = Step { grant: &grant.id, parent: None, obtained };
        let tokens = self.tokens(act, (main, vec![made]), tables, &step, grant.scopes.as_ref())?;
        Ok((grant.id, tokens))
    }

    /// Issues the next tokens of a grant for a refresh token. They replace the grant's current ones.
    pub(super) fn renew(
        &self,
        act: &Act<'_>,
        main: &Transaction<'_>,
        tables: &UserTables<'_, '_>,
        (grant, refresh_token): (&UserGrant, &HashedSecret),
        scopes: Option<&Scopes<'static>>,
    ) -> Result<UnsignedUserTokens, Error> {
        let which = UserTokenSelector::Grants(GrantSelector::One(&grant.id));
        let status_indexes = tables.end_user_tokens(which, TokenState::Replaced, UnixSeconds(0))?;
        tables.spend_refresh_token(refresh_token, &grant.id, act.now)?;
        tables.touch_grant(&grant.id, act.now)?;
        let step = Step { grant: &grant.id, parent: Some(refresh_token), obtained: Obtained::RefreshToken };
        let tokens = self.tokens(act, (main, Vec::new()), tables, &step, scopes)?;
        // Last, because all transactions that end a token of the list wait for each other from here on.
        set_status_bits(main, &status_indexes, act.now)?;
        Ok(tokens)
    }

    /// `entries` are those of the same transaction that come before the token's in the audit log.
    fn tokens(
        &self,
        act: &Act<'_>,
        (main, mut entries): (&Transaction<'_>, Vec<AuditEntry>),
        tables: &UserTables<'_, '_>,
        step: &Step<'_>,
        scopes: Option<&Scopes<'static>>,
    ) -> Result<UnsignedUserTokens, Error> {
        let Step { grant, parent, obtained } = *step;
        let scopes = self.client.scopes.effective(scopes, &self.user.roles);
        let Client { key_set, application, .. } = self.client;
        let usual = key_set.for_users.validity.unwrap_or(application.validities.user);
        let validity = TokenValidity { asked: self.validity, usual };
        let order = MintRequest { key_set, application_state: application.state, scopes, validity, obtained };
        let PreparedUserToken { token, unsigned, validity } =
            order.prepare_for_user(act, (main, tables), self.status_index, self.id, (self.client, grant))?;
        let record = &token.record;
        let details = json!({ "obtained": obtained, "scope": record.restrictions.scopes, "validity": validity, "user": self.id });
        entries.push(act.entry(Action::TokenMint, Some(&record.application), Some(record.id.as_str()), Some(&details)));
        act.append(main, &mut entries)?;
        tables.insert_user_token(&token)?;
        let refresh_token = if key_set.grant_types.contains(&GrantType::RefreshToken) {
            let secret = PlainSecret::generate(&format!("por_{}.", self.id.store), act.entropy)?;
            tables.insert_refresh_token(&HashedSecret::of(&secret), grant, parent, act.now)?;
            Some(secret)
        } else {
            None
        };
        Ok(UnsignedUserTokens { unsigned, refresh_token })
    }
}

//! Signing in with an identity provider (`OpenID` Connect Core 1.0, section 3.1).
//!
//! Between its two steps, a sign-in is kept in the browser alone: in a cookie that only the issuer can make and read. The cookie binds the
//! provider's response to the browser that began (RFC 9700 section 4.7).

use postern_token::UnixSeconds;
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::error::{SignInRefusal, UserError};
use crate::members::follow_groups;
use crate::user_stores::UserStore;
use crate::users::{Authenticated, NewSession, begin_session, record_person};
use crate::{Act, Error, kept};
use postern_directories::openid_connect::{OpenIdConnect, SignInSecrets};
use postern_model::UserStoreName;
use postern_secrets::{HashedSecret, PlainSecret};

/// The seconds for which a person may take to sign in at the provider.
pub const SIGN_IN_LIFETIME: u64 = 600;

/// What the cookie is sealed for: its table and row, so to speak.
const SEALED_FOR: &str = "provider sign-in";

/// The most used sign-ins that one transaction deletes.
const STEP: u32 = 1000;

/// A sign-in that has begun.
#[derive(Debug)]
pub struct BegunSignIn {
    /// The page of the provider to which the browser is sent.
    pub address: Url,
    /// The provider's name for people.
    pub title: String,
    /// What tells this sign-in from others of the same browser. It comes back as `state`.
    pub state: PlainSecret,
    /// What the browser keeps until it comes back: letters, digits, `-` and `_`.
    pub kept: PlainSecret,
}

/// What the provider sends back with the browser (RFC 6749 section 4.1.2, RFC 9207 section 2).
#[derive(Debug)]
pub struct AuthorizationResponse {
    /// Identifies the sign-in.
    pub state: PlainSecret,
    /// The code, unless there is an error.
    pub code: Option<PlainSecret>,
    /// The error code.
    pub error: Option<String>,
    /// The provider that responds.
    pub iss: Option<String>,
}

/// A sign-in that was completed.
#[derive(Debug)]
pub struct FinishedSignIn {
    /// The user's session.
    pub session: NewSession,
    /// Where the user continues, as given to [`begin_provider_sign_in`].
    pub next: String,
}

/// Begins a sign-in: `next` is where the user continues afterwards, `redirect_uri` where the provider sends the browser. With `again`, the
/// provider asks for a new sign-in. Blocks until the provider's metadata are known.
pub fn begin_provider_sign_in(
    act: &Act<'_>,
    store: &UserStoreName,
    next: &str,
    redirect_uri: &str,
    again: bool,
) -> Result<BegunSignIn, Error> {
    let (_, provider) = find_provider(act, store)?;
    let secret = || PlainSecret::generate("", act.entropy);
    let secrets = SignInSecrets { state: secret()?, nonce: secret()?, verifier: secret()? };
    let address = provider.authorization_url(&secrets, redirect_uri, again).map_err(UserError::from)?;
    let kept = Kept { secrets, began_at: act.now, next: next.to_owned() };
    let (title, sealed) = (provider.title().to_owned(), kept.seal(act, store)?);
    Ok(BegunSignIn { address, title, state: kept.secrets.state, kept: sealed })
}

/// Completes a sign-in with the provider's response and with what the browser has kept. Each sign-in is completed once, or refused once.
/// `before` is the browser's previous session, which ends. Blocks until the provider answers.
pub fn finish_provider_sign_in(
    act: &Act<'_>,
    store: &UserStoreName,
    response: &AuthorizationResponse,
    kept: &PlainSecret,
    redirect_uri: &str,
    before: Option<&PlainSecret>,
) -> Result<FinishedSignIn, Error> {
    let (store, provider) = find_provider(act, store)?;
    let Kept { secrets, began_at, next } = Kept::open(act, store.name(), kept)?;
    let is_of_this_sign_in: bool = secrets.state.expose().as_bytes().ct_eq(response.state.expose().as_bytes()).into();
    let expires_at = UnixSeconds(began_at.0.saturating_add(SIGN_IN_LIFETIME));
    if !is_of_this_sign_in || act.now < began_at || act.now >= expires_at {
        return Err(UserError::StaleSignIn.into());
    }
    // Before the code is used, so that a response that is sent twice at the same time is used once.
    let state = HashedSecret::of(&secrets.state);
    if !act.storage().write_concurrent(|transaction| Ok::<_, Error>(transaction.use_sign_in(&state, expires_at)?))? {
        return Err(UserError::StaleSignIn.into());
    }
    provider.check_issuer(response.iss.as_deref()).map_err(UserError::from)?;
    let code = match (&response.error, &response.code) {
        (None, Some(code)) => code,
        (Some(error), _) => return Err(UserError::SignInRefused(SignInRefusal::of(error)).into()),
        (None, None) => return Err(UserError::SignInRefused(SignInRefusal::Request).into()),
    };
    let person = provider.redeem(code, &secrets, redirect_uri, act.now).map_err(UserError::from)?;
    let id = record_person(act, store, &person)?;
    follow_groups(act, store, &id, &person.groups)?;
    let known = Authenticated::by_provider(store, id);
    Ok(FinishedSignIn { session: begin_session(act, &known, before, None, |_, _| Ok(()))?, next })
}

/// Deletes the records of used sign-ins that have expired. Returns whether there may be more to delete.
pub fn prune_used_sign_ins(act: &Act<'_>) -> Result<bool, Error> {
    act.storage().write_concurrent(|transaction| {
        let deleted = transaction.delete_expired_sign_ins(act.now, STEP)?;
        Ok(deleted >= usize::try_from(STEP).unwrap_or(usize::MAX))
    })
}

fn find_provider<'a>(act: &Act<'a>, store: &UserStoreName) -> Result<(&'a UserStore, &'a OpenIdConnect), Error> {
    let store = act.stores().find(store)?;
    let provider = store.provider().ok_or_else(|| UserError::NoProvider(store.name().clone()))?;
    Ok((store, provider))
}

/// What a browser keeps of a sign-in.
struct Kept {
    secrets: SignInSecrets,
    began_at: UnixSeconds,
    next: String,
}

impl Kept {
    fn seal(&self, act: &Act<'_>, store: &UserStoreName) -> Result<PlainSecret, Error> {
        let SignInSecrets { state, nonce, verifier } = &self.secrets;
        let lines = [state.expose(), nonce.expose(), verifier.expose(), &self.began_at.0.to_string(), &self.next];
        kept::seal(act, SEALED_FOR, store.as_str(), &lines)
    }

    fn open(act: &Act<'_>, store: &UserStoreName, kept: &PlainSecret) -> Result<Self, Error> {
        let [state, nonce, verifier, began_at, next] = kept::open(act, SEALED_FOR, store.as_str(), kept)?;
        let [state, nonce, verifier] = [state, nonce, verifier].map(|secret| PlainSecret::presented((*secret).clone()));
        let began_at = began_at.parse().map(UnixSeconds).map_err(|_| UserError::StaleSignIn)?;
        Ok(Self { secrets: SignInSecrets { state, nonce, verifier }, began_at, next: (*next).clone() })
    }
}

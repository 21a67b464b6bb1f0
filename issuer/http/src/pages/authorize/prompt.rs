//! The parameters `prompt` and `max_age`, with which a client asks for a new sign-in or consent, or for none (`OpenID` Connect Core 1.0,
//! section 3.1.2.1).

use postern_http_types::Form;
use postern_operations::SignedIn;
use postern_token::UnixSeconds;
use url::form_urlencoded::Serializer;

use super::Refusal;

/// Our own parameter: when a user was sent to the sign-in page for this request. A sign-in since then satisfies the request, so that the
/// user is not asked again without end. It gives no protection against the user or the client: both can leave out `prompt`.
const ASKED_AT: &str = "postern_asked_at";

/// For how many seconds a user may sign in for a request.
const SIGN_IN_TIME: u64 = 900;

/// The prompts that a client requests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prompt {
    /// No page may be shown.
    pub(crate) none: bool,
    /// Ask for consent, even if the user has consented before.
    pub(crate) consent: bool,
    /// Ask the user to sign in again, perhaps as another user.
    sign_in: bool,
    /// The most seconds since the user signed in.
    max_age: Option<u64>,
    asked_at: Option<UnixSeconds>,
}

impl Prompt {
    /// Reads the parameters of an authorization request.
    pub(crate) fn read(form: &Form) -> Result<Self, Refusal> {
        let mut prompt = Self::default();
        for value in form.value("prompt").unwrap_or_default().split_ascii_whitespace() {
            match value {
                "none" => prompt.none = true,
                "login" | "select_account" => prompt.sign_in = true,
                "consent" => prompt.consent = true,
                _ => return Err(("invalid_request", "`prompt` must hold `none`, `login`, `consent` or `select_account`")),
            }
        }
        if prompt.none && (prompt.sign_in || prompt.consent) {
            return Err(("invalid_request", "`prompt` must not hold `none` together with another value"));
        }
        // `parse` would also take a sign.
        let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(text) = form.value("max_age") {
            prompt.max_age = Some(number(text).ok_or(("invalid_request", "`max_age` must be a whole number of seconds"))?);
        }
        prompt.asked_at = form.value(ASKED_AT).and_then(number).map(UnixSeconds);
        Ok(prompt)
    }

    /// Whether a new sign-in may be needed, by the user's session.
    pub(crate) const fn may_need_sign_in(&self) -> bool {
        self.sign_in || self.max_age.is_some()
    }

    /// Whether the user must sign in again, although there is a session.
    pub(crate) fn needs_sign_in(&self, session: &SignedIn, now: UnixSeconds) -> bool {
        let since_asked = self.asked_at.is_some_and(|asked_at| {
            session.since >= asked_at && asked_at <= now && now.0.saturating_sub(asked_at.0) <= SIGN_IN_TIME
        });
        let age = now.0.saturating_sub(session.since.0);
        let too_old = self.max_age.is_some_and(|most| age > most || most == 0);
        (self.sign_in || too_old) && !since_asked
    }
}

/// The query of the same request, after the user was sent to sign in `now`.
pub(crate) fn asked(query: &str, now: UnixSeconds) -> String {
    let mut marked = Serializer::new(String::new());
    let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != ASKED_AT);
    marked.extend_pairs(pairs).append_pair(ASKED_AT, &now.0.to_string());
    marked.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(query: &str) -> Result<Prompt, Refusal> {
        Prompt::read(&Form::parse(query.as_bytes()).ok().unwrap())
    }

    fn session(since: u64) -> SignedIn {
        SignedIn { user: "alice@local".parse().unwrap(), since: UnixSeconds(since) }
    }

    #[test]
    fn a_new_sign_in_is_needed_once() {
        let now = UnixSeconds(100_000);
        let needs = |query: &str, since: u64| prompt(query).unwrap().needs_sign_in(&session(since), now);
        assert!(!needs("", 1));
        assert!(!needs("prompt=consent", 1) && !needs("prompt=none", 1));
        assert!(
            needs("prompt=login", 100_000) && needs("prompt=select_account", 100_000) && needs("prompt=login+consent", 99_999)
        );
        assert!(needs("max_age=0", 100_000) && needs("max_age=10", 99_989) && needs("prompt=none&max_age=10", 99_989));
        assert!(!needs("max_age=10", 99_990));
        // The user has signed in since.
        assert!(!needs("prompt=login&postern_asked_at=99990", 99_990) && !needs("max_age=0&postern_asked_at=99990", 99_995));
        // An older session, a saved link, or a future time does not satisfy the request.
        assert!(needs("prompt=login&postern_asked_at=99990", 99_989));
        assert!(needs("prompt=login&postern_asked_at=99000", 99_500));
        assert!(needs("prompt=login&postern_asked_at=100001", 100_001));
        assert_eq!(asked("a=b+c&postern_asked_at=1&d=%26", now), "a=b+c&d=%26&postern_asked_at=100000");
    }

    #[test]
    fn malformed_parameters_are_refused() {
        for query in
            ["prompt=none+login", "prompt=create", "prompt=Login", "max_age=-1", "max_age=%2B1", "max_age=x", "max_age=1.5"]
        {
            assert!(prompt(query).is_err(), "{query}");
        }
    }
}

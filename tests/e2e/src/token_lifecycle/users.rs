//! What ends a user's access: each is refused at every worker, and the application cannot renew it. Each case goes through it with a user of every store.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{self, PASSWORD, UserClient, UserTokens};
use serde_json::json;

use super::stand::edges::{Edge, get, order};
use super::stand::{ISSUER, STORES, Stand, claims};

/// For how many seconds a refresh token that was spent is refused and no more, because two threads of a client may have asked at once.
const REUSE_LEEWAY: u64 = 5;

/// Asks for a user.
fn me(token: &str) -> Request {
    get("/pizza/1.0.0/me").bearer(token)
}

/// A user who signed in, and the application that acts for the user.
struct Case {
    user: String,
    browser: UserAgent,
    client: UserClient,
    tokens: UserTokens,
}

impl Stand {
    /// A new user of each store, with a browser that signed in, and an application that may act for each.
    fn users(&self, name: &str) -> Result<Vec<Case>> {
        let application = self.application(name)?;
        let mut settings = vec!["--scope", "orders"];
        settings.extend(users::client_arguments());
        let keys = self.generate(&application, &settings)?;
        let client = UserClient { issuer: self.issuer.address(), client: keys.client };
        STORES.iter().map(|store| self.user(&client, &format!("{name}@{store}"))).collect()
    }

    fn user(&self, client: &UserClient, user: &str) -> Result<Case> {
        users::add(&self.cli, user)?;
        let mut browser = UserAgent::new(self.issuer.address(), ISSUER)?;
        let tokens = client.obtain(&mut browser, user)?;
        let case = Case { user: user.to_owned(), browser, client: client.clone(), tokens };
        self.acts_for(&case)?;
        Ok(case)
    }

    /// The token passes where a user is asked for, and the upstream hears who it is.
    fn acts_for(&self, case: &Case) -> Result<()> {
        for request in [me(&case.tokens.access_token), order(&case.tokens.access_token)] {
            let arrived = self.soon_passes(&request)?;
            ensure!(arrived["headers"]["x-postern-user"] == case.user.as_str(), "the user arrived as {}", arrived["headers"]);
        }
        Ok(())
    }

    /// Soon neither token is of any use, and an application that asks anew has to go by the user.
    fn is_over(&self, case: &Case) -> Result<()> {
        self.soon_refuses(&me(&case.tokens.access_token), 401, "revoked")?;
        let answer = case.client.renewal(&case.tokens.refresh_token).send(self.issuer.address())?;
        ensure!(answer.status == 400 && answer.json()["error"] == "invalid_grant", "{} {}", answer.status, answer.json());
        Ok(())
    }

    /// The user is removed, and with the user every token: one that lived on would keep the key that signed it.
    fn remove(&self, case: &Case) -> Result<()> {
        self.manage("DELETE", &Self::path(case), None)?;
        self.is_over(case)
    }

    fn path(case: &Case) -> String {
        let (name, store) = case.user.split_once('@').unwrap_or_default();
        format!("/user-stores/{store}/users/{name}")
    }
}

pub(super) fn a_user_is_not_an_application(stand: &Stand) -> Result<()> {
    for case in stand.users("kinds")? {
        let claims = claims(&case.tokens.access_token)?;
        ensure!(claims["sub"] == case.user.as_str() && claims["kind"] == "user", "{claims}");
        let forged = me(&case.tokens.access_token).header("x-postern-user", "mallory@local");
        ensure!(stand.passes(Edge::Both, &forged)?["headers"]["x-postern-user"] == case.user.as_str(), "a forged user arrived");
        stand.refuses(Edge::Both, &get("/pizza/1.0.0/stats").bearer(&case.tokens.access_token), 403, "wrong_kind")?;
        let application = stand.grant(&case.client.client, "")?;
        stand.refuses(Edge::Both, &me(&application), 403, "wrong_kind")?;
        ensure!(stand.takes(&application)?["headers"]["x-postern-user"].is_null(), "an application's token arrived with a user");
        stand.remove(&case)?;
    }
    Ok(())
}

pub(super) fn a_renewed_token_takes_the_place_of_the_one_before_it(stand: &Stand) -> Result<()> {
    for mut case in stand.users("renewed")? {
        let renewed = case.client.renew(&case.tokens.refresh_token)?;
        stand.is_over(&case)?;
        case.tokens = renewed;
        stand.acts_for(&case)?;
        stand.remove(&case)?;
    }
    Ok(())
}

pub(super) fn a_revoked_grant(stand: &Stand) -> Result<()> {
    for mut case in stand.users("revoked")? {
        case.client.revoke(&case.tokens.refresh_token)?;
        stand.is_over(&case)?;
        // An administrator ends what the application gets next.
        case.tokens = case.client.obtain(&mut case.browser, &case.user)?;
        stand.acts_for(&case)?;
        let grants = format!("{}/grants", Stand::path(&case));
        let live = stand.manage("GET", &grants, None)?["items"].clone();
        ensure!(live.as_array().map(Vec::len) == Some(1), "{live}");
        stand.manage("DELETE", &format!("{grants}/{}", live[0]["id"].as_str().unwrap_or_default()), None)?;
        stand.is_over(&case)?;
    }
    Ok(())
}

pub(super) fn a_locked_user(stand: &Stand) -> Result<()> {
    for mut case in stand.users("locked")? {
        stand.manage("PATCH", &Stand::path(&case), Some(&json!({"state": "locked"})))?;
        stand.is_over(&case)?;
        ensure!(case.client.obtain(&mut case.browser, &case.user).is_err(), "a locked user signed in");
        stand.manage("PATCH", &Stand::path(&case), Some(&json!({"state": "active"})))?;
        stand.is_over(&case)?;
        case.tokens = case.client.obtain(&mut case.browser, &case.user)?;
        stand.acts_for(&case)?;
        stand.remove(&case)?;
    }
    Ok(())
}

pub(super) fn another_password(stand: &Stand) -> Result<()> {
    for mut case in stand.users("password")? {
        let page = case.browser.open("/account/password")?.here()?;
        let another = "a much longer battery staple";
        let fields = [("current", PASSWORD), ("new", another), ("again", another)];
        let page = case.browser.send(&page, "/account/password", &fields)?.here()?;
        ensure!(page.html.contains("Your password was changed"), "{}", page.html);
        stand.is_over(&case)?;
        // An administrator gives back the one before.
        let mut browser = UserAgent::new(stand.issuer.address(), ISSUER)?;
        browser.account(&case.user, another)?;
        case.tokens = case.client.obtain(&mut browser, &case.user)?;
        stand.acts_for(&case)?;
        stand.manage("PUT", &format!("{}/password", Stand::path(&case)), Some(&json!({"password": PASSWORD})))?;
        stand.is_over(&case)?;
    }
    Ok(())
}

pub(super) fn a_withdrawn_consent(stand: &Stand) -> Result<()> {
    for mut case in stand.users("withdrawn")? {
        let page = case.browser.account(&case.user, PASSWORD)?;
        let page = case.browser.send(&page, "/account/withdraw", &[])?.here()?;
        ensure!(page.html.contains("may not act for you any more"), "{}", page.html);
        stand.is_over(&case)?;
        // The user is asked again.
        let denied = case.browser.authorize(&case.client.authorization(), &case.user, PASSWORD, "deny")?;
        ensure!(denied.query().is_some_and(|query| query.contains("error=access_denied")), "{denied}");
    }
    Ok(())
}

pub(super) fn a_stolen_refresh_token(stand: &Stand) -> Result<()> {
    let mut cases = stand.users("stolen")?;
    let mut spent = Vec::new();
    for case in &mut cases {
        let renewed = case.client.renew(&case.tokens.refresh_token)?;
        spent.push(std::mem::replace(&mut case.tokens, renewed).refresh_token);
        stand.acts_for(case)?;
    }
    thread::sleep(Duration::from_secs(REUSE_LEEWAY + 1));
    for (case, spent) in cases.iter().zip(&spent) {
        stand.acts_for(case)?;
        let reused = case.client.renewal(spent).send(stand.issuer.address())?;
        ensure!(reused.json()["error"] == "invalid_grant", "{}", reused.json());
        stand.is_over(case)?;
    }
    Ok(())
}

//! Events that end a user's access: every worker refuses the access token, and the application cannot refresh it. Each case runs with a
//! user of every store.

use anyhow::{Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{self, PASSWORD, UserClient, UserTokens};
use serde_json::json;

use super::fixture::edges::{Edge, get, order};
use super::fixture::{Fixture, ISSUER, STORES, claims};

/// A request that needs a user token.
fn me(token: &str) -> Request {
    get("/pizza/1.0.0/me").bearer(token)
}

/// A user who has signed in, and the client that acts for the user.
struct Case {
    user: String,
    browser: UserAgent,
    client: UserClient,
    tokens: UserTokens,
}

impl Fixture {
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

    /// Asserts that the token passes where a user is required, and that the upstream gets the user's id.
    fn acts_for(&self, case: &Case) -> Result<()> {
        for request in [me(&case.tokens.access_token), order(&case.tokens.access_token)] {
            let arrived = self.eventually_passes(&request)?;
            ensure!(arrived["headers"]["x-postern-user"] == case.user.as_str(), "the user arrived as {}", arrived["headers"]);
        }
        Ok(())
    }

    /// Waits until every worker refuses the access token, and asserts that the refresh token is refused.
    fn has_ended(&self, case: &Case) -> Result<()> {
        self.eventually_refuses(&me(&case.tokens.access_token), 401, "revoked")?;
        let answer = case.client.refresh_request(&case.tokens.refresh_token).send(self.issuer.address())?;
        ensure!(answer.status == 400 && answer.json()["error"] == "invalid_grant", "{} {}", answer.status, answer.json());
        Ok(())
    }

    /// Removes the user and with that every token. A live token would prevent the retirement of its signing key.
    fn remove(&self, case: &Case) -> Result<()> {
        self.manage("DELETE", &Self::path(case), None)?;
        self.has_ended(case)
    }

    fn path(case: &Case) -> String {
        let (name, store) = case.user.split_once('@').unwrap_or_default();
        format!("/user-stores/{store}/users/{name}")
    }
}

pub(super) fn a_user_token_is_not_an_application_token(fixture: &Fixture) -> Result<()> {
    for case in fixture.users("kinds")? {
        let claims = claims(&case.tokens.access_token)?;
        ensure!(claims["sub"] == case.user.as_str() && claims["kind"] == "user", "{claims}");
        let forged = me(&case.tokens.access_token).header("x-postern-user", "mallory@local");
        ensure!(fixture.passes(Edge::Both, &forged)?["headers"]["x-postern-user"] == case.user.as_str(), "a forged user arrived");
        fixture.refuses(Edge::Both, &get("/pizza/1.0.0/stats").bearer(&case.tokens.access_token), 403, "wrong_kind")?;
        let application = fixture.grant(&case.client.client, "")?;
        fixture.refuses(Edge::Both, &me(&application), 403, "wrong_kind")?;
        ensure!(
            fixture.accepts(&application)?["headers"]["x-postern-user"].is_null(),
            "an application's token arrived with a user"
        );
        fixture.remove(&case)?;
    }
    Ok(())
}

pub(super) fn a_refresh_revokes_the_previous_token(fixture: &Fixture) -> Result<()> {
    for mut case in fixture.users("renewed")? {
        let renewed = case.client.refresh(&case.tokens.refresh_token)?;
        fixture.eventually_refuses(&me(&case.tokens.access_token), 401, "revoked")?;
        // The refresh token may be used again until its successor is used; afterwards that is reuse.
        case.tokens = case.client.refresh(&renewed.refresh_token)?;
        fixture.acts_for(&case)?;
        let reused = case.client.refresh_request(&renewed.refresh_token).send(fixture.issuer.address())?;
        ensure!(reused.status == 200, "within the grace: {} {}", reused.status, reused.json());
        fixture.remove(&case)?;
    }
    Ok(())
}

pub(super) fn revoking_a_grant_ends_access(fixture: &Fixture) -> Result<()> {
    for mut case in fixture.users("revoked")? {
        case.client.revoke(&case.tokens.refresh_token)?;
        fixture.has_ended(&case)?;
        // An administrator ends the next grant.
        case.tokens = case.client.obtain(&mut case.browser, &case.user)?;
        fixture.acts_for(&case)?;
        let grants = format!("{}/grants", Fixture::path(&case));
        let live = fixture.manage("GET", &grants, None)?["items"].clone();
        ensure!(live.as_array().map(Vec::len) == Some(1), "{live}");
        fixture.manage("DELETE", &format!("{grants}/{}", live[0]["id"].as_str().unwrap_or_default()), None)?;
        fixture.has_ended(&case)?;
    }
    Ok(())
}

pub(super) fn locking_a_user_ends_access(fixture: &Fixture) -> Result<()> {
    for mut case in fixture.users("locked")? {
        fixture.manage("PATCH", &Fixture::path(&case), Some(&json!({"state": "locked"})))?;
        fixture.has_ended(&case)?;
        ensure!(case.client.obtain(&mut case.browser, &case.user).is_err(), "a locked user signed in");
        fixture.manage("PATCH", &Fixture::path(&case), Some(&json!({"state": "active"})))?;
        fixture.has_ended(&case)?;
        case.tokens = case.client.obtain(&mut case.browser, &case.user)?;
        fixture.acts_for(&case)?;
        fixture.remove(&case)?;
    }
    Ok(())
}

pub(super) fn a_password_change_ends_access(fixture: &Fixture) -> Result<()> {
    for mut case in fixture.users("password")? {
        let page = case.browser.open("/account/password")?.into_page()?;
        let another = "a much longer battery staple";
        let fields = [("current", PASSWORD), ("new", another), ("again", another)];
        let page = case.browser.send(&page, "/account/password", &fields)?.into_page()?;
        ensure!(page.html.contains("Your password was changed"), "{}", page.html);
        fixture.has_ended(&case)?;
        // An administrator resets the password.
        let mut browser = UserAgent::new(fixture.issuer.address(), ISSUER)?;
        browser.account(&case.user, another)?;
        case.tokens = case.client.obtain(&mut browser, &case.user)?;
        fixture.acts_for(&case)?;
        fixture.manage("PUT", &format!("{}/password", Fixture::path(&case)), Some(&json!({"password": PASSWORD})))?;
        fixture.has_ended(&case)?;
    }
    Ok(())
}

pub(super) fn withdrawing_consent_ends_access(fixture: &Fixture) -> Result<()> {
    for mut case in fixture.users("withdrawn")? {
        let page = case.browser.account(&case.user, PASSWORD)?;
        let page = case.browser.send(&page, "/account/withdraw", &[])?.into_page()?;
        ensure!(page.html.contains("access is withdrawn"), "{}", page.html);
        fixture.has_ended(&case)?;
        // The user must consent again.
        let denied = case.browser.authorize(&case.client.authorization(), &case.user, PASSWORD, "deny")?;
        ensure!(denied.query().is_some_and(|query| query.contains("error=access_denied")), "{denied}");
    }
    Ok(())
}

pub(super) fn refresh_token_reuse_ends_access(fixture: &Fixture) -> Result<()> {
    // However slow the machine is.
    fixture.manage("PATCH", "/settings", Some(&json!({"refresh_grace": 600})))?;
    let mut cases = fixture.users("stolen")?;
    let mut spent = Vec::new();
    for case in &mut cases {
        let renewed = case.client.refresh(&case.tokens.refresh_token)?;
        // The answer may be lost: the client may repeat its request until it uses the successor.
        let repeated = case.client.refresh(&case.tokens.refresh_token)?;
        fixture.eventually_refuses(&me(&renewed.access_token), 401, "revoked")?;
        let renewed = case.client.refresh(&repeated.refresh_token)?;
        spent.push(std::mem::replace(&mut case.tokens, renewed).refresh_token);
        fixture.acts_for(case)?;
    }
    for (case, spent) in cases.iter().zip(&spent) {
        fixture.acts_for(case)?;
        let reused = case.client.refresh_request(spent).send(fixture.issuer.address())?;
        ensure!(reused.json()["error"] == "invalid_grant", "{}", reused.json());
        fixture.has_ended(case)?;
    }
    Ok(())
}

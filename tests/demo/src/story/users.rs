//! The steps that follow a user, who signs in and consents, and whose access then ends in different ways.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::checks::{anything, identifies_the_user};
use super::{Expected, Outcome, Step, run_step};
use crate::demo::{Demo, ISSUER, USER};
use postern_test_harness::client::{Request, Response};
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{PASSWORD, UserClient, UserTokens};

/// Within this time every worker of the gateway must know of a change.
const SOON: Duration = Duration::from_secs(30);

/// So many requests reach every worker, although each goes to an arbitrary one.
const ALL_WORKERS: usize = 20;

/// Runs the steps, and reports each outcome at once.
pub(super) fn run(demo: &Demo, report: &mut dyn FnMut(Outcome)) -> Result<()> {
    let client = UserClient { issuer: demo.issuer.address(), client: demo.client.clone() };
    let mut browser = UserAgent::new(demo.issuer.address(), ISSUER)?;
    let mut run = |step: Step| run_step(demo, &step).map(&mut *report);

    let first = client.obtain(&mut browser, USER)?;
    settle(demo, &first, 200)?;
    run(passes(demo, "a user signs in and consents, and the application acts for the user", &first))?;
    let second = client.refresh(&first.refresh_token)?;
    settle(demo, &first, 401)?;
    run(passes(demo, "the application refreshes its token, and the new one passes", &second))?;
    run(refused(demo, "the previous token is refused", &first))?;

    demo.cli.run(&["admin", "user", "lock", USER])?;
    settle(demo, &second, 401)?;
    run(refused(demo, "a locked user's token is refused", &second))?;
    run(not_refreshed(demo, "a locked user's refresh token is refused", &client, &second))?;
    demo.cli.run(&["admin", "user", "unlock", USER])?;
    run(refused(demo, "the token stays refused when the user is unlocked", &second))?;

    let third = client.obtain(&mut browser, USER)?;
    settle(demo, &third, 200)?;
    run(passes(demo, "the user signs in once more, and the application acts for the user again", &third))?;
    let reused = client.obtain(&mut browser, USER)?;
    let next = client.refresh(&client.refresh(&reused.refresh_token)?.refresh_token)?;
    settle(demo, &next, 200)?;
    run(not_refreshed(demo, "a refresh token whose successor was used is refused", &client, &reused))?;
    settle(demo, &next, 401)?;
    run(refused(demo, "reuse of a refresh token ends the grant, and its token is refused", &next))?;
    let page = browser.account(USER, PASSWORD)?;
    let page = browser.send(&page, "/account/withdraw", &[])?.into_page()?;
    ensure!(page.html.contains("access is withdrawn"), "nothing was withdrawn: {}", page.html);
    settle(demo, &third, 401)?;
    run(refused(demo, "a token is refused after the user withdrew consent", &third))?;
    run(not_refreshed(demo, "the refresh token is refused too", &client, &third))
}

/// A request that needs a user token.
fn me(demo: &Demo, tokens: &UserTokens) -> Request {
    demo.request("GET", "/pizza/1.0.0/me").bearer(&tokens.access_token)
}

fn passes(demo: &Demo, name: &'static str, tokens: &UserTokens) -> Step {
    at_the_gateway(demo, name, tokens, Expected::From("production"), identifies_the_user)
}

fn refused(demo: &Demo, name: &'static str, tokens: &UserTokens) -> Step {
    at_the_gateway(demo, name, tokens, Expected::Refused(401, "revoked"), anything)
}

fn at_the_gateway(
    demo: &Demo,
    name: &'static str,
    tokens: &UserTokens,
    expected: Expected,
    check: fn(&Response, &Demo) -> Result<(), String>,
) -> Step {
    Step { name, request: me(demo, tokens), address: demo.envoy.address(), expected, check }
}

fn not_refreshed(demo: &Demo, name: &'static str, client: &UserClient, tokens: &UserTokens) -> Step {
    let (request, address) = (client.refresh_request(&tokens.refresh_token), demo.issuer.address());
    Step { name, request, address, expected: Expected::Refused(400, "invalid_grant"), check: anything }
}

/// Waits until every worker of the gateway responds with `status`. The next step checks the reason.
fn settle(demo: &Demo, tokens: &UserTokens, status: u16) -> Result<()> {
    let (began, mut in_a_row) = (Instant::now(), 0);
    while in_a_row < ALL_WORKERS && began.elapsed() < SOON {
        let answer = me(demo, tokens).send(demo.envoy.address())?;
        in_a_row = if answer.status == status { in_a_row + 1 } else { 0 };
        if in_a_row == 0 {
            thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}

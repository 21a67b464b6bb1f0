//! What a user goes through: signs in, consents, and is acted for until that ends, each time in another way.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::checks::{anything, tells_which_user};
use super::{Expected, Outcome, Step, take};
use crate::demo::{Demo, ISSUER, USER};
use postern_test_harness::client::{Request, Response};
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{PASSWORD, UserClient, UserTokens};

/// How soon every worker of the gateway must know of a change.
const SOON: Duration = Duration::from_secs(30);

/// So many requests come to every worker, whichever each comes to.
const ALL_WORKERS: usize = 20;

/// Tells it; each outcome is heard as it comes.
pub(super) fn tell(demo: &Demo, hear: &mut dyn FnMut(Outcome)) -> Result<()> {
    let client = UserClient { issuer: demo.issuer.address(), client: demo.client.clone() };
    let mut browser = UserAgent::new(demo.issuer.address(), ISSUER)?;
    let mut tell = |step: Step| take(demo, &step).map(&mut *hear);

    let first = client.obtain(&mut browser, USER)?;
    settle(demo, &first, 200)?;
    tell(passes(demo, "a user signs in and consents, and the application acts for the user", &first))?;
    let second = client.renew(&first.refresh_token)?;
    settle(demo, &first, 401)?;
    tell(passes(demo, "it renews its token, and the new one passes", &second))?;
    tell(refused(demo, "the one before it is refused", &first))?;
    tell(not_renewed(demo, "what renewed it cannot do so once more", &client, &first))?;

    demo.cli.run(&["admin", "user", "lock", USER])?;
    settle(demo, &second, 401)?;
    tell(refused(demo, "a locked user's token is refused", &second))?;
    tell(not_renewed(demo, "and cannot be renewed", &client, &second))?;
    demo.cli.run(&["admin", "user", "unlock", USER])?;
    tell(refused(demo, "it stays refused when the user is unlocked", &second))?;

    let third = client.obtain(&mut browser, USER)?;
    settle(demo, &third, 200)?;
    tell(passes(demo, "the user signs in once more, and the application acts for the user again", &third))?;
    let page = browser.account(USER, PASSWORD)?;
    let page = browser.send(&page, "/account/withdraw", &[])?.here()?;
    ensure!(page.html.contains("may not act for you any more"), "nothing was withdrawn: {}", page.html);
    settle(demo, &third, 401)?;
    tell(refused(demo, "what the user withdraws is refused", &third))?;
    tell(not_renewed(demo, "and cannot be renewed either", &client, &third))
}

/// The request that asks for a user.
fn me(demo: &Demo, tokens: &UserTokens) -> Request {
    demo.request("GET", "/pizza/1.0.0/me").bearer(&tokens.access_token)
}

fn passes(demo: &Demo, name: &'static str, tokens: &UserTokens) -> Step {
    at_the_gateway(demo, name, tokens, Expected::From("production"), tells_which_user)
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
    Step { name, request: me(demo, tokens), place: demo.envoy.address(), expected, check }
}

fn not_renewed(demo: &Demo, name: &'static str, client: &UserClient, tokens: &UserTokens) -> Step {
    let (request, place) = (client.renewal(&tokens.refresh_token), demo.issuer.address());
    Step { name, request, place, expected: Expected::Refused(400, "invalid_grant"), check: anything }
}

/// Waits until every worker of the gateway has heard of it: each answers with `status`. Whether it is for the right reason, the next step asks.
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

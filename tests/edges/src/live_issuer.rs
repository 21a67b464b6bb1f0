//! A guarded API that follows a live issuer, in any host, and the checks that every host passes.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::client::{Request, Response};
use postern_test_harness::faults::Fault;
use postern_test_harness::followed_issuer::{FollowedIssuer, MAX_STALENESS};
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::upstream::Upstream;

/// How long a published key is not used yet: longer than the gates of these tests wait for an answer, and than an answer is used.
const WAIT: Duration = Duration::from_secs(3);

/// How long after the issuer's answer a revoked token may pass, in tests that must not depend on the speed of the machine. The benchmark
/// measures it.
const SOON: Duration = Duration::from_secs(10);

/// A host may keep several instances of the gate. After so many requests in a row with the same result, each one has it.
const EVERY_INSTANCE: usize = 20;

/// An issuer with its files in `folder`. Its own URL is not where it listens.
pub(crate) fn issuer(folder: &Path) -> FollowedIssuer {
    FollowedIssuer::start(folder, ("https://issuer.example", "127.0.0.1:0")).unwrap()
}

/// The guarded API.
pub(crate) trait FollowingHost {
    fn issuer(&self) -> &FollowedIssuer;

    fn address(&self) -> SocketAddr;

    fn upstream(&self) -> &Upstream;

    /// What the host has logged.
    fn log(&self) -> String;

    /// Calls the API.
    fn call(&self, token: &str) -> Response {
        orders(token).send(self.address()).unwrap()
    }

    /// The code of the refusal; `None` for a request that passes.
    fn code(&self, token: &str) -> Option<String> {
        self.code_of(&orders(token))
    }

    /// The same for any request.
    fn code_of(&self, request: &Request) -> Option<String> {
        let before = self.upstream().seen();
        let response = request.send(self.address()).unwrap();
        let reached = self.upstream().seen() - before;
        let code = response.code();
        let facts = (reached, response.status == 200);
        assert_eq!(facts, (usize::from(code.is_none()), code.is_none()), "{} {code:?}: {}", response.status, self.log());
        code
    }

    /// Calls the API until the code is this one, and returns how long that took.
    fn until(&self, token: &str, code: Option<&str>) -> Duration {
        self.until_of(&orders(token), code)
    }

    /// The same for any request.
    fn until_of(&self, request: &Request, code: Option<&str>) -> Duration {
        let begin = Instant::now();
        loop {
            let found = self.code_of(request);
            if found.as_deref() == code {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{found:?}, not {code:?}: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Calls the API until it passes in every instance.
    fn until_all_pass(&self, token: &str) {
        let mut passed = 0;
        while passed < EVERY_INSTANCE {
            self.until(token, None);
            passed = if self.code(token).is_none() { passed + 1 } else { 0 };
        }
    }
}

fn orders(token: &str) -> Request {
    Request::new("GET", ORDERS, "api.example").bearer(token)
}

/// Revokes three tokens, each of which is then refused 21 times.
pub(crate) fn a_revoked_token_is_refused_soon_and_for_good(host: &impl FollowingHost) {
    for _ in 0..3 {
        let [revoked, other] = [(); 2].map(|()| host.issuer().mint().unwrap());
        host.until(&revoked, None);
        host.issuer().revoke(&revoked).unwrap();
        let delay = host.until(&revoked, Some("revoked"));
        println!("refused {} ms after the issuer's answer", delay.as_millis());
        assert!(delay < SOON, "{delay:?}");
        assert_eq!(host.code(&other), None);
        for _ in 0..EVERY_INSTANCE {
            assert_eq!(host.code(&revoked).as_deref(), Some("revoked"));
        }
    }
}

pub(crate) fn signing_keys_change_without_a_refusal(host: &impl FollowingHost) {
    let cli = &host.issuer().cli;
    let before = host.issuer().mint().unwrap();
    host.until(&before, None);
    for algorithm in ["RS256", "EdDSA", "ES256"] {
        let key = cli.run(&["admin", "signing-key", "create", "--algorithm", algorithm]).unwrap();
        // Every edge has the new key after its wait.
        thread::sleep(WAIT);
        cli.run(&["admin", "signing-key", "sign", key["kid"].as_str().unwrap()]).unwrap();
        let token = host.issuer().mint().unwrap();
        assert_eq!(host.code(&token), None, "{algorithm}");
        assert_eq!(host.code(&before), None, "{algorithm}: a token of the first key");
    }
}

pub(crate) fn the_last_bundle_is_used_until_it_is_stale(host: &impl FollowingHost, faults: &[Fault]) {
    let token = host.issuer().mint().unwrap();
    for fault in faults.iter().copied() {
        host.until_all_pass(&token);
        host.issuer().faults.set(fault);
        let begin = Instant::now();
        host.until(&token, Some("stale"));
        let held = begin.elapsed();
        println!("{fault:?}: used for {} ms", held.as_millis());
        assert!(held + Duration::from_secs(3) > MAX_STALENESS, "{fault:?}: {held:?}");
        // Not even what needs no token passes then.
        host.until_of(&Request::new("GET", "/pizza/1.0.0/menu", "api.example"), Some("stale"));
        host.issuer().faults.set(Fault::None);
    }
    host.until(&token, None);
    assert!(!host.log().contains(&host.issuer().edge_key), "{}", host.log());
}

/// `refusal` is the code while there is no answer that the gate accepts.
pub(crate) fn an_old_list_is_never_used_as_a_new_one(host: &impl FollowingHost, refusal: &str) {
    let [first, revoked, other] = [(); 3].map(|()| host.issuer().mint().unwrap());
    host.until(&other, None);
    host.issuer().faults.set(Fault::OldLists);
    // The gate has the list of before, so this one is the first that is fetched now, and stays.
    host.issuer().revoke(&first).unwrap();
    host.until(&first, Some("revoked"));
    host.issuer().revoke(&revoked).unwrap();
    // The gate refuses the answer, and everything once its bundle is stale.
    host.until(&revoked, Some(refusal));
    host.issuer().faults.set(Fault::None);
    host.until(&revoked, Some("revoked"));
    assert_eq!(host.code(&other), None);
}

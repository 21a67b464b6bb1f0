//! The status lists of a trusted issuer: they are fetched, they revoke, and an older one never replaces a newer one.

use anyhow::{Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Response;
use postern_test_harness::clock::now;
use postern_test_harness::documents::Documents;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::live::{self, MAX_STALENESS, WORKERS};
use postern_test_harness::upstream::Upstream;
use postern_token::{Identifier, SigningKey, StatusList, StatusListTimes, UnixSeconds};
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

const ISSUER: &str = "https://partner.example";
const LIST: &str = "/lists/1";

/// The `ttl` of the lists in seconds; the plugin fetches a list twice in this time.
const TTL: u64 = 4;

/// A gateway that trusts a partner, and the server of its bundle and of the partner's list.
struct Edge {
    documents: Documents,
    upstream: Upstream,
    envoy: Envoy,
    token: String,
    began: u64,
}

impl Edge {
    fn start(dir: &std::path::Path) -> Result<Self> {
        let (documents, upstream, began) = (Documents::start()?, Upstream::start("production")?, now());
        let mut bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
        let [own, partner] = [0, 1].map(|at| bundle["keys"]["keys"][at].clone());
        bundle["keys"] = json!({"keys": [own]});
        bundle["trusted_issuers"] = json!([{
            "issuer": ISSUER, "audience": "https://partner-api.example", "keys": {"keys": [partner]},
            "applications": ["app-1"], "client_id_prefix": "consumer-key-", "scopes": ["orders", "menu:write"], "apis": {"pizza/1.0.0": "bronze"},
            "status_lists": [{"uri": format!("{ISSUER}{LIST}")}],
        }]);
        documents.put("/edge/bundle", bundle.to_string());
        let sync = json!({
            "cluster": "issuer", "authority": "issuer.example", "key": "edge_abc", "wait_seconds": 1,
            "max_staleness_seconds": MAX_STALENESS.as_secs(), "list_clusters": {ISSUER: "issuer"},
        });
        let ports = (documents.address().port(), upstream.address().port());
        let envoy = live::start_gateway(&sync, &artifacts::plugin()?, ports, &dir.join("gateway"))?;
        let claims = json!({
            "iss": ISSUER, "aud": "https://partner-api.example",
            "status": {"status_list": {"idx": 9, "uri": format!("{ISSUER}{LIST}")}},
        });
        let Value::Object(claims) = claims else { unreachable!() };
        let token = Forge::new(began).token(&TokenSpec { key: Some("k2".into()), claims, ..TokenSpec::default() });
        Ok(Self { documents, upstream, envoy, token, began })
    }

    /// Serves a list that was made that many seconds before the test, in which the token is revoked or not.
    fn put_list(&self, age: u64, revoked: bool) -> Result<()> {
        let key = SigningKey::hs256(Identifier::parse("k2")?, &Forge::secret("k2"))?;
        let times = StatusListTimes { iat: UnixSeconds(self.began - age), exp: None, ttl: Some(TTL) };
        let list = StatusList::of_bits(vec![0, if revoked { 2 } else { 0 }]);
        self.documents.put(LIST, list.sign(&Identifier::parse(format!("{ISSUER}{LIST}"))?, times, &key)?);
        Ok(())
    }

    fn call(&self) -> Result<Response> {
        live::call(&self.envoy, &self.token)
    }

    /// Waits until every worker answers with this code, or accepts the token if there is none. Each request goes to an arbitrary worker.
    fn wait_for(&self, code: Option<&str>) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        let mut same = 0;
        while same < 10 * WORKERS {
            let answer = self.call()?;
            let is_expected = code.map_or(answer.status == 200, |code| answer.code().as_deref() == Some(code));
            same = if is_expected { same + 1 } else { 0 };
            ensure!(Instant::now() < end, "waited for {code:?}: {answer:?}");
            thread::sleep(Duration::from_millis(if is_expected { 0 } else { 20 }));
        }
        Ok(())
    }
}

#[test]
fn a_token_of_a_trusted_issuer_is_refused_after_its_revocation_and_an_old_list_changes_nothing() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let edge = Edge::start(dir.path())?;
    // Without its list, the token's status is unknown.
    edge.wait_for(Some("stale"))?;
    ensure!(edge.upstream.seen() == 0, "a token without a known status reached the upstream");
    edge.put_list(20, false)?;
    edge.wait_for(None)?;
    let asked = edge.documents.take_asked();
    ensure!(asked.iter().any(|asked| asked.path == "/edge/bundle" && asked.has_credential), "{asked:?}");
    let lists: Vec<_> = asked.iter().filter(|asked| asked.path == LIST).collect();
    let fits = lists.iter().all(|asked| asked.host == "partner.example" && !asked.has_credential);
    ensure!(fits && !lists.is_empty(), "the edge key goes to the issuer alone: {asked:?}");
    edge.put_list(10, true)?;
    edge.wait_for(Some("revoked"))?;
    let seen = edge.upstream.seen();
    // As from a cache on the way, or from an attacker.
    edge.put_list(20, false)?;
    let end = Instant::now() + Duration::from_secs(2 * TTL);
    while Instant::now() < end {
        let code = edge.call()?.code();
        ensure!(matches!(code.as_deref(), Some("revoked" | "stale")), "{code:?}");
        thread::sleep(Duration::from_millis(20));
    }
    ensure!(edge.upstream.seen() == seen, "a revoked token reached the upstream");
    let log = std::fs::read_to_string(edge.envoy.log())?;
    let words = format!("the status list {ISSUER}{LIST} of a trusted issuer: it is older");
    ensure!(log.lines().any(|line| line.contains("[error]") && line.contains(&words)), "{log}");
    // A newer list counts, whatever it says.
    edge.put_list(0, false)?;
    edge.wait_for(None)
}

//! Counters, in the text format of Prometheus, with the names and labels that every host of the gate has.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::BuildHasherDefault;

use postern_gate::sync::Outcome;
use postern_gate::{CacheUse, Code, Decision, Fnv, Grounds, Verdict};

/// The label `api` for a request that no API matches. No API can have this name.
const NO_API: &str = "-";

/// The results of `postern_sync_total`.
const SYNC_RESULTS: [&str; 6] = ["changed", "unchanged", "failed", "older", "foreign", "new_epoch"];

/// The reasons of decisions: grounds, and after them codes.
const GROUNDS: [&str; 4] = ["unmatched", "preflight", "public", "token"];
const REASONS: usize = GROUNDS.len() + Code::ALL.len();

/// What the gate has done since it was made.
#[derive(Debug)]
pub(crate) struct Metrics {
    decisions: HashMap<Box<str>, [u64; REASONS], BuildHasherDefault<Fnv>>,
    hits: u64,
    misses: u64,
    sync: [u64; SYNC_RESULTS.len()],
}

/// What the gauges show for an edge that follows an issuer: the bundle's age in milliseconds and its revision.
pub(crate) type BundleGauges = Option<(u64, u64)>;

impl Default for Metrics {
    fn default() -> Self {
        let decisions = std::iter::once((NO_API.into(), [0; REASONS])).collect();
        Self { decisions, hits: 0, misses: 0, sync: [0; SYNC_RESULTS.len()] }
    }
}

impl Metrics {
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        let api = decision.api.map_or(NO_API, |api| api.as_str());
        let position = match &decision.verdict {
            Verdict::Allow(Grounds::Unmatched { .. }) => 0,
            Verdict::Allow(Grounds::Preflight) => 1,
            Verdict::Allow(Grounds::Public) => 2,
            Verdict::Allow(Grounds::Token(_)) => 3,
            Verdict::Deny(reason) => GROUNDS.len() + reason.code() as usize,
        };
        let counters = match self.decisions.get_mut(api) {
            Some(counters) => counters,
            None => self.decisions.entry(api.into()).or_insert([0; REASONS]),
        };
        if let Some(counter) = counters.get_mut(position) {
            *counter += 1;
        }
    }

    pub(crate) fn count_cache(&mut self, used: CacheUse) {
        self.hits += u64::from(used.hits);
        self.misses += u64::from(used.misses);
    }

    pub(crate) fn count_sync(&mut self, outcome: &Outcome) {
        let result = outcome.result();
        let counters = SYNC_RESULTS.iter().zip(&mut self.sync);
        counters.filter(|(name, _)| **name == result).for_each(|(_, counter)| *counter += 1);
    }

    /// The counters, those of decisions only once they are not 0; and `bundle`, if the edge follows an issuer.
    pub(crate) fn to_text(&self, bundle: Option<BundleGauges>) -> String {
        let mut text = "# TYPE postern_decisions_total counter\n".to_owned();
        let mut apis: Vec<_> = self.decisions.iter().collect();
        apis.sort_by_key(|(api, _)| *api);
        for (api, counters) in apis {
            let names = GROUNDS.iter().copied().chain(Code::ALL.iter().map(|code| code.as_str()));
            for (position, (reason, count)) in names.zip(counters).enumerate().filter(|(_, (_, count))| **count > 0) {
                let outcome = if position < GROUNDS.len() { "allow" } else { "deny" };
                let api = escaped(api);
                let _ =
                    writeln!(text, "postern_decisions_total{{outcome=\"{outcome}\",reason=\"{reason}\",api=\"{api}\"}} {count}");
            }
        }
        text.push_str("# TYPE postern_cache_total counter\n");
        for (result, count) in [("hit", self.hits), ("miss", self.misses)] {
            let _ = writeln!(text, "postern_cache_total{{result=\"{result}\"}} {count}");
        }
        if let Some(bundle) = bundle {
            text.push_str("# TYPE postern_sync_total counter\n");
            for (result, count) in SYNC_RESULTS.iter().zip(self.sync) {
                let _ = writeln!(text, "postern_sync_total{{result=\"{result}\"}} {count}");
            }
            let (age, revision) = bundle.unwrap_or_default();
            text.push_str("# TYPE postern_bundle_version gauge\n");
            let _ = writeln!(text, "postern_bundle_version {revision}");
            if bundle.is_some() {
                let _ = writeln!(text, "# TYPE postern_bundle_age_seconds gauge\npostern_bundle_age_seconds {}", age / 1_000);
            }
        }
        text
    }
}

/// A label's value (Prometheus text format 0.0.4).
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_gate::Reason;

    #[test]
    fn every_code_has_a_counter_of_its_own() {
        let mut metrics = Metrics::default();
        let decision = |verdict| Decision { api: None, bearer: None, verdict };
        for (reason, times) in [(Reason::NotReady, 1), (Reason::NoSuchApi, 2), (Reason::AddressNotAllowed, 3)] {
            for _ in 0..times {
                metrics.count(&decision(Verdict::Deny(reason.clone())));
            }
        }
        metrics.count(&decision(Verdict::Allow(Grounds::Public)));
        metrics.count_cache(CacheUse { hits: 5, misses: 7 });
        let text = metrics.to_text(None);
        for line in [
            r#"postern_decisions_total{outcome="deny",reason="not_ready",api="-"} 1"#,
            r#"postern_decisions_total{outcome="deny",reason="no_such_api",api="-"} 2"#,
            r#"postern_decisions_total{outcome="deny",reason="address_not_allowed",api="-"} 3"#,
            r#"postern_decisions_total{outcome="allow",reason="public",api="-"} 1"#,
            r#"postern_cache_total{result="hit"} 5"#,
            r#"postern_cache_total{result="miss"} 7"#,
        ] {
            assert!(text.lines().any(|own| own == line), "{line} in\n{text}");
        }
        assert!(!text.contains("postern_sync_total") && !text.contains("preflight"), "{text}");
    }

    #[test]
    fn an_edge_that_follows_shows_its_bundle() {
        let mut metrics = Metrics::default();
        metrics.count_sync(&Outcome::Changed);
        let text = metrics.to_text(Some(Some((2_500, 7))));
        for line in [r#"postern_sync_total{result="changed"} 1"#, "postern_bundle_age_seconds 2", "postern_bundle_version 7"] {
            assert!(text.lines().any(|own| own == line), "{line} in\n{text}");
        }
        let before = Metrics::default().to_text(Some(None));
        assert!(before.contains("postern_bundle_version 0\n") && !before.contains("age_seconds"), "{before}");
    }

    #[test]
    fn a_label_is_escaped() {
        assert_eq!(escaped("a\"b\\c\nd"), r#"a\"b\\c\nd"#);
    }
}

//! Reports a decision: counters, log lines, and the filter state that access logs read.

use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::LogLevel;

use super::{Plugin, hostcalls};
use postern_gate::{Decision, Reason, Verdict, reply};

impl Plugin {
    pub(super) fn observe(&self, decision: &Decision<'_>) {
        self.metrics.count(decision);
        if let Verdict::Deny(reason) = &decision.verdict
            // An administrator of Envoy can change the level at any time.
            && hostcalls::logs_debug_messages()
        {
            log_denial(reason, decision);
        }
        if self.settings.filter_state {
            set_filter_state(decision);
        }
    }
}

/// Logs why a request was refused, without anything that the client sent: a path can hold a token too.
fn log_denial(reason: &Reason<'_>, decision: &Decision<'_>) {
    let api = decision.api.map_or("none", |api| api.as_str());
    let application = decision.bearer.as_ref().map_or("unknown", |claims| claims.app.as_str());
    let (code, step) = (reason.code().as_str(), reason.step().as_str());
    let detail = reply::detail(reason);
    super::log(LogLevel::Debug, &format!("refused code={code} step={step} api={api} application={application}: {detail}"));
}

/// `wasm.postern.NAME` in Envoy.
fn set_filter_state(decision: &Decision<'_>) {
    let (code, tier) = match &decision.verdict {
        Verdict::Deny(reason) => (reason.code().as_str(), None),
        Verdict::Allow(grounds) => (grounds.code(), grounds.tier()),
    };
    set("postern.code", code);
    if let Some(claims) = &decision.bearer {
        set("postern.application", claims.app.as_str());
        set("postern.key_type", claims.key_type.as_str());
    }
    if let Some(user) = decision.user() {
        set("postern.user", user);
    }
    if let Some(tier) = tier {
        set("postern.tier", tier);
    }
}

fn set(name: &str, value: &str) {
    // A request does not fail if the filter state cannot be set.
    let _ = sdk::set_property(vec![name], Some(value.as_bytes()));
}

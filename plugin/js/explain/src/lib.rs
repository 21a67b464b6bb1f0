//! Explains decisions in JavaScript, step by step. A module apart from the gate's, so that a host that only decides does not load it.

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub mod exports;

use postern_gate::Gate;
use postern_gate::explain::explain_steps;
use postern_token::UnixSeconds;

/// Decides the `request` with the plugin's `configuration`, both in JSON, at the time `now`, and explains the decision in JSON as
/// [`explain_steps`] does. The configuration must hold its bundle. The error names every problem of the configuration or of the request.
pub fn explain(configuration: &str, request: &str, now: UnixSeconds) -> Result<String, String> {
    let gate =
        Gate::from_json(configuration.as_bytes()).map_err(|problems| format!("the configuration is refused: {problems}"))?;
    let explained = explain_steps(&gate, request.as_bytes(), now);
    explained.map(|value| value.to_string()).map_err(|problems| format!("the request is refused: {problems}"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const REQUEST: &str = r#"{"method":"GET","path":"/pizza/1.0.0/menu","headers":[["host","api.example"]]}"#;

    fn configuration() -> String {
        format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle())
    }

    #[test]
    fn a_decision_is_explained_in_json() {
        let explained = explain(&configuration(), REQUEST, UnixSeconds(1_800_000_000)).unwrap();
        let explained: Value = serde_json::from_str(&explained).unwrap();
        assert_eq!((explained["code"].as_str(), explained["steps"].as_array().map(Vec::len)), (Some("public"), Some(12)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |configuration: &str, request: &str| explain(configuration, request, UnixSeconds(0)).unwrap_err();
        assert_eq!(
            wrong("{}", REQUEST),
            "the configuration is refused: `bundle`: is missing; set `bundle`, or `sync` to fetch it"
        );
        assert_eq!(wrong(&configuration(), r#"{"path":"/"}"#), "the request is refused: `method`: is missing");
    }
}

//! The plugin's configuration, parsed and validated: what a host gets before its first request.

use std::rc::Rc;

use postern_token::bundle::{At, Bundle, BundleDocument, Problems};

use crate::gate::Gate;
use crate::settings::{PluginDocument, Settings};
use crate::sync_settings::SyncSettings;

/// A valid configuration.
#[derive(Debug)]
pub enum Configuration {
    /// The bundle is in the configuration.
    Inline(Gate),
    /// The bundle is fetched from an issuer.
    Synced(SyncSettings, Rc<Settings>),
}

impl Configuration {
    /// Parses the plugin's configuration. The error names every problem.
    pub fn from_json(json: &[u8]) -> Result<Self, Problems> {
        Problems::read_and_check(json, |document: PluginDocument, problems| {
            let PluginDocument { bundle, sync, settings } = document;
            settings.check(problems);
            match (bundle, sync) {
                (Some(bundle), None) => {
                    check_lists(&bundle, problems);
                    let bundle = Bundle::check(&bundle, At::Root.field("bundle"), problems);
                    Some(Self::Inline(Gate::new(bundle?, Rc::new(settings))))
                }
                (None, Some(sync)) => {
                    sync.check(At::Root.field("sync"), problems);
                    Some(Self::Synced(sync, Rc::new(settings)))
                }
                (None, None) => {
                    problems.push(At::Root.field("bundle"), "is missing; set `bundle`, or `sync` to fetch it");
                    None
                }
                (Some(_), Some(_)) => {
                    problems.push(At::Root.field("bundle"), "is set together with `sync`, which fetches it; remove one of them");
                    None
                }
            }
        })
    }
}

/// The lists of an inline bundle are not fetched. A trusted issuer whose list is missing could not revoke tokens.
fn check_lists(bundle: &BundleDocument, problems: &mut Problems) {
    let at = At::Root.field("bundle");
    let at = at.field("trusted_issuers");
    for (index, issuer) in bundle.trusted_issuers.iter().enumerate() {
        let at = at.item(index);
        let at = at.field("status_lists");
        for (index, _) in issuer.status_lists.iter().enumerate().filter(|(_, list)| list.list.is_none()) {
            problems.push(at.item(index).field("list"), "is missing: only with `sync` are the lists of trusted issuers fetched");
        }
    }
}

impl Gate {
    /// A gate from the plugin's configuration in JSON, which must hold the bundle. The error names every problem.
    pub fn from_json(json: &[u8]) -> Result<Self, Problems> {
        match Configuration::from_json(json)? {
            Configuration::Inline(gate) => Ok(gate),
            Configuration::Synced(..) => {
                let mut problems = Problems::default();
                problems.push(At::Root.field("sync"), "needs a host that fetches the bundle; set `bundle` instead");
                Err(problems)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CacheSettings, Otherwise};

    fn fields(settings: &str) -> Vec<String> {
        let json = format!(r#"{{"bundle":{}{settings}}}"#, postern_vectors::bundle());
        match Gate::from_json(json.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|problem| problem.field.clone()).collect(),
        }
    }

    #[test]
    fn valid_settings_are_accepted() {
        for good in [
            "",
            r#","leeway_seconds":0"#,
            r#","leeway_seconds":300"#,
            r#","client_domain_header":"x-01234567890123456789012345678901234567890123456789012345678901""#,
            r#","credential":{"header":"x-api-token","scheme":null,"forward":true}"#,
            r#","identity_headers":{"user":null,"tier":"x-tier"}"#,
            r#","unmatched":"allow","preflight":"allow","client_domain_header":"x-domain""#,
            r#","client_domain_header":null"#,
            r#","override_headers":[]"#,
            r#","override_headers":["x-rewrite-url","x-mine"]"#,
            r#","token_cache":{"entries":0}"#,
            r#","open_requests_bytes":65536"#,
            r#","open_requests_bytes":1073741824"#,
            r#","token_cache":{"entries":100000,"bytes":268435456}"#,
        ] {
            assert_eq!(fields(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn a_setting_that_is_absent_has_its_default() {
        let read = |settings: &str| {
            let gate = Gate::from_json(format!(r#"{{"bundle":{}{settings}}}"#, postern_vectors::bundle()).as_bytes()).unwrap();
            gate.settings()
        };
        let default = read("");
        assert_eq!(default.token_cache, CacheSettings { entries: 2000, bytes: 4_194_304 });
        assert_eq!((default.open_requests_bytes, default.leeway_seconds), (33_554_432, 60));
        assert_eq!((default.unmatched, default.preflight, default.filter_state), (Otherwise::Deny, Otherwise::Deny, false));
        assert_eq!(default.client_domain_header.as_deref(), Some("domain"));
        assert_eq!((default.credential.header.as_str(), default.credential.forward), ("authorization", false));
        assert_eq!(default.credential.scheme.as_deref(), Some("Bearer"));
        let set = read(
            r#","token_cache":{"entries":7},"open_requests_bytes":65537,"leeway_seconds":8,"unmatched":"allow","preflight":"allow",
                "filter_state":true,"client_domain_header":null,"credential":{"forward":true}"#,
        );
        assert_eq!(set.token_cache, CacheSettings { entries: 7, ..default.token_cache });
        assert_eq!((set.open_requests_bytes, set.leeway_seconds), (65_537, 8));
        assert_eq!((set.unmatched, set.preflight, set.filter_state), (Otherwise::Allow, Otherwise::Allow, true));
        assert_eq!(set.client_domain_header, None);
        assert_eq!((&set.credential.scheme, set.credential.forward), (&default.credential.scheme, true));
    }

    #[test]
    fn each_wrong_setting_is_named() {
        for (bad, field) in [
            (r#","extra":1"#, "extra"),
            (r#","leeway_seconds":-1"#, "leeway_seconds"),
            (r#","leeway_seconds":301"#, "leeway_seconds"),
            (r#","token_cache":{"bytes":268435457}"#, "token_cache.bytes"),
            (r#","token_cache":{"size":1}"#, "token_cache.size"),
            (r#","open_requests_bytes":65535"#, "open_requests_bytes"),
            (r#","open_requests_bytes":1073741825"#, "open_requests_bytes"),
            (r#","leeway_seconds":"60""#, "leeway_seconds"),
            (r#","unmatched":"pass""#, "unmatched"),
            (r#","credential":{"header":"Authorization"}"#, "credential.header"),
            (r#","credential":{"scheme":""}"#, "credential.scheme"),
            (r#","credential":{"realm":"x"}"#, "credential.realm"),
            (r#","client_domain_header":"a b""#, "client_domain_header"),
            (
                r#","client_domain_header":"x-01234567890123456789012345678901234567890123456789012345678901z""#,
                "client_domain_header",
            ),
            (r#","identity_headers":{"user":"host"}"#, "identity_headers.user"),
            (r#","identity_headers":{"user":"x-postern-tier"}"#, "identity_headers.tier"),
            (r#","identity_headers":{"user":"authorization"}"#, "identity_headers.user"),
            (r#","identity_headers":{"client":"x_id","user":"x-id"}"#, "identity_headers.user"),
            (r#","credential":{"header":"domain"}"#, "client_domain_header"),
            (r#","override_headers":["x-a","host"]"#, "override_headers[1]"),
            (r#","override_headers":["X-A"]"#, "override_headers[0]"),
            (r#","override_headers":["x-a","x_a"]"#, "override_headers[1]"),
            (r#","override_headers":["authorization"]"#, "override_headers[0]"),
            (r#","override_headers":null"#, "override_headers"),
            (r#","credential":{"header":"x-postern-token"}"#, "credential.header"),
            (r#","client_domain_header":"x_postern_domain""#, "client_domain_header"),
        ] {
            assert_eq!(fields(bad), [field], "{bad}");
        }
    }

    #[test]
    fn a_bundle_is_inline_or_fetched() {
        let sync = r#""sync":{"cluster":"issuer","authority":"issuer.example","key":"edge_abc"}"#;
        let fields = |json: String| match Configuration::from_json(json.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|problem| problem.field.clone()).collect(),
        };
        let bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
        let key = |at: usize| bundle["keys"]["keys"][at].to_string();
        assert_eq!(fields(format!("{{{sync}}}")), Vec::<String>::new());
        for more in [
            format!(r#""bundle_keys":[{},{}]"#, key(2), key(3)),
            r#""list_clusters":{"https://p.example":"p"}"#.into(),
            r#""issuer":"https://issuer.example","environment":"production""#.into(),
            r#""environment":"both""#.into(),
            r#""wait_seconds":0"#.into(),
            r#""wait_seconds":60"#.into(),
        ] {
            let sync = sync.replace(r#"edge_abc""#, &format!(r#"edge_abc",{more}"#));
            assert_eq!(fields(format!("{{{sync}}}")), Vec::<String>::new(), "{more}");
        }
        assert_eq!(fields(format!(r#"{{{sync},"bundle":{}}}"#, postern_vectors::bundle())), ["bundle"]);
        assert_eq!(fields("{}".into()), ["bundle"]);
        for (from, to, field) in [
            (r#""cluster":"issuer","#, "", "sync.cluster"),
            ("issuer.example", "https://issuer.example", "sync.authority"),
            ("issuer.example", "", "sync.authority"),
            ("issuer.example", "a b", "sync.authority"),
            ("edge_abc", "edge abc", "sync.key"),
            (r#"edge_abc""#, r#"edge_abc","path":"edge""#, "sync.path"),
            (r#"edge_abc""#, r#"edge_abc","wait_seconds":61"#, "sync.wait_seconds"),
            (r#"edge_abc""#, r#"edge_abc","max_staleness_seconds":30"#, "sync.max_staleness_seconds"),
            (r#"edge_abc""#, r#"edge_abc","environment":"all""#, "sync.environment"),
            (r#"edge_abc""#, r#"edge_abc","issuer":"""#, "sync.issuer"),
            (r#"edge_abc""#, r#"edge_abc","issuer":" https://issuer.example""#, "sync.issuer"),
            (r#"edge_abc""#, r#"edge_abc","timeout":1"#, "sync.timeout"),
            (r#"edge_abc""#, r#"edge_abc","list_clusters":{"partner.example":"partner"}"#, "sync.list_clusters"),
            (r#"edge_abc""#, r#"edge_abc","list_clusters":{"https://partner.example/":"partner"}"#, "sync.list_clusters"),
            (r#"edge_abc""#, r#"edge_abc","list_clusters":{"https://p.example":""}"#, "sync.list_clusters.https://p.example"),
            (r#"edge_abc""#, r#"edge_abc","bundle_keys":{}"#, "sync.bundle_keys"),
            (r#"edge_abc""#, &format!(r#"edge_abc","bundle_keys":[{}]"#, key(0)), "sync.bundle_keys[0]"),
            (r#"edge_abc""#, &format!(r#"edge_abc","bundle_keys":[{0},{0}]"#, key(2)), "sync.bundle_keys"),
        ] {
            assert_eq!(fields(format!("{{{}}}", sync.replace(from, to))), [field], "{to}");
        }
    }

    /// The fields that are wrong in a bundle with a trusted issuer that differs in this from a good one.
    fn trusted(change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) -> Vec<String> {
        let mut bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
        let mut issuer = serde_json::Map::new();
        for (name, value) in [
            ("issuer", serde_json::json!("https://partner.example")),
            ("audience", serde_json::json!("https://partner-api.example")),
            ("client_id_prefix", serde_json::json!("partner:")),
            ("scopes", serde_json::json!(["orders"])),
            ("apis", serde_json::json!({"pizza/1.0.0": "bronze"})),
            ("keys", serde_json::json!({"keys": [bundle["keys"]["keys"][2]]})),
        ] {
            issuer.insert(name.into(), value);
        }
        change(&mut issuer);
        bundle["trusted_issuers"] = serde_json::json!([issuer]);
        match Gate::from_json(format!(r#"{{"bundle":{bundle}}}"#).as_bytes()) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|problem| problem.field.clone()).collect(),
        }
    }

    #[test]
    fn a_trusted_issuer_is_bound_or_refused() {
        use serde_json::json;
        assert_eq!(trusted(|_| {}), Vec::<String>::new());
        let set = |name: &str, value: serde_json::Value| trusted(|issuer| drop(issuer.insert(name.into(), value)));
        let without = |name: &str| trusted(|issuer| drop(issuer.remove(name)));
        let at = |field: &str| vec![format!("bundle.trusted_issuers[0].{field}")];
        for name in ["client_id_prefix", "scopes", "apis", "keys", "issuer", "audience"] {
            assert_eq!(without(name), at(name), "without {name}");
        }
        assert_eq!(set("applications", json!(["app-1"])), Vec::<String>::new());
        assert_eq!(set("scopes", json!([])), Vec::<String>::new(), "tokens without a scope");
        for (name, value, field) in [
            ("applications", json!([]), "applications"),
            ("client_id_prefix", json!(""), "client_id_prefix"),
            ("user_id_suffix", json!(""), "user_id_suffix"),
            ("scopes", json!(["orders menu"]), "scopes[0]"),
            ("scopes", json!([""]), "scopes[0]"),
            ("apis", json!({}), "apis"),
            ("apis", json!({"pizza": "gold"}), "apis"),
            ("apis", json!({"pizza/1.0.0": ""}), "apis.pizza/1.0.0"),
            ("apis", json!({"pizza/1.0.0": 7}), "apis.pizza/1.0.0"),
            ("status_lists", json!([{"uri": "https://partner.example/1"}]), "status_lists[0].list"),
            ("anything", json!(1), "anything"),
        ] {
            assert_eq!(set(name, value), at(field), "{name}");
        }
    }

    #[test]
    fn a_list_has_one_issuer() {
        let mut bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
        bundle["status_lists"] = serde_json::json!([{"uri": "https://issuer.example/status/1", "version": "1"}]);
        bundle["trusted_issuers"] = serde_json::json!([{"issuer": "https://partner.example", "audience": "a", "client_id_prefix": "a",
            "scopes": [], "apis": {"pizza/1.0.0": "gold"}, "keys": {"keys": []},
            "status_lists": [{"uri": "https://issuer.example/status/1"}]}]);
        let problems = Bundle::from_json(bundle.to_string().as_bytes()).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["trusted_issuers[0].status_lists"]);
    }

    #[test]
    fn all_problems_are_reported_together() {
        let bad = r#","leeway_seconds":301,"unmatched":1,"credential":{"header":"A b"},"preflght":"deny""#;
        assert_eq!(fields(bad), ["unmatched", "preflght", "leeway_seconds", "credential.header"]);
    }

    #[test]
    fn an_invalid_configuration_is_refused() {
        for bad in ["", "{}", "null", "[]", "{\"bundle\":{}}", "\u{0}\u{1}"] {
            assert!(Gate::from_json(bad.as_bytes()).is_err(), "{bad:?}");
        }
        let twice = format!(r#"{{"bundle":{0},"bundle":{0}}}"#, postern_vectors::bundle());
        assert!(Gate::from_json(twice.as_bytes()).is_err());
    }
}

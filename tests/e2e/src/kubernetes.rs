//! The Kubernetes resources and the configuration of the rate limit service in envoy/. No controller runs in these tests. The resources
//! are checked against the schema if a package has it (Istio), and otherwise against the documented fields.

use std::fs;

use postern_test_harness::kubernetes::{documents, first};
use postern_test_harness::{plain, template};
use serde_json::{Value, json};

/// Asserts that a value has only members of the form, and that all else is equal. A `null` in the form stands for any value. The API
/// server silently drops unknown members.
fn assert_form(form: &Value, value: &Value, at: &str) {
    match (form, value) {
        (Value::Null, _) => {}
        (Value::Object(form), Value::Object(value)) => {
            for (name, value) in value {
                let form = form.get(name).unwrap_or_else(|| panic!("`{at}.{name}` is not a documented field"));
                assert_form(form, value, &format!("{at}.{name}"));
            }
        }
        (Value::Array(form), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                assert_form(&form[0], value, &format!("{at}[{index}]"));
            }
        }
        (form, value) => assert_eq!(form, value, "{at}"),
    }
}

fn sync() -> Value {
    let key = json!({"kty": "EC", "kid": "…", "alg": "ES256", "use": "sig", "crv": "P-256", "x": "…", "y": "…"});
    json!({"cluster": null, "authority": null, "path": "/edge/bundle", "key": "edge_…", "issuer": null, "environment": "production",
           "bundle_keys": [key]})
}

fn target() -> Value {
    json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": null})
}

fn is_pinned(url: &Value) {
    let (_, digest) = url.as_str().unwrap().split_once("@sha256:").unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{url}");
}

#[test]
fn istio_accepts_the_wasm_plugins() {
    // The fields of WasmPlugin (istio/api, extensions/v1alpha1/wasm.proto), as far as these resources may use them.
    let form = json!({
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": "WasmPlugin",
        "metadata": {"name": "postern", "namespace": null},
        "spec": {
            "targetRefs": [target()],
            "selector": {"matchLabels": null},
            "match": [{"mode": "SERVER", "ports": [{"number": null}]}],
            "url": null,
            "pluginName": "postern",
            "phase": "AUTHN",
            "failStrategy": "FAIL_RELOAD",
            "pluginConfig": {"sync": sync()},
        },
    });
    for (name, selected_by) in [("istio/wasm-plugin.yaml", "targetRefs"), ("istio/wasm-plugin-sidecar.yaml", "selector")] {
        let document = first(name).unwrap();
        assert_eq!(document.problems.as_deref(), Some(""), "{name}");
        assert_form(&form, &document.value, name);
        let spec = &document.value["spec"];
        assert!(spec.get(selected_by).is_some() && spec.get("targetRefs").is_some() != spec.get("selector").is_some(), "{name}");
        // In a sidecar the plugin must not see requests that the service itself sends.
        assert_eq!(spec.get("match").is_some(), selected_by == "selector", "{name}");
        assert_eq!((&spec["failStrategy"], &spec["phase"]), (&json!("FAIL_RELOAD"), &json!("AUTHN")));
        assert!(spec["url"].as_str().unwrap().starts_with("oci://"));
        is_pinned(&spec["url"]);
        assert_plugin_accepts(&spec["pluginConfig"]);
    }
}

/// Asserts that the plugin accepts the configuration of a resource, once the keys are filled in.
fn assert_plugin_accepts(configuration: &Value) {
    let dir = tempfile::tempdir().unwrap();
    let mut configuration = configuration.clone();
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    configuration["sync"]["bundle_keys"] = json!([bundle["keys"]["keys"][2]]);
    let configuration = configuration.to_string().replace("edge_…", "edge_abc");
    let config = plain::bootstrap(&configuration, 1, dir.path()).unwrap();
    assert_eq!(template::refusal("1.40.0", &config, dir.path()).unwrap(), None);
}

#[test]
fn istios_schema_detects_mistakes() {
    let dir = tempfile::tempdir().unwrap();
    let text = template::read("istio/wasm-plugin.yaml").unwrap();
    for (right, wrong) in
        [("FAIL_RELOAD", "FAIL_CLOSED"), ("phase: AUTHN", "phase: AUTH"), ("  url: ", "  uri: "), ("name: gateway", "")]
    {
        let file = dir.path().join("wrong.yaml");
        fs::write(&file, text.replace(right, wrong)).unwrap();
        let problems = documents(&file).unwrap().remove(0).problems.unwrap();
        assert!(!problems.is_empty(), "{wrong}");
    }
}

#[test]
fn the_extension_policy_has_the_documented_form() {
    // The fields of EnvoyExtensionPolicy (envoyproxy/gateway, api/v1alpha1), as far as this resource may use them.
    let form = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyExtensionPolicy",
        "metadata": {"name": "postern", "namespace": null},
        "spec": {
            "targetRefs": [target()],
            "wasm": [{
                "name": "postern",
                "rootID": "postern",
                "code": {"type": "Image", "image": {"url": null}},
                "failOpen": false,
                "config": {"sync": sync()},
            }],
        },
    });
    let policy = first("envoy-gateway/extension-policy.yaml").unwrap().value;
    assert_form(&form, &policy, "policy");
    let wasm = &policy["spec"]["wasm"][0];
    assert_eq!((&wasm["failOpen"], &wasm["code"]["type"]), (&json!(false), &json!("Image")));
    is_pinned(&wasm["code"]["image"]["url"]);
    assert_plugin_accepts(&wasm["config"]);

    let patch = first("envoy-gateway/issuer-cluster.yaml").unwrap().value;
    let form = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyPatchPolicy",
        "metadata": {"name": "postern-issuer", "namespace": policy["metadata"]["namespace"]},
        "spec": {
            "targetRef": policy["spec"]["targetRefs"][0],
            "type": "JSONPatch",
            "jsonPatches": [{
                "type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
                "name": wasm["config"]["sync"]["cluster"],
                "operation": {"op": "add", "path": "", "value": null},
            }],
        },
    });
    assert_form(&form, &patch, "patch");
    // The patch adds a cluster that Envoy accepts, with the name that the plugin uses.
    let cluster = &patch["spec"]["jsonPatches"][0]["operation"]["value"];
    assert_eq!(cluster["name"], wasm["config"]["sync"]["cluster"]);
    let dir = tempfile::tempdir().unwrap();
    let mut bootstrap: Value =
        serde_json::from_str(&plain::bootstrap(&plain::configuration(None).unwrap(), 1, dir.path()).unwrap()).unwrap();
    bootstrap["static_resources"]["clusters"].as_array_mut().unwrap().push(cluster.clone());
    assert_eq!(template::refusal("1.40.0", &bootstrap.to_string(), dir.path()).unwrap(), None);
}

#[test]
fn local_and_global_limits_are_the_same() {
    let service = first("rate-limits/tier-limits.yaml").unwrap().value;
    assert_eq!(service["domain"], "postern");
    let limit = |entry: &Value| {
        let each = &entry["descriptors"][0];
        let keys = (entry["key"].as_str().unwrap(), each["key"].as_str().unwrap());
        let value = entry.get("value").map_or("other", |value| value.as_str().unwrap());
        assert_eq!(keys, if value == "anonymous" { ("caller", "masked_remote_address") } else { ("tier", "application") });
        assert!(each.get("value").is_none());
        let limit = &each["rate_limit"];
        assert!(limit == &json!({"unlimited": true}) || limit["unit"] == "minute");
        // Envoy's local filter has no unlimited bucket.
        (value.to_owned(), limit.get("requests_per_unit").map_or(u64::from(u32::MAX), |limit| limit.as_u64().unwrap()))
    };
    let global: Vec<_> = service["descriptors"].as_array().unwrap().iter().map(limit).collect();

    let gateway = template::read("gateway.yaml").unwrap();
    let local: Vec<_> = gateway
        .split("- entries: [{ key: ")
        .skip(1)
        .map(|rest| {
            let (value, rest) = rest.split_once("value: ").unwrap().1.split_once(" }, ").unwrap();
            let (each, rest) = rest.split_once(']').unwrap();
            assert_eq!(each, if value == "anonymous" { "{ key: masked_remote_address }" } else { "{ key: application }" });
            let tokens: u64 = rest.split_once("max_tokens: ").unwrap().1.split_once(',').unwrap().0.parse().unwrap();
            let bucket = format!("{{ max_tokens: {tokens}, tokens_per_fill: {tokens}, fill_interval: 60s }}");
            assert!(rest.trim_start().starts_with(&format!("token_bucket: {bucket}")), "{value}");
            (value.to_owned(), tokens)
        })
        .collect();
    assert_eq!(global, local);
    // The domain, the keys and the headers of the request are the same on both sides.
    let asked = template::read("rate-limits/global.yaml").unwrap();
    for line in [
        "domain: postern",
        "header_name: x-postern-tier, descriptor_key: tier",
        "header_name: x-postern-application, descriptor_key: application",
        "descriptor_value: anonymous",
        "masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 64 }",
    ] {
        assert!(asked.contains(line) && (line.starts_with("domain") || gateway.contains(line)), "{line}");
    }
}

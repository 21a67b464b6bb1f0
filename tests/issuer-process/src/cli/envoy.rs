//! `postern admin envoy`

use std::fs;

use postern_test_harness::certificates::Authority;
use postern_token::bundle::Bundle;
use serde_json::Value;

use crate::harness::{Home, ISSUER, mode};

const TEMPLATE: &str =
    "port: ${PORT}\nhost: \"${HOST}\"\nagain: ${PORT}\nkept: ${} $X %REQ(:path)%\nconfiguration: ${PLUGIN_CONFIGURATION}\n";

/// The JSON value in the JSON string after `configuration: `.
fn configuration(rendered: &str) -> Value {
    let encoded = rendered.lines().find_map(|line| line.strip_prefix("configuration: ")).unwrap();
    let text: String = serde_json::from_str(encoded).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_template_is_filled_in() {
    let (home, _) = Home::with_application();
    let template = home.write("envoy.yaml", TEMPLATE);
    let settings = home.write("settings.json", r#"{"leeway_seconds": 30, "credential": {"scheme": null}}"#);
    let out = home.write("out.yaml", "old");
    let arguments = [
        "admin",
        "envoy",
        "--template",
        &template,
        "--environment",
        "production",
        "--settings",
        &settings,
        "--set",
        "PORT=8080",
        "--set",
        "HOST=a=b",
        "--out",
        &out,
    ];
    let output = home.command(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    assert_eq!(mode(&home.path("out.yaml")), 0o600);
    let rendered = fs::read_to_string(&out).unwrap();
    assert!(
        rendered.starts_with("port: 8080\nhost: \"a=b\"\nagain: 8080\nkept: ${} $X %REQ(:path)%\nconfiguration: \""),
        "{rendered}"
    );
    let configuration = configuration(&rendered);
    assert_eq!(configuration["leeway_seconds"], 30);
    assert_eq!(configuration["credential"]["scheme"], Value::Null);
    let bundle = Bundle::from_json(configuration["bundle"].to_string().as_bytes()).unwrap();
    assert_eq!(bundle.environment, Some(postern_token::KeyType::Production));
}

#[test]
fn without_settings_the_configuration_is_only_the_bundle() {
    let home = Home::new();
    let template = home.write("t", "configuration: ${PLUGIN_CONFIGURATION}");
    let output = home.command(&["admin", "envoy", "--template", &template]).output().unwrap();
    let configuration = configuration(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(configuration.as_object().unwrap().keys().collect::<Vec<_>>(), ["bundle"]);
}

#[test]
fn problems_are_named_and_nothing_is_written() {
    let home = Home::new();
    let template = home.write("t", TEMPLATE);
    let plain = home.write("plain", "port: 1");
    let wrong = home.write("wrong.json", r#"{"bundle": {}}"#);
    let twice = home.write("twice.json", r#"{"a": 1, "a": 2}"#);
    let list = home.write("list.json", "[]");
    let unknown = home.write("unknown.json", r#"{"leeway_secs": 30}"#);
    let impossible = home.write("impossible.json", r#"{"leeway_seconds": 9999, "credential": {"header": "a b"}}"#);
    let missing = "missing".to_owned();
    let fine = ["--set", "PORT=1", "--set", "HOST=h"];
    for (template, more, words) in [
        (&template, vec!["--set", "PORT=1"], "`${HOST}`"),
        (&template, [&fine[..], &["--set", "NOPE=1"]].concat(), "`${NOPE}`"),
        (&template, [&fine[..], &["--set", "PORT=2"]].concat(), "`PORT` is given with --set twice"),
        (&template, [&fine[..], &["--set", "PLUGIN_CONFIGURATION=x"]].concat(), "cannot be given with --set"),
        (&template, [&fine[..], &["--settings", &wrong]].concat(), "must not contain `bundle`"),
        (&template, [&fine[..], &["--settings", &twice]].concat(), "is not JSON"),
        (&template, [&fine[..], &["--settings", &twice]].concat(), "at line 1, column 13"),
        (&template, [&fine[..], &["--settings", &list]].concat(), "must contain a JSON object"),
        (&template, [&fine[..], &["--settings", &unknown]].concat(), "leeway_secs"),
        (&template, [&fine[..], &["--settings", &impossible]].concat(), "leeway_seconds"),
        (&template, [&fine[..], &["--settings", &impossible]].concat(), "credential.header"),
        (&template, [&fine[..], &["--settings", "missing"]].concat(), "cannot read the settings file `missing`"),
        (&plain, vec![], "`${PLUGIN_CONFIGURATION}`"),
        (&missing, vec![], "cannot read the template `missing`"),
    ] {
        let out = home.path("out");
        let mut arguments = vec!["admin", "envoy", "--template", template, "--out", out.to_str().unwrap()];
        arguments.extend(more);
        let error = home.fail(&arguments);
        assert!(error.contains(words), "{words} in {error}");
        assert!(!out.exists());
    }
    home.misuse(&["admin", "envoy", "--template", &template, "--set", "PORT"]);
    home.misuse(&["admin", "envoy", "--template", &template, "--set", "1A=b"]);
}

#[test]
fn an_edge_that_follows_pins_the_issuer_and_its_bundle_keys() {
    let home = Home::new();
    let template = home.write("envoy.yaml", "configuration: ${PLUGIN_CONFIGURATION}\n");
    let run = |more: &str, flags: &[&str]| {
        let sync = format!(r#"{{"sync": {{"cluster": "issuer", "authority": "issuer.example", "key": "edge_abc"{more}}}}}"#);
        let settings = home.write("settings.json", &sync);
        let arguments = [&["admin", "envoy", "--template", &template, "--settings", &settings], flags].concat();
        let output = home.command(&arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{error}");
        (configuration(&String::from_utf8(output.stdout).unwrap())["sync"].clone(), error)
    };
    home.succeed(&["admin", "bundle-key", "create"]);
    let listed = home.succeed(&["admin", "bundle-key", "list"])["bundle_keys"].clone();
    let keys: Value = listed.as_array().unwrap().iter().map(|key| key["jwk"].clone()).collect();
    assert_eq!(keys.as_array().unwrap().len(), 2, "the next one too");
    let (sync, error) = run("", &[]);
    assert_eq!((&sync["bundle_keys"], &sync["issuer"], &sync["environment"]), (&keys, &ISSUER.into(), &Value::Null));
    assert!(error.contains("`sync.environment` is not set"), "{error}");
    for environment in ["production", "sandbox", "both"] {
        let (sync, error) = run(&format!(r#", "environment": "{environment}""#), &[]);
        assert_eq!((sync["environment"].as_str(), error.as_str()), (Some(environment), ""));
    }
    let (sync, _) = run("", &["--dangerous-unsigned"]);
    assert_eq!((&sync["bundle_keys"], &sync["issuer"]), (&Value::Null, &Value::Null));
    let (sync, _) = run(&format!(r#", "issuer": "https://other.example", "bundle_keys": [{}]"#, keys[0]), &[]);
    assert_eq!(sync["bundle_keys"], Value::Array(vec![keys[0].clone()]), "what the settings name stays");
    assert_eq!(sync["issuer"], "https://other.example");
}

/// What Envoy would refuse with the whole configuration in its log, keys and all.
#[test]
fn values_that_do_not_fit_are_named_and_nothing_is_written() {
    let home = Home::new();
    let module = home.write("postern.wasm", "\0asm\u{1}\0\0\0");
    let other = home.write("other.wasm", "PK");
    let socket = home.path("admin.sock").to_str().unwrap().to_owned();
    let folder = env!("CARGO_MANIFEST_DIR");
    let authority = Authority::new(&home.path("certificates")).unwrap();
    let certificate = authority.sign("server", &["localhost"]).unwrap();
    let stranger = authority.sign("stranger", &["localhost"]).unwrap();
    let write = |template: &str, change: Option<(&str, &str)>, more: &[&str]| {
        let template = format!("{folder}/../../envoy/{template}.yaml");
        let text = fs::read_to_string(&template).unwrap();
        let mut values: Vec<String> = Vec::new();
        for name in postern_test_harness::template::placeholders(&text) {
            let value = match name {
                "PLUGIN_CONFIGURATION" => continue,
                _ if change.is_some_and(|(changed, _)| changed == name) => change.unwrap().1,
                "WASM" => &module,
                "ADMIN_SOCKET" => &socket,
                "METRICS_PORT" => "9901",
                "TLS_CERTIFICATE" => certificate.chain.to_str().unwrap(),
                "TLS_KEY" => certificate.key.to_str().unwrap(),
                "ISSUER_CA" => authority.file().to_str().unwrap(),
                "ISSUER_NAME" => "issuer.example",
                _ if name.ends_with("_PORT") => "8080",
                _ => "127.0.0.1",
            };
            let value = format!("{name}={value}");
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let mut arguments = vec!["admin", "envoy", "--template", &template, "--out", "envoy.yaml"];
        arguments.extend(values.iter().flat_map(|value| ["--set", value]));
        arguments.extend(more);
        home.command(&arguments).output().unwrap()
    };
    let old = home.write("envoy.yaml", "old");
    for template in ["gateway", "sidecar"] {
        for (name, value, words) in [
            ("ISSUER_PORT", "80x80", "the value of `ISSUER_PORT` is not a port"),
            ("LISTEN_PORT", "65536", "the value of `LISTEN_PORT` is not a port"),
            ("METRICS_PORT", "1 } }, x: { y", "the value of `METRICS_PORT` would be more than one value"),
            ("LISTEN_ADDRESS", "", "the value of `LISTEN_ADDRESS` is empty"),
            ("ISSUER_HOST", "a\nb: c", "the value of `ISSUER_HOST` would be more than one value"),
            ("LISTEN_PORT", "0", "the value of `LISTEN_PORT` is not a port: give a number from 1 to 65535"),
            ("LISTEN_PORT", "9901", "the value of `METRICS_PORT` is 9901, the port of `LISTEN_PORT`"),
            ("LISTEN_ADDRESS", "localhost", "the value of `LISTEN_ADDRESS` is not an IP address"),
            ("ISSUER_HOST", "12", "the value of `ISSUER_HOST` is neither a DNS name nor an IP address"),
            ("WASM", "/nope/postern.wasm", "`/nope/postern.wasm`, which cannot be read here"),
            ("WASM", &other, "which is not a WebAssembly module"),
            ("ADMIN_SOCKET", "/nope/admin.sock", "names a folder that does not exist"),
        ] {
            let output = write(template, Some((name, value)), &[]);
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && error.contains(words), "{name}={value}: {error}");
            assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        }
    }
    let (chain, key) = (certificate.chain.to_str().unwrap(), certificate.key.to_str().unwrap());
    for (name, value, words) in [
        ("TLS_CERTIFICATE", key, "which holds no certificate in PEM"),
        ("TLS_CERTIFICATE", module.as_str(), "which holds no certificate in PEM"),
        ("TLS_KEY", chain, "which holds no private key in PEM"),
        ("TLS_KEY", stranger.key.to_str().unwrap(), "which is not the private key of the certificate in"),
        ("ISSUER_CA", key, "which holds no certificate in PEM"),
        ("ISSUER_NAME", "12", "the value of `ISSUER_NAME` is not a DNS name"),
        ("ISSUER_NAME", "127.0.0.1", "the value of `ISSUER_NAME` is not a DNS name"),
    ] {
        let output = write("gateway-tls", Some((name, value)), &[]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(words), "{name}={value}: {error}");
        assert!(!error.contains("PRIVATE"), "{error}");
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    }
    for (name, value) in postern_test_harness::template::VALUES_THAT_PRINT_SECRETS {
        let output = write("gateway", Some((name, value)), &["--elsewhere"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(&format!("the value of `{name}` ")), "{name}={value}: {error}");
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    }
    let output = write("gateway", Some(("WASM", "/nope/postern.wasm")), &["--elsewhere"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read_to_string(&old).unwrap().contains("/nope/postern.wasm"));
    assert!(write("sidecar", None, &[]).status.success());
    assert!(write("gateway-tls", None, &[]).status.success());
    for address in ["::", "2001:db8::1"] {
        assert!(write("gateway", Some(("LISTEN_ADDRESS", address)), &[]).status.success(), "{address}");
        assert!(fs::read_to_string(&old).unwrap().contains(&format!("address: \"{address}\"")));
    }
}

#[test]
fn all_problems_are_reported_at_once_and_nothing_is_written() {
    let home = Home::new();
    let settings = home.write(
        "settings.json",
        r#"{"leeway_secs": 30, "sync": {"cluster": "nosuch", "authority": "issuer.example", "key": "edge_abc"}}"#,
    );
    let template = format!("{}/../../envoy/sidecar.yaml", env!("CARGO_MANIFEST_DIR"));
    let set = ["LISTEN_ADDRESS=localhost", "LISTEN_PORT=0", "METRICS_PORT=1", "METRICS_PORT=2", "SERVICE_PORT=x", "WASM=/nope"];
    let more = ["ADMIN_SOCKET=/nope/admin.sock", "ISSUER_HOST=a b", "OTHER=1"];
    let mut arguments = vec!["admin", "envoy", "--template", &template, "--settings", &settings, "--out", "envoy.yaml"];
    arguments.extend(set.iter().chain(&more).flat_map(|value| ["--set", value]));
    let error = home.fail(&arguments);
    for words in [
        "`LISTEN_ADDRESS` is not an IP address",
        "`LISTEN_PORT` is not a port",
        "`METRICS_PORT` is given with --set twice",
        "`SERVICE_PORT` is not a port",
        "`/nope`, which cannot be read",
        "`ADMIN_SOCKET` names a folder",
        "`ISSUER_HOST` is neither",
        "no value for `${ISSUER_PORT}`",
        "no placeholder `${OTHER}`",
        "`sync.cluster` is `nosuch`, which is not a cluster of the template: it has `admin`, `service`, `issuer`",
        "leeway_secs",
    ] {
        assert!(error.contains(words), "{words} in {error}");
    }
    assert!(!error.contains("edge_abc"), "{error}");
    assert!(!home.path("envoy.yaml").exists());
}

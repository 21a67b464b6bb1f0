//! Documents that are imported, and the APIs that result.

mod hostile;
mod refused;

use serde_json::{Value, json};

use super::*;

fn imported(document: &str, options: &ImportOptions) -> Value {
    let api = import(document.as_bytes(), options).unwrap_or_else(|problems| panic!("{problems}\n{document}"));
    let mut problems = Problems::default();
    assert!(Api::check(&api, At::Root, &mut problems).is_some() && problems.is_empty(), "{problems}");
    serde_json::to_value(&api).unwrap()
}

/// The problems of a document that must be refused.
fn problems(document: &[u8], options: &ImportOptions) -> Problems {
    import(document, options).expect_err("the document must be refused")
}

/// A document with these `paths`, followed by the members `more`.
fn with_paths(paths: &str, more: &str) -> String {
    let schemes = r##""oauth":{"type":"oauth2","flows":{}},"oidc":{"type":"openIdConnect"},"bearer":{"type":"http","scheme":"Bearer"},
        "basic":{"type":"http","scheme":"basic"},"key":{"type":"apiKey"},"tls":{"type":"mutualTLS"},"ref":{"$ref":"#/components/securitySchemes/oauth"}"##;
    format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"Shop","version":"1"}},"components":{{"securitySchemes":{{{schemes}}}}},
        "paths":{{{paths}}}{more}}}"#
    )
}

#[test]
fn a_realistic_document_is_imported() {
    let api = imported(include_str!("petstore.yaml"), &ImportOptions::default());
    let expected = json!({
        "name": "pet-shop-public-api", "version": "2.4.0", "context": "/shop/v2",
        "resources": [
            {"path": "/pets", "methods": ["GET"], "auth": "any", "scopes": ["pets:read"], "client_domain": "required"},
            {"path": "/pets", "methods": ["POST"], "auth": "any", "scopes": ["pets:read", "pets:write"], "client_domain": "required"},
            {"path": "/pets/{petId}", "methods": ["GET"], "auth": "any", "scopes": ["pets:read"], "client_domain": "required"},
            {"path": "/pets/{petId}", "methods": ["PUT"], "auth": "any", "scopes": ["pets:read", "pets:write"], "client_domain": "required"},
            {"path": "/pets/{petId}", "methods": ["DELETE"], "auth": "user", "scopes": ["pets:read", "pets:write"]},
            {"path": "/pets/findByStatus", "methods": ["GET"], "auth": "any", "scopes": ["pets:read"], "client_domain": "required"},
            {"path": "/orders/{orderId}/items/{item}", "methods": ["GET", "HEAD"], "auth": "any", "client_domain": "required"},
            {"path": "/health", "methods": ["GET"], "auth": "none"},
        ],
    });
    assert_eq!(api, expected);
}

#[test]
fn options_override_the_document() {
    let options = ImportOptions {
        name: Some("pets".into()),
        version: Some("3".into()),
        context: Some("/p".into()),
        hosts_of_servers: true,
        replace_other_schemes: false,
    };
    let api = imported(include_str!("petstore.yaml"), &options);
    assert_eq!((&api["name"], &api["version"], &api["context"]), (&json!("pets"), &json!("3"), &json!("/p")));
    assert_eq!(api["hosts"], json!(["eu.pets.example", "us.pets.example"]));
}

#[test]
fn security_and_extensions_determine_the_rule() {
    // The document's members, the path's members, the operation's members, and the expected rule.
    for (document, path, operation, rule) in [
        ("", "", "", json!({"auth": "any"})),
        ("", "", r#""security":[]"#, json!({"auth": "none"})),
        ("", "", r#""security":[{}]"#, json!({"auth": "none"})),
        (r#","security":[]"#, "", "", json!({"auth": "none"})),
        (r#","security":[{"oauth":["a"]}]"#, "", "", json!({"auth": "any", "scopes": ["a"]})),
        (r#","security":[{"oauth":["a"]}]"#, "", r#""security":[]"#, json!({"auth": "none"})),
        (r#","security":[]"#, "", r#""security":[{"oidc":["b","a"]}]"#, json!({"auth": "any", "scopes": ["a", "b"]})),
        ("", "", r#""security":[{"ref":["a"]}]"#, json!({"auth": "any", "scopes": ["a"]})),
        ("", "", r#""security":[{"bearer":[]}]"#, json!({"auth": "any"})),
        // Roles of a bearer token become scopes.
        ("", "", r#""security":[{"bearer":["admin"]}]"#, json!({"auth": "any", "scopes": ["admin"]})),
        // Schemes in one item: the union of their scopes. Alternatives with equal scopes: these scopes. Alternatives that a
        // token does not fulfil: dropped.
        ("", "", r#""security":[{"oauth":["a"],"oidc":["b"]}]"#, json!({"auth": "any", "scopes": ["a", "b"]})),
        ("", "", r#""security":[{"oauth":["a"]},{"oidc":["a"]}]"#, json!({"auth": "any", "scopes": ["a"]})),
        ("", "", r#""security":[{"key":[]},{"oauth":["a"]},{"tls":[],"oauth":[]}]"#, json!({"auth": "any", "scopes": ["a"]})),
        // Extensions: an inner level overrides an outer one.
        (r#","x-postern-auth":"user""#, "", "", json!({"auth": "user"})),
        (r#","x-postern-auth":"user""#, r#""x-postern-auth":"application","#, "", json!({"auth": "application"})),
        (
            r#","x-postern-auth":"user""#,
            r#""x-postern-auth":"application","#,
            r#""x-postern-auth":"any""#,
            json!({"auth": "any"}),
        ),
        (r#","x-postern-auth":"user","security":[{"oauth":["a"]}]"#, "", "", json!({"auth": "user", "scopes": ["a"]})),
        // `security: []` overrides `x-postern-auth` of an outer level, and is overridden by `x-postern-auth` of the same or
        // an inner level.
        (r#","x-postern-auth":"user""#, "", r#""security":[]"#, json!({"auth": "none"})),
        (r#","x-postern-auth":"user","security":[]"#, "", "", json!({"auth": "user"})),
        (r#","security":[]"#, r#""x-postern-auth":"user","#, "", json!({"auth": "user"})),
        ("", "", r#""security":[],"x-postern-auth":"user""#, json!({"auth": "user"})),
        (r#","security":[{"oauth":["a"]}]"#, "", r#""x-postern-auth":"none""#, json!({"auth": "none"})),
        // Requirements that only an extension makes unambiguous.
        ("", "", r#""security":[{"key":[]}],"x-postern-auth":"application""#, json!({"auth": "application"})),
        ("", "", r#""security":[{"key":[],"oauth":["a"]}],"x-postern-auth":"any""#, json!({"auth": "any", "scopes": ["a"]})),
        ("", "", r#""security":[{},{"oauth":["a"]}],"x-postern-auth":"any""#, json!({"auth": "any", "scopes": ["a"]})),
        (
            "",
            "",
            r#""security":[{"oauth":["a"]},{"oauth":["b"]}],"x-postern-scopes":["c"]"#,
            json!({"auth": "any", "scopes": ["c"]}),
        ),
        // The document's client domain rule does not apply to public operations.
        (r#","x-postern-client-domain":"required""#, "", "", json!({"auth": "any", "client_domain": "required"})),
        (r#","x-postern-client-domain":"required""#, "", r#""security":[]"#, json!({"auth": "none"})),
        (r#","x-postern-client-domain":"required""#, r#""x-postern-client-domain":"bound","#, "", json!({"auth": "any"})),
    ] {
        let document = with_paths(&format!(r#""/a":{{{path}"get":{{{operation}}}}}"#), document);
        let mut expected = json!({"path": "/a", "methods": ["GET"]});
        expected.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        assert_eq!(imported(&document, &ImportOptions::default())["resources"], json!([expected]), "{document}");
    }
}

#[test]
fn a_token_replaces_other_schemes_if_the_option_is_set() {
    let options = ImportOptions { replace_other_schemes: true, ..ImportOptions::default() };
    for (security, scopes) in [
        (r#"[{"key":[]}]"#, json!(null)),
        (r#"[{"basic":[]},{"tls":[]}]"#, json!(null)),
        (r#"[{"key":[],"oauth":["a"]}]"#, json!(["a"])),
    ] {
        let api = imported(&with_paths(&format!(r#""/a":{{"get":{{"security":{security}}}}}"#), ""), &options);
        assert_eq!(api["resources"][0]["auth"], "any");
        assert_eq!(api["resources"][0].get("scopes").cloned().unwrap_or_default(), scopes);
    }
    // Alternatives with different scopes are still refused.
    let both = with_paths(r#""/a":{"get":{"security":[{"key":[]},{"oauth":["a"]}]}}"#, "");
    assert!(problems(both.as_bytes(), &options).to_string().contains("different scopes"));
}

#[test]
fn methods_with_the_same_rule_become_one_resource() {
    let paths = r#""/a":{"trace":{},"put":{"security":[{"oauth":["x","y"]}]},"get":{},"patch":{"security":[{"oauth":["y","x"]}]}},
        "x-b":7,"/b":{"summary":"nothing here"}"#;
    let expected = json!([
        {"path": "/a", "methods": ["TRACE", "GET"], "auth": "any"},
        {"path": "/a", "methods": ["PUT", "PATCH"], "auth": "any", "scopes": ["x", "y"]},
    ]);
    assert_eq!(imported(&with_paths(paths, ""), &ImportOptions::default())["resources"], expected);
}

#[test]
fn servers_determine_the_context_and_the_hosts() {
    for (servers, context, hosts) in [
        ("", "/shop/1", json!(null)),
        (r#","servers":[]"#, "/shop/1", json!(null)),
        (r#","servers":[{"url":"/api/v3"}]"#, "/api/v3", json!(null)),
        (r#","servers":[{"url":"/api/v3/"}]"#, "/api/v3", json!(null)),
        (r#","servers":[{"url":"/"}]"#, "/", json!(null)),
        (r#","servers":[{"url":"https://a.example"}]"#, "/", json!(["a.example"])),
        (
            r#","servers":[{"url":"https://user:secret@A.example:8443/x"},{"url":"http://a.example/x/"}]"#,
            "/x",
            json!(["a.example"]),
        ),
        (r#","servers":[{"url":"https://bücher.example/x"},{"url":"/other"}]"#, "/x", json!(["xn--bcher-kva.example"])),
        (
            r#","servers":[{"url":"{scheme}://{h}.example/{v}","variables":{"scheme":{"default":"https"},"h":{"default":"a"},"v":{"default":"v1"}}}]"#,
            "/v1",
            json!(["a.example"]),
        ),
        (r#","x-postern-context":"/mine","servers":[{"url":"https://a.example/x"}]"#, "/mine", json!(["a.example"])),
    ] {
        let document = with_paths(r#""/a":{"get":{}}"#, servers);
        let options = ImportOptions { hosts_of_servers: !hosts.is_null(), ..ImportOptions::default() };
        let api = imported(&document, &options);
        assert_eq!(api["context"], context, "{servers}");
        assert_eq!(api.get("hosts").cloned().unwrap_or_default(), hosts, "{servers}");
    }
}

#[test]
fn a_name_is_derived_from_the_title() {
    for (title, name) in [
        ("Swagger Petstore - OpenAPI 3.0", "swagger-petstore-openapi-3.0"),
        ("  (Billing)  ", "billing"),
        ("Füße", "f-e"),
        ("v1_x~", "v1_x~"),
        ("日本語", ""),
    ] {
        assert_eq!(name_from_title(title), name);
    }
}

#[test]
fn equivalent_yaml_and_json_give_the_same_api() {
    let yaml = "openapi: 3.0.0\ninfo: {title: !!str T, version: '1.0'}\npaths:\n  /a: &a\n    get: {security: []}\n  /b: *a\n";
    let json = r#" {"openapi":"3.0.0","info":{"title":"T","version":"1.0"},"paths":{"/a":{"get":{"security":[]}},"/b":{"get":{"security":[]}}}}"#;
    let options = ImportOptions::default();
    assert_eq!(imported(yaml, &options), imported(json, &options));
}

#[test]
fn the_line_of_a_value_is_found_by_its_path() {
    let yaml = "a: 1\nb:\n  - c: x\n    d: [1,\n      2]\n  - {e: {f: g}}\n# end\n";
    let located = crate::read_located(yaml).unwrap();
    for (path, line) in [
        (".", 1),
        ("a", 1),
        ("b", 3),
        ("b[0]", 3),
        ("b[0].c", 3),
        ("b[0].d[1]", 5),
        ("b[1].e.f", 6),
        ("b[1].missing", 6),
        ("b[0].d[7].x", 4),
        ("missing", 1),
    ] {
        assert_eq!(located.line(path), line, "{path}");
    }
    assert_eq!(crate::read_located("a:\n  b: 1\n  b: 2\n").unwrap_err().line(), 3);
    // JSON is YAML, with tabs too.
    assert_eq!(crate::read_located("{\n\t\"a\": [\n\t\t\"b\"\n\t]\n}").unwrap().line("a[0]"), 3);
}

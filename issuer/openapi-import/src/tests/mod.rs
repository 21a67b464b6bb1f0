//! Documents and the APIs that they become, or what is said of them.

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

/// The places of the problems, in their order.
fn problems(document: &[u8], options: &ImportOptions) -> Problems {
    import(document, options).expect_err("it must be refused")
}

/// A document with these `paths`, and with further members after them.
fn with_paths(paths: &str, more: &str) -> String {
    let schemes = r##""oauth":{"type":"oauth2","flows":{}},"oidc":{"type":"openIdConnect"},"bearer":{"type":"http","scheme":"Bearer"},
        "basic":{"type":"http","scheme":"basic"},"key":{"type":"apiKey"},"tls":{"type":"mutualTLS"},"ref":{"$ref":"#/components/securitySchemes/oauth"}"##;
    format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"Shop","version":"1"}},"components":{{"securitySchemes":{{{schemes}}}}},
        "paths":{{{paths}}}{more}}}"#
    )
}

#[test]
fn a_pet_shop_as_it_stands() {
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
fn what_is_given_goes_before_the_document() {
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
fn each_way_to_say_what_is_asked_for() {
    // The document's members, the path's, the operation's; and the rule.
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
        // Roles of a bearer token are not passed over.
        ("", "", r#""security":[{"bearer":["admin"]}]"#, json!({"auth": "any", "scopes": ["admin"]})),
        // Together: all scopes. Alternatives with the same scopes: one. What no token can do: fewer ways in.
        ("", "", r#""security":[{"oauth":["a"],"oidc":["b"]}]"#, json!({"auth": "any", "scopes": ["a", "b"]})),
        ("", "", r#""security":[{"oauth":["a"]},{"oidc":["a"]}]"#, json!({"auth": "any", "scopes": ["a"]})),
        ("", "", r#""security":[{"key":[]},{"oauth":["a"]},{"tls":[],"oauth":[]}]"#, json!({"auth": "any", "scopes": ["a"]})),
        // Extensions, from the outside inwards.
        (r#","x-postern-auth":"user""#, "", "", json!({"auth": "user"})),
        (r#","x-postern-auth":"user""#, r#""x-postern-auth":"application","#, "", json!({"auth": "application"})),
        (
            r#","x-postern-auth":"user""#,
            r#""x-postern-auth":"application","#,
            r#""x-postern-auth":"any""#,
            json!({"auth": "any"}),
        ),
        (r#","x-postern-auth":"user","security":[{"oauth":["a"]}]"#, "", "", json!({"auth": "user", "scopes": ["a"]})),
        // Public further in is public; a token that is asked for beside it or further in is.
        (r#","x-postern-auth":"user""#, "", r#""security":[]"#, json!({"auth": "none"})),
        (r#","x-postern-auth":"user","security":[]"#, "", "", json!({"auth": "user"})),
        (r#","security":[]"#, r#""x-postern-auth":"user","#, "", json!({"auth": "user"})),
        ("", "", r#""security":[],"x-postern-auth":"user""#, json!({"auth": "user"})),
        (r#","security":[{"oauth":["a"]}]"#, "", r#""x-postern-auth":"none""#, json!({"auth": "none"})),
        // What only an extension can settle.
        ("", "", r#""security":[{"key":[]}],"x-postern-auth":"application""#, json!({"auth": "application"})),
        ("", "", r#""security":[{"key":[],"oauth":["a"]}],"x-postern-auth":"any""#, json!({"auth": "any", "scopes": ["a"]})),
        ("", "", r#""security":[{},{"oauth":["a"]}],"x-postern-auth":"any""#, json!({"auth": "any", "scopes": ["a"]})),
        (
            "",
            "",
            r#""security":[{"oauth":["a"]},{"oauth":["b"]}],"x-postern-scopes":["c"]"#,
            json!({"auth": "any", "scopes": ["c"]}),
        ),
        // A domain that is asked for everywhere is not asked for where there is no token.
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
fn a_token_takes_the_place_of_what_is_none_when_that_is_wanted() {
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
    // Another scope by each way in is still nothing that a resource can ask for.
    let both = with_paths(r#""/a":{"get":{"security":[{"key":[]},{"oauth":["a"]}]}}"#, "");
    assert!(problems(both.as_bytes(), &options).to_string().contains("different scopes"));
}

#[test]
fn methods_with_one_rule_are_one_resource() {
    let paths = r#""/a":{"trace":{},"put":{"security":[{"oauth":["x","y"]}]},"get":{},"patch":{"security":[{"oauth":["y","x"]}]}},
        "x-b":7,"/b":{"summary":"nothing here"}"#;
    let expected = json!([
        {"path": "/a", "methods": ["TRACE", "GET"], "auth": "any"},
        {"path": "/a", "methods": ["PUT", "PATCH"], "auth": "any", "scopes": ["x", "y"]},
    ]);
    assert_eq!(imported(&with_paths(paths, ""), &ImportOptions::default())["resources"], expected);
}

#[test]
fn the_context_and_the_hosts() {
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
fn titles_as_names() {
    for (title, name) in [
        ("Swagger Petstore - OpenAPI 3.0", "swagger-petstore-openapi-3.0"),
        ("  (Billing)  ", "billing"),
        ("Füße", "f-e"),
        ("v1_x~", "v1_x~"),
        ("日本語", ""),
    ] {
        assert_eq!(identifier(title), name);
    }
}

#[test]
fn yaml_and_json_are_read_alike() {
    let yaml = "openapi: 3.0.0\ninfo: {title: !!str T, version: '1.0'}\npaths:\n  /a: &a\n    get: {security: []}\n  /b: *a\n";
    let json = r#" {"openapi":"3.0.0","info":{"title":"T","version":"1.0"},"paths":{"/a":{"get":{"security":[]}},"/b":{"get":{"security":[]}}}}"#;
    let options = ImportOptions::default();
    assert_eq!(imported(yaml, &options), imported(json, &options));
}

use postern_vectors::StatusListVector;

use super::*;

fn bundle(apis: &str) -> Result<Bundle, Problems> {
    let json = format!(
        r#"{{"issuer":"https://issuer.example","audience":"https://api.example","keys":{{"keys":[{{"kty":"oct","kid":"k1","alg":"HS256","use":"sig","k":"{}"}}]}},"apis":{apis}}}"#,
        "B".repeat(42) + "A"
    );
    Bundle::from_json(json.as_bytes())
}

fn fields(result: Result<Bundle, Problems>) -> Vec<String> {
    result.err().map(|problems| problems.iter().map(|problem| problem.field.clone()).collect()).unwrap_or_default()
}

#[test]
fn the_shared_bundle_is_accepted() {
    let bundle = Bundle::from_json(postern_vectors::bundle().as_bytes()).unwrap();
    assert!(!bundle.apis.is_empty());
}

/// A bundle with every field that a bundle may have.
fn whole_bundle() -> serde_json::Value {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let mut bundle = json(postern_vectors::bundle());
    bundle["environment"] = "sandbox".into();
    bundle["status_lists"] = json(r#"[{"uri":"https://issuer.example/1","version":"v1"}]"#);
    bundle["max_validity"] = json(r#"{"application":3600,"user":600}"#);
    bundle["trusted_issuers"] = json(
        r#"[{"issuer":"https://partner.example","audience":"https://api.example","keys":{"keys":[]},
             "status_lists":[{"uri":"https://partner.example/1"}],"applications":["app-1"],"client_id_prefix":"partner:",
             "user_id_suffix":"@partner","scopes":["orders"],"apis":{"pizza/1.0.0":"bronze"}}]"#,
    );
    bundle["epoch"] = 1.into();
    bundle["revision"] = 2.into();
    bundle
}

#[test]
fn a_bundle_is_written_as_it_is_read() {
    let mut bundle = whole_bundle();
    // Of the defaults, this one is written too.
    for resource in bundle["apis"][0]["resources"].as_array_mut().unwrap() {
        resource.as_object_mut().unwrap().entry("auth").or_insert("any".into());
    }
    let read = Problems::read::<BundleDocument>(bundle.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), bundle);
    assert!(Bundle::check(&read, At::Root, &mut Problems::default()).is_some());
}

#[test]
fn each_limit_of_a_bundle_is_checked() {
    for (pointer, value, field) in [
        ("/max_validity/user", "0", "max_validity.user"),
        ("/max_validity/application", "0", "max_validity.application"),
        ("/status_lists/0/version", r#""""#, "status_lists[0].version"),
        ("/status_lists/0/version", r#""a b""#, "status_lists[0].version"),
        ("/status_lists/0/uri", r#""""#, "status_lists[0].uri"),
        ("/trusted_issuers/0/status_lists/0/uri", r#""""#, "trusted_issuers[0].status_lists[0].uri"),
        ("/trusted_issuers/0/status_lists/0/uri", r#""https://issuer.example/1""#, "trusted_issuers[0].status_lists"),
        ("/trusted_issuers/0/issuer", r#""https://issuer.example""#, "trusted_issuers[0].issuer"),
        ("/trusted_issuers/0/scopes/0", r#""a b""#, "trusted_issuers[0].scopes[0]"),
        ("/trusted_issuers/0/scopes/0", r#""a\"b""#, "trusted_issuers[0].scopes[0]"),
        ("/trusted_issuers/0/applications", "[]", "trusted_issuers[0].applications"),
        ("/trusted_issuers/0/apis", "{}", "trusted_issuers[0].apis"),
    ] {
        let mut bundle = whole_bundle();
        *bundle.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
        assert_eq!(fields(Bundle::from_json(bundle.to_string().as_bytes())), [field], "{pointer}: {value}");
    }
}

#[test]
fn all_problems_are_reported_at_once_with_their_fields() {
    let result = bundle(
        r#"[{"name":"p","version":"1","context":"p","hosts":["A"],"resources":[
             {"path":"x"},{"path":"/m","methods":["get"]},{"path":"/s","scopes":["a b","a"]},{"path":"/n","auth":"none","scopes":["a"]},
             {"path":"/d","methods":["GET"]},{"path":"/d","methods":["GET","PUT"]},{"path":"/D/","methods":["HEAD"]}]}]"#,
    );
    assert_eq!(
        fields(result),
        [
            "apis[0].context",
            "apis[0].hosts[0]",
            "apis[0].resources[0].path",
            "apis[0].resources[1].methods[0]",
            "apis[0].resources[2].scopes",
            "apis[0].resources[3].auth",
            "apis[0].resources[5].methods",
            "apis[0].resources[6].path",
        ]
    );
}

#[test]
fn two_apis_with_the_same_context_and_host_are_refused() {
    let api = |version: &str, context: &str, hosts: &str| {
        format!(r#"{{"name":"p","version":"{version}","context":"{context}"{hosts}}}"#)
    };
    let two = |a: String, b: String| fields(bundle(&format!("[{a},{b}]")));
    assert_eq!(two(api("1", "/p", ""), api("1", "/q", "")), ["apis[1]"]);
    assert_eq!(two(api("1", "/p", ""), api("2", "/P", "")), ["apis[1].context"]);
    assert_eq!(
        two(api("1", "/p", r#","hosts":["a.example"]"#), api("2", "/p", r#","hosts":["b.example","a.example"]"#)),
        ["apis[1].context"]
    );
    assert_eq!(two(api("1", "/p", r#","hosts":["a.example"]"#), api("2", "/p", "")), Vec::<String>::new());
}

#[test]
fn unknown_and_wrong_fields_are_named() {
    for (apis, field) in [
        (r#"[{"name":"p","version":"1","context":"/p","extra":1}]"#, "apis[0].extra"),
        (r#"[{"name":"p","version":1,"context":"/p"}]"#, "apis[0].version"),
        (r#"[{"name":"p","name":"p","version":"1","context":"/p"}]"#, "."),
        (r#"[{"name":"p","version":"1","context":"/p","resources":[{"path":"/","auth":"open"}]}]"#, "apis[0].resources[0].auth"),
    ] {
        assert_eq!(fields(bundle(apis)), [field], "{apis}");
    }
}

#[test]
fn keys_are_checked_and_never_quoted() {
    for (key, words) in [
        (r#"{"kty":"RSA","kid":"k","alg":"HS256","use":"sig","k":"AAAA"}"#, "kty"),
        (r#"{"kty":"oct","kid":"k","alg":"none","use":"sig","k":"AAAA"}"#, "alg"),
        (r#"{"kty":"oct","kid":"k","alg":"HS256","use":"enc","k":"AAAA"}"#, "use"),
        (r#"{"kty":"oct","kid":"","alg":"HS256","use":"sig","k":"AAAA"}"#, "kid"),
        (r#"{"kty":"oct","kid":"k","alg":"HS256","use":"sig","k":"c2hvcnQ"}"#, "32 bytes"),
        (r#"{"kty":"oct","kid":"k","alg":"HS256","use":"sig","k":""}"#, "32 bytes"),
        (r#"{"kty":"oct","kid":"k","alg":"HS256","use":"sig","k":"c2hvcnQ="}"#, "base64url"),
        (r#""c2VjcmV0LXNlY3JldC1zZWNyZXQ""#, "must be an object"),
    ] {
        let json = format!(r#"{{"issuer":"i","audience":"a","keys":{{"keys":[{key}]}},"apis":[]}}"#);
        let message = Bundle::from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        assert!(!message.contains("c2"), "{message}");
    }
    let twice = format!(r#"{{"kty":"oct","kid":"k","alg":"HS256","use":"sig","k":"{}"}}"#, "B".repeat(42) + "A");
    let json = format!(r#"{{"issuer":"i","audience":"a","keys":{{"keys":[{twice},{twice}]}},"apis":[]}}"#);
    assert_eq!(fields(Bundle::from_json(json.as_bytes())), ["keys.keys"]);
}

#[test]
fn key_sets_match_the_vectors() {
    let wrong: Vec<String> = postern_vectors::key_sets()
        .iter()
        .filter_map(|vector| {
            let named = |field: &String| vector.field.as_ref().is_some_and(|wanted| field.starts_with(wanted));
            match Bundle::from_json(vector.bundle().as_bytes()) {
                Ok(_) if vector.refused => Some(format!("{}: taken", vector.description)),
                Err(problems) if !problems.iter().any(|problem| named(&problem.field)) => {
                    Some(format!("{}: {problems}", vector.description))
                }
                _ => None,
            }
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn status_lists_match_the_vectors() {
    let wrong: Vec<String> = postern_vectors::status_lists()
        .iter()
        .filter_map(|vector| match Bundle::from_json(vector.bundle().as_bytes()) {
            Ok(_) if vector.refused => Some(format!("{}: taken", vector.description)),
            Err(problems) if !vector.refused || problems.iter().any(|problem| problem.field != StatusListVector::FIELD) => {
                Some(format!("{}: {problems}", vector.description))
            }
            _ => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_api_can_have_every_path_as_its_context() {
    let contexts = |context: &str| {
        let bundle = bundle(&format!(r#"[{{"name":"p","version":"1","context":"{context}"}}]"#));
        bundle.map(|bundle| bundle.apis[0].context.clone()).map_err(|problems| problems.to_string())
    };
    assert_eq!(contexts("/"), Ok(String::new()));
    assert_eq!(contexts("/p"), Ok("/p".to_owned()));
    assert_eq!(contexts("/p/"), Err("`apis[0].context`: must not end in `/`".to_owned()));
}

#[test]
fn a_resource_without_methods_accepts_every_method() {
    let resource = |methods: &str| format!(r#"{{"path":"/a"{methods}}}"#);
    let two = |one: &str, other: &str| {
        let resources = [resource(one), resource(other)].join(",");
        fields(bundle(&format!(r#"[{{"name":"p","version":"1","context":"/p","resources":[{resources}]}}]"#)))
    };
    let (every, get, put) = ("", r#","methods":["GET"]"#, r#","methods":["PUT"]"#);
    for (one, other) in [(every, every), (every, get), (get, every), (get, get)] {
        assert_eq!(two(one, other), ["apis[0].resources[1].methods"], "{one} and {other}");
    }
    assert_eq!(two(get, put), Vec::<String>::new());
    assert!(WHOLE_API.takes(b"GET") && WHOLE_API.takes(b"anything"));
    let get = Operation { methods: vec!["GET".into(), "PUT".into()], ..WHOLE_API.clone() };
    assert!(get.takes(b"GET") && get.takes(b"PUT") && !get.takes(b"get") && !get.takes(b"POST"));
}

#[test]
fn operations_require_the_same_where_nothing_but_the_method_differs() {
    let operation = |auth, scopes: &str, client_domain| Operation {
        methods: Vec::new(),
        auth,
        scopes: Some(Scopes::parse(scopes.to_owned()).unwrap()),
        client_domain,
    };
    let own = operation(Auth::Any, "a b", ClientDomainRule::default());
    let same = Operation { methods: vec!["GET".into()], ..own.clone() };
    assert!(own.requires_the_same(&same));
    for other in [
        operation(Auth::User, "a b", ClientDomainRule::default()),
        operation(Auth::Any, "a", ClientDomainRule::default()),
        operation(Auth::Any, "a b", ClientDomainRule::Required),
        operation(Auth::None, "a", ClientDomainRule::Required),
        Operation { scopes: None, ..own.clone() },
    ] {
        assert!(!own.requires_the_same(&other) && !other.requires_the_same(&own), "{other:?}");
    }
}

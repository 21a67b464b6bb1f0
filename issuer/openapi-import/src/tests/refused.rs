//! Documents that are refused, and the locations of the problems.

use super::{ImportOptions, problems, with_paths};

fn assert_refused(document: &str, expected: &[(&str, &str)]) {
    assert_refused_with(document, &ImportOptions::default(), expected);
}

fn assert_refused_with(document: &str, options: &ImportOptions, expected: &[(&str, &str)]) {
    let problems = problems(document.as_bytes(), options);
    let found: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    let fields: Vec<_> = expected.iter().map(|(field, _)| *field).collect();
    assert_eq!(found, fields, "{problems}\n{document}");
    for (problem, (_, message)) in problems.iter().zip(expected) {
        assert!(problem.message.contains(message), "{problem:?} must contain `{message}`");
    }
    assert!(!problems.to_string().contains("hunter2"), "{problems}");
}

#[test]
fn an_invalid_or_unsupported_document_is_refused() {
    for (document, field, message) in [
        ("", ".", "no document"),
        ("{", ".", "is not valid JSON"),
        ("[]", ".", "must be an object"),
        ("hunter2", ".", "must be an object"),
        (r#"{"openapi":"3.0.0","openapi":"3.0.0"}"#, ".", "a repeated name"),
        ("openapi: 3.0.0\nopenapi: 3.0.0", ".", "a repeated name in line 2"),
        ("a: 1\n---\nb: 1", ".", "a second document"),
        ("a: &a {b: 1}\nc:\n  <<: *a", ".", "a merge key (`<<`)"),
        ("a: !secret hunter2", ".", "an unsupported tag"),
        ("? [a]\n: b", ".", "a name that is not a string"),
        ("a: *nowhere", ".", "a mistake"),
        ("a: [hunter2", ".", "a mistake"),
        (r#"{"swagger":"2.0"}"#, "swagger", "swagger2openapi"),
        (r#"{"paths":{}}"#, "openapi", "is missing"),
        (r#"{"openapi":"3.2.0"}"#, "openapi", "must be 3.0.x or 3.1.x"),
        (r#"{"openapi":"3.10"}"#, "openapi", "must be 3.0.x or 3.1.x"),
        ("openapi: 3.1", "openapi", "put it in quotes"),
    ] {
        assert_refused(document, &[(field, message)]);
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let document = r#"{"openapi":"3.1.0","info":{"title":"日本","version":7},"security":[{"nobody":[]}],"secruity":[],
        "servers":[{"url":"https://hunter2:hunter2@a.example/x;y"},{"url":"ftp://a.example"},{"url":"{v}"},{}],
        "x-postern-auth":"hunter2","x-postern-scopes":["a"],
        "paths":{"pets":{},"/a*":{},"/b":{"get":7,"query":{},"servers":[]},"/a b":{"get":{}},
            "/c/{x}.json":{"get":{}},"/D":{"get":{}},"/d/":{"get":{}},"/e":{"$ref":"other.yaml#/x"}}}"#;
    assert_refused(
        document,
        &[
            ("secruity", "not a member that OpenAPI defines"),
            ("x-postern-auth", "must be one of `none`"),
            ("x-postern-scopes", "is unknown"),
            ("info.version", "put it in quotes"),
            ("servers[1].url", "must be an `https://` URL"),
            ("servers[2].url", "a variable that has no default"),
            ("servers[3].url", "is missing"),
            ("security[0].nobody", "not defined in `components.securitySchemes`"),
            ("paths[\"pets\"]", "must begin with `/`"),
            ("paths[\"/a*\"]", "contains `*`"),
            ("paths[\"/b\"].servers", "other servers"),
            ("paths[\"/b\"].query", "not a member that OpenAPI defines"),
            ("paths[\"/b\"].get", "must be an object"),
            ("paths[\"/c/{x}.json\"]", "only a part of a segment"),
            ("paths[\"/e\"].$ref", "points to another document"),
            ("info.title", "must be 1 to 100 letters"),
            ("servers[0].url", "must be a plain path"),
            ("paths[\"/a?b\"]", "must be a path in normal form"),
            ("paths[\"/d/\"]", "differs from another"),
        ],
    );
}

#[test]
fn requirements_that_a_resource_cannot_express_are_refused() {
    for (document, operation, field, message) in [
        ("", r#""security":[{"key":[]}]"#, "paths[\"/a\"].get.security", "say with `x-postern-auth` which token takes its place"),
        ("", r#""security":[{"key":[],"oauth":["a"]}]"#, "paths[\"/a\"].get.security", "no token"),
        (r#","security":[{"basic":[]}]"#, "", "security", "no token"),
        ("", r#""security":[{"oauth":["a"]},{}]"#, "paths[\"/a\"].get.security", "without a token as well"),
        ("", r#""security":[{"oauth":["a"]},{"oauth":["b"]}]"#, "paths[\"/a\"].get.security", "different scopes"),
        ("", r#""security":[{"oauth":["a"]},{"bearer":[]}]"#, "paths[\"/a\"].get.security", "different scopes"),
        (
            "",
            r#""security":[{"oauth":["a"]}],"x-postern-auth":"none""#,
            "paths[\"/a\"].get.security",
            "`x-postern-auth` is `none`",
        ),
        (r#","x-postern-auth":"none""#, r#""security":[{"oauth":["a"]}]"#, "paths[\"/a\"].get.security", "is `none`"),
        (r#","x-postern-auth":"none","security":[{"oauth":[]}]"#, "", "security", "is `none`"),
        ("", r#""security":null"#, "paths[\"/a\"].get.security", "must be a list"),
        ("", r#""security":{}"#, "paths[\"/a\"].get.security", "must be a list"),
        ("", r#""security":[{"oauth":"a"}]"#, "paths[\"/a\"].get.security[0].oauth", "must be a list"),
        ("", r#""security":[{"oauth":["a","b\"c"]}]"#, "paths[\"/a\"].get.security[0].oauth[1]", "is not a valid scope"),
        ("", r#""security":[{"oauth":["a b"]}]"#, "paths[\"/a\"].get.security[0].oauth[0]", "without a space"),
        (r#","security":[{"oauth":[""]}]"#, "", "security[0].oauth[0]", "not a valid scope"),
        ("", r#""x-postern-scopes":["hunter2 hunter2"]"#, "paths[\"/a\"].get.x-postern-scopes[0]", "not a valid scope"),
        ("", r#""Security":[]"#, "paths[\"/a\"].get.Security", "not a member that OpenAPI defines"),
        ("", r#""x-postern-auth":"open""#, "paths[\"/a\"].get.x-postern-auth", "must be one of"),
        ("", r#""x-postern-name":"a""#, "paths[\"/a\"].get.x-postern-name", "is unknown"),
        ("", r#""X-Postern-Auth":"user""#, "paths[\"/a\"].get.X-Postern-Auth", "is unknown"),
        ("", r#""servers":[{"url":"/other"}]"#, "paths[\"/a\"].get.servers", "other servers"),
        ("", r#""security":[],"x-postern-client-domain":"required""#, "paths[\"/a\"].get", "asks for no token"),
        ("", r#""security":[],"x-postern-scopes":["a"]"#, "paths[\"/a\"].get", "asks for no token"),
    ] {
        assert_refused(&with_paths(&format!(r#""/a":{{"get":{{{operation}}}}}"#), document), &[(field, message)]);
    }
}

#[test]
fn paths_that_a_resource_cannot_express_are_refused() {
    for path in [
        "/{a}{b}",
        "/{a}:do",
        "/x.{format}",
        "/{a",
        "/a}",
        "/{a}/x*",
        "/*",
        "/a?b=c",
        "/a#b",
        "/a//b",
        "/a/../b",
        "/%2e",
        "/{}",
        "/;a",
        "",
    ] {
        let document = with_paths(&format!(r#""{path}":{{"get":{{"security":[]}}}}"#), "");
        let problems = problems(document.as_bytes(), &ImportOptions::default());
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.clone()).collect();
        assert_eq!(fields, [format!("paths[\"{path}\"]")], "{problems}");
    }
    let differs_in_case = "differs from another resource's path only in what some servers ignore";
    assert_refused(&with_paths(r#""/a":{"get":{}},"/A":{"put":{}}"#, ""), &[("paths[\"/A\"]", differs_in_case)]);
    let same_path = "another resource has the same path and one of these methods";
    assert_refused(&with_paths(r#""/a/{x}":{"get":{}},"/a/{y}":{"get":{}}"#, ""), &[("paths[\"/a/{y}\"]", same_path)]);
}

#[test]
fn a_document_without_operations_is_refused() {
    assert_refused(&with_paths("", ""), &[("paths", "has no operation")]);
    assert_refused(&with_paths(r#""/a":{},"x-b":{}"#, ""), &[("paths", "has no operation")]);
    assert_refused(r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"}}"#, &[("paths", "is missing")]);
}

#[test]
fn servers_that_give_no_context_or_host_are_refused() {
    let hosts = ImportOptions { hosts_of_servers: true, ..ImportOptions::default() };
    for (servers, field, message) in [
        (r#"[{"url":"https://a.example/x?y"}]"#, "servers[0].url", "a query"),
        (r#"[{"url":"//a.example/x"}]"#, "servers[0].url", "must be an `https://` URL"),
        (r#"[{"url":"api/v1"}]"#, "servers[0].url", "must be an `https://` URL"),
        (r#"[{"url":"/a/{v}","variables":{"v":{}}}]"#, "servers[0].variables.v.default", "is missing"),
        (r#"[{"url":"https://a.example/{v","variables":{}}]"#, "servers[0].url", "brace"),
        (r#"[{"url":"/x"}]"#, "servers", "contain no host"),
        (r#"[{"url":"https://a.example/x"},{"url":"https://b.example/y"}]"#, "servers[1].url", "has another path"),
    ] {
        let document = with_paths(r#""/a":{"get":{}}"#, &format!(r#","servers":{servers}"#));
        let problems = problems(document.as_bytes(), &hosts);
        let first = problems.iter().next().unwrap();
        assert!(first.field == field && first.message.contains(message), "{servers}: {problems}");
    }
}

#[test]
fn a_problem_of_an_option_names_the_option() {
    let options = ImportOptions {
        name: Some("a b".into()),
        version: Some(String::new()),
        context: Some("x".into()),
        ..ImportOptions::default()
    };
    let expected = [
        ("the name that was given", "must be 1 to 100"),
        ("the version that was given", ""),
        ("the context that was given", "plain path"),
    ];
    assert_refused_with(&with_paths(r#""/a":{"get":{}}"#, ""), &options, &expected);
}

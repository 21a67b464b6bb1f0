//! What documents say to people, also hostile ones.

use super::*;

const PETSTORE: &[u8] = include_bytes!("../tests/petstore.yaml");

fn described(document: &str) -> (Info, Vec<OperationHead>) {
    let description = Description::parse(document.as_bytes()).unwrap();
    (description.info(), description.operations())
}

#[test]
fn a_document_names_its_operations() {
    let description = Description::parse(PETSTORE).unwrap();
    let info = description.info();
    assert!(info.title.is_some() && info.version.is_some());
    let operations = description.operations();
    assert!(operations.iter().any(|operation| operation.method == "GET"), "{operations:?}");
    for operation in &operations {
        assert_eq!(description.operation(operation.method, &operation.path).unwrap().head, *operation);
    }
    assert_eq!(description.operation("GET", "/none"), None);
    assert_eq!(description.operation("get", &operations[0].path), None);
}

#[test]
fn an_operation_has_its_parameters_body_and_answers() {
    let document = r##"{"openapi":"3.1.0","info":{"title":"Pizza","version":"1"},
        "paths":{"/orders/{id}":{
            "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}},{"name":"trace","in":"header","description":"path"}],
            "put":{"summary":"Change\n an order","description":"*Changes* it","tags":["orders"],"deprecated":true,
                "parameters":[{"name":"trace","in":"header","description":"operation","schema":{"enum":["on","off"],"default":"off"}},
                    {"$ref":"#/components/parameters/page"},{"name":"session","in":"cookie"}],
                "requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}},
                "responses":{"200":{"description":"Done"},"default":{"$ref":"#/components/responses/Problem"}}}}},
        "components":{
            "parameters":{"page":{"name":"page","in":"query","schema":{"type":["null","string"],"format":"uuid"},"example":"a\"b"}},
            "responses":{"Problem":{"description":"Any error"}},
            "schemas":{
                "Base":{"type":"object","required":["note"],"properties":{"note":{"type":"string"}}},
                "Order":{"type":"object","allOf":[{"$ref":"#/components/schemas/Base"}],"required":["pizza","sizes","self"],"properties":{
                    "pizza":{"type":"string","example":"Margherita\u0000","description":"Which"},
                    "sizes":{"type":"array","items":{"type":"integer"}},
                    "self":{"$ref":"#/components/schemas/Order"},
                    "optional":{"type":"boolean"}}}}}}"##;
    let description = Description::parse(document.as_bytes()).unwrap();
    let found = description.operation("PUT", "/orders/{id}").unwrap();
    assert_eq!((found.head.summary.as_deref(), found.head.tag.as_deref()), (Some("Change an order"), Some("orders")));
    assert!(found.head.deprecated);
    let parameters: Vec<_> = found.parameters.iter().map(|each| (each.name.as_str(), each.place, each.kind.as_deref())).collect();
    assert_eq!(
        parameters,
        [("id", "path", Some("integer")), ("page", "query", Some("string (uuid)")), ("trace", "header", Some("on, off"))]
    );
    assert_eq!(found.parameters[1].example.as_deref(), Some("a\"b"));
    assert_eq!(found.parameters[2].description.as_deref(), Some("operation"));
    let body = found.body.unwrap();
    let fields: Vec<_> = body.fields.iter().map(|field| (field.name.as_str(), field.required)).collect();
    assert_eq!(fields, [("note", true), ("pizza", true), ("sizes", true), ("self", true), ("optional", false)]);
    assert_eq!(body.fields[2].kind.as_deref(), Some("list of integer"));
    let example: serde_json::Value = serde_json::from_str(&body.example).unwrap();
    assert_eq!(example["sizes"], serde_json::json!([0]));
    assert_eq!((&example["pizza"], &example["note"]), (&"Margherita\u{0}".into(), &"".into()));
    assert!(example["self"]["self"].is_object() && example.get("optional").is_none());
    let responses: Vec<_> = found.responses.iter().map(|each| (each.status.as_str(), each.description.as_deref())).collect();
    assert_eq!(responses, [("200", Some("Done")), ("default", Some("Any error"))]);
}

#[test]
fn what_cannot_be_read_is_left_out() {
    for document in ["", "[]", "{", "\u{0}", "- a", "\"openapi\""] {
        assert!(Description::parse(document.as_bytes()).is_none(), "{document:?}");
    }
    for document in [
        "{}",
        r#"{"info":1,"paths":[],"tags":{}}"#,
        r##"{"info":{"title":{}},"tags":[1,{"name":2}],"paths":{"/a":{"$ref":"#/paths/~1a"},"/b":1,"x":{"get":{}}}}"##,
    ] {
        assert_eq!(described(document), (Info::default(), Vec::new()), "{document}");
    }
    let odd = r#"{"paths":{"/a":{"get":{"parameters":[1,{"in":"path"},{"name":"x","in":"body"}],"requestBody":{"content":{}},
        "responses":[],"tags":"a","summary":1}}}}"#;
    let description = Description::parse(odd.as_bytes()).unwrap();
    let found = description.operation("GET", "/a").unwrap();
    assert!(found.parameters.is_empty() && found.body.is_none() && found.responses.is_empty() && found.head.summary.is_none());
}

#[test]
fn texts_are_bounded() {
    let long = "é ".repeat(340_000);
    let wide = (0..20_000).map(|number| format!(r#""f{number}":{{"type":"string"}}"#)).collect::<Vec<_>>().join(",");
    let names = (0..20_000).map(|number| format!("\"f{number}\"")).collect::<Vec<_>>().join(",");
    let document = format!(
        r#"{{"info":{{"title":"{long}","description":"{long}"}},"paths":{{"/a":{{"post":{{"description":"{long}",
            "requestBody":{{"content":{{"application/json":{{"schema":{{"type":"object","required":[{names}],"properties":{{{wide}}}}}}}}}}}}}}}}}}}"#
    );
    let description = Description::parse(document.as_bytes()).unwrap();
    let info = description.info();
    assert!(info.title.unwrap().len() <= MAX_LINE + 3 && info.description.unwrap().len() <= MAX_TEXT + 3);
    let found = description.operation("POST", "/a").unwrap();
    let body = found.body.unwrap();
    assert_eq!((body.fields.len(), found.description.unwrap().len() <= MAX_TEXT + 3), (100, true));
    assert!(body.example.len() <= example::MAX_LEN);
}

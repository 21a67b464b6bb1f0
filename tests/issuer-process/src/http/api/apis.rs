//! `/api/v1/apis`

use super::{Api, assert_items, assert_problem};

const APIS: &str = "/api/v1/apis";

const PIZZA: &str = r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0","hosts":["api.example"],
    "resources":[{"path":"/menu","methods":["GET"],"auth":"none"},{"path":"/*","scopes":["orders"],"client_domain":"required"}]}"#;

const PETS: &str = "openapi: 3.1.0\ninfo: {title: Pet Store, version: 2.0.0}\nservers: [{url: 'https://pets.example/v2'}]\n\
    components: {securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://i.example', scopes: {read: Read}}}}}}\n\
    security: [{oauth: [read]}]\npaths: {/pets: {get: {responses: {'200': {description: all}}}}}\n";

#[test]
fn an_api_is_added_changed_and_removed() {
    let api = Api::new();
    let made = api.send("POST", APIS, PIZZA);
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/apis/pizza/1.0.0")), "{}", made.text());
    let target = "/api/v1/apis/pizza/1.0.0";
    let seen = api.read(target);
    assert_eq!((seen["approval"].as_bool(), seen["resources"][1]["client_domain"].as_str()), (Some(false), Some("required")));
    // A document that the API shows can be sent back.
    assert_eq!(api.send("PUT", target, &seen.to_string()).json(), seen);
    let replaced = api.send("PUT", target, r#"{"name":"pizza","version":"1.0.0","context":"/p","approval":true}"#).json();
    assert_eq!((replaced["context"].as_str(), replaced["approval"].as_bool()), (Some("/p"), Some(true)));
    assert!(replaced.get("resources").is_none());
    let renamed = r#"{"name":"pizza","version":"2","context":"/p"}"#;
    assert_problem(&api.send("PUT", target, renamed), 409, "api_renamed");
    assert_problem(&api.send("PUT", "/api/v1/apis/pizza/2", renamed), 404, "no_such_api");
    assert_problem(&api.send("POST", APIS, r#"{"name":"pizza","version":"1.0.0","context":"/q"}"#), 409, "api_exists");
    assert_problem(&api.send("POST", APIS, renamed), 409, "api_overlaps");
    let id = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
    api.create(&format!("/api/v1/applications/{id}/subscriptions"), r#"{"api":"pizza/1.0.0","tier":"gold"}"#);
    api.create(&format!("/api/v1/applications/{id}/keys/production"), "{}");
    for query in ["", "?force=false"] {
        assert_problem(&api.send("DELETE", &format!("{target}{query}"), ""), 409, "api_in_use");
    }
    assert_problem(&api.send("DELETE", &format!("{target}?force=yes"), ""), 400, "invalid_request");
    let removed = api.send("DELETE", &format!("{target}?force=true"), "");
    assert_eq!((removed.status, removed.json()["revoked"].as_u64()), (200, Some(1)), "{}", removed.text());
    assert_problem(&api.get(target), 404, "no_such_api");
    assert_problem(&api.send("DELETE", target, ""), 404, "no_such_api");
    // A developer may list APIs, but not add one.
    assert_eq!(api.send_as(&api.developer, "GET", APIS, "").status, 200);
    assert_problem(&api.send_as(&api.developer, "POST", APIS, PIZZA), 403, "forbidden");
}

#[test]
fn apis_are_listed_in_pages() {
    let api = Api::new();
    for number in [3, 1, 4, 2, 5] {
        api.create(APIS, &format!(r#"{{"name":"a","version":"{number}","context":"/{number}"}}"#));
    }
    let first = api.read(&format!("{APIS}?limit=2"));
    assert_items(&first, "version", &["1", "2"]);
    let second = api.read(&format!("{APIS}?limit=2&after={}", first["next"].as_str().unwrap()));
    assert_items(&second, "version", &["3", "4"]);
    let third = api.read(&format!("{APIS}?limit=2&after={}", second["next"].as_str().unwrap()));
    assert_items(&third, "version", &["5"]);
    assert!(third.get("next").is_none());
    assert_problem(&api.get(&format!("{APIS}?limit=0")), 400, "invalid_request");
}

#[test]
fn every_problem_of_a_document_is_reported() {
    let api = Api::new();
    let body = r#"{"name":"a b","version":"1","context":"x","hosts":["UPPER"],"resources":[{"path":"*"}]}"#;
    let refused = api.send("POST", APIS, body);
    assert_problem(&refused, 422, "invalid_api");
    assert!(refused.json()["errors"].as_array().unwrap().len() >= 4, "{}", refused.text());
    for body in
        ["", "{", "[]", r#"{"name":1}"#, r#"{"name":"a","name":"b"}"#, r#"{"name":"a","version":"1","context":"/","x":1}"#]
    {
        let request = Api::request("POST", APIS, body).bearer(&api.administrator);
        let request = if body.is_empty() { request.header("content-type", "application/json") } else { request };
        assert_problem(&api.server.send(&request), 422, "invalid_body");
    }
    assert_items(&api.read(APIS), "name", &[]);
}

#[test]
fn an_openapi_document_is_imported_as_an_api() {
    let api = Api::new();
    let send = |token: &str, target: &str, media_type: &str, body: &str| {
        let request = crate::harness::Request::new("POST", target).header("content-type", media_type).body(body);
        api.server.send(&request.bearer(token))
    };
    let target = "/api/v1/apis/import";
    let made = send(&api.administrator, target, "application/yaml", PETS);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("location"), Some("/api/v1/apis/pet-store/2.0.0"));
    assert_eq!(api.read("/api/v1/apis/pet-store/2.0.0"), made.json());
    assert_eq!(made.json()["resources"][0]["scopes"], serde_json::json!(["read"]));
    assert_problem(&send(&api.administrator, target, "application/yaml", PETS), 409, "api_exists");
    // The document is kept as it was sent, for every member.
    let kept = "/api/v1/apis/pet-store/2.0.0/openapi";
    let shown = api.server.send(&crate::harness::Request::get(kept).bearer(&api.developer));
    assert_eq!((shown.status, shown.header("content-type"), shown.text().as_str()), (200, Some("application/yaml"), PETS));
    let again = crate::harness::Request::get(kept).bearer(&api.developer).header("if-none-match", shown.header("etag").unwrap());
    assert_eq!(api.server.send(&again).status, 304);
    assert_problem(&api.server.send(&crate::harness::Request::get(kept)), 401, "missing_token");
    let replaced = send(&api.administrator, &format!("{target}?replace=true"), "application/yaml", &PETS.replace("read", "look"));
    assert_eq!((replaced.status, &replaced.json()["resources"][0]["scopes"]), (200, &serde_json::json!(["look"])));
    let shown = api.server.send(&crate::harness::Request::get(kept).bearer(&api.developer));
    assert_eq!(shown.text(), PETS.replace("read", "look"));
    assert_problem(
        &api.server.send(&crate::harness::Request::get("/api/v1/apis/pets/9/openapi").bearer(&api.developer)),
        404,
        "no_such_api",
    );
    let named = format!("{target}?name=pets&version=3&context=/pets/3&hosts_of_servers=true&approval=true");
    let made = send(&api.administrator, &named, "application/yaml; charset=utf-8", PETS).json();
    assert_eq!((made["name"].as_str(), made["context"].as_str()), (Some("pets"), Some("/pets/3")));
    assert_eq!((made["hosts"][0].as_str(), made["approval"].as_bool()), (Some("pets.example"), Some(true)));
    assert_problem(&send(&api.administrator, target, "text/plain", PETS), 415, "unsupported_media_type");
    assert_problem(&send(&api.administrator, target, "application/json", "{"), 422, "invalid_api");
    assert_problem(&send(&api.administrator, &format!("{target}?hosts=x"), "application/yaml", PETS), 400, "invalid_request");
    assert_problem(&send(&api.developer, target, "application/yaml", "{"), 403, "forbidden");
    let large = " ".repeat(4 * 1024 * 1024 + 1);
    assert_problem(&send(&api.administrator, target, "application/yaml", &large), 413, "body_too_large");
}

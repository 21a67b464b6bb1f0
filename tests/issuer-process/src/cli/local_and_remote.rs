//! Every management command on the local database and on a server: both print the same, and fail with the same error.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::harness::{Home, Server, WARNING, bare_command, failure};

/// The commands in the order in which they run. `{name}` stands for a value of an earlier output. Each pair names a value of this
/// output to keep, and gives the JSON pointer to it.
const COMMANDS: &[(&str, &[(&str, &str)])] = &[
    ("admin member add bob --role developer", &[]),
    ("admin member change bob --role auditor", &[]),
    ("admin member change bob --no-account", &[]),
    ("admin member show bob", &[]),
    ("admin member list", &[]),
    ("admin personal-token create bob --description laptop --expires-in 30d", &[("token", "/id")]),
    ("admin personal-token list bob", &[]),
    ("admin personal-token remove bob {token}", &[]),
    ("admin settings show", &[]),
    (
        "admin settings change --application-validity 600 --forever-allowed false --renew-below 20 --key-rotation 90d --publish-ahead 1d",
        &[],
    ),
    (
        "admin settings change --key-rotation never --forever-allowed true --max-user-validity never --max-application-validity 30d",
        &[],
    ),
    ("admin defaults show", &[]),
    ("admin defaults set --user-validity -1", &[]),
    ("admin tier add platinum --description Much --requests 100 --per 60", &[]),
    ("admin tier change platinum --no-description --requests 7 --per 1", &[]),
    ("admin tier show platinum", &[]),
    ("admin tier change platinum --no-limit --approval true", &[]),
    ("admin tier list", &[]),
    ("admin api add pizza.json --approval", &[]),
    ("admin api show pizza/1.0.0", &[]),
    ("admin api change pizza/1.0.0 --file changed.json", &[]),
    ("admin api change pizza/1.0.0 --approval false --tiers gold,platinum", &[]),
    ("admin api import openapi.yaml --name pasta --version 2 --context /pasta", &[]),
    ("admin api list", &[]),
    ("admin application create Storefront", &[("app", "/id")]),
    ("admin application change Storefront --name Shop --application-validity 60 --owner bob", &[]),
    ("admin application change {app} --no-owner", &[]),
    ("admin application show Shop", &[]),
    ("admin subscription add --application {app} --api pizza/1.0.0 --tier gold", &[]),
    ("admin subscription add --application {app} --api pasta/2 --tier gold", &[]),
    ("admin subscription change --application {app} --api pizza/1.0.0 --tier platinum", &[]),
    ("admin subscription block --application {app} --api pizza/1.0.0", &[]),
    ("admin subscription show --application {app} --api pizza/1.0.0", &[]),
    ("admin subscription unblock --application {app} --api pizza/1.0.0", &[]),
    ("admin subscription waiting", &[]),
    ("admin subscription approve --application {app} --api pizza/1.0.0", &[]),
    ("admin subscription list --application {app}", &[]),
    (
        "token generate --application {app} --key-type production --scope orders --domain a.example --ip 192.0.2.0/24 --redirect-uri https://a.example/cb",
        &[("jti", "/jti")],
    ),
    ("token generate --application {app} --key-type sandbox", &[]),
    ("token regenerate --application {app} --key-type sandbox --new-secret --validity 30", &[]),
    ("token keys show --application {app} --key-type production", &[]),
    ("token keys change --application {app} --key-type production --any-domain --no-scope --validity 5 --no-redirect-uri", &[]),
    ("token keys change --application {app} --key-type production --grant-type client_credentials --any-ip", &[]),
    ("token secret create --application {app} --key-type production --expires-in 30d", &[("secret", "/id")]),
    ("token secret remove --application {app} --key-type production {secret}", &[]),
    ("token list --application {app}", &[]),
    ("token revoke {jti}", &[]),
    ("token revoke --all --application {app}", &[]),
    ("admin application block {app}", &[]),
    ("admin application unblock Shop", &[]),
    ("admin application list", &[]),
    ("admin edge-key create edge-1", &[]),
    ("admin edge-key show edge-1", &[]),
    ("admin edge-key list", &[]),
    ("admin edge-key remove edge-1", &[]),
    ("admin key create --algorithm ES256 --planned-for sandbox", &[("kid", "/kid")]),
    ("admin key sign {kid} --key-type sandbox", &[]),
    ("admin key show {kid}", &[]),
    ("admin key sign {kid}", &[]),
    ("admin key list", &[("first", "/keys/0/kid")]),
    ("admin key retire {first} --force", &[]),
    ("admin bundle", &[]),
    ("admin events list --since 1h --limit 3", &[]),
    ("admin audit list --since 1h --limit 3", &[]),
    ("admin audit list --since 2026-01-01T00:00:00+02:00 --until 2026-01-02", &[]),
    ("admin audit list --application {app} --action token.revoke", &[]),
    ("admin audit list --action personal_token.create --since 5 --until 99999999999 --all", &[]),
    ("admin subscription remove --application {app} --api pizza/1.0.0", &[]),
    ("admin api remove pizza/1.0.0", &[]),
    ("admin api remove pasta/2 --force", &[]),
    ("admin tier remove platinum", &[]),
    ("admin scope declare orders", &[]),
    ("admin scope bind orders --approval true", &[]),
    ("admin scope waiting", &[]),
    ("token keys change --application {app} --key-type production --scope orders", &[]),
    ("admin scope withdraw orders --application {app} --key-type production", &[]),
    ("admin scope approve orders --application {app} --key-type production", &[]),
    ("admin scope list", &[]),
    ("admin scope unbind orders", &[]),
    ("admin application delete Shop", &[]),
    ("admin member remove bob", &[]),
    ("whoami", &[]),
];

/// How to run a command, and the values kept of earlier outputs.
struct Target<'h> {
    command: &'h dyn Fn(&[&str]) -> Command,
    kept: BTreeMap<&'static str, String>,
}

impl Target<'_> {
    fn run(&mut self, line: &str, keep: &[(&'static str, &str)]) -> Value {
        let mut line = line.to_owned();
        for (name, value) in &self.kept {
            line = line.replace(&format!("{{{name}}}"), value);
        }
        let arguments: Vec<&str> = line.split(' ').collect();
        let output = (self.command)(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {error}");
        assert!(error.lines().all(|line| line.starts_with(WARNING)), "{line}: {error}");
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (name, pointer) in keep {
            self.kept.insert(name, printed.pointer(pointer).unwrap().as_str().unwrap().to_owned());
        }
        printed
    }
}

/// The shape of an output: its fields and their types, without the owner of an application, which differs between the two.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "owner");
            fields.map(|(name, value)| (name.clone(), shape(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

fn write_files(home: &Home) {
    home.write("pizza.json", r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
    home.write("changed.json", r#"{"name":"pizza","version":"1.0.0","context":"/pizza"}"#);
    let openapi = "openapi: 3.1.0\ninfo: {title: Pasta, version: '1'}\npaths:\n  /menu:\n    get: {responses: {}}\n";
    home.write("openapi.yaml", openapi);
}

#[test]
fn every_command_prints_the_same_locally_and_on_a_server() {
    let (local_home, remote_home) = (Home::new(), Home::new());
    write_files(&local_home);
    write_files(&remote_home);
    remote_home.succeed(&["admin", "member", "add", "alice", "--role", "administrator"]);
    local_home.succeed(&["admin", "member", "add", "alice", "--role", "administrator"]);
    let token =
        remote_home.succeed(&["admin", "personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
    local_home.succeed(&["admin", "personal-token", "create", "alice"]);
    let server = Server::start(&remote_home);
    let on_server = |arguments: &[&str]| {
        let mut command = bare_command(&remote_home.path(""), arguments);
        command.env("POSTERN_SERVER", format!("http://{}", server.address)).env("POSTERN_TOKEN", &token);
        command
    };
    let mut local = Target { command: &|arguments: &[&str]| local_home.command(arguments), kept: BTreeMap::new() };
    let mut remote = Target { command: &on_server, kept: BTreeMap::new() };
    for (line, keep) in COMMANDS {
        let (one, mut other) = (local.run(line, keep), remote.run(line, keep));
        // Only what comes over the network has a source.
        for entry in other.get_mut("entries").and_then(Value::as_array_mut).into_iter().flatten() {
            let source = entry.as_object_mut().and_then(|entry| entry.remove("source"));
            assert_eq!(source.is_some(), entry["actor"] != "operator", "{line}: {entry}");
        }
        if *line == "whoami" {
            assert_eq!(one, json!({ "actor": "operator", "role": "administrator", "database": local_home.location() }));
            let server = format!("http://{}", server.address);
            let expected = json!({ "actor": "member:alice", "name": "alice", "role": "administrator", "server": server });
            assert_eq!(other, expected);
        } else {
            assert_eq!(shape(&one), shape(&other), "{line}\n{one}\n{other}");
        }
    }
}

#[test]
fn an_error_and_its_hint_are_the_same_locally_and_on_a_server() {
    let (home, id) = Home::with_application();
    home.generate(&id, "production", &[]);
    home.succeed(&["admin", "member", "add", "alice", "--role", "administrator"]);
    let token = home.succeed(&["admin", "personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
    let kid = home.succeed(&["admin", "key", "list"])["keys"][0]["kid"].as_str().unwrap().to_owned();
    let server = Server::start(&home);
    let address = format!("http://{}", server.address);
    for (line, hint) in [
        ("admin application show nobody", "`postern admin application list`"),
        ("admin application delete app_nobody", "`postern admin application list`"),
        ("admin api show pasta/1", "`postern admin api list`"),
        ("admin api remove pizza/1.0.0", "`postern admin api remove --force`"),
        ("admin tier remove gold", "`postern admin subscription change`"),
        ("admin tier show platinum", "`postern admin tier list`"),
        ("admin key retire {kid}", "`postern admin key sign`"),
        ("admin key show nothing", "`postern admin key list`"),
        ("admin edge-key show edge-1", "`postern admin edge-key list`"),
        ("admin member show bob", "`postern admin member list`"),
        ("admin user show carl@local", "`postern admin user list`"),
        ("admin user list --store partners", "`postern admin user-store list`"),
        ("token generate --application {id} --key-type production", "`postern token regenerate`"),
        ("token regenerate --application {id} --key-type sandbox", "`postern token generate`"),
        ("token revoke nothing", ""),
        ("token list --application app_nobody", "`postern admin application list`"),
    ] {
        let line = line.replace("{id}", &id).replace("{kid}", &kid);
        let arguments: Vec<&str> = line.split(' ').collect();
        let local = home.fail(&arguments);
        let mut command = bare_command(&home.path(""), &arguments);
        let output = command.env("POSTERN_SERVER", &address).env("POSTERN_TOKEN", &token).output().unwrap();
        let remote = failure(&output, 1).replace(&format!("`{address}`: "), "");
        assert_eq!(local, remote, "{line}");
        let hinted = local.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap_or_default();
        assert!(hinted.contains(hint), "{line}: {local}");
    }
}

#[test]
fn a_list_of_several_pages_is_printed_in_full() {
    let home = Home::new();
    let application = home.create_application("App");
    let server = Server::start(&home);
    home.generate(&application, "production", &[]);
    home.succeed(&["admin", "member", "add", "alice", "--role", "administrator"]);
    let token = home.succeed(&["admin", "personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
    for number in 0..205 {
        let request = crate::harness::Request::new("POST", "/api/v1/edge-keys").bearer(&token);
        let body = json!({ "name": format!("edge {number}") }).to_string();
        let response = server.send(&request.header("content-type", "application/json").body(body));
        assert_eq!(response.status, 201, "{}", response.text());
    }
    assert_eq!(home.succeed(&["admin", "edge-key", "list"])["edge_keys"].as_array().unwrap().len(), 205);
    let entries =
        |more: &[&str]| home.succeed(&[&["admin", "audit", "list"], more].concat())["entries"].as_array().unwrap().len();
    assert_eq!(entries(&["--limit", "203"]), 203);
    assert_eq!(entries(&[]), 100);
    assert!(entries(&["--all"]) > 205);
}

#[test]
fn commands_without_secrets_need_no_master_key() {
    let (home, id) = Home::with_application();
    std::fs::remove_file(home.path("master.key")).unwrap();
    for line in [
        "admin application list",
        "admin application change App --name Other",
        "admin tier list",
        "admin settings show",
        "admin audit list",
        "admin key list",
        "admin member add alice --role auditor",
        "admin personal-token create alice",
        "whoami",
    ] {
        let line = line.replace("change App", &format!("change {id}"));
        home.succeed(&line.split(' ').collect::<Vec<_>>());
    }
    let error = home.fail(&["token", "generate", "--application", &id, "--key-type", "sandbox"]);
    assert!(error.contains("the master key file `") && error.contains("` does not exist"), "{error}");
}

#[test]
fn usage_errors_come_before_any_change() {
    let (home, id) = Home::with_application();
    for line in [
        "admin application change App",
        "admin application change App --owner bob --no-owner",
        "admin tier add x --requests 5",
        "admin tier add x --requests 0 --per 1",
        "admin tier change gold",
        "admin tier change gold --per 5",
        "admin settings change",
        "admin settings change --renew-below 101",
        "admin settings change --key-rotation 1.5h",
        "admin api change pizza/1.0.0",
        "admin audit list --limit 5 --all",
        "admin audit list --since yesterday",
        "admin audit list --until 2026-02-30",
        "admin member change bob",
        "admin member change bob --account bob@local --no-account",
        "admin member change bob --account bob",
        "admin personal-token create bob --validity 5 --expires-in 5d",
        "admin personal-token remove bob ppat_x",
        "token secret create --application {app} --key-type sandbox --expires-in never",
        "token secret remove --application {app} --key-type sandbox hunter2",
        "token keys change --application {app} --key-type sandbox --grant-type hunter2",
    ] {
        let line = line.replace("{app}", &id);
        home.misuse(&line.split(' ').collect::<Vec<_>>());
    }
}

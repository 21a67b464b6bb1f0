//! Every management command on the local database and on a server: both print the same, and fail with the same error.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::harness::{Home, Server, WARNING, bare_command, failure};

/// The commands in the order in which they run. `{name}` stands for a value of an earlier output. Each pair names a value of this
/// output to keep, and gives the JSON pointer to it.
const COMMANDS: &[(&str, &[(&str, &str)])] = &[
    ("admin member create bob --role developer", &[]),
    ("admin member change bob --role auditor", &[]),
    ("admin member change bob --no-account", &[]),
    ("admin member show bob", &[]),
    ("admin member list", &[]),
    ("personal-token create bob --description laptop --expires-in 30d", &[("token", "/id")]),
    ("personal-token list bob", &[]),
    ("personal-token delete bob {token}", &[]),
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
    ("tier create platinum --description Much --requests 100 --per 60", &[]),
    ("tier change platinum --no-description --requests 7 --per 1", &[]),
    ("tier show platinum", &[]),
    ("tier change platinum --no-limit --approval true", &[]),
    ("tier list", &[]),
    ("api create pizza.json --approval", &[]),
    ("api show pizza/1.0.0", &[]),
    ("api change pizza/1.0.0 --file changed.json", &[]),
    ("api change pizza/1.0.0 --approval false --tiers gold,platinum", &[]),
    ("api import openapi.yaml --name pasta --version 2 --context /pasta", &[]),
    ("api list", &[]),
    ("application create Storefront", &[("app", "/id")]),
    ("application change Storefront --name Shop --application-validity 60 --owner bob", &[]),
    ("application change {app} --no-owner", &[]),
    ("application show Shop", &[]),
    ("subscription create --application {app} --api pizza/1.0.0 --tier gold", &[]),
    ("subscription create --application {app} --api pasta/2 --tier gold", &[]),
    ("subscription change --application {app} --api pizza/1.0.0 --tier platinum", &[]),
    ("subscription block --application {app} --api pizza/1.0.0", &[]),
    ("subscription show --application {app} --api pizza/1.0.0", &[]),
    ("subscription unblock --application {app} --api pizza/1.0.0", &[]),
    ("subscription list --waiting", &[]),
    ("subscription approve --application {app} --api pizza/1.0.0", &[]),
    ("subscription list --application {app}", &[]),
    (
        "token create --application {app} --key-type production --scope orders --domain a.example --ip 192.0.2.0/24 --redirect-uri https://a.example/cb",
        &[("jti", "/jti")],
    ),
    ("token create --application {app} --key-type sandbox", &[]),
    ("token regenerate --application {app} --key-type sandbox --new-secret --validity 30", &[]),
    ("token keys show --application {app} --key-type production", &[]),
    ("token keys change --application {app} --key-type production --any-domain --no-scope --validity 5 --no-redirect-uri", &[]),
    ("token keys change --application {app} --key-type production --grant-type client_credentials --any-ip", &[]),
    ("token secret create --application {app} --key-type production --expires-in 30d", &[("secret", "/id")]),
    ("token secret delete --application {app} --key-type production {secret}", &[]),
    ("token list --application {app}", &[]),
    ("token revoke {jti}", &[]),
    ("token revoke --all --application {app}", &[]),
    ("application block {app}", &[]),
    ("application unblock Shop", &[]),
    ("application list", &[]),
    ("admin edge-key create edge-1", &[]),
    ("admin edge-key show edge-1", &[]),
    ("admin edge-key list", &[]),
    ("admin edge-key delete edge-1", &[]),
    ("admin signing-key create --algorithm ES256 --planned-for sandbox", &[("kid", "/kid")]),
    ("admin signing-key sign {kid} --key-type sandbox", &[]),
    ("admin signing-key show {kid}", &[]),
    ("admin signing-key sign {kid}", &[]),
    ("admin signing-key list", &[("first", "/keys/0/kid")]),
    ("admin signing-key retire {first} --force", &[]),
    ("admin bundle", &[]),
    ("admin events list --since 1h --limit 3", &[]),
    ("admin audit list --since 1h --limit 3", &[]),
    ("admin audit list --since 2026-01-01T00:00:00+02:00 --until 2026-01-02", &[]),
    ("admin audit list --application {app} --action token.revoke", &[]),
    ("admin audit list --action personal_token.create --since 5 --until 99999999999 --all", &[]),
    ("subscription delete --application {app} --api pizza/1.0.0", &[]),
    ("api delete pizza/1.0.0", &[]),
    ("api delete pasta/2 --force", &[]),
    ("tier delete platinum", &[]),
    ("admin scope create orders", &[]),
    ("admin scope change orders --approval true", &[]),
    ("admin scope list --waiting", &[]),
    ("token keys change --application {app} --key-type production --scope orders", &[]),
    ("admin scope withdraw orders --application {app} --key-type production", &[]),
    ("admin scope approve orders --application {app} --key-type production", &[]),
    ("admin scope list", &[]),
    ("admin scope delete orders", &[]),
    ("application delete Shop", &[]),
    ("admin member delete bob", &[]),
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
    remote_home.succeed(&["admin", "member", "create", "alice", "--role", "administrator"]);
    local_home.succeed(&["admin", "member", "create", "alice", "--role", "administrator"]);
    let token = remote_home.succeed(&["personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
    local_home.succeed(&["personal-token", "create", "alice"]);
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
    home.succeed(&["admin", "member", "create", "alice", "--role", "administrator"]);
    let token = home.succeed(&["personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
    let kid = home.succeed(&["admin", "signing-key", "list"])["keys"][0]["kid"].as_str().unwrap().to_owned();
    let server = Server::start(&home);
    let address = format!("http://{}", server.address);
    for (line, hint) in [
        ("application show nobody", "`postern application list`"),
        ("application delete app_nobody", "`postern application list`"),
        ("api show pasta/1", "`postern api list`"),
        ("api delete pizza/1.0.0", "`postern api delete --force`"),
        ("tier delete gold", "`postern subscription change`"),
        ("tier show platinum", "`postern tier list`"),
        ("admin signing-key retire {kid}", "`postern admin signing-key sign`"),
        ("admin signing-key show nothing", "`postern admin signing-key list`"),
        ("admin edge-key show edge-1", "`postern admin edge-key list`"),
        ("admin member show bob", "`postern admin member list`"),
        ("admin user show carl@local", "`postern admin user list`"),
        ("admin user list --store partners", "`postern admin user-store list`"),
        ("token create --application {id} --key-type production", "`postern token regenerate`"),
        ("token regenerate --application {id} --key-type sandbox", "`postern token create`"),
        ("token revoke nothing", ""),
        ("token list --application app_nobody", "`postern application list`"),
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
    home.succeed(&["admin", "member", "create", "alice", "--role", "administrator"]);
    let token = home.succeed(&["personal-token", "create", "alice"])["personal_token"].as_str().unwrap().to_owned();
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
        "application list",
        "application change App --name Other",
        "tier list",
        "admin settings show",
        "admin audit list",
        "admin signing-key list",
        "admin member create alice --role auditor",
        "personal-token create alice",
        "whoami",
    ] {
        let line = line.replace("change App", &format!("change {id}"));
        home.succeed(&line.split(' ').collect::<Vec<_>>());
    }
    let error = home.fail(&["token", "create", "--application", &id, "--key-type", "sandbox"]);
    assert!(error.contains("the master key file `") && error.contains("` does not exist"), "{error}");
}

#[test]
fn usage_errors_come_before_any_change() {
    let (home, id) = Home::with_application();
    for line in [
        "application change App",
        "application change App --owner bob --no-owner",
        "tier create x --requests 5",
        "tier create x --requests 0 --per 1",
        "tier change gold",
        "tier change gold --per 5",
        "admin settings change",
        "admin settings change --renew-below 101",
        "admin settings change --key-rotation 1.5h",
        "api change pizza/1.0.0",
        "admin audit list --limit 5 --all",
        "admin audit list --since yesterday",
        "admin audit list --until 2026-02-30",
        "admin member change bob",
        "admin member change bob --account bob@local --no-account",
        "admin member change bob --account bob",
        "personal-token create bob --validity 5 --expires-in 5d",
        "personal-token create bob --expires yesterday",
        "personal-token create bob --expires 2026-02-30",
        "tier list --output token",
        "application create Shop --output env",
        "admin audit list --output csv",
        "personal-token delete bob ppat_x",
        "token secret delete --application {app} --key-type sandbox hunter2",
        "token keys change --application {app} --key-type sandbox --grant-type hunter2",
    ] {
        let line = line.replace("{app}", &id);
        home.misuse(&line.split(' ').collect::<Vec<_>>());
    }
}

//! `postern apply`

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Home, Server, bare_command, failure, on_terminal, on_terminal_while};

const CATALOGUE: &str = "\
tiers:
  - name: platinum
    limit: { requests: 1000, seconds: 60 }
  - name: gold
    description: Shiny
scopes:
  - scope: orders
    approval: true
apis:
  - { name: pizza, version: 1.0.0, context: /pizza/1.0.0, resources: [{ path: /menu, auth: none }] }
  - { openapi: documents/pasta.yml, name: pasta, context: /pasta, tiers: [gold] }
";

const APPLICATIONS: &str = r#"{
	"applications": [
		{ "name": "Pizza app", "subscriptions": [{ "api": "pizza/1.0.0", "tier": "platinum" }] },
		{ "name": "Shop", "owner": "bob", "subscriptions": [{ "api": "pasta/1", "tier": "gold" }] }
	]
}"#;

const OPENAPI: &str = "openapi: 3.1.0\ninfo: {title: Pasta, version: '1'}\npaths:\n  /menu:\n    get: {responses: {}}\n";

/// A folder `catalogue` with files.
fn with_files(home: &Home) {
    fs::create_dir_all(home.path("catalogue/documents")).unwrap();
    home.write("catalogue/one.yaml", CATALOGUE);
    home.write("catalogue/two.json", APPLICATIONS);
    home.write("catalogue/documents/pasta.yml", OPENAPI);
    home.write("catalogue/.hidden.yaml", "wrong: [");
    home.write("catalogue/notes.txt", "wrong: [");
}

/// The steps of a printed plan that change something: what happens, and to what.
fn changes(plan: &Value) -> Vec<String> {
    let steps = plan["plan"].as_array().unwrap().iter().filter(|step| step["change"] != "unchanged");
    let text = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_owned();
    steps
        .map(|step| {
            format!("{} {} {}{}", text(step, "change"), text(step, "kind"), text(step, "application"), text(step, "name"))
        })
        .collect()
}

fn planned(home: &Home, more: &[&str], code: i32) -> Value {
    let output = home.command(&[&["apply", "-f", "catalogue"], more].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn files_are_planned_applied_and_then_unchanged() {
    let (home, id) = Home::with_application();
    with_files(&home);
    home.succeed(&["admin", "member", "create", "bob", "--role", "developer"]);
    home.generate(&id, "production", &[]);
    let expected = [
        "changed tier gold",
        "created tier platinum",
        "created api pasta/1",
        "changed api pizza/1.0.0",
        "created scope orders",
        "changed subscription Pizza apppizza/1.0.0",
        "created application Shop",
        "created subscription Shoppasta/1",
    ];
    assert_eq!(changes(&planned(&home, &["--plan"], 2)), expected);
    // Nobody can be asked.
    let output = home.command(&["apply", "-f", "catalogue"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("give --yes"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(changes(&planned(&home, &["--plan"], 2)), expected);

    assert_eq!(changes(&planned(&home, &["--yes"], 0)), expected);
    assert_eq!(changes(&planned(&home, &["--plan"], 0)), [""; 0]);
    assert_eq!(changes(&planned(&home, &["--yes"], 0)), [""; 0]);
    assert_eq!(home.succeed(&["application", "show", "Shop"])["owner"], "bob");
    assert_eq!(home.tokens(&id)[0]["state"], "revoked", "the tier of its subscription changed");
    let tier = json!({ "name": "platinum", "limit": { "requests": 1000, "seconds": 60 }, "approval": false });
    assert_eq!(home.succeed(&["tier", "show", "platinum"]), tier);
    assert_eq!(home.succeed(&["api", "show", "pasta"])["tiers"], json!(["gold"]));
    let kept = home.command(&["api", "openapi", "pasta"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&kept.stdout), OPENAPI, "the catalogue shows the document");
    // A document that only people read has changed.
    home.write("catalogue/documents/pasta.yml", &OPENAPI.replace("get: {", "get: {summary: The menu, "));
    assert_eq!(changes(&planned(&home, &["--plan"], 2)), ["changed api pasta/1"]);
    assert_eq!(changes(&planned(&home, &["--yes"], 0)), ["changed api pasta/1"]);
    let kept = home.command(&["api", "openapi", "pasta"]).output().unwrap();
    assert!(String::from_utf8_lossy(&kept.stdout).contains("The menu"));
    assert_eq!(home.succeed(&["api", "show", "pasta"])["tiers"], json!(["gold"]));
    assert_eq!(changes(&planned(&home, &["--plan"], 0)), [""; 0]);

    // What the files do not have stays, unless --prune is given. Applications always stay.
    home.write(
        "catalogue/one.yaml",
        &CATALOGUE.replace("    description: Shiny\n", "").replace("  - scope: orders\n    approval: true\n", "  []\n"),
    );
    home.write("catalogue/two.json", &APPLICATIONS.replace(r#"{ "api": "pasta/1", "tier": "gold" }"#, ""));
    assert_eq!(changes(&planned(&home, &["--plan"], 2)), ["changed tier gold"]);
    let pruned = [
        "changed tier gold",
        "deleted subscription Shoppasta/1",
        "deleted scope orders",
        "deleted tier bronze",
        "deleted tier silver",
        "deleted tier unlimited",
    ];
    assert_eq!(changes(&planned(&home, &["--prune", "--yes"], 0)), pruned);
    assert!(home.succeed(&["tier", "show", "gold"]).get("description").is_none());
    assert_eq!(changes(&planned(&home, &["--prune", "--plan"], 0)), [""; 0]);
}

#[test]
fn a_change_that_somebody_else_makes_meanwhile_is_not_overwritten() {
    let home = Home::new();
    home.write("tiers.yaml", "tiers:\n  - { name: gold, description: Mine }\n  - { name: silver, description: Mine }\n");
    let (shown, code) = on_terminal(&home, &["apply", "-f", "tiers.yaml"], "n\n");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("changed  tier  gold    description") && shown.contains("Make these changes? [y/N] "), "{shown}");
    let meanwhile = "tier change silver --description Theirs";
    let (shown, code) = on_terminal_while(&home, &["apply", "-f", "tiers.yaml"], meanwhile, "y\n");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the tier `silver` failed (changes made before: 1)"), "{shown}");
    assert!(shown.contains("it was changed after the plan was made: run the command again"), "{shown}");
    let description = |tier: &str| home.succeed(&["tier", "show", tier])["description"].clone();
    assert_eq!((description("gold"), description("silver")), ("Mine".into(), "Theirs".into()));
    let (shown, code) = on_terminal(&home, &["apply", "-f", "tiers.yaml"], "y\n");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.ends_with("changes made: 1\n"), "{shown}");
    assert_eq!(description("silver"), "Mine");
}

#[test]
fn every_problem_of_every_file_has_its_line() {
    let (home, id) = Home::with_application();
    fs::create_dir(home.path("catalogue")).unwrap();
    let wrong = "\
tiers:
  - name: Platinum
    limit: { requests: 0 }
scopes:
  - scope: a b
apis:
  - name: pizza
    version: 1.0
    context: pizza
    resources:
      - path: /menu
        auth: non
  - openapi: nothere.yml
applications:
  - name: Pizza app
    subscriptions:
      - { api: pizza, tier: gold }
      - { api: a/1, tier: nope }
  - name: Pizza app
other: []
";
    home.write("catalogue/a.yaml", wrong);
    home.write("catalogue/b.yaml", "tiers:\n  - &x {name: a}\n  - name: [\n");
    home.write("catalogue/c.yaml", "- 1\n");
    let error = home.fail(&["apply", "-f", "catalogue", "--yes"]);
    for (place, words) in [
        ("a.yaml:2", "`tiers[0].name`"),
        ("a.yaml:3", "`tiers[0].limit.requests`"),
        ("a.yaml:3", "`tiers[0].limit.seconds`: is missing"),
        ("a.yaml:5", "`scopes[0].scope`"),
        ("a.yaml:8", "`apis[0].version`: must be a string (a number"),
        ("a.yaml:9", "`apis[0].context`"),
        ("a.yaml:12", "`apis[0].resources[0].auth`"),
        ("a.yaml:13", "cannot read `catalogue/nothere.yml`"),
        ("a.yaml:17", "`applications[0].subscriptions[0].api`"),
        ("a.yaml:18", "there is no API `a/1`"),
        ("a.yaml:18", "there is no tier `nope`"),
        ("a.yaml:19", "twice: it is also at catalogue/a.yaml:15"),
        ("a.yaml:20", "`other` is unknown"),
        ("b.yaml:4", "YAML"),
        ("c.yaml:1", "must be an object"),
    ] {
        let found = error.lines().any(|line| line.starts_with(&format!("catalogue/{place}: ")) && line.contains(words));
        assert!(found, "{place} {words} in\n{error}");
    }
    assert_eq!(error.lines().count(), 16, "{error}");
    // Also if the issuer cannot be reached.
    let command = ["apply", "-f", "catalogue", "--database", "nothere.db"];
    assert!(failure(&home.command(&command).output().unwrap(), 1).contains("a.yaml:2: "));
    assert_eq!(home.succeed(&["subscription", "list", "--application", &id])["subscriptions"].as_array().unwrap().len(), 1);
    assert!(home.fail(&["apply", "-f", "nothere"]).contains("cannot read `nothere`"));
    fs::create_dir(home.path("empty")).unwrap();
    assert!(home.fail(&["apply", "-f", "empty"]).contains("has no file whose name ends in"));
}

#[test]
fn a_developer_applies_applications_on_a_server() {
    let (home, id) = Home::with_application();
    home.succeed(&["admin", "member", "create", "bob", "--role", "developer"]);
    home.succeed(&["application", "change", &id, "--owner", "bob"]);
    let token = home.succeed(&["personal-token", "create", "bob"])["personal_token"].as_str().unwrap().to_owned();
    let server = Server::start(&home);
    let run = |file: &str, more: &[&str]| {
        let mut command = bare_command(&home.path(""), &[&["apply", "-f", file, "--yes"], more].concat());
        command.env("POSTERN_SERVER", format!("http://{}", server.address)).env("POSTERN_TOKEN", &token).output().unwrap()
    };
    home.write(
        "own.yaml",
        "applications:\n  - name: Shop\n    owner: bob\n    subscriptions: [{api: pizza/1.0.0, tier: gold}]\n",
    );
    let output = run("own.yaml", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(home.succeed(&["application", "show", "Shop"])["owner"], "bob");
    assert_eq!(run("own.yaml", &["--plan"]).status.code(), Some(0));
    // The catalogue is not a developer's: the first step is refused, with the reason.
    home.write("tiers.yaml", "tiers:\n  - name: mine\n");
    let output = run("tiers.yaml", &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("the tier `mine` failed (nothing was changed)") && error.contains("hint: `postern whoami`"),
        "{error}"
    );
}

//! `postern login`, `logout` and `whoami`, and the choice between a server and the database.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::harness::{Home, Server, bare_command, failure, mode};

/// A machine other than the issuer's, with a separate home directory.
struct Workstation {
    home: Home,
}

impl Workstation {
    fn new() -> Self {
        Self { home: Home::empty() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(&self.home.path(""), arguments);
        command.env("HOME", self.home.path(""));
        command
    }

    fn succeed(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn fail(&self, arguments: &[&str]) -> String {
        failure(&self.command(arguments).output().unwrap(), 1)
    }

    fn login(&self, server: &str, token: &str) -> Output {
        let mut command = self.command(&["login", "--server", server]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

/// An issuer with a member, the member's token, and the address of its server.
fn issuer(name: &str, role: &str) -> (Home, Server, String, String) {
    let home = Home::new();
    home.succeed(&["admin", "member", "create", name, "--role", role]);
    let token = home.succeed(&["personal-token", "create", name])["personal_token"].as_str().unwrap().to_owned();
    let server = Server::start(&home);
    let address = format!("http://{}", server.address);
    (home, server, address, token)
}

#[test]
fn after_login_commands_use_the_server_until_logout() {
    let (_home, _server, address, token) = issuer("alice", "administrator");
    let workstation = Workstation::new();
    let output = workstation.login(&format!("{address}/"), &format!("{token}\n"));
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, json!({ "server": address, "member": "alice", "role": "administrator" }));
    let file = workstation.home.path(".config/postern/credentials.json");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&workstation.home.path(".config/postern")), 0o700);
    assert_eq!(workstation.succeed(&["whoami"])["server"], address);
    let id = workstation.succeed(&["application", "create", "Shop"])["id"].clone();
    assert_eq!(workstation.succeed(&["application", "list"])["applications"][0]["id"], id);

    // A database that is set, by a flag or a variable, overrides the login.
    assert!(workstation.fail(&["whoami", "--database", "none.db"]).contains("run `postern init` first"));
    let output = workstation.command(&["whoami"]).env("POSTERN_DATABASE", "none.db").output().unwrap();
    assert!(failure(&output, 1).contains("run `postern init` first"));
    let error = workstation.fail(&["whoami", "--database", "none.db", "--server", &address]);
    assert!(error.contains("cannot be used together"), "{error}");
    // A server that is named overrides a configured database.
    let mut command = workstation.command(&["whoami"]);
    let output = command.env("POSTERN_DATABASE", "none.db").env("POSTERN_SERVER", &address).output().unwrap();
    assert!(output.status.success());

    assert_eq!(workstation.succeed(&["logout"]), json!({ "logged_out": address }));
    assert!(!fs::read_to_string(&file).unwrap().contains("ppat_"));
    assert!(workstation.fail(&["logout"]).contains("not logged in"));
    assert!(workstation.fail(&["whoami"]).contains("run `postern init` first"));
    assert!(workstation.fail(&["whoami", "--server", &address]).contains("run `postern login`"));
}

#[test]
fn login_warns_that_a_configured_database_overrides_it() {
    let (home, _server, address, token) = issuer("alice", "administrator");
    let workstation = Workstation::new();
    let configuration = workstation.home.write("postern.toml", "\ndatabase = 'none.db'\n");
    fs::write(workstation.home.path("token"), &token).unwrap();
    let warning = |environment: &[(&str, &str)]| {
        let mut command = workstation.command(&["login", "--server", &address]);
        command.envs(environment.iter().copied()).stdin(fs::File::open(workstation.home.path("token")).unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let database = home.database();
    let named = ("POSTERN_DATABASE", database.to_str().unwrap());
    let expected = format!("postern: warning: commands still use the database set by `POSTERN_DATABASE`, not `{address}`");
    assert!(warning(&[named]).starts_with(&expected), "{}", warning(&[named]));
    let by_file = warning(&[("POSTERN_CONFIG", &configuration)]);
    assert!(by_file.contains("the database set by line 2 of `") && !by_file.contains(&token), "{by_file}");
    // No warning: commands use the server.
    assert_eq!(warning(&[named, ("POSTERN_SERVER", &address)]), "");
    assert_eq!(warning(&[]), "");
}

#[test]
fn each_server_has_its_own_token_and_the_last_login_is_the_default() {
    let (_one_home, _one, first, first_token) = issuer("alice", "auditor");
    let (_other_home, _other, second, second_token) = issuer("bob", "developer");
    let workstation = Workstation::new();
    assert!(workstation.login(&first, &first_token).status.success());
    assert!(workstation.login(&second, &second_token).status.success());
    assert_eq!(workstation.succeed(&["whoami"])["name"], "bob");
    assert_eq!(workstation.succeed(&["whoami", "--server", &first])["name"], "alice");
    // The token in the environment is used only with a server that is named.
    let mut command = workstation.command(&["whoami"]);
    let output = command.env("POSTERN_TOKEN", &first_token).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["name"], "bob");
    assert_eq!(workstation.succeed(&["logout", "--server", &first]), json!({ "logged_out": first }));
    assert_eq!(workstation.succeed(&["whoami"])["name"], "bob");
}

#[test]
fn an_invalid_token_is_neither_stored_nor_repeated() {
    let (_home, _server, address, token) = issuer("alice", "administrator");
    let workstation = Workstation::new();
    for wrong in ["", "hunter2", "ppat_hunter2 x", "ppat_hunter2\r\nx: y"] {
        let error = failure(&workstation.login(&address, wrong), 1);
        assert!(error.contains("begins with `ppat_`") && !error.contains("hunter2"), "{error}");
    }
    let error = failure(&workstation.login(&address, "ppat_hunter2"), 1);
    assert!(
        error.contains("unknown or has expired") && error.contains("`postern login`") && !error.contains("hunter2"),
        "{error}"
    );
    assert!(!workstation.home.path(".config/postern/credentials.json").exists());
    let server = ["whoami", "--server", &address];
    let output = workstation.command(&server).env("POSTERN_TOKEN", "hunter2").output().unwrap();
    let error = failure(&output, 1);
    assert!(
        error.contains("unknown or has expired") && error.contains("`POSTERN_TOKEN`") && !error.contains("hunter2"),
        "{error}"
    );
    let output = workstation.command(&server).env("POSTERN_TOKEN", "hunter2\nx: y").output().unwrap();
    assert!(!failure(&output, 1).contains("hunter2"));
    // There is no flag for the token: other users can read command lines.
    let output = workstation.command(&["login", "--server", &address, "--token", &token]).output().unwrap();
    failure(&output, 2);
}

#[test]
fn a_credentials_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_home, _server, address, token) = issuer("alice", "administrator");
    let workstation = Workstation::new();
    assert!(workstation.login(&address, &token).status.success());
    let file = workstation.home.path(".config/postern/credentials.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let error = workstation.fail(&["whoami"]);
    assert!(error.contains("chmod 600") && !error.contains(&token), "{error}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, format!("{{\"tokens\": \"{token}\"}}")).unwrap();
    let error = workstation.fail(&["whoami"]);
    assert!(error.contains("is damaged") && !error.contains(&token), "{error}");
}

#[test]
fn a_missing_role_is_reported() {
    let (_home, _server, address, token) = issuer("carol", "auditor");
    let workstation = Workstation::new();
    assert!(workstation.login(&address, &token).status.success());
    let error = workstation.fail(&["application", "create", "Shop"]);
    assert!(error.contains("this needs the role `developer`") && error.contains("`postern whoami`"), "{error}");
    assert!(!error.contains(&token));
    // An invalid body is reported with each field, and with the name of the file.
    let file = workstation.home.write("api.json", r#"{"name": 1}"#);
    let error = workstation.fail(&["api", "create", &file]);
    assert!(error.contains("is not a valid API document") && error.contains("`name`") && error.contains("`context`"), "{error}");
}

#[test]
fn a_pipeline_needs_only_two_variables_to_mint() {
    let (home, _server, address, token) = issuer("pipeline", "developer");
    home.add_api(r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
    let foreign = home.create_application("Foreign");
    let pipeline = |arguments: &[&str]| {
        let mut command = bare_command(&home.path(""), arguments);
        command.env("POSTERN_SERVER", &address).env("POSTERN_TOKEN", &token).output().unwrap()
    };
    let printed = |arguments: &[&str]| -> Value {
        let output = pipeline(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let id = printed(&["application", "create", "Shop"])["id"].as_str().unwrap().to_owned();
    printed(&["subscription", "create", "--application", &id, "--api", "pizza/1.0.0", "--tier", "gold"]);
    let minted = printed(&["token", "create", "--application", &id, "--key-type", "production"]);
    crate::harness::verified(&home, minted["access_token"].as_str().unwrap(), |claims| assert_eq!(claims.app.as_str(), id));
    assert_eq!(printed(&["token", "list", "--application", &id])["tokens"][0]["minted_by"], "member:pipeline");
    let error = failure(&pipeline(&["token", "create", "--application", &foreign, "--key-type", "production"]), 1);
    assert!(error.contains(&format!("there is no application `{foreign}`")), "{error}");
    // A subscription that requires approval waits for an administrator, here the operator.
    home.succeed(&["api", "change", "pizza/1.0.0", "--approval", "true"]);
    printed(&["subscription", "delete", "--application", &id, "--api", "pizza/1.0.0"]);
    let which = ["--application", &id, "--api", "pizza/1.0.0"];
    let added = printed(&[&["subscription", "create", "--tier", "gold"], &which[..]].concat());
    assert_eq!(added["state"], "waiting");
    assert_eq!(home.succeed(&["subscription", "list", "--waiting"])["subscriptions"], json!([added]));
    let approve = [&["subscription", "approve"], &which[..]].concat();
    assert!(failure(&pipeline(&approve), 1).contains("this needs the role `administrator`"));
    let other = home.fail(&[&approve[..], &["--tier", "silver"]].concat());
    assert!(other.contains("has the tier `gold`, not `silver`: it was not approved"), "{other}");
    let approved = home.succeed(&[&approve[..], &["--tier", "gold"]].concat());
    assert_eq!((&approved["state"], &approved["tier"]), (&json!("active"), &json!("gold")));
    // Some commands work only on the database itself.
    for arguments in [&["recover", "--end-all-tokens"][..], &["backup", "--out", "x"], &["admin", "master-key", "change"]] {
        let error = failure(&pipeline(&[arguments, &["--server", &address]].concat()), 1);
        assert!(error.contains("leave out --server"), "{error}");
    }
}

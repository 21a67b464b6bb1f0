//! The forms of results, and names and times in arguments.

use std::process::Output;

use serde_json::Value;

use crate::harness::{Home, Server, bare_command, on_terminal};

#[test]
fn a_terminal_shows_tables_and_is_asked_before_something_ends() {
    let (home, id) = Home::with_application();
    home.succeed(&["application", "create", "日本語のとても長い名前のアプリケーション、さらに長くする"]);
    home.generate(&id, "production", &[]);
    let (shown, code) = on_terminal(&home, &["application", "list"], "");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.starts_with("NAME"), "{shown}");
    assert!(shown.contains(&id) && shown.contains("not shown for lack of width: "), "{shown}");
    let (shown, _) = on_terminal(&home, &["registration-token", "list"], "");
    assert_eq!(shown, "no initial access tokens: `postern registration-token create` creates one\n");

    // No is the answer to everything but yes.
    for answer in ["n\n", "\n", "x\n"] {
        let (shown, code) = on_terminal(&home, &["application", "delete", "Pizza app"], answer);
        assert_eq!(code, 1, "{shown}");
        assert!(shown.contains("Delete the application `Pizza app`? This ends 1 application token,"), "{shown}");
        assert!(shown.contains("not confirmed: nothing was changed"), "{shown}");
    }
    assert_eq!(home.tokens(&id)[0]["state"], "active");
    let (shown, code) =
        on_terminal(&home, &["token", "regenerate", "--application", "Pizza app", "--key-type", "production"], "y\n");
    assert_eq!(code, 0, "{shown}");
    let jti = home.tokens(&id).iter().find(|token| token["state"] == "replaced").unwrap()["jti"].as_str().unwrap().to_owned();
    assert!(shown.contains(&format!("This revokes the token `{jti}`")), "{shown}");
    assert!(shown.contains("access token "), "{shown}");
    let (shown, code) = on_terminal(&home, &["application", "delete", "Pizza app", "--yes"], "");
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains('?') && shown.contains("revoked"), "{shown}");
}

#[test]
fn a_result_is_a_table_json_a_token_or_variables() {
    let (home, _) = Home::with_application();
    let text = |arguments: &[&str]| -> (String, String) {
        let Output { stdout, stderr, status } = home.command(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(status.success(), "{arguments:?}: {stderr}");
        (String::from_utf8(stdout).unwrap(), stderr)
    };
    let keys = ["--application", "Pizza app", "--key-type", "production"];
    let (variables, _) = text(&[&["token", "create", "--output", "env"], &keys[..]].concat());
    // A shell reads the variables, and the token in them works.
    let script = format!("{variables}\"$0\" --output json token revoke \"$JTI\" && echo \"$CONSUMER_KEY $CONSUMER_SECRET\"");
    let output = home.shell(&script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("ck_"));
    let (token, _) = text(&[&["token", "regenerate", "-o", "token"], &keys[..]].concat());
    assert!(token.starts_with("eyJ") && token.ends_with('\n') && token.lines().count() == 1, "{token}");
    let (secret, _) =
        text(&[&["token", "secret", "create", "-o", "token", "--description", "the new cluster"], &keys[..]].concat());
    let shown = home.succeed(&[&["token", "keys", "show"], &keys[..]].concat());
    assert!(!shown.to_string().contains(secret.trim()) && secret.trim().len() > 20, "{secret}");
    let table = text(&[&["token", "keys", "show", "-o", "table"], &keys[..]].concat()).0;
    assert!(
        table.contains("environment    production\n") && table.contains("\n  cs_") && table.contains("the new cluster"),
        "{table}"
    );
    // A command without a token does nothing.
    let before = home.succeed(&["application", "list"])["applications"].as_array().unwrap().len();
    for format in ["token", "env"] {
        let error = home.misuse(&["application", "create", "Shop", "--output", format]);
        assert!(error.contains("are only for `postern token create`"), "{error}");
    }
    assert_eq!(home.succeed(&["application", "list"])["applications"].as_array().unwrap().len(), before);
}

#[test]
fn what_a_server_answers_cannot_control_the_terminal() {
    // A server that is not ours: every answer has escape sequences.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers = std::thread::spawn(move || {
        use std::io::{BufRead as _, Write as _};
        for status in ["200 OK", "422 Unprocessable Entity"] {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
            let _ = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).count();
            let body = r#"{"name":"\u001b]0;x\u0007","\u001b[2J":"a\u202eb","code":"x","detail":"d\u001b[31m\nsecond line"}"#;
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
    });
    let home = Home::empty();
    for arguments in [["tier", "show", "gold", "-o", "table"], ["tier", "show", "gold", "-o", "json"]] {
        let mut command = bare_command(&home.path(""), &arguments);
        command.env("POSTERN_SERVER", format!("http://{address}")).env("POSTERN_TOKEN", "ppat_x");
        let Output { stdout, stderr, .. } = command.output().unwrap();
        for text in [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
            assert!(text.is_empty() || text.contains("\\u{1b}"), "{text:?}");
        }
    }
    answers.join().unwrap();
}

#[test]
fn an_application_and_an_api_go_by_their_names() {
    let (home, id) = Home::with_application();
    home.add_api(r#"{"name":"pasta","version":"1","context":"/pasta/1"}"#);
    home.add_api(r#"{"name":"pasta","version":"2","context":"/pasta/2"}"#);
    let twin = home.create_application("Twin");
    home.create_application("Twin");
    home.succeed(&["admin", "member", "create", "bob", "--role", "developer"]);
    home.succeed(&["application", "change", &twin, "--owner", "bob"]);
    let minted = home.generate("Pizza app", "sandbox", &[]);
    assert_eq!(minted.0["application"], id);
    assert_eq!(home.succeed(&["api", "show", "pizza"])["version"], "1.0.0");
    let changed = home.succeed(&["subscription", "change", "--application", "Pizza app", "--api", "pizza", "--tier", "silver"]);
    assert_eq!((&changed["application"], &changed["api"]), (&Value::from(id.as_str()), &"pizza/1.0.0".into()));
    let error = home.fail(&["api", "delete", "pasta"]);
    assert!(error.contains("has several versions: give one of `pasta/1`, `pasta/2`"), "{error}");
    assert!(home.fail(&["api", "show", "nothing"]).contains("hint: `postern api list`"));
    let error = home.fail(&["token", "list", "--application", "Twin"]);
    assert!(error.contains("several applications have the name `Twin`") && error.contains(&twin), "{error}");
    assert_eq!(home.succeed(&["subscription", "list"])["subscriptions"].as_array().unwrap().len(), 1);
    let entries = home.succeed(&["admin", "audit", "list", "--application", "Pizza app"])["entries"].clone();
    assert!(entries.as_array().unwrap().len() > 2, "{entries}");

    // A name is unique among what a member sees.
    let token = home.succeed(&["personal-token", "create", "bob", "--expires", "2099-01-01"]);
    assert_eq!(token["expires_at"], 4_070_908_800_u64);
    let server = Server::start(&home);
    let mut command = bare_command(&home.path(""), &["token", "list", "--application", "Twin"]);
    command
        .env("POSTERN_SERVER", format!("http://{}", server.address))
        .env("POSTERN_TOKEN", token["personal_token"].as_str().unwrap());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut command = bare_command(&home.path(""), &["personal-token", "list"]);
    command
        .env("POSTERN_SERVER", format!("http://{}", server.address))
        .env("POSTERN_TOKEN", token["personal_token"].as_str().unwrap());
    let own: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(own["personal_tokens"][0]["member"], "bob");
    assert!(home.fail(&["personal-token", "list"]).contains("give the name of one"));
    home.succeed(&["tier", "create", "hourly", "--requests", "5", "--per", "1h"]);
    assert_eq!(home.succeed(&["tier", "show", "hourly"])["limit"]["seconds"], 3600);
}

//! `postern try`, `postern completions` and `postern man`

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Home, Server, bare_command, binary, failure, mode};

#[test]
fn an_empty_folder_becomes_an_issuer_whose_first_calls_work() {
    let home = Home::empty();
    let mut command = bare_command(&home.path(""), &["try", "--listen", "127.0.0.1:0"]);
    // The environment of the user's own issuer changes nothing.
    command.env("POSTERN_DATABASE", "/nonexistent/own.db").env("POSTERN_LISTEN", "127.0.0.1:1").stdout(Stdio::piped());
    let (trial, server) = Server::spawn_after_result(&mut command);
    assert_eq!(trial["url"], format!("http://{}", server.address));
    let commands: Vec<&str> =
        trial["commands"].as_array().unwrap().iter().map(|each| each["command"].as_str().unwrap()).collect();
    assert!(commands.len() >= 4);
    for (command, words) in
        commands.iter().zip([r#""active":true"#, r#""access_token":"#, r#""outcome":"allow""#, r#""state":"active""#])
    {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary().parent().unwrap().display());
        let output = Command::new("/bin/sh").args(["-c", command]).current_dir(home.path("")).env("PATH", path).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(printed.contains(words), "{command}\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    for file in fs::read_dir(home.path("")).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    // Nothing is created in a folder that is not empty, or at an address that is in use.
    let again = bare_command(&home.path(""), &["try"]).output().unwrap();
    assert!(failure(&again, 1).contains("the current folder is not empty"));
    let other = Home::empty();
    let taken = bare_command(&other.path(""), &["try", "--listen", &server.address]).output().unwrap();
    assert!(failure(&taken, 1).contains("choose another address with --listen"));
    let named = bare_command(&other.path(""), &["try", "--database", "x.db"]).output().unwrap();
    assert!(failure(&named, 1).contains("leave out --config, --database"));
    assert_eq!(fs::read_dir(other.path("")).unwrap().count(), 0);
    // The issuer starts again from its configuration file.
    assert!(server.stop("-TERM").0.success());
    let serve = bare_command(&home.path(""), &["application", "list", "--config", "postern.toml"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&serve.stdout).unwrap();
    assert_eq!(listed["applications"][0]["name"], "storefront");
}

#[test]
fn a_shell_completes_commands_and_has_manual_pages() {
    let home = Home::empty();
    let script = r#"
        source <("$0" completions bash)
        complete() { COMP_WORDS=(postern "$@"); COMP_CWORD=$#; COMPREPLY=(); _postern postern "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; echo "${COMPREPLY[*]}"; }
        complete token cre
        complete admin member ""
        complete admin ""
    "#;
    let output = Command::new("/bin/bash").args(["-c", script]).arg(binary()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "create", "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(words(lines[1]).contains(&"delete".to_owned()) && !words(lines[1]).contains(&"remove".to_owned()), "{printed}");
    assert!(
        words(lines[2]).contains(&"signing-key".to_owned()) && !words(lines[2]).contains(&"application".to_owned()),
        "{printed}"
    );
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let output = bare_command(&home.path(""), &["completions", shell]).output().unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("personal-token"), "{shell}");
    }
    assert!(bare_command(&home.path(""), &["man", "share/man1"]).output().unwrap().status.success());
    let page = fs::read_to_string(home.path("share/man1/postern-token-create.1")).unwrap();
    assert!(page.contains("Create the key set of an application"), "{page}");
    assert!(!home.path("share/man1/postern-admin-application.1").exists());
}

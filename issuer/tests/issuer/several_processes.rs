//! Several processes on one database, and one that dies.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use crate::harness::{Home, Minted, Request, Server, verified};

fn grant(server: &str, keys: &Minted) -> Option<String> {
    let request = Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret());
    let response = request.try_send(server)?;
    assert_eq!(response.status, 200, "{}", response.text());
    Some(response.json()["access_token"].as_str().unwrap().to_owned())
}

fn jti(home: &Home, token: &str) -> String {
    verified(home, token, |claims| claims.jti.as_str().to_owned())
}

fn recorded(home: &Home, application: &str) -> BTreeSet<String> {
    home.tokens(application).iter().map(|record| record["jti"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_servers_mint_side_by_side() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let servers = [Server::start_with(&home, &[], "log-1"), Server::start_with(&home, &[], "log-2")];
    let tokens: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let (address, keys) = (&servers[n % 2].address, &keys);
                scope.spawn(move || (0..5).map(|_| grant(address, keys).unwrap()).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let minted: BTreeSet<String> = tokens.iter().map(|token| jti(&home, token)).collect();
    assert_eq!(minted.len(), 40);
    assert!(recorded(&home, &id).is_superset(&minted));
    assert_eq!(home.tokens(&id).len(), 41);
}

#[test]
fn of_several_that_generate_at_once_one_does() {
    let (home, id) = Home::with_application();
    let generate = ["token", "generate", "--application", &id, "--key-type", "production"];
    let spawn = || home.command(&generate).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..6).map(|_| spawn()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    assert_eq!(outputs.iter().filter(|output| output.status.success()).count(), 1);
    for refused in outputs.iter().filter(|output| !output.status.success()) {
        assert!(String::from_utf8_lossy(&refused.stderr).contains("token regenerate"));
    }
    assert_eq!(home.tokens(&id).len(), 1);
}

#[test]
fn of_several_that_regenerate_at_once_the_last_one_counts() {
    let (home, id) = Home::with_application();
    home.generate(&id, "production", &[]);
    let regenerate = ["token", "regenerate", "--application", &id, "--key-type", "production"];
    let children: Vec<_> = (0..6).map(|_| home.command(&regenerate).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let tokens = home.tokens(&id);
    assert_eq!(tokens.len(), 7);
    assert_eq!(tokens.iter().filter(|token| token["state"] == "active").count(), 1);
}

#[test]
fn of_several_that_initialise_at_once_one_does() {
    let home = Home::empty();
    home.write("master.key", &"A".repeat(43));
    let init = ["init", "--issuer", "https://issuer.example", "--audience", "https://api.example"];
    let spawn = || home.command(&init).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(|_| spawn()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let said: Vec<_> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect();
    assert_eq!(outputs.iter().filter(|output| output.status.success()).count(), 1, "{said:?}");
    let bundle: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert_eq!(bundle["keys"]["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn every_token_that_got_out_of_a_killed_server_is_on_record() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    let address = server.address.clone();
    let (tell, hear) = mpsc::channel();
    let ask = |tell: mpsc::Sender<()>| {
        let mut tokens = Vec::new();
        while let Some(token) = grant(&address, &keys) {
            tokens.push(token);
            // Nobody listens any more once the server is killed.
            let _ = tell.send(());
        }
        tokens
    };
    let ask = &ask;
    let tokens: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn({
                    let tell = tell.clone();
                    move || ask(tell)
                })
            })
            .collect();
        drop(tell);
        // In the middle of it, as soon as there is something to lose.
        assert_eq!(hear.iter().take(10).count(), 10);
        server.stop("-KILL");
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let minted: BTreeSet<String> = tokens.iter().map(|token| jti(&home, token)).collect();
    assert!(!minted.is_empty());
    assert!(recorded(&home, &id).is_superset(&minted));
    let after = Server::start(&home);
    assert!(grant(&after.address, &keys).is_some());
}

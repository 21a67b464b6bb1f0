//! Several processes on one database behave like one, also when one of them is killed.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{AUDIENCE, Database, Home, ISSUER, Minted, Request, Response, Server, on_both, signed_part, verified};

on_both!(
    one_of_several_concurrent_generates_succeeds,
    concurrent_regenerates_leave_one_live_token,
    one_of_several_concurrent_inits_succeeds;
    postgres:
    three_servers_mint_at_the_same_time,
    three_servers_give_a_client_the_same_token,
    a_revocation_by_one_server_holds_for_all,
    every_server_signs_with_a_new_signing_key,
    a_killed_server_loses_no_token_record_and_the_others_continue,
);

fn three_servers(home: &Home) -> [Server; 3] {
    ["log-1", "log-2", "log-3"].map(|log| Server::start_with(home, &[], log))
}

fn grant(server: &str, keys: &Minted) -> Option<String> {
    let request = Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret());
    let response = request.try_send_patiently(server)?;
    assert_eq!(response.status, 200, "{}", response.text());
    Some(response.json()["access_token"].as_str().unwrap().to_owned())
}

fn jti(home: &Home, token: &str) -> String {
    verified(home, token, |claims| claims.jti.as_str().to_owned())
}

fn recorded(home: &Home, application: &str) -> BTreeSet<String> {
    home.tokens(application).iter().map(|record| record["jti"].as_str().unwrap().to_owned()).collect()
}

/// Calls `each` 15 times with the address of every server, in three threads for each server, and returns the results.
fn concurrently<T: Send>(servers: &[Server], each: impl Fn(&str) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let ask = |address| {
            let each = &each;
            scope.spawn(move || (0..5).map(|_| each(address)).collect::<Vec<_>>())
        };
        let threads: Vec<_> = servers.iter().cycle().take(3 * servers.len()).map(|server| ask(&server.address)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn three_servers_mint_at_the_same_time(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let tokens = concurrently(&three_servers(&home), |address| grant(address, &keys).unwrap());
    let minted: BTreeSet<String> = tokens.iter().map(|token| jti(&home, token)).collect();
    assert_eq!(minted.len(), 45);
    assert!(recorded(&home, &id).is_superset(&minted));
    assert_eq!(home.tokens(&id).len(), 46);
    // No two tokens share a status index.
    assert_eq!(home.query("SELECT count(*) FROM (SELECT DISTINCT status_list, status_index FROM tokens) AS places"), "46");
}

fn three_servers_give_a_client_the_same_token(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &["--scope", "orders", "--scope", "menu"]);
    let servers = three_servers(&home);
    let ask = |address: &str| {
        let request = Request::token("grant_type=client_credentials&scope=menu").basic(keys.key(), keys.secret());
        request.try_send_patiently(address).unwrap().json()["access_token"].as_str().unwrap().to_owned()
    };
    let tokens: BTreeSet<String> = concurrently(&servers, ask).iter().map(|token| signed_part(token).to_owned()).collect();
    assert_eq!(tokens.len(), 1);
    let records = home.tokens(&id);
    let granted: Vec<_> = records.iter().filter(|record| record["obtained"] == "client_credentials").collect();
    assert_eq!((granted.len(), granted[0]["state"].as_str()), (1, Some("active")));
}

fn introspect(server: &Server, keys: &Minted, token: &str) -> bool {
    let request = Request::new("POST", "/oauth2/introspect").header("content-type", "application/x-www-form-urlencoded");
    let response = server.send(&request.basic(keys.key(), keys.secret()).body(format!("token={token}")));
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()["active"].as_bool().unwrap()
}

fn a_revocation_by_one_server_holds_for_all(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &[]);
    let edge = home.succeed(&["admin", "edge-key", "create", "edge-1"])["edge_key"].as_str().unwrap().to_owned();
    let servers = three_servers(&home);
    let token = grant(&servers[0].address, &keys).unwrap();
    assert!(servers.iter().all(|server| introspect(server, &keys, &token)));
    let bundle = |server: &Server| server.send(&Request::get("/edge/bundle").bearer(&edge));
    let tag = |response: &Response| response.header("etag").unwrap().to_owned();
    let before: BTreeSet<_> = servers.iter().map(|server| tag(&bundle(server))).collect();
    assert_eq!(before.len(), 1, "all servers serve the same bundle");
    let before = before.first().unwrap();
    thread::scope(|scope| {
        let wait = |server| {
            let request = Request::get("/edge/bundle").bearer(&edge).header("if-none-match", before).header("prefer", "wait=30");
            scope.spawn(move || (Server::send(server, &request), Instant::now()))
        };
        let waiting: Vec<_> = servers[1..].iter().map(wait).collect();
        thread::sleep(Duration::from_millis(300));
        assert!(waiting.iter().all(|thread| !thread.is_finished()));
        let form = format!("token={token}");
        let revoke = Request::new("POST", "/oauth2/revoke").header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(servers[0].send(&revoke.basic(keys.key(), keys.secret()).body(form)).status, 200);
        let revoked = Instant::now();
        assert!(servers.iter().all(|server| !introspect(server, &keys, &token)));
        for thread in waiting {
            let (response, came) = thread.join().unwrap();
            assert_eq!((response.status, &tag(&response) == before), (200, false));
            let took = came.saturating_duration_since(revoked);
            // Far less than the 30 seconds for which the answer could have been held.
            assert!(took < Duration::from_secs(20), "{took:?}");
        }
    });
    // All servers serve the same status list.
    let lists: BTreeSet<_> = servers.iter().map(|server| server.send(&Request::get("/status/1")).text()).collect();
    assert_eq!(lists.len(), 1);
    // The next token is a new one, and the same at every server.
    let ask = |server: &Server| signed_part(&grant(&server.address, &keys).unwrap()).to_owned();
    let next: BTreeSet<_> = servers.iter().map(ask).collect();
    assert!(next.len() == 1 && !next.contains(signed_part(&token)));
}

fn every_server_signs_with_a_new_signing_key(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &[]);
    let servers = three_servers(&home);
    let kid = |token: &str| postern_token::UnverifiedToken::parse(token.as_bytes()).unwrap().kid().unwrap().to_owned();
    let first = kid(keys.token());
    let second = home.succeed(&["admin", "signing-key", "create", "--algorithm", "ES256"])["kid"].as_str().unwrap().to_owned();
    for server in &servers {
        assert_eq!(kid(&grant(&server.address, &keys).unwrap()), first);
    }
    home.succeed(&["admin", "signing-key", "sign", &second]);
    let tokens: BTreeSet<_> = servers.iter().map(|server| grant(&server.address, &keys).unwrap()).collect();
    assert_eq!(tokens.iter().map(|token| kid(token)).collect::<BTreeSet<_>>(), BTreeSet::from([second]));
    assert_eq!(tokens.iter().map(|token| signed_part(token)).collect::<BTreeSet<_>>().len(), 1);
    home.succeed(&["admin", "signing-key", "retire", &first, "--force"]);
    for server in &servers {
        assert!(!introspect(server, &keys, keys.token()));
        assert!(introspect(server, &keys, tokens.first().unwrap()));
    }
}

fn one_of_several_concurrent_generates_succeeds(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let generate = ["token", "create", "--application", &id, "--key-type", "production"];
    let spawn = || home.command(&generate).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..6).map(|_| spawn()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    assert_eq!(outputs.iter().filter(|output| output.status.success()).count(), 1);
    for refused in outputs.iter().filter(|output| !output.status.success()) {
        assert!(String::from_utf8_lossy(&refused.stderr).contains("token regenerate"));
    }
    assert_eq!(home.tokens(&id).len(), 1);
}

fn concurrent_regenerates_leave_one_live_token(database: Database) {
    let (home, id) = Home::with_application_on(database);
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

fn one_of_several_concurrent_inits_succeeds(database: Database) {
    let home = Home::empty_on(database);
    home.write("master.key", &"A".repeat(43));
    let init = ["init", "--issuer", ISSUER, "--audience", AUDIENCE];
    let spawn = || home.command(&init).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(|_| spawn()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let errors: Vec<_> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect();
    assert_eq!(outputs.iter().filter(|output| output.status.success()).count(), 1, "{errors:?}");
    let bundle: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert_eq!(bundle["keys"]["keys"].as_array().unwrap().len(), 2);
}

fn a_killed_server_loses_no_token_record_and_the_others_continue(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let [killed, second, third] = three_servers(&home);
    let (sender, receiver) = mpsc::channel();
    // Requests tokens until the server is killed, or until there are `most` of them.
    let ask = |address: &str, most: usize, sender: mpsc::Sender<()>| {
        let mut tokens = Vec::new();
        while tokens.len() < most
            && let Some(token) = grant(address, &keys)
        {
            tokens.push(token);
            // Fails after the server was killed, because the receiver is dropped.
            let _ = sender.send(());
        }
        tokens
    };
    let ask = &ask;
    let (from_killed, from_others) = thread::scope(|scope| {
        let spawn = |address: String, most| {
            let sender = sender.clone();
            scope.spawn(move || ask(&address, most, sender))
        };
        let of_killed: Vec<_> = (0..4).map(|_| spawn(killed.address.clone(), usize::MAX)).collect();
        let others: Vec<_> = [&second, &third].map(|server| spawn(server.address.clone(), 100)).into();
        drop(sender);
        // The server is killed after it minted some tokens, while requests are in progress.
        assert_eq!(receiver.iter().take(20).count(), 20);
        killed.stop("-KILL");
        let join = |threads: Vec<thread::ScopedJoinHandle<'_, Vec<String>>>| -> Vec<String> {
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        };
        (join(of_killed), join(others))
    });
    // The other servers answered every request.
    assert!(!from_killed.is_empty());
    assert_eq!(from_others.len(), 200);
    let minted: BTreeSet<String> = from_killed.iter().chain(&from_others).map(|token| jti_of(token)).collect();
    assert_eq!(minted.len(), from_killed.len() + from_others.len());
    let recorded: BTreeSet<String> = home.query("SELECT id FROM tokens").lines().map(str::to_owned).collect();
    assert!(recorded.is_superset(&minted));
    verified(&home, from_others.last().unwrap(), |claims| assert_eq!(claims.app.as_str(), id));
    let after = Server::start(&home);
    assert!(grant(&after.address, &keys).is_some());
}

/// The id of a token, without verification.
fn jti_of(token: &str) -> String {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["jti"].as_str().unwrap().to_owned()
}

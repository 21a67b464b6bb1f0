//! The management API, one file for each resource.

mod apis;
mod applications;
mod audit;
mod edges;
mod hostile_values;
mod idempotency;
mod keys;
mod members;
mod personal_tokens;
mod registration_tokens;
mod requests;
mod scopes;
mod settings;
mod signing_keys;
mod subscriptions;
mod tiers;
mod tokens;
mod usage;
mod user_stores;
mod users;

use serde_json::Value;

use super::assert_problem;
use crate::harness::{Home, Request, Response, Server};

/// A server with a member of each role, and their personal access tokens.
pub(super) struct Api {
    pub(super) home: Home,
    pub(super) server: Server,
    pub(super) administrator: String,
    pub(super) developer: String,
    pub(super) auditor: String,
}

impl Api {
    pub(super) fn new() -> Self {
        Self::started(&[])
    }

    /// The same with a configuration file.
    pub(super) fn configured(file: &str) -> Self {
        Self::started(&[file])
    }

    fn started(file: &[&str]) -> Self {
        let home = Home::new();
        let member = |name: &str, role: &str| {
            home.succeed(&["admin", "member", "create", name, "--role", role]);
            token(&home, name, &["--expires-in", "never"])
        };
        let (administrator, developer) = (member("rita", "administrator"), member("dora", "developer"));
        let auditor = member("audrey", "auditor");
        let file = file.first().map(|content| home.write("postern.toml", content));
        let flags = file.as_deref().map_or_else(Vec::new, |file| vec!["--config", file]);
        let server = Server::start_with(&home, &flags, "log");
        Self { home, server, administrator, developer, auditor }
    }

    /// Sends a request as the administrator.
    pub(super) fn send(&self, method: &str, target: &str, body: &str) -> Response {
        self.send_as(&self.administrator, method, target, body)
    }

    pub(super) fn send_as(&self, token: &str, method: &str, target: &str, body: &str) -> Response {
        self.server.send(&Self::request(method, target, body).bearer(token))
    }

    pub(super) fn get(&self, target: &str) -> Response {
        self.send("GET", target, "")
    }

    /// Reads a resource as the administrator, and asserts the status 200.
    pub(super) fn read(&self, target: &str) -> Value {
        let response = self.get(target);
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Creates a resource as the administrator, and asserts the status 201.
    pub(super) fn create(&self, target: &str, body: &str) -> Value {
        let response = self.send("POST", target, body);
        assert_eq!(response.status, 201, "{}", response.text());
        response.json()
    }

    pub(super) fn request(method: &str, target: &str, body: &str) -> Request {
        let request = Request::new(method, target).body(body);
        if body.is_empty() { request } else { request.header("content-type", "application/json") }
    }
}

/// A new personal access token of a member.
pub(super) fn token(home: &Home, member: &str, more: &[&str]) -> String {
    let created = home.succeed(&[&["personal-token", "create", member], more].concat());
    created["personal_token"].as_str().unwrap().to_owned()
}

/// Asserts the values of the field `name` in all items of a page.
pub(super) fn assert_items(page: &Value, name: &str, expected: &[&str]) {
    let items: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect();
    assert_eq!(items, expected);
}

//! Operations of the management API.

use anyhow::{Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::issuer::text;
use serde_json::{Value, json};

use super::fixture::Fixture;

impl Fixture {
    /// Calls the management API as the administrator. Fails unless the status is below 300.
    pub(super) fn manage(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = Request::new(method, format!("/api/v1{path}"), "issuer").bearer(&self.personal_token);
        if let Some(body) = body {
            request = request.body("application/json", body.to_string());
        }
        let answer = request.send(self.issuer.address())?;
        ensure!(answer.status < 300, "{method} {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        Ok(answer.json())
    }

    /// Blocks an application's subscription to an API, or unblocks it.
    pub(super) fn block_subscription(&self, application: &str, api: &str, block: bool) -> Result<()> {
        let body = json!({"state": if block { "blocked" } else { "active" }});
        self.manage("PATCH", &format!("/applications/{application}/subscriptions/{api}"), Some(&body)).map(drop)
    }

    /// Moves an application's subscription to another tier.
    pub(super) fn change_tier(&self, application: &str, api: &str, tier: &str) -> Result<()> {
        self.manage("PATCH", &format!("/applications/{application}/subscriptions/{api}"), Some(&json!({"tier": tier}))).map(drop)
    }

    /// Blocks an application, or unblocks it.
    pub(super) fn block_application(&self, application: &str, block: bool) -> Result<()> {
        let body = json!({"state": if block { "blocked" } else { "active" }});
        self.manage("PATCH", &format!("/applications/{application}"), Some(&body)).map(drop)
    }

    /// Replaces the document of an API.
    pub(super) fn change_api(&self, api: &str, document: &Value) -> Result<()> {
        self.manage("PUT", &format!("/apis/{api}"), Some(document)).map(drop)
    }

    /// Removes an API and the subscriptions to it.
    pub(super) fn remove_api(&self, api: &str) -> Result<()> {
        self.manage("DELETE", &format!("/apis/{api}?force=true"), None).map(drop)
    }

    /// Creates another consumer secret in the production key set of an application.
    pub(super) fn create_secret(&self, application: &str) -> Result<String> {
        let made = self.manage("POST", &format!("/applications/{application}/keys/production/secrets"), Some(&json!({})))?;
        text(&made, "consumer_secret")
    }

    /// The ids of the valid consumer secrets in the production key set of an application.
    pub(super) fn secrets(&self, application: &str) -> Result<Vec<String>> {
        let keys = self.manage("GET", &format!("/applications/{application}/keys/production"), None)?;
        keys["secrets"].as_array().map_or(&[][..], Vec::as_slice).iter().map(|secret| text(secret, "id")).collect()
    }

    /// Removes a consumer secret.
    pub(super) fn remove_secret(&self, application: &str, id: &str) -> Result<()> {
        self.manage("DELETE", &format!("/applications/{application}/keys/production/secrets/{id}"), None).map(drop)
    }
}

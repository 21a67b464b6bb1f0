//! Requests by `curl`, for TLS and HTTP/2, which the client of this harness does not speak.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The exit code of curl when it does not trust the server's certificate.
pub const NOT_TRUSTED: i32 = 60;

/// The exit code of curl when the server resets the stream of HTTP/2.
pub const STREAM_RESET: i32 = 92;

/// Sends requests, and trusts the certificates that one authority signed.
#[derive(Debug, Clone)]
pub struct Curl {
    authority: PathBuf,
}

/// What came of one request.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The exit code of curl: 0 for a complete response, whatever its status.
    pub exit: i32,
    /// The status; 0 without a response.
    pub status: u16,
    /// The version of HTTP: `1.1` or `2`; `0` without a response.
    pub version: String,
    /// How many connections were opened for this request: 0 or 1.
    pub connections: usize,
    /// The body as JSON; `null` if it is not JSON.
    pub json: Value,
}

impl Curl {
    /// A client that trusts only the authority whose certificate is in `authority`.
    pub fn new(authority: &Path) -> Self {
        Self { authority: authority.to_owned() }
    }

    /// Sends a request with further arguments of curl.
    pub fn send(&self, url: &str, arguments: &[&str]) -> Result<Answer> {
        self.send_in_turn(&[(url, arguments)])?.pop().context("curl says nothing of the request")
    }

    /// Sends requests one after the other, on one connection where the server allows it.
    pub fn send_in_turn(&self, requests: &[(&str, &[&str])]) -> Result<Vec<Answer>> {
        let mut command = Command::new("curl");
        for (index, (url, arguments)) in requests.iter().enumerate() {
            if index > 0 {
                command.arg("--next");
            }
            // A configuration file of the person who runs the tests has no place here, so `--disable` comes first.
            command.args((index == 0).then_some("--disable"));
            command.args(["--silent", "--noproxy", "*", "--max-time", "60", "--cacert"]).arg(&self.authority);
            command.args(["--write-out", "\n%{exitcode} %{http_code} %{http_version} %{num_connects}\n", "--url", url]);
            command.args(*arguments);
        }
        let output = command.output().context("cannot start `curl`")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut answers = Vec::new();
        let mut body = String::new();
        for line in text.lines() {
            match summary(line) {
                Some(answer) => {
                    let json = serde_json::from_str(&body).unwrap_or_default();
                    answers.push(Answer { json, ..answer });
                    body.clear();
                }
                None => body.push_str(line),
            }
        }
        Ok(answers)
    }
}

impl Answer {
    /// The `code` of a problem document (RFC 9457), if the body is one.
    pub fn code(&self) -> Option<&str> {
        self.json.get("code").and_then(Value::as_str)
    }
}

/// The line that `--write-out` adds after each response.
fn summary(line: &str) -> Option<Answer> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [exit, status, version, connections] = parts.as_slice() else { return None };
    Some(Answer {
        exit: exit.parse().ok()?,
        status: status.parse().ok()?,
        version: (*version).to_owned(),
        connections: connections.parse().ok()?,
        json: Value::Null,
    })
}

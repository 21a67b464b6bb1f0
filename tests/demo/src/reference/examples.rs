//! Requests to try on the reference deployment.

use postern_test_harness::sample_api::ORDERS;

use super::Reference;

/// A command to paste, and its expected result.
#[derive(Debug, Clone)]
pub struct Example {
    /// The description of the request.
    pub what: &'static str,
    /// The status and, for a refusal, its code; or what curl says.
    pub expected: &'static str,
    /// The command, in which `$CA` and `$TOKEN` are variables.
    pub command: String,
}

impl Reference {
    /// The variables that the commands of [`Self::examples`] use, as assignments of a shell.
    pub fn variables(&self) -> [String; 2] {
        [format!("CA={}", self.authority.file().display()), format!("TOKEN={}", self.token)]
    }

    /// Commands in the order in which they must be run, because one of them revokes the token.
    pub fn examples(&self) -> Vec<Example> {
        let (key, secret) = &self.client;
        let api = format!("curl -i --cacert \"$CA\" {}", self.gateway_url(ORDERS));
        let issuer = |path: &str| format!("curl -i --cacert \"$CA\" {}", self.issuer_url(path));
        let with_token = "-H \"Authorization: Bearer $TOKEN\"";
        let example = |what, expected, command| Example { what, expected, command };
        vec![
            example("With the token, over HTTP/2", "200", format!("{api} {with_token}")),
            example("The same over HTTP/1.1", "200", format!("{api} {with_token} --http1.1")),
            example("Without a token", "401 missing_token", api.clone()),
            example(
                "With a client that does not know the authority",
                "SSL certificate problem",
                format!("curl -i {} {with_token}", self.gateway_url(ORDERS)),
            ),
            example("The issuer's metadata", "200", issuer("/.well-known/oauth-authorization-server")),
            example(
                "A token by OAuth 2.0 client credentials",
                "200",
                format!("{} -u {key}:{secret} -d grant_type=client_credentials", issuer("/oauth2/token")),
            ),
            // Pasted all at once, the next command would come before the gateway knows: it learns of it within a quarter of a second.
            example(
                "Revoke the token, and let the gateway learn of it",
                "200",
                format!("{} -u {key}:{secret} -d \"token=$TOKEN\" && sleep 1", issuer("/oauth2/revoke")),
            ),
            example("The gateway refuses it from now on", "401 revoked", format!("{api} {with_token}")),
        ]
    }
}

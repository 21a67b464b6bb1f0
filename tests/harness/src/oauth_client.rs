//! Requests of an OAuth client: obtains tokens for itself and revokes them.

use anyhow::{Result, ensure};

use crate::client::Request;
use crate::issuer::{Issuer, text};

/// Obtains a token for one scope at the token endpoint (RFC 6749 section 4.4).
pub fn client_credentials(issuer: &Issuer, client: &(String, String), scope: &str) -> Result<String> {
    grant(issuer, client, &format!("&scope={scope}"))
}

/// The same with any parameters, each after a `&`.
pub fn grant(issuer: &Issuer, (key, secret): &(String, String), parameters: &str) -> Result<String> {
    let body = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}{parameters}");
    let request = Request::new("POST", "/oauth2/token", "issuer").body("application/x-www-form-urlencoded", body);
    text(&request.send(issuer.address())?.json(), "access_token")
}

/// Revokes a token that the client has obtained (RFC 7009).
pub fn revoke(issuer: &Issuer, (key, secret): &(String, String), token: &str) -> Result<()> {
    let body = format!("token={token}&client_id={key}&client_secret={secret}");
    let request = Request::new("POST", "/oauth2/revoke", "issuer").body("application/x-www-form-urlencoded", body);
    let answer = request.send(issuer.address())?;
    ensure!(answer.status == 200, "the issuer responded to a revocation with {}", answer.status);
    Ok(())
}

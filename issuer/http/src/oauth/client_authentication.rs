//! Client authentication (RFC 6749 section 2.3.1).

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::oauth::error::TokenError;
use postern_http_types::{Form, decode_form_component};
use postern_operations::ClientProof;
use postern_secrets::PlainSecret;

/// Base64 with or without padding: some clients leave it out.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The credentials that a client presents, in the header or in the body. A public client sends only its id, in the body (section 3.2.1); a
/// secret that it sends all the same is verified.
pub(crate) fn proof(headers: &HeaderMap, form: &Form) -> Result<ClientProof, TokenError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let in_header = authorizations.next();
    if authorizations.next().is_some() {
        return Err(TokenError::InvalidRequest("there are two `Authorization` headers"));
    }
    match (in_header, form.value("client_id"), form.value("client_secret")) {
        (Some(_), _, Some(_)) => {
            Err(TokenError::InvalidRequest("send the client's secret in the header or in the body, not in both"))
        }
        (Some(header), id, None) => {
            let client = basic(header).ok_or(TokenError::InvalidClient)?;
            // Some clients repeat their id in the body, which must then be the same.
            if id.is_some_and(|id| id != client.id) {
                return Err(TokenError::InvalidRequest("the header and the body name different clients: send one client id"));
            }
            Ok(client)
        }
        (None, Some(id), secret) => {
            let secret = secret.map(|secret| PlainSecret::presented(secret.to_owned()));
            Ok(ClientProof { id: id.to_owned(), secret })
        }
        (None, None, _) => Err(TokenError::InvalidClient),
    }
}

/// Basic credentials (RFC 7617), whose two parts are form-urlencoded (RFC 6749 section 2.3.1).
fn basic(header: &HeaderValue) -> Option<ClientProof> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64.decode(encoded.trim_matches(' ')).ok()?;
    let at = decoded.iter().position(|byte| *byte == b':')?;
    let (id, secret) = decoded.split_at_checked(at)?;
    let id = decode_form_component(id)?;
    let secret = PlainSecret::presented(decode_form_component(secret.strip_prefix(b":")?)?);
    Some(ClientProof { id, secret: Some(secret) })
}

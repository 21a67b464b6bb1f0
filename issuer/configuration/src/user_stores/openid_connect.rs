//! The settings of a user store whose people sign in with an identity provider.

use serde::Serialize;

use super::{read_authorities_file, read_timeout};
use crate::password_file;
use crate::reader::Reader;
use postern_directories::openid_connect::{
    DEFAULT_GROUPS_CLAIM, DEFAULT_SCOPES, DEFAULT_USER_NAME_CLAIM, OpenIdSettings, ProviderUrl, ProviderUrlError,
};
use postern_model::UserStoreName;
use postern_time::format_duration;
use zeroize::Zeroizing;

/// The longest title in characters.
const MAX_TITLE_LEN: usize = 60;

/// The scope without which a provider sends no ID token.
const OPENID: &str = "openid";

/// The effective settings, without the client's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ShownOpenIdConnect {
    issuer: String,
    client_id: String,
    scopes: Vec<String>,
    user_name_claim: String,
    groups_claim: String,
    title: String,
    timeout: String,
}

pub(super) fn read(reader: &mut Reader<'_>, name: Option<&UserStoreName>) -> Option<OpenIdSettings> {
    let issuer = reader.required("issuer", "set it to the provider's issuer identifier, such as `https://login.example.org`");
    let issuer: Option<ProviderUrl> =
        issuer.and_then(|text| text.parse().map_err(|error: ProviderUrlError| reader.problem("issuer", error.to_string())).ok());
    let authorities_file = read_authorities_file(reader, issuer.as_ref().is_none_or(ProviderUrl::has_tls));
    let client_id = reader.required("client_id", "set it to the client id that the provider has given");
    let client_secret = read_secret(reader);
    let scopes = reader.strings("scopes").unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec());
    // RFC 6749 section 3.3.
    let is_scope = |scope: &String| scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
    if !scopes.iter().all(is_scope) || !scopes.iter().any(|scope| scope == OPENID) {
        reader.problem("scopes", "must contain `openid`, and only printable ASCII characters without spaces and quotation marks");
    }
    let user_name_claim = reader.string("user_name_claim").unwrap_or_else(|| DEFAULT_USER_NAME_CLAIM.to_owned());
    let groups_claim = reader.string("groups_claim").unwrap_or_else(|| DEFAULT_GROUPS_CLAIM.to_owned());
    let title = reader.string("title").or_else(|| name.map(ToString::to_string)).unwrap_or_default();
    if title.chars().count() > MAX_TITLE_LEN || title.chars().any(char::is_control) {
        reader.problem("title", "must be 1 to 60 characters on one line, such as the name of the company");
    }
    let timeout = read_timeout(reader);
    Some(OpenIdSettings {
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
        scopes,
        user_name_claim,
        groups_claim,
        title,
        authorities_file,
        timeout,
    })
}

fn read_secret(reader: &mut Reader<'_>) -> Option<Zeroizing<String>> {
    if !reader.has("client_secret_file") {
        reader.problem("client_secret_file", "is missing: name the file with the client secret that the provider has given");
    }
    let file = reader.path("client_secret_file")?;
    let secret = password_file::read(&file).map_err(|message| reader.problem("client_secret_file", message)).ok()?;
    reader.password_in(file);
    Some(secret)
}

impl ShownOpenIdConnect {
    pub(super) fn of(settings: &OpenIdSettings) -> Self {
        Self {
            issuer: settings.issuer.as_str().to_owned(),
            client_id: settings.client_id.clone(),
            scopes: settings.scopes.clone(),
            user_name_claim: settings.user_name_claim.clone(),
            groups_claim: settings.groups_claim.clone(),
            title: settings.title.clone(),
            timeout: format_duration(settings.timeout),
        }
    }
}

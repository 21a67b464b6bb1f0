use std::time::Duration;

use super::*;
use crate::ldap::DEFAULT_TIMEOUT;

/// Settings for a provider at `issuer`.
pub(super) fn settings(issuer: &str) -> OpenIdSettings {
    OpenIdSettings {
        issuer: issuer.parse().unwrap(),
        client_id: "postern".to_owned(),
        client_secret: Zeroizing::new("a secret".to_owned()),
        scopes: DEFAULT_SCOPES.map(str::to_owned).to_vec(),
        user_name_claim: DEFAULT_USER_NAME_CLAIM.to_owned(),
        groups_claim: DEFAULT_GROUPS_CLAIM.to_owned(),
        title: "Example".to_owned(),
        authorities_file: None,
        timeout: DEFAULT_TIMEOUT,
    }
}

#[test]
fn a_provider_that_is_not_there_is_a_temporary_failure() {
    // Nothing listens on this port, because it cannot be bound without a privilege.
    let provider = OpenIdConnect::new(OpenIdSettings { timeout: Duration::from_secs(2), ..settings("http://127.0.0.1:1") });
    let secret = || PlainSecret::presented("a".repeat(43));
    let secrets = SignInSecrets { state: secret(), nonce: secret(), verifier: secret() };
    let error = provider.unwrap().authorization_url(&secrets, "https://issuer.example/callback", false).unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable { endpoint: Endpoint::Metadata, .. }), "{error}");
    assert!(error.is_temporary());
}

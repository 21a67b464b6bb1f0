//! What tokens of keys may do, as those who generate or change keys ask for it.

use postern_token::KeyType;
use postern_token::bundle::Problems;
use utoipa::ToSchema;

use crate::catalogue::{ApplicationId, GrantType, Restrictions, Validity};
use crate::http::api::body::{Fields, ReadBody};
use crate::http::api::values::{all, domains, ips, scope};
use crate::operations::{GenerateRequest, KeyChanges};

/// What is asked for.
#[derive(Clone)]
pub(in crate::http::api) struct KeySettings(KeyChanges);

/// What tokens of these keys may do. When keys are changed, what is absent stays as it is
#[derive(ToSchema)]
#[schema(as = KeySettings)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents a body that is read into another type")]
pub(super) struct SettingsFields {
    /// The client domains that may use them, such as `app.example.com`, `*.example.com` or `https://app.example.com:8443`; empty means any
    #[schema(nullable = false, max_items = 1000, example = json!(["app.example.com"]))]
    domains: Option<Vec<String>>,
    /// The blocks of client addresses that may use them, such as `192.0.2.0/24`; empty means any
    #[schema(nullable = false, max_items = 1000, example = json!(["192.0.2.0/24"]))]
    ips: Option<Vec<String>>,
    /// The scopes that they may hold, separated by spaces; `null` means none
    #[schema(min_length = 1, max_length = 2048, pattern = r#"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$"#, example = "orders:read")]
    scope: Option<String>,
    /// How many seconds they last, negative for ever; absent in new keys means as long as the application's do
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    validity: Option<i64>,
    /// What the client may ask for; absent in new keys means `client_credentials`
    #[schema(nullable = false, value_type = Option<Vec<GrantTypeWord>>)]
    grant_types: Option<Vec<String>>,
    /// Where users may be sent back to
    #[schema(nullable = false, max_items = 1000, example = json!(["https://app.example.com/callback"]))]
    redirect_uris: Option<Vec<String>>,
}

/// A grant type by the name that OAuth has for it
#[derive(ToSchema)]
#[schema(as = GrantType, rename_all = "snake_case")]
#[allow(dead_code, reason = "it documents words that are written elsewhere")]
pub(super) enum GrantTypeWord {
    /// RFC 6749 section 4.4
    ClientCredentials,
}

impl ReadBody for KeySettings {
    fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Self> {
        Some(Self(KeyChanges {
            domains: domains(fields, problems),
            ips: ips(fields, problems),
            scopes: scope(fields, problems),
            validity: fields.optional::<Validity>("validity", problems),
            grant_types: all::<GrantType>(fields, "grant_types", problems),
            redirect_uris: all(fields, "redirect_uris", problems),
        }))
    }
}

impl KeySettings {
    pub(super) fn into_changes(self) -> KeyChanges {
        self.0
    }

    pub(super) fn into_request(self, application: ApplicationId, key_type: KeyType) -> GenerateRequest {
        let KeyChanges { domains, ips, scopes, validity, grant_types, redirect_uris } = self.0;
        let plain = GenerateRequest::new(application, key_type);
        GenerateRequest {
            restrictions: Restrictions {
                domains: domains.unwrap_or_default(),
                ips: ips.unwrap_or_default(),
                scopes: scopes.flatten(),
            },
            validity,
            grant_types: grant_types.unwrap_or(plain.grant_types),
            redirect_uris: redirect_uris.unwrap_or_default(),
            ..plain
        }
    }
}

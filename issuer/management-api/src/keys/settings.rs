//! What tokens of keys may do, as those who generate or change keys ask for it.

use postern_token::KeyType;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::ReadFields;
use crate::values::{domains, ips, scope, validity, validity_or_null};
use postern_model::{ApplicationId, ForUsers, GrantType, Restrictions};
use postern_operations::{GenerateRequest, KeyChanges};

/// What is asked for.
#[derive(Clone)]
pub(crate) struct KeySettings(KeyChanges);

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
    #[schema(nullable = false, value_type = Option<Vec<GrantTypeView>>)]
    grant_types: Option<Vec<String>>,
    /// Where users may be sent back to
    #[schema(nullable = false, max_items = 1000, example = json!(["https://app.example.com/callback"]))]
    redirect_uris: Option<Vec<String>>,
    /// Whether the client keeps no secret, as a page in a browser or an app on a phone (RFC 6749 section 2.1)
    #[schema(nullable = false)]
    public: Option<bool>,
    /// How many seconds its users' tokens last, negative for ever; `null` means as long as the application's do
    #[schema(maximum = 3_153_600_000_i64)]
    user_validity: Option<i64>,
    /// Whether a user has one grant to the client at a time, so that to sign in once more ends the one before
    #[schema(nullable = false)]
    one_grant: Option<bool>,
}

/// A grant type by the name that OAuth has for it
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GrantType)]
#[serde(rename_all = "snake_case")]
pub(super) enum GrantTypeView {
    /// RFC 6749 section 4.4
    ClientCredentials,
    /// RFC 6749 section 4.1, with a proof key (RFC 7636)
    AuthorizationCode,
    /// RFC 6749 section 6
    RefreshToken,
    /// RFC 8628
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 6749 section 4.3; it counts once an administrator allows it to the application
    Password,
}

impl From<GrantType> for GrantTypeView {
    fn from(value: GrantType) -> Self {
        match value {
            GrantType::ClientCredentials => Self::ClientCredentials,
            GrantType::AuthorizationCode => Self::AuthorizationCode,
            GrantType::RefreshToken => Self::RefreshToken,
            GrantType::DeviceCode => Self::DeviceCode,
            GrantType::Password => Self::Password,
        }
    }
}

impl ReadFields for KeySettings {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self(KeyChanges {
            domains: domains(fields, problems),
            ips: ips(fields, problems),
            scopes: scope(fields, problems),
            validity: validity(fields, "validity", problems),
            grant_types: fields.optional_parsed_list::<GrantType>("grant_types", problems),
            redirect_uris: fields.optional_parsed_list("redirect_uris", problems),
            public: fields.optional("public", problems),
            user_validity: validity_or_null(fields, "user_validity", problems),
            one_grant: fields.optional("one_grant", problems),
        }))
    }
}

impl KeySettings {
    pub(super) fn into_changes(self) -> KeyChanges {
        self.0
    }

    pub(super) fn into_request(self, application: ApplicationId, key_type: KeyType) -> GenerateRequest {
        let KeyChanges { domains, ips, scopes, validity, grant_types, redirect_uris, public, user_validity, one_grant } = self.0;
        let plain = GenerateRequest::new(application, key_type);
        GenerateRequest {
            application: plain.application,
            key_type,
            restrictions: Restrictions {
                domains: domains.unwrap_or_default(),
                ips: ips.unwrap_or_default(),
                scopes: scopes.flatten(),
            },
            validity,
            grant_types: grant_types.unwrap_or(plain.grant_types),
            redirect_uris: redirect_uris.unwrap_or_default(),
            for_users: ForUsers {
                public: public.unwrap_or_default(),
                validity: user_validity.flatten(),
                one_grant: one_grant.unwrap_or_default(),
            },
        }
    }
}

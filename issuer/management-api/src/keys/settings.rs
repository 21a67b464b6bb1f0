//! Settings of key sets, in the requests that generate or change them.

use postern_token::KeyType;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::ReadFields;
use crate::values::{domains, ips, scope, validity, validity_or_null};
use postern_model::{ApplicationId, ForUsers, GrantType, Restrictions};
use postern_operations::{GenerateRequest, KeyChanges};

/// Settings of a key set.
#[derive(Clone)]
pub(crate) struct KeySettings(KeyChanges);

/// Settings of a key set and its tokens. In a change, absent fields stay as they are
#[derive(ToSchema)]
#[schema(as = KeySettings)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents a body that is read as another type")]
pub(super) struct SettingsFields {
    /// The client domains that may use tokens, such as `app.example.com`, `*.example.com` or `https://app.example.com:8443`. Empty: any
    #[schema(nullable = false, max_items = 1000, example = json!(["app.example.com"]))]
    domains: Option<Vec<String>>,
    /// The blocks of client addresses (CIDR) that may use tokens, such as `192.0.2.0/24`. Empty: any
    #[schema(nullable = false, max_items = 1000, example = json!(["192.0.2.0/24"]))]
    ips: Option<Vec<String>>,
    /// The scopes of tokens, separated by spaces; `null`: none
    #[schema(min_length = 1, max_length = 2048, pattern = r#"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$"#, example = "orders:read")]
    scope: Option<String>,
    /// Validity of tokens in seconds. Negative: they never expire. Absent in a new key set: the application's validity
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    validity: Option<i64>,
    /// The grant types of the client. Absent in a new key set: `client_credentials`
    #[schema(nullable = false, value_type = Option<Vec<GrantTypeView>>)]
    grant_types: Option<Vec<String>>,
    /// The redirect URIs
    #[schema(nullable = false, max_items = 1000, example = json!(["https://app.example.com/callback"]))]
    redirect_uris: Option<Vec<String>>,
    /// Whether the client is public: it has no secret, like an app in a browser or on a phone (RFC 6749 section 2.1)
    #[schema(nullable = false)]
    public: Option<bool>,
    /// Validity of user tokens in seconds. Negative: they never expire; `null`: the application's validity
    #[schema(maximum = 3_153_600_000_i64)]
    user_validity: Option<i64>,
    /// Whether a user has at most one grant to the client, so that a new sign-in ends the previous grant
    #[schema(nullable = false)]
    one_grant: Option<bool>,
}

/// An OAuth grant type
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
    /// RFC 6749 section 4.3; an administrator must allow it for the application
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
            version_named: false,
        }))
    }
}

impl KeySettings {
    /// The changes; `version_named` as in [`KeyChanges`].
    pub(super) fn into_changes(self, version_named: bool) -> KeyChanges {
        KeyChanges { version_named, ..self.0 }
    }

    pub(super) fn into_request(self, application: ApplicationId, key_type: KeyType) -> GenerateRequest {
        let KeyChanges { domains, ips, scopes, validity, grant_types, redirect_uris, public, user_validity, one_grant, .. } =
            self.0;
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

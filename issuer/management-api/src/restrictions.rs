//! What a token may do, as it is shown of keys and of tokens.

use postern_token::AddressBlock;
use serde::Serialize;
use utoipa::ToSchema;

use postern_model::Restrictions;

/// The restrictions of a token
#[derive(Serialize, ToSchema)]
#[schema(as = Restrictions)]
pub(super) struct RestrictionsView {
    /// The scopes, separated by spaces. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The client domains that may use the token. Absent: any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    domains: Vec<String>,
    /// The blocks of client addresses (CIDR) that may use the token. Absent: any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    ips: Vec<String>,
}

impl From<&Restrictions> for RestrictionsView {
    fn from(restrictions: &Restrictions) -> Self {
        Self {
            scope: restrictions.scopes.as_ref().map(ToString::to_string),
            domains: restrictions.domains.iter().map(|domain| domain.as_str().to_owned()).collect(),
            ips: restrictions.ips.iter().map(AddressBlock::to_string).collect(),
        }
    }
}

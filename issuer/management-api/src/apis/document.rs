//! An API's document: as edges have it, with what is to be known of it here.

use postern_token::Node;
use postern_token::bundle::{ApiDocument, Auth, ClientDomainRule, ResourceDocument};
use postern_token::document::{At, Fields, Problems, Read};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::FromBody;
use postern_model::ApiRecord;

/// One version of an API
#[derive(Serialize, ToSchema)]
#[schema(as = Api)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiView {
    /// The API's name
    #[schema(pattern = "^[A-Za-z0-9._~-]{1,100}$", example = "pizza")]
    name: String,
    /// Its version
    #[schema(pattern = "^[A-Za-z0-9._~-]{1,100}$", example = "1.0.0")]
    version: String,
    /// The path that all of its paths begin with, in normal form
    #[schema(pattern = "^/([A-Za-z0-9_~-]+(/[A-Za-z0-9_~-]+)*)?$", example = "/pizza/1.0.0")]
    context: String,
    /// The hosts that it answers for; absent means every host
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    hosts: Option<Vec<String>>,
    /// Its resources; absent means one that covers everything and asks for a token
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    resources: Option<Vec<ResourceView>>,
    /// Whether a subscription to it must be approved before it counts; absent means that it need not
    #[schema(required = false, default = false)]
    approval: bool,
}

/// One resource of an API
#[derive(Serialize, ToSchema)]
#[schema(as = ApiResource)]
#[serde(deny_unknown_fields)]
struct ResourceView {
    /// The paths below the context: plain, with `{name}` for one segment, or with `/*` at the end for all that follows
    #[schema(example = "/orders/{id}")]
    path: String,
    /// The methods; absent means every method
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1, example = json!(["GET"]))]
    methods: Option<Vec<String>>,
    /// The token that it asks for
    #[schema(required = false, default = "any")]
    auth: AuthView,
    /// The scopes that the token must hold, all of them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    scopes: Vec<String>,
    /// Whether the request must say which domain it comes from
    #[schema(required = false, default = "bound")]
    client_domain: ClientDomainView,
}

/// The token that a resource asks for
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiAuth)]
#[serde(rename_all = "lowercase")]
enum AuthView {
    /// None: the resource is public
    None,
    /// An application token
    Application,
    /// A user token
    User,
    /// Either
    Any,
}

impl From<Auth> for AuthView {
    fn from(value: Auth) -> Self {
        match value {
            Auth::None => Self::None,
            Auth::Application => Self::Application,
            Auth::User => Self::User,
            Auth::Any => Self::Any,
        }
    }
}

/// When a request must say which domain it comes from
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiClientDomain)]
#[serde(rename_all = "lowercase")]
enum ClientDomainView {
    /// Always
    Required,
    /// When its token is bound to domains
    Bound,
}

impl From<ClientDomainRule> for ClientDomainView {
    fn from(value: ClientDomainRule) -> Self {
        match value {
            ClientDomainRule::Required => Self::Required,
            ClientDomainRule::Bound => Self::Bound,
        }
    }
}

impl From<&ApiRecord> for ApiView {
    fn from(api: &ApiRecord) -> Self {
        let ApiDocument { name, version, context, hosts, resources } = api.document.clone();
        let resources = resources.map(|resources| resources.into_iter().map(Into::into).collect());
        Self { name, version, context, hosts, resources, approval: api.approval }
    }
}

impl From<ResourceDocument> for ResourceView {
    fn from(resource: ResourceDocument) -> Self {
        let ResourceDocument { path, methods, auth, scopes, client_domain } = resource;
        Self { path, methods, auth: auth.into(), scopes, client_domain: client_domain.into() }
    }
}

/// An API, as a body has it.
pub(crate) struct ApiBody(pub(super) ApiRecord);

impl FromBody for ApiBody {
    fn from_json(json: &[u8]) -> Result<Self, Problems> {
        Problems::read::<Document>(json).map(|Document(api)| Self(api))
    }
}

/// A document with its default, which stands in where it cannot be read.
struct Document(ApiRecord);

impl Default for Document {
    fn default() -> Self {
        Self(ApiRecord { document: ApiDocument::default(), approval: false })
    }
}

impl Read for Document {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let document = ApiDocument {
            name: fields.required("name", problems),
            version: fields.required("version", problems),
            context: fields.required("context", problems),
            hosts: fields.optional("hosts", problems),
            resources: fields.optional("resources", problems),
        };
        let approval = fields.optional("approval", problems).unwrap_or(false);
        fields.finish(problems);
        Self(ApiRecord { document, approval })
    }
}

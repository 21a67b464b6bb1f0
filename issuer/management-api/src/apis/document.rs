//! An API's document: the part for edges, whether subscriptions need approval, the tiers of subscriptions, and what people read about it.

use postern_token::Node;
use postern_token::bundle::{Api, ApiDocument, Auth, ClientDomainRule, ResourceDocument};
use postern_token::document::{At, Fields, Problems, Read};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::FromBody;
use crate::scopes::NamedScope;
use postern_model::{ApiRecord, ApiTag, ApiText, MAX_API_TAGS, MAX_DESCRIBED_SCOPES, ScopeDescription, TierName};

/// The maximum number of tiers that an API offers by name.
const MAX_TIERS: usize = 100;

/// One version of an API
#[derive(Serialize, ToSchema)]
#[schema(as = Api)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiView {
    /// The API's name
    #[schema(pattern = "^[A-Za-z0-9._~-]{1,100}$", example = "pizza")]
    name: String,
    /// The API's version
    #[schema(pattern = "^[A-Za-z0-9._~-]{1,100}$", example = "1.0.0")]
    version: String,
    /// The path that all paths of the API start with, in normal form
    #[schema(pattern = "^/([A-Za-z0-9_~-]+(/[A-Za-z0-9_~-]+)*)?$", example = "/pizza/1.0.0")]
    context: String,
    /// The hosts of the API. Absent: every host
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    hosts: Option<Vec<String>>,
    /// The API's resources. Absent: one resource that covers every path and requires a token
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    resources: Option<Vec<ResourceView>>,
    /// Whether subscriptions need approval. Absent: no
    #[schema(required = false, default = false)]
    approval: bool,
    /// The tiers at which applications can subscribe. Absent: every tier
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1, example = json!(["gold"]))]
    tiers: Option<Vec<String>>,
    /// A title for people
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Pizza")]
    title: Option<String>,
    /// A description for people, in Markdown
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 10_000)]
    description: Option<String>,
    /// Words by which the catalogue is searched
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20, example = json!(["food"]))]
    tags: Vec<String>,
    /// What scopes allow, for people. What an administrator says about a scope takes precedence
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 500)]
    scope_descriptions: Vec<DescribedScope>,
}

/// What a scope allows
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DescribedScope {
    /// The scope
    #[schema(example = "orders")]
    scope: String,
    /// What it allows, for people
    #[schema(min_length = 1, max_length = 300, example = "Place orders and read them")]
    description: String,
}

/// One resource of an API
#[derive(Serialize, ToSchema)]
#[schema(as = ApiResource)]
#[serde(deny_unknown_fields)]
struct ResourceView {
    /// The path below the context: plain, with `{name}` for one segment, or with `/*` at the end for everything below
    #[schema(example = "/orders/{id}")]
    path: String,
    /// The HTTP methods. Absent: every method
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1, example = json!(["GET"]))]
    methods: Option<Vec<String>>,
    /// The kind of token that it requires
    #[schema(required = false, default = "any")]
    auth: AuthView,
    /// The scopes that the token must have, all of them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    scopes: Vec<String>,
    /// Whether the request must name the client domain that it comes from
    #[schema(required = false, default = "bound")]
    client_domain: ClientDomainView,
}

/// The kind of token that a resource requires
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
    /// Either of them
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

/// When a request must name the client domain that it comes from
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiClientDomain)]
#[serde(rename_all = "lowercase")]
enum ClientDomainView {
    /// Always
    Required,
    /// When its token is restricted to domains
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
        let tiers = api.tiers.as_ref().map(|tiers| tiers.iter().map(ToString::to_string).collect());
        let ApiText { title, description, tags, scopes } = &api.text;
        let described =
            |(scope, said): (&String, &ScopeDescription)| DescribedScope { scope: scope.clone(), description: said.to_string() };
        Self {
            name,
            version,
            context,
            hosts,
            resources,
            approval: api.approval,
            tiers,
            title: title.as_ref().map(ToString::to_string),
            description: description.as_ref().map(ToString::to_string),
            tags: tags.iter().map(ToString::to_string).collect(),
            scope_descriptions: scopes.iter().map(described).collect(),
        }
    }
}

impl From<ResourceDocument> for ResourceView {
    fn from(resource: ResourceDocument) -> Self {
        let ResourceDocument { path, methods, auth, scopes, client_domain } = resource;
        Self { path, methods, auth: auth.into(), scopes, client_domain: client_domain.into() }
    }
}

/// An API in a request body.
pub(crate) struct ApiBody(pub(crate) ApiRecord);

impl FromBody for ApiBody {
    fn from_json(json: &[u8]) -> Result<Self, Problems> {
        Problems::read_and_check(json, |Document(api), problems| {
            // The operation checks what an edge would refuse. A document that is wrong anyway is checked here, so that its author learns of
            // everything at once.
            if !problems.is_empty() {
                Api::check(&api.document, At::Root, problems);
            }
            Some(Self(api))
        })
    }
}

/// The document, or a default if it cannot be read.
struct Document(ApiRecord);

impl Default for Document {
    fn default() -> Self {
        Self(ApiRecord { document: ApiDocument::default(), approval: false, tiers: None, text: ApiText::default() })
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
        let tiers = tiers(&mut fields, problems);
        let text = text(&mut fields, problems);
        fields.finish(problems);
        Self(ApiRecord { document, approval, tiers, text })
    }
}

fn text(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> ApiText {
    let title = fields.optional_parsed("title", problems);
    let description = fields.optional_parsed("description", problems);
    let mut tags: Vec<ApiTag> = fields.optional_parsed_list("tags", problems).unwrap_or_default();
    if tags.len() > MAX_API_TAGS {
        fields.problem("tags", format!("must have at most {MAX_API_TAGS} items"), problems);
    }
    tags.sort();
    tags.dedup();
    let scopes: Vec<DescribedScopeBody> = fields.optional("scope_descriptions", problems).unwrap_or_default();
    if scopes.len() > MAX_DESCRIBED_SCOPES {
        fields.problem("scope_descriptions", format!("must have at most {MAX_DESCRIBED_SCOPES} items"), problems);
    }
    let scopes = scopes.into_iter().filter_map(|DescribedScopeBody(described)| described).collect();
    ApiText { title, description, tags, scopes }
}

/// A scope and what it allows; `None` if either is wrong.
#[derive(Default)]
struct DescribedScopeBody(Option<(String, ScopeDescription)>);

impl Read for DescribedScopeBody {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let scope = fields.parsed("scope", problems).map(|NamedScope(scope)| scope);
        let description = fields.parsed("description", problems);
        fields.finish(problems);
        Self(scope.zip(description))
    }
}

/// The tiers in the field, each once; `None` also when one is wrong.
fn tiers(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<TierName>> {
    let mut tiers: Vec<TierName> = fields.optional_parsed_list("tiers", problems)?;
    if tiers.is_empty() || tiers.len() > MAX_TIERS {
        fields.problem("tiers", format!("must have 1 to {MAX_TIERS} items; leave it out for every tier"), problems);
    }
    tiers.sort();
    tiers.dedup();
    Some(tiers)
}

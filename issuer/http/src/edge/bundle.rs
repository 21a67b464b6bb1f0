//! The bundle that an edge fetches, and the request that waits for a new one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use postern_token::KeyType;
use postern_token::bundle::SIGNED_BUNDLE_MEDIA_TYPE;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::edge::preference::Wait;
use postern_http_types::Form as Parameters;
use postern_http_types::{BearerError, EntityTag, KnownVersions, Problem, bearer};
use postern_model::{EventName, HeldBundle};
use postern_operations::authenticate_edge;
use postern_secrets::PlainSecret;
use postern_service::BundleForm;
use postern_service::LiveBundle;
use postern_service::Service;
use postern_service::WaitingEdge;

/// `GET /edge/bundle?environment=production|sandbox`
pub(crate) async fn fetch(State(service): State<Arc<Service>>, uri: Uri, headers: HeaderMap) -> Response {
    respond(&service, uri, headers).await.unwrap_or_else(|problem| problem.into_response(&service.settings.issuer))
}

async fn respond(service: &Arc<Service>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let refused = |problem: &Problem| match problem {
        Problem::MissingEdgeKey => service.record_refusal(EventName::Edge, "missing_edge_key", None),
        Problem::UnknownEdgeKey => service.record_refusal(EventName::Edge, "unknown_edge_key", None),
        _ => {}
    };
    let key = edge_key(&headers).inspect_err(refused)?;
    let asked = environment(uri.query().unwrap_or_default());
    let (form, wait, known) = (Form::accepted(&headers), Wait::of(&headers), KnownVersions::of(&headers));
    let has_condition = headers.contains_key(header::IF_NONE_MATCH);
    // They keep the buffer of the connection in which they came, and this request may wait long.
    drop((uri, headers));
    let presented = key.clone();
    let edge = service.read(move |service| authenticate_edge(&service.act(), &presented)).await;
    let edge = edge.map_err(Problem::from).inspect_err(refused)?;
    let environment = edge.bundle_for(asked?).map_err(|_| Problem::OtherEnvironment)?;
    // Subscribes before the bundle is read, so that no change is missed.
    let changes = wait.map(|wait| (wait, service.changes.subscribe()));
    let mut bundle = postern_service::current_bundle(service, environment).await?;
    let is_known = known.has(&form.tag(&bundle)?);
    let held = match has_condition {
        _ if is_known => HeldBundle::Current(bundle.age()),
        true => HeldBundle::Earlier,
        false => HeldBundle::Nothing,
    };
    if let Some((wait, changes)) = changes
        && is_known
    {
        service.note_edge(&edge.name, held, None);
        let waiting = WaitingRequest { service, environment, form, key: &key, known: &known };
        bundle = waiting.wait(wait, changes).await?;
    }
    let mut response = if known.has(&form.tag(&bundle)?) {
        service.note_edge(&edge.name, HeldBundle::Current(bundle.age()), None);
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        service.note_edge(&edge.name, held, Some(bundle.age()));
        tracing::info!(edge = edge.name.as_str(), "sent the bundle");
        if edge.environment.is_none() {
            tracing::warn!(
                edge = edge.name.as_str(),
                "the edge key was created before edge keys had an environment, so it can fetch every bundle: replace it with a new edge key"
            );
        }
        ([(header::CONTENT_TYPE, form.media_type())], form.of(&bundle).body.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, form.tag(&bundle)?.value());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(form.cache_control(&bundle)));
    // Which bundle it is depends on the edge key.
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    if let Some(wait) = wait {
        wait.acknowledge(headers);
    }
    Ok(response)
}

/// The request of an edge that has the current bundle and waits for the next one. It takes no thread.
struct WaitingRequest<'a> {
    service: &'a Arc<Service>,
    environment: Option<KeyType>,
    form: Form,
    key: &'a PlainSecret,
    known: &'a KnownVersions,
}

impl WaitingRequest<'_> {
    /// The next bundle that the edge does not have; the current one if the time is up or the server stops before a change.
    async fn wait(&self, wait: Wait, mut changes: watch::Receiver<u64>) -> Result<Arc<LiveBundle>, Problem> {
        let _waiting = WaitingEdge::begin(&self.service.metrics);
        let end = Instant::now() + wait.duration();
        loop {
            tokio::select! {
                // In this order: a change wins over a shutdown or a timeout at the same moment.
                biased;
                // The sender lives as long as the service.
                _ = changes.changed() => {}
                () = self.service.changes.stopped() => return self.recheck().await,
                () = sleep_until(end) => return self.recheck().await,
            }
            let revision = *changes.borrow_and_update();
            let bundle = postern_service::bundle_since(self.service, self.environment, revision).await?;
            if self.known.has(&self.form.tag(&bundle)?) {
                continue;
            }
            // The bundle was composed after this edge was authenticated, so the edge is on its list unless its edge key was removed since.
            return if bundle.edges.hold(self.key) { Ok(bundle) } else { Err(Problem::UnknownEdgeKey) };
        }
    }

    /// Reads the database once more before answering "not modified", on which the edge relies, and authenticates the edge again.
    async fn recheck(&self) -> Result<Arc<LiveBundle>, Problem> {
        let key = self.key.clone();
        self.service.read(move |service| authenticate_edge(&service.act(), &key)).await?;
        Ok(postern_service::current_bundle(self.service, self.environment).await?)
    }
}

/// The form in which an edge takes the bundle.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// JSON.
    Plain,
    /// A JWS in compact form.
    Signed,
}

impl Form {
    /// The form that the request asks for: signed when `Accept` names that type, which no edge does by accident.
    fn accepted(headers: &HeaderMap) -> Self {
        let types = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = types.flat_map(|value| value.split(',')).map(|part| part.split(';').next().unwrap_or_default().trim());
        if types.any(|name| name.eq_ignore_ascii_case(SIGNED_BUNDLE_MEDIA_TYPE)) { Self::Signed } else { Self::Plain }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/json",
            Self::Signed => SIGNED_BUNDLE_MEDIA_TYPE,
        }
    }

    const fn of(self, bundle: &LiveBundle) -> &BundleForm {
        match self {
            Self::Plain => &bundle.plain,
            Self::Signed => &bundle.signed,
        }
    }

    /// A bundle with a secret key must not be stored. A signed bundle without secret keys may be in a shared cache, which must ask the
    /// issuer whether the edge may have it (RFC 9111 section 3.5). An unsigned bundle may not, because a cache could change it.
    const fn cache_control(self, bundle: &LiveBundle) -> &'static str {
        match self {
            _ if bundle.is_secret => "private, no-store",
            Self::Plain => "private, no-cache",
            Self::Signed => "public, no-cache",
        }
    }

    fn tag(self, bundle: &LiveBundle) -> Result<EntityTag, Problem> {
        EntityTag::new(&self.of(bundle).version).ok_or(Problem::Internal)
    }
}

/// The edge key, a bearer credential.
fn edge_key(headers: &HeaderMap) -> Result<PlainSecret, Problem> {
    bearer(headers).map_err(|error| match error {
        BearerError::Missing => Problem::MissingEdgeKey,
        BearerError::Repeated => Problem::InvalidRequest("there are two `Authorization` headers"),
        BearerError::Malformed => Problem::UnknownEdgeKey,
    })
}

/// The environment that the edge serves; no parameter means both.
fn environment(query: &str) -> Result<Option<KeyType>, Problem> {
    let form = Parameters::parse(query.as_bytes()).map_err(|error| Problem::InvalidRequest(error.describe()))?;
    if form.names().any(|name| name != "environment") {
        return Err(Problem::InvalidRequest("the only parameter is `environment`"));
    }
    match form.value("environment") {
        None if form.names().next().is_none() => Ok(None),
        Some("production") => Ok(Some(KeyType::Production)),
        Some("sandbox") => Ok(Some(KeyType::Sandbox)),
        // An empty value is refused: it may come from an unset variable and would let both key types pass.
        _ => Err(Problem::InvalidRequest("`environment` must be `production` or `sandbox`")),
    }
}

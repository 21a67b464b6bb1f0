//! The management API in this process, on a database that this process opened. It opens no socket.

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use postern_management_api::{self as management_api, InternalCause};
use postern_operations::Instance;
use postern_secrets::SystemEntropy;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::call::Call;
use super::response::{ApiResponse, ErrorResponse};

/// The API, and the runtime for it.
pub(in crate::cli) struct Local {
    // Dropped before the runtime, because the router may still use a blocking thread of it.
    router: Router,
    runtime: Runtime,
}

impl Local {
    pub(super) fn new(instance: Instance) -> anyhow::Result<Self> {
        let router = management_api::for_operator(instance, Box::new(SystemEntropy))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
        Ok(Self { router, runtime })
    }

    pub(super) fn send(&self, call: &Call) -> anyhow::Result<ApiResponse> {
        let Call { method, target, content, if_match, repeatable: _ } = call;
        let mut request = Request::builder().method(method.clone()).uri(target);
        if let Some(tag) = if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        let body = match content {
            None => Body::empty(),
            Some(content) => {
                request = request.header(header::CONTENT_TYPE, content.media_type);
                Body::from(content.bytes.to_vec())
            }
        };
        let request = request.body(body).context("cannot build the request")?;
        self.runtime.block_on(async {
            let response = match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status();
            let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            let cause = response.extensions().get::<InternalCause>().cloned();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.context("cannot read the response")?;
            if status.is_success() {
                return Ok(ApiResponse { body: body.to_vec().into(), tag });
            }
            // The response only says that the issuer's log has the cause, and here there is no log.
            if let Some(InternalCause(error)) = cause {
                return Err(anyhow::Error::new(error));
            }
            Err(ErrorResponse::read(status, &body).into())
        })
    }
}

//! The management API in this process, on a database that is at hand. No socket is opened.

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use postern_http::{self as http, InternalCause};
use postern_operations::Instance;
use postern_secrets::SystemEntropy;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::answer::{Answer, Refusal};
use super::call::Call;

/// The API, and what it runs on.
pub(in crate::cli) struct Here {
    // Before the runtime: what it holds goes on a thread that may block.
    router: Router,
    runtime: Runtime,
}

impl Here {
    pub(super) fn new(instance: Instance) -> anyhow::Result<Self> {
        let router = http::management(instance, Box::new(SystemEntropy))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
        Ok(Self { router, runtime })
    }

    pub(super) fn send(&self, call: &Call) -> anyhow::Result<Answer> {
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
        let request = request.body(body).context("the call cannot be made")?;
        self.runtime.block_on(async {
            let response = match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status();
            let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            let cause = response.extensions().get::<InternalCause>().cloned();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.context("the answer ended early")?;
            if status.is_success() {
                return Ok(Answer { body: body.to_vec().into(), tag });
            }
            if let Some(InternalCause(error)) = cause {
                return Err(anyhow::Error::new(error));
            }
            Err(Refusal::read(status, &body).into())
        })
    }
}

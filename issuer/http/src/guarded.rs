//! What clients ask for who have to prove who they are: those who fail too often have to wait, and those who ask too often.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Uri};

use super::client_authentication::proof;
use super::client_form;
use super::error::{Failure, TokenError};
use super::form::Form;
use super::peer::Peer;
use super::service::Service;
use super::throttle::Key;
use postern_operations::{ClientCredentials, ClientProof, ConsumerKeyError, Error};

/// Where every client asks from that has a secret, as far as its pace goes.
const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What a client sends.
pub(super) struct ClientRequest {
    peer: Peer,
    uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Result<Bytes, BytesRejection>,
}

impl ClientRequest {
    /// From where it comes.
    pub(super) fn address(&self, service: &Service) -> IpAddr {
        self.peer.client(&self.headers, &service.rules.trusted_proxies)
    }
}

impl<S: Send + Sync> FromRequest<S> for ClientRequest {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        // Every connection says where it comes from.
        let nowhere = Peer(SocketAddr::new(ANYWHERE, 0));
        let peer = request.extensions().get().copied().unwrap_or(nowhere);
        Ok(Self { peer, uri, headers, body: Bytes::from_request(request, state).await })
    }
}

/// The form that a client sends, who it says it is, and from where.
pub(super) struct Asked<'a> {
    pub(super) form: Form,
    pub(super) client: ClientProof,
    pub(super) address: IpAddr,
    pub(super) attempt: Try<'a>,
}

impl<'a> Asked<'a> {
    /// Reads the form, then `check`s it, then looks at the client's credentials: what is asked for is judged before who asks for it.
    pub(super) fn read(
        service: &'a Arc<Service>,
        request: ClientRequest,
        check: impl FnOnce(&Form) -> Result<(), TokenError>,
    ) -> Result<Self, TokenError> {
        let address = request.address(service);
        let ClientRequest { uri, headers, body, .. } = request;
        let form = client_form::read(&uri, &headers, body)?;
        check(&form)?;
        let client = proof(&headers, &form)?;
        let attempt = Try::begin(service, address, &client)?;
        Ok(Self { form, client, address, attempt })
    }

    /// The credentials of a client that must have a secret to prove who it is.
    pub(super) fn credentials(&self) -> Result<ClientCredentials, TokenError> {
        let ClientProof { id, secret } = self.client.clone();
        Ok(ClientCredentials { id, secret: secret.ok_or(TokenError::InvalidClient)? })
    }
}

/// One try of a client.
pub(super) struct Try<'a> {
    service: &'a Arc<Service>,
    failing: Key,
    asking: Option<Key>,
}

impl<'a> Try<'a> {
    /// Begins a try of the client that calls itself so, unless it has to wait. Whether its secret is right is not even looked at then.
    fn begin(service: &'a Arc<Service>, address: IpAddr, client: &ClientProof) -> Result<Self, TokenError> {
        let id = client.id.as_str();
        let failing = service.failures.key(id, address);
        // Everybody can name a client that keeps no secret: whoever asks in its name uses up what it may ask from there, and nobody else's.
        let from = if client.secret.is_some() { ANYWHERE } else { address };
        let asking = service.pace.as_ref().map(|pace| pace.key(id, from));
        let now = Instant::now();
        let failed = service.failures.wait(failing, now).map(|wait| TokenError::TooManyFailures(seconds(wait)));
        let asked = || {
            let wait = service.pace.as_ref().zip(asking).and_then(|(pace, asking)| pace.wait(asking, now));
            wait.map(|wait| TokenError::TooManyRequests(seconds(wait)))
        };
        match failed.or_else(asked) {
            None => Ok(Self { service, failing, asking }),
            Some(error) => {
                service.metrics.throttled_clients.inc();
                Err(error)
            }
        }
    }

    /// What came of it. Whoever fails to prove who it is does not use up what the client may ask.
    pub(super) fn end<T>(&self, result: Result<T, Failure>) -> Result<T, TokenError> {
        let now = Instant::now();
        if let Err(Failure::Operation(Error::ConsumerKey(ConsumerKeyError::InvalidClient))) = &result {
            self.service.metrics.refused_clients.inc();
            self.service.failures.count(self.failing, now);
        } else if let Some((pace, asking)) = self.service.pace.as_ref().zip(self.asking) {
            pace.count(asking, now);
        }
        Ok(result?)
    }
}

/// Rounded up: who comes back then need not come again.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

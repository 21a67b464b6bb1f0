//! Requests of clients at the OAuth endpoints: reads the form, authenticates the client, throttles failures and request rates.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Uri};

use crate::client_address::Peer;
use crate::oauth::client_authentication::proof;
use crate::oauth::client_form;
use crate::oauth::error::TokenError;
use crate::retry_after::seconds;
use postern_http_types::Form;
use postern_model::{ConsumerKey, EventName};
use postern_operations::{ClientCredentials, ClientProof, ConsumerKeyError, Error};
use postern_service::Failure;
use postern_service::Service;
use postern_service::{Throttle, ThrottleKey};

/// The address for the request rate of a client with a secret: the same for requests from all addresses.
const ANY_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A client's request before its form is read.
pub(crate) struct ClientRequest {
    peer: Peer,
    uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Bytes, BytesRejection>,
}

impl ClientRequest {
    /// The client's address.
    pub(crate) fn address(&self, service: &Service) -> IpAddr {
        self.peer.client(&self.headers, &service.options.trusted_proxies)
    }
}

impl<S: Send + Sync> FromRequest<S> for ClientRequest {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        // The listener adds the peer to every request.
        let unknown = Peer(SocketAddr::new(ANY_ADDRESS, 0));
        let peer = request.extensions().get().copied().unwrap_or(unknown);
        Ok(Self { peer, uri, headers, body: Bytes::from_request(request, state).await })
    }
}

/// A client's request: its form, the credentials that it presents, and its address.
pub(crate) struct FormRequest<'a> {
    pub(crate) form: Form,
    pub(crate) client: ClientProof,
    pub(crate) address: IpAddr,
    pub(crate) attempt: ClientAttempt<'a>,
}

impl<'a> FormRequest<'a> {
    /// Reads the form, then applies `check`, then reads the client's credentials: a malformed request is refused before the client is
    /// authenticated.
    pub(crate) fn read(
        service: &'a Arc<Service>,
        request: ClientRequest,
        check: impl FnOnce(&Form) -> Result<(), TokenError>,
    ) -> Result<Self, TokenError> {
        let address = request.address(service);
        let ClientRequest { uri, headers, body, .. } = request;
        let form = client_form::read(&uri, &headers, body)?;
        check(&form)?;
        let client = proof(&headers, &form)?;
        let attempt = ClientAttempt::begin(service, address, &client)?;
        Ok(Self { form, client, address, attempt })
    }

    /// The credentials of a client that must present a secret.
    pub(crate) fn credentials(&self) -> Result<ClientCredentials, TokenError> {
        let ClientProof { id, secret } = self.client.clone();
        Ok(ClientCredentials { id, secret: secret.ok_or(TokenError::InvalidClient)? })
    }
}

/// An authentication attempt of a client, for the throttles.
pub(crate) struct ClientAttempt<'a> {
    service: &'a Arc<Service>,
    /// The client, if the given text has the form of a consumer key.
    client: Option<ConsumerKey>,
    failing: ThrottleKey,
    asking: Option<ThrottleKey>,
}

impl<'a> ClientAttempt<'a> {
    /// Begins an attempt of the client, unless it exceeds its request rate.
    fn begin(service: &'a Arc<Service>, address: IpAddr, client: &ClientProof) -> Result<Self, TokenError> {
        let id = client.id.as_str();
        let failing = service.failures.key(id, address);
        // Anyone can send the id of a public client. Its request rate is counted for each address, so that one caller cannot use it up for
        // others.
        let from = if client.secret.is_some() { ANY_ADDRESS } else { address };
        let asking = service.request_rate.as_ref().map(|pace| pace.key(id, from));
        let now = Instant::now();
        let known = id.parse::<ConsumerKey>().ok();
        let over_rate = || {
            let wait = service.request_rate.as_ref().zip(asking).and_then(|(pace, asking)| pace.wait(asking, now));
            wait.map(|wait| TokenError::TooManyRequests(seconds(wait)))
        };
        // Clients without a secret can only be distinguished by address.
        let anonymous = || {
            let wait = if client.secret.is_none() { service.count_public_client(address).err() } else { None };
            wait.map(|wait| TokenError::TooManyAnonymousRequests(seconds(wait)))
        };
        match over_rate().or_else(anonymous) {
            None => Ok(Self { service, client: known, failing, asking }),
            Some(wait) => {
                refused(service, known.as_ref(), "too_many_requests");
                service.metrics.throttled_clients.inc();
                Err(wait)
            }
        }
    }

    /// Counts a device that begins to wait, unless too many of a client without a secret were begun at this address. The count of a device
    /// that does not begin is to be forgiven.
    pub(crate) fn begin_device(&self, client: &ClientProof, address: IpAddr) -> Result<Option<BegunDevice<'_>>, TokenError> {
        let Some(devices) = self.service.anonymous_devices.as_ref().filter(|_| client.secret.is_none()) else { return Ok(None) };
        let key = devices.key(client.id.as_str(), address);
        match devices.attempt(key, Instant::now()) {
            Ok(()) => Ok(Some(BegunDevice { devices, key })),
            Err(wait) => {
                refused(self.service, self.client.as_ref(), "too_many_requests");
                self.service.metrics.throttled_clients.inc();
                Err(TokenError::TooManyAnonymousRequests(seconds(wait)))
            }
        }
    }

    /// Counts the result: a failed authentication as a failure, anything else towards the request rate. A right secret always passes, even
    /// after many wrong ones from the same address: a secret has 256 random bits, so the throttle protects only the log and the metrics,
    /// and refusing a right client would help an attacker who sends wrong secrets.
    pub(crate) fn end<T>(&self, result: Result<T, Failure>) -> Result<T, TokenError> {
        let now = Instant::now();
        if let Err(Failure::Operation(Error::ConsumerKey(ConsumerKeyError::InvalidClient))) = &result {
            if let Some(wait) = self.service.failures.wait(self.failing, now) {
                refused(self.service, self.client.as_ref(), "throttled");
                self.service.metrics.throttled_clients.inc();
                return Err(TokenError::TooManyFailures(seconds(wait)));
            }
            refused(self.service, self.client.as_ref(), "unknown_client_or_wrong_secret");
            self.service.metrics.refused_clients.inc();
            self.service.failures.count(self.failing, now);
        } else if let Some((pace, asking)) = self.service.request_rate.as_ref().zip(self.asking) {
            pace.count(asking, now);
        }
        Ok(result?)
    }
}

/// A device that was counted.
pub(crate) struct BegunDevice<'a> {
    devices: &'a Throttle,
    key: ThrottleKey,
}

impl BegunDevice<'_> {
    /// Uncounts the device, because it does not wait.
    pub(crate) fn forgive(self) {
        self.devices.forgive(self.key, Instant::now());
    }
}

fn refused(service: &Service, client: Option<&ConsumerKey>, reason: &'static str) {
    service.record_refusal(EventName::Client, reason, client.map(ConsumerKey::as_str));
}

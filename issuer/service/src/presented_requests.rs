//! Tokens that clients present for introspection or revocation. Requests about application tokens share transactions, and none takes a
//! thread. A request about a user's token is made alone, because the user's store may be slow.

use std::sync::Arc;

use postern_operations::{
    Answers, ClientProof, Error, Introspection, OwnToken, Presentation, PresentedToken, Revocation, RevokedTokens, Shared,
    introspect_alone, introspect_tokens, recognise_alone, recognise_tokens, revoke_own_tokens, revoke_own_user_token,
};
use postern_secrets::PlainSecret;

use crate::batches::Batches;
use crate::presented_tokens::{Request, Revoking};
use crate::source::current_source;
use crate::{Failure, Service};

impl Service {
    /// The introspection of a token that a client presents; `None` if the token is not valid, or not for this client to see.
    pub async fn introspect(
        self: &Arc<Self>,
        client: Arc<ClientProof>,
        token: PlainSecret,
    ) -> Result<Option<Introspection>, Failure> {
        let token = self.presented(client, token);
        self.shared_or_alone(token, |service| &service.presented_tokens.introspecting, introspect_tokens, introspect_alone).await
    }

    fn presented(&self, client: Arc<ClientProof>, token: PlainSecret) -> Request {
        let token = PresentedToken::new(&self.act_for_client(&client.id), client, token);
        Request { token: Arc::new(token), source: current_source() }
    }

    async fn shared_or_alone<T: Send + 'static>(
        self: &Arc<Self>,
        request: Request,
        batches: fn(&Self) -> &Batches<Request, Shared<T>>,
        shared: fn(&[Presentation<'_>]) -> Answers<T>,
        alone: fn(&Presentation<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        if !request.token.is_of_user() {
            let answer = move |service: &Self, requests: &[Request]| {
                shared(&requests.iter().map(|request| service.presentation(request)).collect::<Vec<_>>())
            };
            if let Shared::Answer(answer) = self.in_batch(batches, request.clone(), answer).await? {
                return Ok(answer);
            }
        }
        self.read(move |service| alone(&service.presentation(&request))).await
    }

    fn presentation<'a>(&'a self, Request { token, source }: &'a Request) -> Presentation<'a> {
        Presentation { act: self.act_for_client(&token.client().id).from_source(*source), presented: token }
    }

    /// Revokes a token that a client presents, if it is valid and the client's own; `None` otherwise.
    pub async fn revoke(
        self: &Arc<Self>,
        client: Arc<ClientProof>,
        token: PlainSecret,
    ) -> Result<Option<RevokedTokens>, Failure> {
        let request = self.presented(Arc::clone(&client), token);
        let own = match request.token.application_token() {
            // The rest is for the transaction that revokes it.
            Some(id) => Some(OwnToken::Application(id.clone())),
            None => {
                self.shared_or_alone(request, |service| &service.presented_tokens.recognising, recognise_tokens, recognise_alone)
                    .await?
            }
        };
        match own {
            None => Ok(None),
            Some(OwnToken::OfUser(token)) => {
                let revoke = move |service: &Self| revoke_own_user_token(&service.act_for_client(&client.id), &client, &token);
                self.write(revoke).await.map(Some)
            }
            Some(OwnToken::Application(token)) => {
                let request = Revoking { client, token, source: current_source() };
                let revoke = |service: &Self, requests: &[Revoking]| {
                    let revoked = revoke_own_tokens(&service.revocations(requests));
                    // Waiting edges learn of the change at once, not at the next poll.
                    service.changes.request_poll();
                    revoked
                };
                self.in_batch(|service| &service.presented_tokens.revoking, request, revoke).await
            }
        }
    }

    fn revocations<'a>(&'a self, requests: &'a [Revoking]) -> Vec<Revocation<'a>> {
        let revocation = |Revoking { client, token, source }: &'a Revoking| {
            let act = self.act_for_client(&client.id).from_source(*source);
            Revocation { act, client, token }
        };
        requests.iter().map(revocation).collect()
    }
}

//! Tokens for clients themselves, which are most of all requests. They share transactions, and no request takes a thread.

use std::sync::Arc;

use postern_operations::{
    ClientGrant, ClientRequest, ClientToken, CurrentToken, MintedToken, NoCurrentToken, UnsignedAccessToken, expects_new_token,
    find_current_tokens, mint_for_clients,
};

use crate::client_tokens::Request;
use crate::source::current_source;
use crate::{Failure, Service, TokenOutcome};

impl Service {
    /// A token for a client: the current one if it answers the request, or a new one. A client that has a token does not wait for writers,
    /// unless its last request needed a new one.
    pub async fn client_token(self: &Arc<Self>, grant: ClientGrant) -> Result<(MintedToken, TokenOutcome), Failure> {
        let grant = Arc::new(grant);
        let found = if expects_new_token(&self.act_for(&grant.client), &grant) {
            None
        } else {
            match self.find_current_token(&grant).await? {
                CurrentToken::Found(token) => return Ok((self.sign(token).await?, TokenOutcome::AnsweredAgain)),
                CurrentToken::Missing(found) => Some(found),
            }
        };
        let ClientToken { token, is_new } = self.mint_token(grant, found).await?;
        let outcome = if is_new { TokenOutcome::Minted } else { TokenOutcome::AnsweredAgain };
        Ok((self.sign(token).await?, outcome))
    }

    async fn find_current_token(self: &Arc<Self>, grant: &Arc<ClientGrant>) -> Result<CurrentToken, Failure> {
        let request = Request { grant: Arc::clone(grant), source: current_source(), found: None };
        let find = |service: &Self, requests: &[Request]| find_current_tokens(&service.client_requests(requests));
        self.in_batch(|service| &service.client_tokens.finding, request, find).await
    }

    async fn mint_token(
        self: &Arc<Self>,
        grant: Arc<ClientGrant>,
        found: Option<NoCurrentToken>,
    ) -> Result<ClientToken, Failure> {
        let request = Request { grant, source: current_source(), found };
        let mint = |service: &Self, requests: &[Request]| {
            let minted = mint_for_clients(&service.client_requests(requests));
            // Waiting edges learn of a new status list at once, not at the next poll.
            service.changes.request_poll();
            minted
        };
        self.in_batch(|service| &service.client_tokens.minting, request, mint).await
    }

    fn client_requests<'a>(&'a self, requests: &'a [Request]) -> Vec<ClientRequest<'a>> {
        let request = |Request { grant, source, found }: &'a Request| {
            let act = self.act_for(&grant.client).from_source(*source);
            ClientRequest { act, grant, found: *found }
        };
        requests.iter().map(request).collect()
    }

    /// Signs a token: here, or on another thread if that takes long.
    async fn sign(self: &Arc<Self>, token: UnsignedAccessToken) -> Result<MintedToken, Failure> {
        if token.is_slow_to_sign() {
            return self.read(move |_| token.sign()).await;
        }
        token.sign().map_err(Failure::Operation)
    }
}

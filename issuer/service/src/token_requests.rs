//! Tokens for clients themselves, which are most of all requests. They share transactions, and no request takes a thread.

use std::sync::Arc;

use postern_operations::{
    ClientGrant, ClientRequest, CurrentToken, Error, MintedToken, NoCurrentToken, UnsignedAccessToken, find_current_tokens,
    mint_for_clients,
};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::client_tokens::Request;
use crate::source::current_source;
use crate::{Failure, Service, TokenOutcome};

impl Service {
    /// A token for a client: the current one if it answers the request, or a new one. A client that has a token does not wait for writers.
    pub async fn client_token(self: &Arc<Self>, grant: ClientGrant) -> Result<(MintedToken, TokenOutcome), Failure> {
        let grant = Arc::new(grant);
        match self.find_current_token(&grant).await? {
            CurrentToken::Found(token) => Ok((self.sign(token).await?, TokenOutcome::AnsweredAgain)),
            CurrentToken::Missing(found) => {
                let token = self.mint_token(grant, found).await?;
                Ok((self.sign(token).await?, TokenOutcome::Minted))
            }
        }
    }

    async fn find_current_token(self: &Arc<Self>, grant: &Arc<ClientGrant>) -> Result<CurrentToken, Failure> {
        let request = Request { grant: Arc::clone(grant), source: current_source(), found: None };
        let (answer, must_work) = self.client_tokens.finding.add(request);
        if must_work {
            let service = Arc::clone(self);
            spawn_blocking(move || {
                let answer = |requests: &[Request]| service.each(find_current_tokens(&service.client_requests(requests)));
                service.client_tokens.finding.work(answer);
            });
        }
        received(answer).await
    }

    async fn mint_token(
        self: &Arc<Self>,
        grant: Arc<ClientGrant>,
        found: NoCurrentToken,
    ) -> Result<UnsignedAccessToken, Failure> {
        let request = Request { grant, source: current_source(), found: Some(found) };
        let (answer, must_work) = self.client_tokens.minting.add(request);
        if must_work {
            let service = Arc::clone(self);
            spawn_blocking(move || {
                let answer = |requests: &[Request]| {
                    let answers = service.each(mint_for_clients(&service.client_requests(requests)));
                    // Waiting edges learn of a new status list at once, not at the next poll.
                    service.changes.request_poll();
                    answers
                };
                service.client_tokens.minting.work(answer);
            });
        }
        received(answer).await
    }

    fn client_requests<'a>(&'a self, requests: &'a [Request]) -> Vec<ClientRequest<'a>> {
        let request = |Request { grant, source, found }: &'a Request| {
            let act = self.act_for(&grant.client).from_source(*source);
            ClientRequest { act, grant, found: *found }
        };
        requests.iter().map(request).collect()
    }

    fn each<A>(&self, results: Vec<Result<A, Error>>) -> Vec<Result<A, Failure>> {
        results.into_iter().map(|result| result.map_err(|error| self.failure(error))).collect()
    }

    /// Signs a token: here, or on another thread if that takes long.
    async fn sign(self: &Arc<Self>, token: UnsignedAccessToken) -> Result<MintedToken, Failure> {
        if token.is_slow_to_sign() {
            return self.read(move |_| token.sign()).await;
        }
        token.sign().map_err(Failure::Operation)
    }
}

async fn received<A>(answer: oneshot::Receiver<Result<A, Failure>>) -> Result<A, Failure> {
    answer.await.unwrap_or(Err(Failure::Interrupted))
}

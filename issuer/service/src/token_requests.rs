//! Tokens for clients themselves, which are most of all requests. They share transactions, and no request takes a thread.

use std::net::IpAddr;
use std::sync::Arc;

use postern_operations::{
    Act, ClientGrant, ClientRequest, Error, MintedToken, UnsignedAccessToken, find_current_tokens, mint_for_clients,
};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::client_tokens::Request;
use crate::source::current_source;
use crate::{Failure, Service};

impl Service {
    /// The current token of a client, if there is one that answers the request.
    pub async fn find_client_token(self: &Arc<Self>, grant: Arc<ClientGrant>) -> Result<Option<MintedToken>, Failure> {
        let (answer, must_work) = self.client_tokens.finding.add((grant, current_source()));
        if must_work {
            let answer = |service: &Self, requests: &[ClientRequest<'_>]| service.each(find_current_tokens(requests));
            let service = Arc::clone(self);
            spawn_blocking(move || service.client_tokens.finding.work(|requests| service.answer_clients(requests, answer)));
        }
        match received(answer).await? {
            Some(token) => self.sign(token).await.map(Some),
            None => Ok(None),
        }
    }

    /// Mints a token for a client that [`Self::find_client_token`] has authenticated and found none for.
    pub async fn mint_client_token(self: &Arc<Self>, grant: Arc<ClientGrant>) -> Result<MintedToken, Failure> {
        let (answer, must_work) = self.client_tokens.minting.add((grant, current_source()));
        if must_work {
            let answer = |service: &Self, requests: &[ClientRequest<'_>]| {
                let answers = service.each(mint_for_clients(requests));
                // Waiting edges learn of a new status list at once, not at the next poll.
                service.changes.request_poll();
                answers
            };
            let service = Arc::clone(self);
            spawn_blocking(move || service.client_tokens.minting.work(|requests| service.answer_clients(requests, answer)));
        }
        self.sign(received(answer).await?).await
    }

    fn answer_clients<A>(
        &self,
        requests: &[Request],
        answer: impl Fn(&Self, &[ClientRequest<'_>]) -> Vec<Result<A, Failure>>,
    ) -> Vec<Result<A, Failure>> {
        let act = |source: Option<IpAddr>, grant: &ClientGrant| -> Act<'_> { self.act_for(&grant.client).from_source(source) };
        let requests: Vec<ClientRequest<'_>> = requests.iter().map(|(grant, source)| (act(*source, grant), &**grant)).collect();
        answer(self, &requests)
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

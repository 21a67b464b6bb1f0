//! Tokens for users. Requests share transactions, and none takes a thread, unless a directory or another database has to be asked, which may
//! be slow.

use std::sync::Arc;

use postern_model::UserStoreName;
use postern_operations::{Ahead, MintedUserToken, UserGrantRequest, UserRequest, issue_alone, issue_for_users, look_ahead};

use crate::source::current_source;
use crate::user_tokens::Request;
use crate::{Failure, Service};

/// How often a request waits for a transaction, each time behind another request about the same user and client.
const MAX_TURNS: usize = 64;

impl Service {
    /// The tokens that a client gets for what it presents.
    pub async fn user_tokens(self: &Arc<Self>, grant: UserGrantRequest) -> Result<MintedUserToken, Failure> {
        let request = Request { grant: Arc::new(grant), source: current_source() };
        let look = |service: &Self, requests: &[Request]| {
            look_ahead(&requests.iter().map(|request| service.user_request(request)).collect::<Vec<_>>())
        };
        let store = match self.in_batch(|service| &service.user_tokens.looking, request.clone(), look).await? {
            Ahead::Shared(store) => store,
            Ahead::Alone => return self.refresh(move |service| issue_alone(&service.user_request(&request))).await,
        };
        let issue = |service: &Self, requests: &[(Request, UserStoreName)]| {
            let requests: Vec<_> = requests.iter().map(|(request, store)| (service.user_request(request), store)).collect();
            let issued = issue_for_users(&requests);
            // Waiting edges learn of a replaced token at once, not at the next poll.
            service.changes.request_poll();
            issued
        };
        let mut issued = None;
        for _ in 0..MAX_TURNS {
            let request = (request.clone(), store.clone());
            issued = self.in_batch(|service| &service.user_tokens.issuing, request, issue).await?;
            if issued.is_some() {
                break;
            }
        }
        let tokens = issued.ok_or(Failure::Busy)?;
        if tokens.is_slow_to_sign() {
            return self.read(move |_| tokens.sign()).await;
        }
        tokens.sign().map_err(Failure::Operation)
    }

    fn user_request<'a>(&'a self, Request { grant, source }: &'a Request) -> UserRequest<'a> {
        UserRequest { act: self.act_for_client(&grant.client().id).from_source(*source), grant }
    }
}

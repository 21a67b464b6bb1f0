//! What a decision read, for its explanation. The decision's own code finds it.

use postern_token::bundle::{Api, Issuer, MaxValidity, Operation, Route};
use postern_token::{KeyType, NormalPath, Status, StatusReference, UnixSeconds};

use super::Gate;
use crate::index::{Found, Matched, Rest, operation};
use crate::request::Request;
use crate::status_lists::{self, HeldList};

/// The API of a request, and as much of its resource as matched.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) api: &'a Api,
    /// `None` for an API without resources, and where no resource has the path.
    pub(crate) route: Option<&'a Route>,
    /// `None` where no resource has the path and the method.
    pub(crate) operation: Option<&'a Operation>,
}

impl Gate {
    /// The issuers whose tokens are accepted; the bundle's own issuer comes first.
    pub(crate) fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// The environment that the edge serves; `None` for both.
    pub(crate) const fn environment(&self) -> Option<KeyType> {
        self.environment
    }

    /// How long tokens may last.
    pub(crate) const fn max_validity(&self) -> MaxValidity {
        self.max_validity
    }

    /// The status list at `uri`, if the gate holds it.
    pub(crate) fn status_list(&self, uri: &str) -> Option<&HeldList> {
        status_lists::find(&self.status_lists, uri)
    }

    /// The status of a token of the issuer at that position, as the decision reads it.
    pub(crate) fn status(&self, issuer: usize, reference: &StatusReference<'_>, now: UnixSeconds) -> Option<Status> {
        status_lists::status(&self.status_lists, issuer, reference, now)
    }

    /// The API and the resource of a request; `None` if no API matches.
    pub(crate) fn resource(&self, request: &Request<'_>) -> Option<Resource<'_>> {
        let path = NormalPath::of_target(request.path).ok()?;
        let folded = path.folded();
        let Found::Api(api, ends) = self.apis.find(path.as_str(), &folded, request.authority) else { return None };
        Some(match operation(api, Rest::of(&path, &folded, ends), request.method) {
            Matched::Operation(operation) => {
                let holds_it = |route: &&Route| route.operations.iter().any(|own| std::ptr::eq(own, operation));
                Resource { api, route: api.routes.iter().find(holds_it), operation: Some(operation) }
            }
            Matched::WrongMethod(route) => Resource { api, route: Some(route), operation: None },
            Matched::Almost(_) | Matched::Nothing => Resource { api, route: None, operation: None },
        })
    }
}

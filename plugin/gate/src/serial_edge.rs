//! An edge in a host that handles one request at a time: decides, and follows the issuer on request.

use std::rc::Rc;

use postern_token::bundle::Problems;
use thiserror::Error;

use crate::configuration::Configuration;
use crate::gate::Gate;
use crate::messages::Ruling;
use crate::reply;
use crate::request::Request;
use crate::settings::Settings;
use crate::sync::{Failure, IssuerLink, MaxAge, OnRequest};

/// Why an edge cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error("the configuration is refused: {0}")]
    Configuration(Problems),
    /// The follower cannot start.
    #[error("{0}")]
    Following(Failure),
}

/// A gate, and what keeps it up to date if its configuration has `sync`.
pub struct SerialEdge {
    /// `None` until there is a bundle.
    gate: Option<Gate>,
    settings: Rc<Settings>,
    following: Option<OnRequest>,
}

impl SerialEdge {
    /// An edge with the plugin's configuration in JSON.
    pub fn from_json(json: &[u8], max_age: MaxAge) -> Result<Self, StartError> {
        match Configuration::from_json(json).map_err(StartError::Configuration)? {
            Configuration::Inline(gate) => {
                let settings = gate.settings();
                Ok(Self { gate: Some(gate), settings, following: None })
            }
            Configuration::Synced(sync, settings) => {
                let following = OnRequest::start(sync, Rc::clone(&settings), max_age).map_err(StartError::Following)?;
                Ok(Self { gate: None, settings, following: Some(following) })
            }
        }
    }

    /// Decides one request, after the issuer was asked if that is due.
    pub fn decide(&mut self, request: &Request<'_>, link: &mut impl IssuerLink) -> Ruling {
        if let Some(following) = &mut self.following {
            following.update(&mut self.gate, link);
        }
        Ruling::of(self.gate.as_ref(), request, link.unix_time())
    }

    /// Removes from a request's trailers those that the upstream must not get.
    pub fn filter_trailers(&self, trailers: &mut Vec<(Vec<u8>, Vec<u8>)>) {
        let borrowed: Vec<(&[u8], &[u8])> = trailers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        let removed: Vec<Vec<u8>> = reply::removed_trailers(&borrowed, &self.settings).into_iter().map(<[u8]>::to_vec).collect();
        trailers.retain(|(name, _)| !removed.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_are_filtered_as_the_vectors_expect() {
        for vector in postern_vectors::trailers() {
            let mut configuration =
                vector.settings.as_ref().and_then(|settings| settings.as_object()).cloned().unwrap_or_default();
            configuration.insert("bundle".into(), serde_json::from_str(postern_vectors::bundle()).unwrap());
            let json = serde_json::Value::Object(configuration).to_string();
            let edge = SerialEdge::from_json(json.as_bytes(), MaxAge::default()).unwrap();
            let bytes = |names: &[String]| names.iter().map(|name| postern_vectors::bytes(name)).collect::<Vec<_>>();
            let mut trailers: Vec<_> = bytes(&vector.trailers).into_iter().map(|name| (name, b"x".to_vec())).collect();
            edge.filter_trailers(&mut trailers);
            let removed = bytes(&vector.remove);
            let mut kept = bytes(&vector.trailers);
            kept.retain(|name| !removed.contains(name));
            assert_eq!(trailers.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), kept, "{}", vector.description);
        }
    }

    #[test]
    fn a_wrong_configuration_is_named() {
        let Err(error) = SerialEdge::from_json(br#"{"unmatched":"pass"}"#, MaxAge::default()) else { panic!("it is accepted") };
        assert!(error.to_string().contains("unmatched"), "{error}");
    }
}

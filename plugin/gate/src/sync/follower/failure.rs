//! Why asking the issuer gave no usable answer.

use postern_token::bundle::Problems;
use postern_token::{StatusListError, TokenError};
use thiserror::Error;

use crate::sync::record::BundleAge;
use crate::sync_settings::FollowedEnvironment;

/// Why asking the issuer gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The host has no records that its workers share.
    #[error("`sync` needs shared data, which this host does not provide: use an inline `bundle`")]
    NoSharedRecords,
    /// The host could not send the request.
    #[error("the request to the issuer was not sent: check that the host has a cluster with the name in `sync.cluster`")]
    NotSent,
    /// The answer is incomplete, or larger than the host allows.
    #[error("no complete answer from the issuer: it cannot be reached, is too slow, or answers with more than the host allows")]
    NoAnswer,
    /// The issuer does not know the edge key.
    #[error(
        "the issuer refuses the edge key in `sync.key`: it is wrong, was removed, or is of another environment than \
         `sync.environment`; create one with `postern admin edge-key create`"
    )]
    EdgeKey,
    /// The host cannot reach the issuer, or the issuer is not ready. A host reports a TLS handshake that failed as 503 too.
    #[error(
        "no bundle (status {0}): check that the issuer runs and that the cluster in `sync.cluster` has its address; with TLS, also that \
         the issuer's certificate has the name and is signed by the CA that this cluster expects"
    )]
    Unavailable(u16),
    /// Nothing is at the path of the bundle.
    #[error(
        "the issuer has no bundle at this address (status 404): if `edge_listen` is set in the issuer's configuration, the cluster in \
         `sync.cluster` must have that port; otherwise check `sync.path`"
    )]
    NoBundle,
    /// Another status for the bundle.
    #[error("the issuer answered the request for the bundle with status {0}")]
    BundleStatus(u16),
    /// The bundle is too large.
    #[error("the bundle is larger than 8 MiB")]
    BundleTooLarge,
    /// The bundle is not signed as the settings ask.
    #[error(
        "the answer is not a bundle signed by a key in `sync.bundle_keys`, and is refused ({0}): check that the cluster in \
         `sync.cluster` has the issuer's address"
    )]
    BundleSignature(TokenError),
    /// The bundle is signed with another key than the settings name.
    #[error(
        "the key that signed the issuer's bundle is none of `sync.bundle_keys`, so the bundle is refused: add the `jwk` that \
         `postern admin bundle-key list` shows"
    )]
    BundleKey,
    /// The bundle is not valid.
    #[error("the issuer's bundle is not valid: {0}")]
    Bundle(Problems),
    /// The bundle is older than the one in use.
    #[error(
        "the issuer's bundle is older (epoch {}, revision {}) than the one in use (epoch {}, revision {}), and is refused: an older \
         bundle would accept what was revoked since. If the issuer's database was restored from a copy, run `postern recover`; \
         otherwise a cache between the edge and the issuer may be out of date, or an attacker replays an old bundle",
        .incoming.epoch, .incoming.revision, .held.epoch, .held.revision
    )]
    OlderBundle {
        /// The bundle that was refused.
        incoming: BundleAge,
        /// The bundle in use.
        held: BundleAge,
    },
    /// The bundle is for another environment than the settings name.
    #[error(
        "the issuer's bundle is for the environment `{found}`, but `sync.environment` is `{expected}`, so the bundle is refused: check the \
         environment of the edge key; otherwise a cache or an attacker between the edge and the issuer answers with another bundle"
    )]
    OtherEnvironment {
        /// The environment of the bundle.
        found: FollowedEnvironment,
        /// The environment in the settings.
        expected: FollowedEnvironment,
    },
    /// The bundle is of another issuer than the settings name.
    #[error(
        "the bundle is of the issuer `{found}`, but `sync.issuer` is `{expected}`, so the bundle is refused: correct `sync.issuer`, or \
         set the address of that issuer in the cluster in `sync.cluster`"
    )]
    OtherIssuer {
        /// The issuer of the bundle.
        found: String,
        /// The issuer in the settings.
        expected: String,
    },
    /// The address of a status list is not a URL.
    #[error("the address of a status list is not a URL")]
    ListAddress,
    /// No server is known for a status list of a trusted issuer.
    #[error(
        "the bundle names the status list {0} of a trusted issuer, but `sync.list_clusters` has no cluster for its origin: add one"
    )]
    ListCluster(String),
    /// A status list of a trusted issuer cannot be fetched.
    #[error("the status list {uri} of a trusted issuer: {cause}")]
    TrustedList {
        /// Its address.
        uri: String,
        /// The reason.
        cause: Box<Failure>,
    },
    /// Another status for a status list.
    #[error("the issuer answered the request for a status list with status {0}")]
    ListStatus(u16),
    /// The status list is too large.
    #[error("a status list is larger than 2 MiB")]
    ListTooLarge,
    /// The status list is of another version than the bundle names.
    #[error(
        "the issuer's status list is not the version that its bundle names; a cache between the edge and the issuer may be out of date"
    )]
    ListVersion,
    /// The status list of a trusted issuer is older than the one in use.
    #[error(
        "it is older (`iat`) than the one in use, and is refused: it would accept what was revoked since. A cache on the way may be out of \
         date, or an attacker replays an old list"
    )]
    OlderList,
    /// The status list is not valid.
    #[error("the issuer's status list is not valid: {0}")]
    List(StatusListError),
}

impl Failure {
    /// Whether the answer was valid once, or elsewhere, and may come from an attacker who replays it. A host logs it as an error.
    pub fn is_replay(&self) -> bool {
        match self {
            Self::OlderBundle { .. } | Self::OtherEnvironment { .. } | Self::OtherIssuer { .. } | Self::OlderList => true,
            Self::TrustedList { cause, .. } => cause.is_replay(),
            _ => false,
        }
    }
}

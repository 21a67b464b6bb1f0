//! Composing the bundle that an edge needs.

use std::collections::HashSet;

use postern_token::bundle::{
    At, Bundle, BundleDocument, JwkSetDocument, MaxValidityDocument, Problems, StatusListDocument, sign_bundle,
};
use postern_token::{KeyType, SigningKey};

use crate::bundle_keys;
use crate::error::{EdgeError, SigningKeyError};
use crate::status_lists::{embedded, named};
use crate::{Act, Error, settings};
use postern_model::Policies;
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The bundle for an edge that serves `environment`, or both when it is `None`, with its status lists embedded: the edge fetches nothing.
/// It contains the verification keys; with HS256 they can also mint tokens.
pub fn compose_bundle(act: &Act<'_>, environment: Option<KeyType>) -> Result<BundleDocument, Error> {
    act.require_administrator()?;
    let document = act.storage().read(|transaction| {
        let lists = embedded(act, transaction, environment)?;
        document(act, transaction, environment, lists)
    })?;
    check(&document)?;
    Ok(document)
}

/// A bundle, and the edges that may fetch it.
#[derive(Debug)]
pub struct ComposedBundle {
    /// The bundle, which names its status lists.
    pub document: BundleDocument,
    /// The same in JSON.
    pub json: Vec<u8>,
    /// The same, signed with the bundle key.
    pub signed: String,
    /// Its revision.
    pub revision: u64,
    /// The edges that have an edge key.
    pub edges: EdgeKeys,
}

/// The hashes of all edge keys.
#[derive(Debug, Clone)]
pub struct EdgeKeys(HashSet<[u8; 32]>);

impl EdgeKeys {
    /// Whether the key is one of them. The comparison need not take constant time, because it compares hashes of secrets that cannot be
    /// guessed.
    pub fn hold(&self, key: &PlainSecret) -> bool {
        self.0.contains(HashedSecret::of(key).as_bytes())
    }
}

/// The bundle for an edge that fetches the status lists: the bundle only names them.
pub fn compose_live_bundle(act: &Act<'_>, environment: Option<KeyType>) -> Result<ComposedBundle, Error> {
    let composed = act.storage().read(|transaction| {
        let lists = named(transaction, environment)?;
        let document = document(act, transaction, environment, lists)?;
        let edges = transaction.edge_key_hashes()?.iter().map(|hash| *hash.as_bytes()).collect();
        let bundle_key = bundle_keys::signer(act, transaction)?;
        Ok::<_, Error>((document, bundle_key, transaction.revision()?, EdgeKeys(edges)))
    })?;
    let (document, bundle_key, revision, edges) = composed;
    check(&document)?;
    // Outside of the transaction, so that no other reader or writer waits for the signature.
    let (json, signed) = sign(&document, &bundle_key)?;
    Ok(ComposedBundle { document, json, signed, revision, edges })
}

/// The bundle of [`compose_bundle`], signed with the bundle key.
pub fn compose_signed_bundle(act: &Act<'_>, environment: Option<KeyType>) -> Result<String, Error> {
    let document = compose_bundle(act, environment)?;
    let bundle_key = act.storage().read(|transaction| bundle_keys::signer(act, transaction))?;
    Ok(sign(&document, &bundle_key)?.1)
}

impl ComposedBundle {
    /// Whether the bundle holds a key that can also sign, so that it is a secret.
    pub fn is_secret(&self) -> bool {
        self.document.keys.keys.iter().any(|key| key.material.is_symmetric())
    }
}

fn sign(document: &BundleDocument, bundle_key: &SigningKey) -> Result<(Vec<u8>, String), Error> {
    let json = serde_json::to_vec(document).map_err(|_| SigningKeyError::Unusable)?;
    let signed = sign_bundle(&json, bundle_key).map_err(|_| SigningKeyError::Unusable)?;
    Ok((json, signed))
}

/// The revision of the bundle.
pub fn current_revision(act: &Act<'_>) -> Result<u64, Error> {
    act.storage().read(|transaction| Ok(transaction.revision()?))
}

fn document(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    environment: Option<KeyType>,
    status_lists: Vec<StatusListDocument>,
) -> Result<BundleDocument, Error> {
    let settings = settings::current(transaction)?;
    Ok(BundleDocument {
        issuer: settings.issuer.as_str().to_owned(),
        audience: settings.audience.as_str().to_owned(),
        environment,
        keys: JwkSetDocument { keys: act.keyring().documents_for(transaction, environment)? },
        apis: transaction.guarded_apis()?,
        status_lists,
        epoch: Some(transaction.epoch()?).filter(|epoch| *epoch > 0),
        revision: Some(transaction.revision()?),
        max_validity: max_validity(&settings.policies),
        ..BundleDocument::default()
    })
}

/// How long a token may last at an edge; `None` if no kind has a maximum.
fn max_validity(policies: &Policies) -> Option<MaxValidityDocument> {
    let (application, user) = (policies.max_application_validity, policies.max_user_validity);
    (application.is_some() || user.is_some()).then_some(MaxValidityDocument { application, user })
}

/// With an invalid bundle an edge would refuse every request. An error for the caller is better.
fn check(document: &BundleDocument) -> Result<(), Error> {
    let mut problems = Problems::default();
    let checked = Bundle::check(document, At::Root, &mut problems);
    problems.or(checked).map(drop).map_err(|problems| EdgeError::InvalidBundle(problems).into())
}

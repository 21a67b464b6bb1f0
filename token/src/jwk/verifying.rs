//! Keys that verify.

use std::borrow::Cow;
use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use p256::elliptic_curve::point::AffineCoordinates as _;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::rsa::RsaKey;
use super::{Algorithm, JwkDocument, JwkMaterial, KeyError, MIN_HMAC_KEY_LEN, der};
use crate::base64url;
use crate::claims::KeyType;
use crate::identifier::{Identifier, Kid};

/// A signature of RSA or ECDSA over SHA-256 that is to be verified. Key and signature are well-formed.
#[derive(Debug, Clone, Copy)]
pub struct SignatureCheck<'a> {
    /// ES256 or RS256.
    pub algorithm: Algorithm,
    /// The public key, a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
    pub key: &'a [u8],
    /// What was signed.
    pub message: &'a [u8],
    /// The signature in the form of a JWS (RFC 7518 sections 3.3 and 3.4).
    pub signature: &'a [u8],
}

impl SignatureCheck<'_> {
    /// The signature in the form that most libraries take: that of ECDSA is in DER (RFC 3279 section 2.2.3).
    pub fn usual_signature(&self) -> Cow<'_, [u8]> {
        match <&[u8; 64]>::try_from(self.signature) {
            Ok(halves) if self.algorithm == Algorithm::Es256 => Cow::Owned(der::ecdsa_signature(halves)),
            _ => Cow::Borrowed(self.signature),
        }
    }
}

/// Verifies RSA and ECDSA signatures over SHA-256 in place of this crate, for hosts that do it faster.
pub trait Verifier: fmt::Debug {
    /// Whether the signature is the key's, or `None` when this cannot tell.
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool>;
}

/// Leaves all verification to this crate.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftwareVerifier;

impl Verifier for SoftwareVerifier {
    fn verify(&self, _: &SignatureCheck<'_>) -> Option<bool> {
        None
    }
}

/// A key that verifies. It keeps precomputed values, so that they are not computed again for each request.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(crate) kid: Kid<'static>,
    environment: Option<KeyType>,
    material: Material,
    fingerprint: KeyFingerprint,
}

/// Tells whether two keys of an issuer are the same: name, algorithm, environment and material. It is a hash without a key, so it must not
/// tell keys of different issuers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFingerprint(u64);

#[derive(Clone)]
enum Material {
    Hs256(Hmac<Sha256>),
    Es256 { key: Box<p256::ecdsa::VerifyingKey>, der: Vec<u8> },
    EdDsa(Box<ed25519_dalek::VerifyingKey>),
    Rs256 { key: RsaKey, der: Vec<u8> },
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithm();
        formatter.debug_struct("VerifyingKey").field("kid", &self.kid).field("algorithm", &algorithm).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// The key's one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Hs256(_) => Algorithm::Hs256,
            Material::Es256 { .. } => Algorithm::Es256,
            Material::EdDsa(_) => Algorithm::EdDsa,
            Material::Rs256 { .. } => Algorithm::Rs256,
        }
    }

    /// Whether the key may sign tokens of that environment: a key of one environment must not be usable for minting in the other.
    pub fn may_sign(&self, key_type: KeyType) -> bool {
        self.environment.is_none_or(|own| own == key_type)
    }

    /// The key's fingerprint.
    pub const fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// Whether `signature` is this key's over `message`. HMAC is compared in constant time; `EdDSA` is verified strictly (no
    /// small-order points, canonical encodings only).
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8], verifier: &dyn Verifier) -> bool {
        match &self.material {
            Material::Hs256(keyed) => keyed.clone().chain_update(message).verify_slice(signature).is_ok(),
            Material::Es256 { key, der } => {
                let Ok(halves) = <&[u8; 64]>::try_from(signature) else { return false };
                let by_host =
                    verifier.verify(&SignatureCheck { algorithm: Algorithm::Es256, key: der, message, signature: halves });
                by_host.unwrap_or_else(|| {
                    p256::ecdsa::Signature::from_slice(halves).is_ok_and(|signature| key.verify(message, &signature).is_ok())
                })
            }
            Material::EdDsa(key) => {
                let Ok(halves) = <&[u8; 64]>::try_from(signature) else { return false };
                key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(halves)).is_ok()
            }
            Material::Rs256 { key, der } => {
                // RFC 8017 section 8.2.2: a signature is as long as the modulus.
                if signature.len() != key.len() {
                    return false;
                }
                let by_host = verifier.verify(&SignatureCheck { algorithm: Algorithm::Rs256, key: der, message, signature });
                by_host.unwrap_or_else(|| key.verifies(message, signature))
            }
        }
    }
}

impl TryFrom<&JwkDocument> for VerifyingKey {
    type Error = KeyError;

    fn try_from(document: &JwkDocument) -> Result<Self, KeyError> {
        if document.usage != "sig" {
            return Err(KeyError::Usage);
        }
        let kid = Identifier::parse(document.kid.clone()).map_err(|_| KeyError::Kid)?;
        let material = match (document.alg, &document.material) {
            (Algorithm::Hs256, JwkMaterial::Oct { k }) => Material::Hs256(keyed(&decode(k).map(Zeroizing::new)?)?),
            (Algorithm::Es256, JwkMaterial::Ec { crv, x, y }) => es256(crv, &decode(x)?, &decode(y)?)?,
            (Algorithm::EdDsa, JwkMaterial::Okp { crv, x }) => eddsa(crv, &decode(x)?)?,
            (Algorithm::Rs256, JwkMaterial::Rsa { n, e }) => rs256(&decode(n)?, &decode(e)?)?,
            _ => return Err(KeyError::Type),
        };
        Ok(Self { kid, environment: document.environment, material, fingerprint: KeyFingerprint::of(document) })
    }
}

impl KeyFingerprint {
    fn of(document: &JwkDocument) -> Self {
        let environment = document.environment.map_or("", KeyType::as_str);
        let [first, second, third] = match &document.material {
            JwkMaterial::Oct { k } => [k, "", ""],
            JwkMaterial::Ec { crv, x, y } => [crv.as_str(), x, y],
            JwkMaterial::Okp { crv, x } => [crv, x, ""],
            JwkMaterial::Rsa { n, e } => [n, e, ""],
        };
        // FNV-1a.
        let mut hash = 0xcbf2_9ce4_8422_2325;
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        for member in [&document.kid, document.alg.as_str(), environment, first, second, third] {
            member.bytes().for_each(&mut add);
            // Keeps two members apart: no member holds it.
            add(0);
        }
        Self(hash)
    }
}

fn decode(member: &str) -> Result<Vec<u8>, KeyError> {
    base64url::decode(member.as_bytes()).ok_or(KeyError::Encoding)
}

/// The keyed state that HMAC starts from.
pub(crate) fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, KeyError> {
    if secret.len() < MIN_HMAC_KEY_LEN {
        return Err(KeyError::Short);
    }
    if secret.iter().all(|byte| *byte == 0) {
        return Err(KeyError::Zeros);
    }
    // HMAC takes a key of any length; the length that is too short was refused above.
    Hmac::new_from_slice(secret).map_err(|_| KeyError::Short)
}

fn es256(crv: &str, x: &[u8], y: &[u8]) -> Result<Material, KeyError> {
    if crv != "P-256" {
        return Err(KeyError::Curve);
    }
    let coordinate = |bytes| p256::FieldBytes::try_from(bytes).map_err(|_| KeyError::Point);
    // Makes sure that the point is on the curve.
    let point = p256::AffinePoint::from_coordinates(&coordinate(x)?, &coordinate(y)?).into_option().ok_or(KeyError::Point)?;
    let key = p256::ecdsa::VerifyingKey::from_affine(point).map_err(|_| KeyError::Point)?;
    // The uncompressed form of a point (SEC 1 section 2.3.3).
    let point = [&[4], x, y].concat();
    Ok(Material::Es256 { key: Box::new(key), der: der::p256_public_key(&point) })
}

fn eddsa(crv: &str, x: &[u8]) -> Result<Material, KeyError> {
    if crv != "Ed25519" {
        return Err(KeyError::Curve);
    }
    let point = <&[u8; 32]>::try_from(x).map_err(|_| KeyError::Point)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(point).map_err(|_| KeyError::Point)?;
    // RFC 8032 section 5.1.3 refuses a coordinate that is not below the field's prime; reading it above does not.
    let canonical = key.to_edwards().compress().to_bytes() == *point;
    if key.is_weak() || !canonical { Err(KeyError::Point) } else { Ok(Material::EdDsa(Box::new(key))) }
}

fn rs256(n: &[u8], e: &[u8]) -> Result<Material, KeyError> {
    Ok(Material::Rs256 { key: RsaKey::new(n, e)?, der: der::rsa_public_key(n, e) })
}

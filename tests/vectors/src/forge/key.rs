//! The signing keys of the forge, and their signatures.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaEncoding, RsaKeyPair};
use ring::{hmac, signature};
use serde_json::{Value, json};

/// A key pair of `keys/`.
#[derive(Debug)]
pub struct KeyPair {
    /// The `kid` in the bundle.
    pub kid: &'static str,
    /// The algorithm of the key in the bundle.
    pub algorithm: &'static str,
    /// The private half, PKCS #8.
    pub private_pem: &'static str,
    /// The public half, `SubjectPublicKeyInfo`.
    pub public_pem: &'static str,
    jwk: &'static str,
}

macro_rules! key_pair {
    ($kid:literal, $algorithm:literal) => {
        KeyPair {
            kid: $kid,
            algorithm: $algorithm,
            private_pem: include_str!(concat!("../../keys/", $kid, ".private.pem")),
            public_pem: include_str!(concat!("../../keys/", $kid, ".public.pem")),
            jwk: include_str!(concat!("../../keys/", $kid, ".jwk.json")),
        }
    };
}

/// The key pairs, one for each asymmetric algorithm.
pub const KEY_PAIRS: [KeyPair; 3] = [key_pair!("es1", "ES256"), key_pair!("ed1", "EdDSA"), key_pair!("rs1", "RS256")];

impl KeyPair {
    /// The key pair with this `kid`.
    pub fn find(kid: &str) -> Option<&'static Self> {
        const { &KEY_PAIRS }.iter().find(|pair| pair.kid == kid)
    }

    /// The private half, PKCS #8 in DER.
    pub fn private_der(&self) -> Vec<u8> {
        der(self.private_pem)
    }

    /// The public half, `SubjectPublicKeyInfo` in DER.
    pub fn public_der(&self) -> Vec<u8> {
        der(self.public_pem)
    }

    /// The public half as in the bundle.
    pub fn jwk(&self) -> Value {
        serde_json::from_str(self.jwk).expect("a JWK")
    }

    /// The bytes of one member of the JWK.
    pub(super) fn member(&self, name: &str) -> Vec<u8> {
        let jwk = self.jwk();
        let text = jwk.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{} has no `{name}`", self.kid));
        URL_SAFE_NO_PAD.decode(text).expect("base64url")
    }

    /// The public half in one of the forms that a verifier could confuse with an HS256 secret.
    pub(super) fn public_as_secret(&self, form: &str) -> Vec<u8> {
        match form {
            "pem" => self.public_pem.into(),
            "pem without its last line break" => self.public_pem.trim_end().into(),
            "base64" => self.public_pem.lines().filter(|line| !line.starts_with('-')).collect::<String>().into(),
            "der" => self.public_der(),
            "jwk" => self.jwk().to_string().into(),
            "jwk set" => json!({"keys": [self.jwk()]}).to_string().into(),
            // The bytes of one member, or with `"` its text.
            member => match member.strip_prefix('"') {
                Some(name) => self.jwk().get(name).and_then(Value::as_str).expect("a member").into(),
                None => self.member(member),
            },
        }
    }
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).expect("PEM")
}

/// The HMAC with any `secret`.
pub(super) fn hmac(algorithm: &str, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let algorithm = match algorithm {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        other => panic!("`{other}` does not sign with a secret"),
    };
    hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
}

/// The signature of `pair` over `message`; `algorithm` may differ from that of the key in the bundle.
pub(super) fn sign(algorithm: &str, pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    // Some algorithms use randomness. Signatures are kept, so that the same vector always gives the same token.
    type Signed = BTreeMap<(String, &'static str, Vec<u8>), Vec<u8>>;
    static SIGNED: LazyLock<Mutex<Signed>> = LazyLock::new(Mutex::default);
    let mut signed = SIGNED.lock().expect("no thread panicked");
    let signature = || sign_anew(algorithm, pair, message);
    signed.entry((algorithm.into(), pair.kid, message.into())).or_insert_with(signature).clone()
}

fn sign_anew(algorithm: &str, pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    let (random, private) = (SystemRandom::new(), pair.private_der());
    let rsa: &dyn RsaEncoding = match algorithm {
        "ES256" => {
            let key = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &private, &random);
            return key.expect("a key on P-256").sign(&random, message).expect("a signature").as_ref().to_vec();
        }
        "EdDSA" => {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&private).expect("a key on Ed25519");
            return key.sign(message).as_ref().to_vec();
        }
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        other => panic!("`{other}` does not sign with a key pair"),
    };
    let key = RsaKeyPair::from_pkcs8(&private).expect("an RSA key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(rsa, &random, message, &mut signature).expect("a signature");
    signature
}

#[cfg(test)]
mod tests {
    use ring::signature::UnparsedPublicKey;

    use super::*;

    #[test]
    fn each_jwk_is_the_public_half_of_its_key() {
        for pair in &KEY_PAIRS {
            let signature = sign(pair.algorithm, pair, b"message");
            let verified = match pair.algorithm {
                "ES256" => {
                    let point = [&[4], pair.member("x").as_slice(), &pair.member("y")].concat();
                    UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(b"message", &signature)
                }
                "EdDSA" => UnparsedPublicKey::new(&signature::ED25519, pair.member("x")).verify(b"message", &signature),
                _ => signature::RsaPublicKeyComponents { n: pair.member("n"), e: pair.member("e") }.verify(
                    &signature::RSA_PKCS1_2048_8192_SHA256,
                    b"message",
                    &signature,
                ),
            };
            verified.unwrap_or_else(|_| panic!("{}", pair.kid));
            assert_eq!(signature, sign(pair.algorithm, pair, b"message"));
        }
    }
}

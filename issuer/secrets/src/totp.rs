//! Time-based one-time passwords (RFC 6238 over RFC 4226), in the form that authenticator apps know: SHA-1, 6 digits, 30 seconds.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use postern_token::UnixSeconds;
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::PlainSecret;
use crate::entropy::{Entropy, EntropyError, random_bytes};

/// The seconds of a time step.
pub const TOTP_PERIOD: u64 = 30;

/// The digits of a code.
pub const TOTP_DIGITS: usize = 6;

/// The length in bytes that RFC 4226 section 4 recommends.
const SECRET_LEN: usize = 20;

/// The time steps before and after the present one whose codes are accepted, for clocks that differ (RFC 6238 section 5.2).
const DRIFT: u64 = 1;

/// The secret that a user's authenticator app shares with the issuer.
pub struct TotpSecret(Zeroizing<[u8; SECRET_LEN]>);

impl TotpSecret {
    /// Generates a secret.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_bytes(entropy).map(Self)
    }

    /// A stored secret; `None` if it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Zeroizing::new).map(Self)
    }

    /// The secret, to seal.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The secret in base32, as people enter it into an app.
    pub fn to_base32(&self) -> PlainSecret {
        PlainSecret::presented(BASE32_NOPAD.encode(self.as_bytes()))
    }

    /// The secret of which `text` is the base32.
    pub fn from_base32(text: &str) -> Option<Self> {
        Self::from_bytes(&Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?))
    }

    /// The time step of which `code` is the code, if it is at most one step before or after `now`, and later than `after`. All codes are
    /// compared, each in constant time.
    pub fn accepted_step(&self, code: &PlainSecret, now: UnixSeconds, after: Option<u64>) -> Option<u64> {
        let present = now.0 / TOTP_PERIOD;
        let steps = present.saturating_sub(DRIFT)..=present.saturating_add(DRIFT);
        let accepted = steps.filter(|step| after.is_none_or(|after| *step > after));
        accepted.fold(None, |found, step| {
            let same: bool = self.code(step).expose().as_bytes().ct_eq(code.expose().as_bytes()).into();
            if same { Some(step) } else { found }
        })
    }

    /// The code of a time step (RFC 4226 section 5.3).
    fn code(&self, step: u64) -> PlainSecret {
        let digest = hmac(self.as_bytes(), step);
        let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xf);
        let word = digest.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
        let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000;
        PlainSecret::presented(format!("{number:0TOTP_DIGITS$}"))
    }
}

fn hmac(secret: &[u8], step: u64) -> [u8; 20] {
    // HMAC accepts keys of any length, so this never fails.
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(secret) else { return [0; 20] };
    mac.chain_update(step.to_be_bytes()).finalize().into_bytes().into()
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    /// The secret of the test values of both RFCs.
    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn code(text: &str) -> PlainSecret {
        PlainSecret::presented(text.to_owned())
    }

    #[test]
    fn codes_are_those_of_rfc_4226_appendix_d() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, expected) in (0..).zip(codes) {
            assert_eq!(secret().code(step).expose(), expected, "{step}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The RFC lists eight digits; six digits are the last six of them.
        let values = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (at, eight) in values {
            assert_eq!(secret().accepted_step(&code(&eight[2..]), UnixSeconds(at), None), Some(at / 30), "{at}");
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_or_late_and_only_after_the_last_one() {
        let (now, step) = (UnixSeconds(1_800_000_000), 60_000_000);
        for (of, accepted) in [(step - 2, false), (step - 1, true), (step, true), (step + 1, true), (step + 2, false)] {
            assert_eq!(secret().accepted_step(&secret().code(of), now, None), accepted.then_some(of), "{of}");
        }
        assert_eq!(secret().accepted_step(&secret().code(step), now, Some(step)), None);
        assert_eq!(secret().accepted_step(&secret().code(step - 1), now, Some(step)), None);
        assert_eq!(secret().accepted_step(&secret().code(step + 1), now, Some(step)), Some(step + 1));
        for wrong in ["", "0", "000000", "12345", "1234567", "abcdef"] {
            assert_eq!(secret().accepted_step(&code(wrong), now, None), None, "{wrong}");
        }
        assert_eq!(secret().accepted_step(&secret().code(0), UnixSeconds(0), None), Some(0));
    }

    #[test]
    fn a_secret_is_random_and_shown_in_base32_only() {
        assert_eq!(secret().to_base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(TotpSecret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap().as_bytes(), secret().as_bytes());
        assert!(TotpSecret::from_base32("GEZDGNBV").is_none() && TotpSecret::from_base32("1").is_none());
        let entropy = SeededEntropy::new(1);
        let [one, other] = [TotpSecret::generate(&entropy).unwrap(), TotpSecret::generate(&entropy).unwrap()];
        assert_ne!(one.as_bytes(), other.as_bytes());
        assert!(TotpSecret::from_bytes(&[0; 19]).is_none());
        assert_eq!(format!("{one:?}"), "TotpSecret(…)");
    }
}

//! The second factor: six-digit time-based codes of a phone's app, one for every 30 seconds (RFC 6238).
//!
//! They use SHA-1 and six digits, because common apps support nothing else. The codes of one step before and after are
//! accepted too, for clocks that differ. A step is valid once: the caller stores the step that [`Totp::check`] returns.

use std::fmt;

use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret};
use zeroize::{Zeroize, Zeroizing};

use crate::{CryptoFailure, UnixSeconds, entropy};

/// Bytes of the shared secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// The issuer that the app shows.
const ISSUER: &str = "citas";

/// The shared secret in base32, which serde stores as such. Redacted in `Debug`, overwritten when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Totp(String);

impl Totp {
    pub fn generate() -> Result<Self, CryptoFailure> {
        let bytes = entropy::random_bytes::<SECRET_BYTES>()?;
        Ok(Self(Secret::new(Box::from(bytes.as_slice())).to_base32()))
    }

    /// The secret, for typing it into the app.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The `otpauth:` URI, for a QR code.
    ///
    /// # Errors
    /// The stored text isn't base32.
    pub fn uri(&self, account: &str) -> Result<Zeroizing<String>, CryptoFailure> {
        // A colon would separate issuer and account.
        let account = account.replace(':', " ");
        let totp = self.builder()?.with_account_name(account).with_issuer(Some(ISSUER)).build();
        totp.and_then(|totp| totp.to_url()).map(Zeroizing::new).map_err(|_| CryptoFailure)
    }

    /// The step of a valid code. The step must be around `now`, and later than `used`, the one used last. Compares in
    /// constant time.
    #[must_use]
    pub fn check(&self, code: &str, now: UnixSeconds, used: Option<u64>) -> Option<u64> {
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let totp = self.builder().ok()?.build_noncompliant();
        let step = totp.check(code, u64::try_from(now).ok()?)?;
        used.is_none_or(|used| used < step).then_some(step)
    }

    /// The code at `now`, for tests and the local server.
    ///
    /// # Errors
    /// The stored text isn't base32.
    pub fn code(&self, now: UnixSeconds) -> Result<String, CryptoFailure> {
        let totp = self.builder()?.build_noncompliant();
        let now = u64::try_from(now).map_err(|_| CryptoFailure)?;
        Ok(totp.generate(now).to_string())
    }

    fn builder(&self) -> Result<Builder, CryptoFailure> {
        let secret = Secret::try_from_base32(&self.0).map_err(|_| CryptoFailure)?;
        Ok(Builder::new().with_secret(secret))
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(…)")
    }
}

impl Drop for Totp {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "12345678901234567890", the secret of RFC 6238's appendix B.
    fn totp_of_the_rfc() -> Totp {
        Totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned())
    }

    /// The vectors for SHA-1, cut to six digits.
    #[test]
    fn the_test_vectors_of_the_rfc() {
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp_of_the_rfc().code(now).unwrap(), code);
            assert_eq!(totp_of_the_rfc().check(code, now, None), Some(u64::try_from(now).unwrap() / 30));
        }
    }

    #[test]
    fn a_step_is_valid_once_and_for_a_short_time() {
        let (totp, now) = (Totp::generate().unwrap(), 1_700_000_010);
        let (code, step) = (totp.code(now).unwrap(), 1_700_000_010 / 30);
        for (at, used, expected) in [
            (now, None, Some(step)),
            (now, Some(step - 1), Some(step)),
            (now, Some(step), None),
            (now, Some(step + 1), None),
            (now + 30, None, Some(step)),
            (now - 30, None, Some(step)),
        ] {
            assert_eq!(totp.check(&code, at, used), expected);
        }
        assert_eq!(totp.check(&code, now + 90, None), None);
        for bad in ["", "12345", "1234567", "12 345", "１２３４５６", "abcdef"] {
            assert_eq!(totp.check(bad, now, None), None, "{bad}");
        }
    }

    #[test]
    fn the_uri_contains_the_secret_and_debug_does_not() {
        let uri = totp_of_the_rfc().uri("a:b@example.com").unwrap();
        assert!(uri.starts_with("otpauth://totp/citas:a%20b%40example.com?secret=GEZDGNBV"), "{}", *uri);
        assert!(uri.contains("issuer=citas"), "{}", *uri);
        assert_eq!(format!("{:?}", totp_of_the_rfc()), "Totp(…)");
        let text = serde_json::to_string(&totp_of_the_rfc()).unwrap();
        assert_eq!(serde_json::from_str::<Totp>(&text).unwrap(), totp_of_the_rfc());
        assert_eq!(Totp("not base32!".to_owned()).check("123456", 0, None), None);
    }
}

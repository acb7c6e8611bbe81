//! A second factor: the six digits that an app on a phone shows, another every 30 seconds (RFC 6238).
//!
//! SHA-1 and six digits, since common apps understand nothing else. One step before and after is taken,
//! for clocks that differ; a step is good once, which the caller sees to with [`Totp::check`]'s answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret};
use zeroize::{Zeroize, Zeroizing};

use crate::{CryptoFailure, UnixSeconds, entropy};

/// Bytes of the shared secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Who asks for the code, as the app shows it.
const ISSUER: &str = "citas";

/// The shared secret, in base32 as such in serde. Redacted in `Debug`, overwritten when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Totp(String);

impl Totp {
    /// A new one.
    ///
    /// # Errors
    /// [`CryptoFailure`] without random bytes.
    pub fn generate() -> Result<Self, CryptoFailure> {
        let bytes = entropy::random::<SECRET_BYTES>()?;
        Ok(Self(Secret::new(Box::from(bytes.as_slice())).to_base32()))
    }

    /// The secret, for an app that takes it typed in.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The `otpauth:` address of it, for a QR code.
    ///
    /// # Errors
    /// [`CryptoFailure`] where the stored text is no secret.
    pub fn uri(&self, account: &str) -> Result<Zeroizing<String>, CryptoFailure> {
        // A colon would part issuer and account.
        let account = account.replace(':', " ");
        let totp = self.builder()?.with_account_name(account).with_issuer(Some(ISSUER)).build();
        totp.and_then(|totp| totp.to_url()).map(Zeroizing::new).map_err(|_| CryptoFailure)
    }

    /// The step that a code belongs to, if it is one of those around `now` and later than `used`, the
    /// step that was used last. Compared in constant time.
    #[must_use]
    pub fn check(&self, code: &str, now: UnixSeconds, used: Option<u64>) -> Option<u64> {
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let totp = self.builder().ok()?.build_noncompliant();
        let step = totp.check(code, u64::try_from(now).ok()?)?;
        used.is_none_or(|used| used < step).then_some(step)
    }

    /// The code of an instant: for tests, and for people who have no phone at hand.
    ///
    /// # Errors
    /// [`CryptoFailure`] where the stored text is no secret.
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
    fn of_the_rfc() -> Totp {
        Totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned())
    }

    /// Its vectors for SHA-1, cut to six digits.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().code(now).unwrap(), code);
            assert_eq!(of_the_rfc().check(code, now, None), Some(u64::try_from(now).unwrap() / 30));
        }
    }

    #[test]
    fn a_step_is_good_once_and_not_for_long() {
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
    fn apps_can_read_it_and_logs_cannot() {
        let uri = of_the_rfc().uri("a:b@example.com").unwrap();
        assert!(uri.starts_with("otpauth://totp/citas:a%20b%40example.com?secret=GEZDGNBV"), "{}", *uri);
        assert!(uri.contains("issuer=citas"), "{}", *uri);
        assert_eq!(format!("{:?}", of_the_rfc()), "Totp(…)");
        let text = serde_json::to_string(&of_the_rfc()).unwrap();
        assert_eq!(serde_json::from_str::<Totp>(&text).unwrap(), of_the_rfc());
        assert_eq!(Totp("not base32!".to_owned()).check("123456", 0, None), None);
    }
}

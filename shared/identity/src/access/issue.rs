//! Issues access tokens.

use std::fmt;

use jsonwebtoken::{Algorithm, Header};
use zeroize::Zeroizing;

use super::{ACCESS, Claims, Issuer, LIFETIME, TokenSubject};
use crate::{CryptoFailure, UnixSeconds, keys::SigningKey};

/// A signed token. A bearer secret: redacted in `Debug`, overwritten when dropped.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Signs a token that is valid for [`LIFETIME`] seconds from `now`.
    pub fn issue(
        key: &SigningKey,
        issuer: &Issuer,
        subject: TokenSubject<'_>,
        now: UnixSeconds,
    ) -> Result<Self, CryptoFailure> {
        let claims = Claims {
            iss: issuer.iss.clone(),
            aud: issuer.aud.clone(),
            sub: subject.user.to_owned(),
            sid: subject.session.to_owned(),
            iat: now,
            exp: now.saturating_add(LIFETIME),
            usage: ACCESS.to_owned(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.public().kid().to_owned());
        let text = jsonwebtoken::encode(&header, &claims, key.encoding());
        Ok(Self(Zeroizing::new(text.map_err(|_| CryptoFailure)?)))
    }

    /// The text for the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for the client. The caller must keep it out of logs.
    #[must_use]
    pub fn into_string(mut self) -> String {
        std::mem::take(&mut *self.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

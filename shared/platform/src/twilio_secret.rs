//! Parses Twilio's secret, a JSON object:
//!
//! ```json
//! {"auth_token": "…", "auth_token_secondary": null, "api_key_sid": "SK…", "api_key_secret": "…"}
//! ```
//!
//! The Auth Token signs webhooks; during its rotation there is a second one. If there is an API key, requests are
//! authenticated with it: it can be revoked separately.

use app::support::ports::SecretText;
use serde::{Deserialize, Serialize};
use std::fmt;
use twilio::{AuthToken, Secret, TwilioCredentials};

/// `Debug` shows no member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwilioSecret {
    pub auth_token: String,
    /// The other Auth Token during a rotation.
    #[serde(default)]
    pub auth_token_secondary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_sid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_secret: Option<String>,
}

/// Contains nothing of the secret's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TwilioSecretError {
    #[error("Twilio's secret is not a JSON object with an auth_token")]
    Unreadable,
    /// `auth_token` is blank, as in a new deployment.
    #[error("Twilio's secret has no auth_token")]
    NoToken,
    #[error("Twilio's secret needs both of api_key_sid and api_key_secret, or neither")]
    HalfKey,
}

impl TwilioSecret {
    /// Empty members count as absent.
    pub fn parse(text: &SecretText) -> Result<Self, TwilioSecretError> {
        let mut secret: Self = serde_json::from_str(&text.0).map_err(|_| TwilioSecretError::Unreadable)?;
        for member in [&mut secret.auth_token_secondary, &mut secret.api_key_sid, &mut secret.api_key_secret] {
            *member = member.take().filter(|text| !text.trim().is_empty());
        }
        if secret.auth_token.trim().is_empty() {
            return Err(TwilioSecretError::NoToken);
        }
        if secret.api_key_sid.is_some() != secret.api_key_secret.is_some() {
            return Err(TwilioSecretError::HalfKey);
        }
        Ok(secret)
    }

    /// The tokens that a webhook may be signed with.
    #[must_use]
    pub fn auth_tokens(&self) -> Vec<AuthToken> {
        [Some(&self.auth_token), self.auth_token_secondary.as_ref()].into_iter().flatten().map(AuthToken::new).collect()
    }

    /// The API key, or the Auth Token without one.
    #[must_use]
    pub fn credentials(&self, account_sid: &str) -> TwilioCredentials {
        let (user, password) = match (&self.api_key_sid, &self.api_key_secret) {
            (Some(sid), Some(secret)) => (sid.as_str(), secret),
            _ => (account_sid, &self.auth_token),
        };
        TwilioCredentials {
            account_sid: account_sid.to_owned(),
            user: user.to_owned(),
            password: Secret::new(password.as_str()),
        }
    }
}

impl fmt::Debug for TwilioSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwilioSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TwilioSecret, TwilioSecretError> {
        TwilioSecret::parse(&SecretText(text.to_owned()))
    }

    #[test]
    fn an_auth_token_suffices() {
        let secret = parse(r#"{"auth_token": "hunter2", "auth_token_secondary": null, "later": 1}"#).unwrap();
        assert_eq!(secret.auth_tokens().len(), 1);
        assert_eq!(secret.credentials("AC1").user, "AC1");
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    #[test]
    fn an_api_key_authenticates_and_both_tokens_verify_webhooks() {
        let text = r#"{"auth_token": "a", "auth_token_secondary": "b", "api_key_sid": "SK1", "api_key_secret": "c"}"#;
        let secret = parse(text).unwrap();
        assert_eq!(secret.auth_tokens().len(), 2);
        let credentials = secret.credentials("AC1");
        assert_eq!((credentials.account_sid.as_str(), credentials.user.as_str()), ("AC1", "SK1"));
        assert_eq!(parse(&serde_json::to_string(&secret).unwrap()), Ok(secret));
    }

    #[test]
    fn an_incomplete_secret_has_a_specific_error() {
        assert_eq!(parse("hunter2"), Err(TwilioSecretError::Unreadable));
        assert_eq!(parse("{}"), Err(TwilioSecretError::Unreadable));
        assert_eq!(parse(r#"{"auth_token": " "}"#), Err(TwilioSecretError::NoToken));
        assert_eq!(parse(r#"{"auth_token": "a", "api_key_sid": "SK1"}"#), Err(TwilioSecretError::HalfKey));
        let blank = parse(r#"{"auth_token": "a", "api_key_sid": "", "api_key_secret": ""}"#).unwrap();
        assert_eq!(blank.credentials("AC1").user, "AC1");
    }
}

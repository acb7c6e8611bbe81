//! Which account, with which credentials, how patiently? A [`Config`] is checked once, when the
//! client is made, so that a typing error shows at start and not at the first reminder.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use crate::secret::Secret;
use crate::sid;

/// Twilio's public API.
pub const DEFAULT_API_BASE: &str = "https://api.twilio.com";

/// Everything that [`Client::new`](crate::Client::new) needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Scheme, host and port of the API, without a path: [`DEFAULT_API_BASE`], a regional host, or
    /// a fake one. Plain `http` is taken for loopback addresses only, since every request carries
    /// the password.
    pub api_base: String,
    /// The account and how to log in to it.
    pub credentials: Credentials,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl Config {
    /// The public API with the default time-outs.
    pub fn new(credentials: Credentials) -> Self {
        Self { api_base: DEFAULT_API_BASE.to_owned(), credentials, timeouts: Timeouts::default() }
    }

    /// The base without its trailing slash, once everything has been checked.
    pub(crate) fn checked_base(&self) -> Result<String, ConfigError> {
        let Credentials { account_sid, user, .. } = &self.credentials;
        if !sid::has_shape(account_sid, "AC") {
            return Err(ConfigError::AccountSid);
        }
        if user != account_sid && !sid::has_shape(user, "SK") {
            return Err(ConfigError::User);
        }
        let url = Url::parse(&self.api_base).map_err(|_| ConfigError::ApiBase)?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let host = url.host_str().ok_or(ConfigError::ApiBase)?;
        match url.scheme() {
            _ if !bare => Err(ConfigError::ApiBase),
            "https" => Ok(()),
            "http" if is_loopback(host) => Ok(()),
            "http" => Err(ConfigError::PlainHttp),
            _ => Err(ConfigError::ApiBase),
        }?;
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// HTTP Basic credentials of an account.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `AC` + 32 hexadecimal digits: whose messages these are. Part of every path, whoever logs in.
    pub account_sid: String,
    /// Who logs in: the same account SID, or an API key (`SK` + 32 hexadecimal digits). A key can
    /// be revoked alone, and cannot sign webhooks: prefer one for sending.
    pub user: String,
    /// The account's Auth Token, or the key's secret.
    pub password: Secret,
}

/// Upper bounds of one request.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Name look-up, TCP and TLS together; 5 s. Running out of it proves that nothing was sent.
    pub connect: Duration,
    /// The whole exchange, the connecting included; 15 s. Keep it above `connect`: running out of
    /// it proves nothing.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15) }
    }
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a URL of scheme, host and port alone.
    #[error("the API base must be a URL of scheme, host and port, such as {DEFAULT_API_BASE}")]
    ApiBase,
    /// `http` to another machine would send the password in the clear.
    #[error("the API base must use https, unless it is a loopback address")]
    PlainHttp,
    /// Not `AC` + 32 hexadecimal digits.
    #[error("the account SID must be AC followed by 32 hexadecimal digits")]
    AccountSid,
    /// Neither this account's SID nor an API key's.
    #[error("the user must be the account SID, or SK followed by 32 hexadecimal digits")]
    User,
}

#[cfg(test)]
mod tests;

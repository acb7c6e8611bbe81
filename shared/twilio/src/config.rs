//! The configuration of the client: account, credentials, time-outs. It is checked once, when the client is made, so
//! that a typing error shows at once and not as a failed send.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use crate::secret::Secret;
use crate::sid;

/// Twilio's public API.
pub const DEFAULT_API_BASE: &str = "https://api.twilio.com";

/// For [`TwilioClient::new`](crate::TwilioClient::new).
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    /// Scheme, host and port of the API, without a path: [`DEFAULT_API_BASE`], a regional host, or a fake. Plain `http`
    /// is accepted for loopback addresses only, because every request contains the password.
    pub api_base: String,
    pub credentials: TwilioCredentials,
    pub timeouts: Timeouts,
}

impl TwilioConfig {
    /// The public API.
    #[must_use]
    pub fn new(credentials: TwilioCredentials, timeouts: Timeouts) -> Self {
        Self { api_base: DEFAULT_API_BASE.to_owned(), credentials, timeouts }
    }

    /// Checks the configuration, and returns the base URL without a trailing slash.
    pub(crate) fn checked_base(&self) -> Result<String, ConfigError> {
        let TwilioCredentials { account_sid, user, .. } = &self.credentials;
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

pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// HTTP Basic credentials of an account.
#[derive(Clone, Debug)]
pub struct TwilioCredentials {
    /// `AC` + 32 hexadecimal digits: the account of the messages. Part of every path, also with an API key.
    pub account_sid: String,
    /// The account SID, or an API key (`SK` + 32 hexadecimal digits). A key is preferable: it can be revoked separately
    /// and can't sign webhooks.
    pub user: String,
    /// The account's Auth Token, or the key's secret.
    pub password: Secret,
}

/// Of one request.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For DNS, TCP and TLS together. After this time-out, nothing was sent.
    pub connect: Duration,
    /// For the whole exchange, including the connection. It must be longer than `connect`: after this time-out, the
    /// outcome is unknown.
    pub total: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the API base must be a URL of scheme, host and port, such as {DEFAULT_API_BASE}")]
    ApiBase,
    /// `http` to another machine would send the password unencrypted.
    #[error("the API base must use https, unless it is a loopback address")]
    PlainHttp,
    #[error("the account SID must be AC followed by 32 hexadecimal digits")]
    AccountSid,
    #[error("the user must be the account SID, or SK followed by 32 hexadecimal digits")]
    User,
}

#[cfg(test)]
mod tests;

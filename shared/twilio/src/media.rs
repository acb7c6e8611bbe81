//! Files that users attach to messages: [`MediaRef`] is read from a webhook, [`TwilioClient::fetch_media`] gets the file.
//!
//! The URL of a webhook is never called. Only its two SIDs are used, below the configured API and the own account, so a
//! forged one can't make us call another host. Twilio redirects to its storage: that is followed without the password,
//! and only over TLS.

use std::fmt;

use reqwest::{Method, Response, Url, header};

use crate::client::TwilioClient;
use crate::config::is_loopback;
use crate::response::{self, BodyError};
use crate::sid;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// An attached file, by its SIDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRef {
    /// `MM` or `SM` + 32 hexadecimal digits.
    pub message_sid: String,
    /// `ME` + 32 hexadecimal digits.
    pub media_sid: String,
}

impl MediaRef {
    /// Reads the `MediaUrl` of a webhook: `https://<host of Twilio>/2010-04-01/Accounts/<account>/Messages/<message>/Media/<media>`.
    /// A fake on loopback may use plain `http`.
    #[must_use]
    pub fn of_url(url: &str, account_sid: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let host = url.host_str()?;
        let is_own = match url.scheme() {
            "https" => (host == "twilio.com" || host.ends_with(".twilio.com")) && url.port().is_none(),
            "http" => is_loopback(host),
            _ => false,
        };
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        if !is_own || !bare {
            return None;
        }
        let path = url.path().strip_prefix("/2010-04-01/Accounts/")?.strip_prefix(account_sid)?;
        let (message, media) = path.strip_prefix("/Messages/")?.split_once("/Media/")?;
        Self::new(message, media)
    }

    /// `None` where the ids aren't SIDs.
    #[must_use]
    pub fn new(message_sid: &str, media_sid: &str) -> Option<Self> {
        let is_message = sid::has_shape(message_sid, "MM") || sid::has_shape(message_sid, "SM");
        (is_message && sid::has_shape(media_sid, "ME"))
            .then(|| Self { message_sid: message_sid.to_owned(), media_sid: media_sid.to_owned() })
    }
}

/// A file.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// As the storage sent it; empty where it didn't.
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Shows no content.
impl fmt::Debug for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFile").field("length", &self.bytes.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Deleted at Twilio, or not there yet.
    #[error("there is no such file")]
    NotFound,
    #[error("the file is too long")]
    TooLong,
    /// Twilio refused the credentials.
    #[error("the login was refused")]
    Unauthorized,
    /// A redirect to a place that isn't called.
    #[error("the file was redirected to a place without TLS, or too often")]
    Redirected,
    #[error("the file can't be had now")]
    Unavailable,
}

impl TwilioClient {
    /// Gets an attached file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn fetch_media(&self, media: &MediaRef, limit: usize) -> Result<MediaFile, MediaError> {
        let path = self.media_path(media);
        let request = self.request(Method::GET, &path).map_err(|_| MediaError::Unavailable)?;
        let mut response = request.send().await.map_err(|_| MediaError::Unavailable)?;
        let mut at = Url::parse(&format!("{}{path}", self.base)).map_err(|_| MediaError::Unavailable)?;
        for _ in 0..MAX_REDIRECTS {
            if !response.status().is_redirection() {
                break;
            }
            at = self.redirect(&response, &at)?;
            let request = self.anonymous_request(at.clone()).map_err(|_| MediaError::Unavailable)?;
            response = request.send().await.map_err(|_| MediaError::Unavailable)?;
        }
        match response.status().is_redirection() {
            true => Err(MediaError::Redirected),
            false => file_of(response, limit).await,
        }
    }

    fn media_path(&self, MediaRef { message_sid, media_sid }: &MediaRef) -> String {
        let messages = self.messages_path.trim_end_matches(".json");
        format!("{messages}/{message_sid}/Media/{media_sid}")
    }

    /// Where a redirect leads, if it may be followed. A fake on loopback redirects to itself.
    fn redirect(&self, response: &Response, from: &Url) -> Result<Url, MediaError> {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let to = location.and_then(|location| from.join(location).ok()).ok_or(MediaError::Redirected)?;
        let is_own = Url::parse(&self.base).is_ok_and(|base| base.origin() == to.origin());
        if to.scheme() == "https" || is_own { Ok(to) } else { Err(MediaError::Redirected) }
    }
}

async fn file_of(response: Response, limit: usize) -> Result<MediaFile, MediaError> {
    match response.status().as_u16() {
        200 => {}
        404 | 410 => return Err(MediaError::NotFound),
        401 | 403 => return Err(MediaError::Unauthorized),
        _ => return Err(MediaError::Unavailable),
    }
    let limit_exceeded =
        response.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|it| it > limit));
    if limit_exceeded {
        return Err(MediaError::TooLong);
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    match response::read_body(response, limit).await {
        Ok(bytes) => Ok(MediaFile { content_type, bytes }),
        Err(BodyError::TooLong) => Err(MediaError::TooLong),
        Err(BodyError::Timeout | BodyError::Lost) => Err(MediaError::Unavailable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = concat!("AC", "00000000000000000000000000000001");

    /// Nothing of a URL but its SIDs is used, and only of Twilio's own URLs for this account.
    #[test]
    fn only_the_providers_own_urls_are_read() {
        let (message, media) = ("MM00000000000000000000000000000002", "ME00000000000000000000000000000003");
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{message}/Media/{media}");
        let wanted = MediaRef { message_sid: message.into(), media_sid: media.into() };
        for own in ["https://api.twilio.com", "https://api.dublin.ie1.twilio.com", "http://127.0.0.1:4010"] {
            assert_eq!(MediaRef::of_url(&format!("{own}{path}"), ACCOUNT), Some(wanted.clone()), "{own}");
        }
        for foreign in [
            "http://api.twilio.com",
            "https://api.twilio.com:8443",
            "https://api.twilio.com.evil.example",
            "https://eviltwilio.com",
            "https://user@api.twilio.com",
            "https://169.254.169.254",
            "http://169.254.169.254",
            "file://localhost",
            "",
        ] {
            assert_eq!(MediaRef::of_url(&format!("{foreign}{path}"), ACCOUNT), None, "{foreign}");
        }
        for other in [
            path.replace(ACCOUNT, &ACCOUNT.replace('1', "9")),
            format!("{path}/../../../x"),
            format!("{path}?a=b"),
            format!("{path}.json"),
            path.replace("ME0", "ME%2f"),
            "/m/1".to_owned(),
        ] {
            assert_eq!(MediaRef::of_url(&format!("https://api.twilio.com{other}"), ACCOUNT), None, "{other}");
        }
    }
}

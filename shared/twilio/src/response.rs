//! What did the other side answer? Reads a response's body up to a bound and takes the error code
//! out of it, and never the message, which repeats the receiver's number.

use serde_json::Value;

/// Why a body could not be read.
pub(crate) enum BodyError {
    /// The time was up.
    Timeout,
    /// The connection ended early.
    Lost,
    /// It went over the bound.
    TooLong,
}

/// The whole body, if it has at most `limit` bytes.
pub(crate) async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(BodyError::TooLong),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(BodyError::Timeout),
            Err(_) => return Err(BodyError::Lost),
        }
    }
}

/// The `code` of an error body, in Twilio's older shape or in RFC 9457's. An error without one, or
/// one in HTML, has none.
pub(crate) fn error_code(body: &[u8]) -> Option<u32> {
    let body: Value = serde_json::from_slice(body).ok()?;
    u32::try_from(body.get("code")?.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::error_code;

    #[test]
    fn finds_the_code_where_there_is_one() {
        for (body, wanted) in [
            (r#"{"code":21211,"message":"no","status":400}"#, Some(21211)),
            (r#"{"title":"x","status":400,"code":20001}"#, Some(20001)),
            (r#"{"code":null}"#, None),
            (r#"{"code":"21211"}"#, None),
            (r#"{"code":4294967296}"#, None),
            ("[]", None),
            ("<html>Bad gateway</html>", None),
            ("", None),
        ] {
            assert_eq!(error_code(body.as_bytes()), wanted, "{body}");
        }
    }
}

//! Reads the body of a response up to a limit, and extracts its error code. The error message is never read, because it
//! repeats the recipient's number.

use serde_json::Value;

pub(crate) enum BodyError {
    Timeout,
    /// The connection was closed early.
    Lost,
    /// Longer than the limit.
    TooLong,
}

/// `limit` is in bytes.
pub(crate) async fn read_body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, BodyError> {
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

/// The `code` of an error body, in Twilio's older format or that of RFC 9457; `None` for other bodies, such as HTML.
pub(crate) fn error_code(body: &[u8]) -> Option<u32> {
    let body: Value = serde_json::from_slice(body).ok()?;
    u32::try_from(body.get("code")?.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::error_code;

    #[test]
    fn error_codes_are_read_from_json_bodies() {
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

//! Twilio's error responses: a status and `{code, message, more_info, status}`.

use serde_json::{Value, json};

/// An error response. Like Twilio's, its message repeats the invalid value, including the recipient's number, so that
/// tests can check that our side never logs it.
#[derive(Debug)]
pub(super) struct TwilioErrorResponse {
    pub(super) status: u16,
    pub(super) code: u32,
    message: String,
}

impl TwilioErrorResponse {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A response with status 400.
    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        })
    }
}

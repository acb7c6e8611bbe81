//! Validates the parameters of a send, with Twilio's error codes and in Twilio's order of precedence. Of the ways to
//! name a sender only `From` is supported, since it is the one we use.

use http::Uri;
use serde_json::Value;
use twilio::Form;

use super::error_response::TwilioErrorResponse;

const CHANNEL: &str = "whatsapp:";
const MAX_BODY_CHARS: usize = 1600;
const MAX_VARIABLES: usize = 100;
const MAX_VALIDITY_SECONDS: u32 = 36_000;

/// The valid parameters of a send.
#[derive(Debug)]
pub(super) struct ValidatedSend {
    pub(super) to: String,
    pub(super) from: String,
    pub(super) body: Option<String>,
    pub(super) content_sid: Option<String>,
    /// A JSON object of strings.
    pub(super) content_variables: Option<Value>,
    pub(super) status_callback: Option<String>,
}

pub(super) fn validate_send(form: &Form) -> Result<ValidatedSend, TwilioErrorResponse> {
    // Twilio treats an empty parameter as absent.
    let given = |name| form.get(name).filter(|value| !value.is_empty());
    let to = given("To").ok_or_else(|| TwilioErrorResponse::bad(21604, "A 'To' phone number is required."))?;
    let from = given("From").ok_or_else(|| TwilioErrorResponse::bad(21603, "A 'From' phone number is required."))?;
    addresses(to, from)?;

    let body = given("Body").filter(|body| !body.trim().is_empty());
    let content_sid = given("ContentSid");
    let variables = given("ContentVariables");
    if body.is_none() && content_sid.is_none() {
        let code = if variables.is_some() { 21654 } else { 21602 };
        return Err(TwilioErrorResponse::bad(code, "A Body or a ContentSid is required."));
    }
    if body.is_some_and(|body| body.chars().count() > MAX_BODY_CHARS) {
        return Err(TwilioErrorResponse::bad(21617, "The Body has more than 1600 characters."));
    }
    if variables.is_some() && content_sid.is_none() {
        return Err(TwilioErrorResponse::bad(21654, "ContentVariables need a ContentSid."));
    }
    if let Some(sid) = content_sid.filter(|sid| !is_content_sid(sid)) {
        return Err(TwilioErrorResponse::bad(21655, format!("ContentSid {sid} is invalid.")));
    }
    let content_variables = variables.map(object_of_strings).transpose()?;

    let status_callback = given("StatusCallback");
    if let Some(url) = status_callback.filter(|url| !is_callback_url(url)) {
        let message = format!("The StatusCallback URL {url} is not a valid URL.");
        return Err(TwilioErrorResponse::bad(21609, message));
    }
    if let Some(seconds) = given("ValidityPeriod") {
        let seconds = seconds.parse().unwrap_or(0);
        if !(1..=MAX_VALIDITY_SECONDS).contains(&seconds) {
            // Twilio's code for any parameter out of range.
            return Err(TwilioErrorResponse::bad(20001, "ValidityPeriod must be 1 to 36000."));
        }
    }
    Ok(ValidatedSend {
        to: to.to_owned(),
        from: from.to_owned(),
        body: body.map(str::to_owned),
        content_sid: content_sid.map(str::to_owned),
        content_variables,
        status_callback: status_callback.map(str::to_owned),
    })
}

fn addresses(to: &str, from: &str) -> Result<(), TwilioErrorResponse> {
    let number = |address: &str| is_e164(address.strip_prefix(CHANNEL).unwrap_or(address));
    let invalid = |code, name, address| {
        let message = format!("The '{name}' number {address} is not a valid phone number.");
        Err(TwilioErrorResponse::bad(code, message))
    };
    let (to_whatsapp, from_whatsapp) = (to.starts_with(CHANNEL), from.starts_with(CHANNEL));
    if !number(to) || !(to_whatsapp || from_whatsapp) {
        return invalid(21211, "To", to);
    }
    if !number(from) {
        return invalid(21212, "From", from);
    }
    if to_whatsapp != from_whatsapp {
        let message = format!("'From' {from} and 'To' {to} are on different channels.");
        return Err(TwilioErrorResponse::bad(21910, message));
    }
    Ok(())
}

/// Whether it is `+` and 7 to 15 digits, of which the first is not 0.
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}

fn is_content_sid(sid: &str) -> bool {
    sid.strip_prefix("HX").is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn object_of_strings(json: &str) -> Result<Value, TwilioErrorResponse> {
    let invalid = || TwilioErrorResponse::bad(21656, "The ContentVariables parameter is invalid.");
    let value: Value = serde_json::from_str(json).map_err(|_| invalid())?;
    let object = value.as_object().ok_or_else(invalid)?;
    let sendable = |value: &Value| value.as_str().is_some_and(is_sendable);
    if object.len() <= MAX_VARIABLES && object.values().all(sendable) { Ok(value) } else { Err(invalid()) }
}

/// Whether WhatsApp accepts a text as a template's variable.
fn is_sendable(value: &str) -> bool {
    !value.is_empty() && !value.contains(['\n', '\r', '\t']) && !value.contains("     ")
}

fn is_callback_url(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|h| !h.is_empty() && !h.contains('_'))
    })
}

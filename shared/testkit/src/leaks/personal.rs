//! Extracts the personal values of requests and responses, by the names of members and parameters. A new personal
//! member has to be added to [`MEMBERS`], or it is not watched.

use bytes::Bytes;
use domain::phone::MatchKey;
use domain::time::LocalDate;
use http::Request;
use http::header::AUTHORIZATION;
use serde_json::Value;
use std::net::SocketAddr;

/// Members of bodies, query parameters and parameters of Twilio's forms.
const MEMBERS: [&str; 35] = [
    // Identity and contact details.
    "first_name",
    "last_name",
    "full_name",
    "patient_name",
    "doctor_name",
    "relationship",
    "document_number",
    "license_number",
    "birth_date",
    "phone_number",
    "emergency_contact",
    "emergency_phone",
    "email",
    "address",
    "ip_address",
    "to",
    "from",
    "From",
    "WaId",
    "ProfileName",
    // Free text about a person.
    "search",
    "notes",
    "cancel_reason",
    "body",
    "Body",
    "ButtonText",
    // Credentials.
    "password",
    "current_password",
    "new_password",
    "otp",
    "access",
    "refresh",
    "secret",
    "uri",
    "recovery_codes",
];

/// Passes every personal value of a request to `learn`.
pub(super) fn of_request(request: &Request<Bytes>, learn: &mut impl FnMut(&str)) {
    let query = request.uri().query().unwrap_or_default();
    of_pairs(query.as_bytes(), learn);
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((_, token)) = token.and_then(|header| header.split_once(' ')) {
        learn(token);
    }
    let peer = request.extensions().get::<SocketAddr>().map(SocketAddr::ip);
    if let Some(peer) = peer.filter(|peer| !peer.is_loopback()) {
        learn(&peer.to_string());
    }
    match serde_json::from_slice::<Value>(request.body()) {
        Ok(body) => of_value(&body, learn),
        Err(_) => of_pairs(request.body(), learn),
    }
}

fn of_pairs(text: &[u8], learn: &mut impl FnMut(&str)) {
    for (name, value) in form_urlencoded::parse(text).filter(|(name, _)| MEMBERS.contains(&name.as_ref())) {
        of_text(&name, &value, learn);
    }
}

/// Passes every personal value of a body to `learn`.
pub(super) fn of_value(value: &Value, learn: &mut impl FnMut(&str)) {
    match value {
        // The row of an erased patient has no personal data.
        Value::Object(members) if members.get("erased_at").is_some_and(Value::is_string) => {}
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if MEMBERS.contains(&name.as_str()) => of_text(name, text, learn),
                    Value::Array(rows) if MEMBERS.contains(&name.as_str()) => {
                        rows.iter().filter_map(Value::as_str).for_each(&mut *learn);
                    }
                    _ => of_value(value, learn),
                }
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| of_value(row, learn)),
        _ => {}
    }
}

/// Shorter messages ("cancel", "ya no") identify no one and also occur in our own texts.
const WORDS_OF_A_MESSAGE: usize = 4;

fn of_text(name: &str, text: &str, learn: &mut impl FnMut(&str)) {
    // The console's period; else these are addresses.
    if matches!(name, "from" | "to") && text.parse::<LocalDate>().is_ok() {
        return;
    }
    // A cancel reason may be the patient's own message.
    let is_message = matches!(name, "body" | "Body" | "ButtonText" | "cancel_reason");
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    if is_message && words.count() < WORDS_OF_A_MESSAGE {
        return;
    }
    learn(text);
    if matches!(name, "phone_number" | "emergency_phone" | "to" | "from" | "From") {
        // The same number as it is stored, and as its match key.
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        learn(&digits);
        learn(MatchKey::of(&digits).as_str());
    }
}

/// Collects every text in a value, including the names of members.
pub(super) fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(rows) => rows.iter().for_each(|row| texts(row, into)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            into.push(name.clone());
            texts(value, into);
        }),
        _ => {}
    }
}

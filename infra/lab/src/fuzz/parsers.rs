//! Fuzz targets that are called directly: webhook forms, their signatures, patients' messages and button payloads.

use super::{FuzzTarget, Property};
use domain::reply::corpus::{self, Meaning, ReplyContext};
use domain::reply::{MAX_CHARS, button_payload, parse_button};
use std::collections::BTreeSet;
use testkit::test_app::TestError;
use twilio::callback::StatusCallback;
use twilio::form::{Form, MAX_PARAMETERS};
use twilio::inbound::InboundMessage;
use twilio::signature::{AuthToken, sign, verify};

const URL: &str = "https://citas.example/api/notifications/whatsapp/webhook/";
/// A word that is in no vocabulary.
const UNKNOWN_WORD: &str = "xyzzyx";

/// Forms as Twilio sends them.
const FORMS: [&str; 3] = [
    "MessageSid=SM00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000001\
     &From=whatsapp%3A%2B5491123456789&To=whatsapp%3A%2B14155238886&Body=S%C3%AD%2C+voy&NumMedia=0",
    "MessageSid=SM00000000000000000000000000000002&AccountSid=AC00000000000000000000000000000001\
     &From=whatsapp%3AMX.1502&To=whatsapp%3A%2B14155238886&Body=Confirmar&MessageType=button\
     &ButtonPayload=confirm%3Aid&OriginalRepliedMessageSid=SM00000000000000000000000000000003",
    "MessageSid=SM00000000000000000000000000000004&AccountSid=AC00000000000000000000000000000001\
     &MessageStatus=undelivered&ErrorCode=63016&To=whatsapp%3A%2B5491123456789",
];

pub fn targets() -> Result<Vec<FuzzTarget>, TestError> {
    let forms: Vec<Vec<u8>> = FORMS.map(|form| form.as_bytes().to_vec()).into();
    let messages = corpus::rows()?.iter().map(|row| row.message.as_bytes().to_vec()).collect();
    Ok(vec![
        FuzzTarget { name: "form", inputs: forms.clone(), property: check(form_survives_encoding) },
        FuzzTarget { name: "signature", inputs: forms, property: check(signature_covers_one_form) },
        FuzzTarget { name: "reply", inputs: messages, property: check(unknown_words_make_a_reply_unclear) },
        FuzzTarget {
            name: "button",
            inputs: vec![b"confirm:id".to_vec(), b"cancel_yes:id.2".to_vec()],
            property: check(button_survives_encoding),
        },
    ])
}

fn check(check: fn(&[u8]) -> Result<(), String>) -> Property {
    Box::new(move |input| Box::pin(async move { check(input) }))
}

fn expect(holds: bool, property: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("not true: {property}")) }
}

/// A parsed form is the same after encoding and parsing it again, and reading a message or a status from it doesn't
/// panic.
fn form_survives_encoding(input: &[u8]) -> Result<(), String> {
    let Ok(form) = Form::parse(input) else { return Ok(()) };
    let again = Form::parse(form.encode().as_bytes());
    expect(form.len() <= MAX_PARAMETERS, "forms have a bounded number of parameters")?;
    expect(again.as_ref() == Ok(&form), "an encoded form parses to the same form")?;
    let message = InboundMessage::from_form(&form);
    expect(message.is_err() || form.get("MessageSid").is_some(), "a message has an id")?;
    let _ = StatusCallback::from_form(&form);
    Ok(())
}

/// A signature is valid for exactly one signed text, and a text has exactly one signature.
fn signature_covers_one_form(input: &[u8]) -> Result<(), String> {
    let token = AuthToken::new("a token for this");
    let Ok(form) = Form::parse(input) else { return Ok(()) };
    let own = sign(&token, URL, &form);
    expect(verify(&[&token], URL, &form, &own).is_ok(), "a form's own signature is valid")?;
    for other in FORMS {
        let Ok(other) = Form::parse(other.as_bytes()) else { continue };
        let valid = verify(&[&token], URL, &other, &own).is_ok();
        expect(
            valid == (signed_text(&form) == signed_text(&other)),
            "a signature is valid only for the text that it covers",
        )?;
    }
    let text = String::from_utf8_lossy(input);
    let forged = text.get(..28).unwrap_or(&text);
    expect(forged == own || verify(&[&token], URL, &form, forged).is_err(), "no other text is a valid signature")
}

/// The text that the signature of a form covers, by Twilio's documentation.
fn signed_text(form: &Form) -> String {
    let pairs: BTreeSet<(&str, &str)> = form.iter().collect();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// A message with an unknown word is unclear in every context.
fn unknown_words_make_a_reply_unclear(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    for context in [ReplyContext::Reminder, ReplyContext::CancelQuestion, ReplyContext::Offer(6)] {
        let reading = context.read(&text);
        expect(reading == context.read(&text), "the classification is deterministic")?;
        expect(
            reading == Meaning::Unclear || text.chars().count() <= MAX_CHARS,
            "a text that is longer than a message is unclear",
        )?;
        for unknown in [format!("{UNKNOWN_WORD} {text}"), format!("{text} {UNKNOWN_WORD}")] {
            expect(context.read(&unknown) == Meaning::Unclear, "an unknown word makes a message unclear")?;
        }
    }
    Ok(())
}

fn button_survives_encoding(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    match parse_button(&text) {
        Some(reply) => {
            expect(button_payload(reply.action, reply.reference) == text, "a button payload encodes to the same text")
        }
        None => Ok(()),
    }
}

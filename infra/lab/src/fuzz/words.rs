//! What is read before anything is looked up: forms, what a signature covers, and what patients write.

use super::{Law, Target};
use domain::reply::corpus::{self, Context, Meaning};
use domain::reply::{MAX_CHARS, button, payload};
use std::collections::BTreeSet;
use testkit::test_app::Trouble;
use twilio::callback::StatusCallback;
use twilio::form::{Form, MAX_PARAMETERS};
use twilio::inbound::InboundMessage;
use twilio::signature::{AuthToken, sign, verify};

const URL: &str = "https://citas.example/api/notifications/whatsapp/webhook/";
/// No patient says this.
const NO_WORD: &str = "xyzzyx";

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

/// The targets.
///
/// # Errors
/// [`Trouble`] with the corpus.
pub fn targets() -> Result<Vec<Target>, Trouble> {
    let forms: Vec<Vec<u8>> = FORMS.map(|form| form.as_bytes().to_vec()).into();
    let said = corpus::rows()?.iter().map(|row| row.message.as_bytes().to_vec()).collect();
    Ok(vec![
        Target { name: "form", inputs: forms.clone(), law: law(form) },
        Target { name: "signature", inputs: forms, law: law(signature) },
        Target { name: "reply", inputs: said, law: law(reply) },
        Target { name: "button", inputs: vec![b"confirm:id".to_vec(), b"cancel_yes:id.2".to_vec()], law: law(pressed) },
    ])
}

fn law(law: fn(&[u8]) -> Result<(), String>) -> Law {
    Box::new(move |input| Box::pin(async move { law(input) }))
}

fn hold(holds: bool, law: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("it isn't true that {law}")) }
}

/// What is read says the same when it is written again, and whatever is a form may be asked for its
/// message or status.
fn form(input: &[u8]) -> Result<(), String> {
    let Ok(form) = Form::parse(input) else { return Ok(()) };
    let again = Form::parse(form.encode().as_bytes());
    hold(form.len() <= MAX_PARAMETERS, "forms are bounded")?;
    hold(again.as_ref() == Ok(&form), "a form that is written is read as the same")?;
    let message = InboundMessage::from_form(&form);
    hold(message.is_err() || form.get("MessageSid").is_some(), "a message has an id")?;
    let _ = StatusCallback::from_form(&form);
    Ok(())
}

/// One signature is good for one text, and one text has no other signature.
fn signature(input: &[u8]) -> Result<(), String> {
    let token = AuthToken::new("a token for this");
    let Ok(form) = Form::parse(input) else { return Ok(()) };
    let own = sign(&token, URL, &form);
    hold(verify(&[&token], URL, &form, &own).is_ok(), "what is signed is believed")?;
    for other in FORMS {
        let Ok(other) = Form::parse(other.as_bytes()) else { continue };
        let believed = verify(&[&token], URL, &other, &own).is_ok();
        hold(believed == (covered(&form) == covered(&other)), "a signature is good for what it covers only")?;
    }
    let text = String::from_utf8_lossy(input);
    let forged = text.get(..28).unwrap_or(&text);
    hold(forged == own || verify(&[&token], URL, &form, forged).is_err(), "nothing else is a signature")
}

/// What the signature of a form covers, by Twilio's description of it.
fn covered(form: &Form) -> String {
    let pairs: BTreeSet<(&str, &str)> = form.iter().collect();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// With a word that nobody knows, nothing is an answer, in whatever context.
fn reply(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    for context in [Context::Reminder, Context::CancelQuestion, Context::Offer(6)] {
        let reading = context.read(&text);
        hold(reading == context.read(&text), "words are read the same twice")?;
        hold(
            reading == Meaning::Unclear || text.chars().count() <= MAX_CHARS,
            "what is longer than a message is no answer",
        )?;
        for unknown in [format!("{NO_WORD} {text}"), format!("{text} {NO_WORD}")] {
            hold(context.read(&unknown) == Meaning::Unclear, "a word more than is known makes no answer")?;
        }
    }
    Ok(())
}

/// What is read off a button is what was put on it.
fn pressed(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    match button(&text) {
        Some(reply) => hold(payload(reply.action, reply.reference) == text, "a button says what was put on it"),
        None => Ok(()),
    }
}

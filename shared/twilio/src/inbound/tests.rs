//! Valid and invalid messages, and which of them have a readable text.

use super::*;

const TEXT: &[(&str, &str)] = &[
    ("MessageSid", "SM00000000000000000000000000000002"),
    ("AccountSid", "AC00000000000000000000000000000000"),
    ("From", "whatsapp:+5215512345678"),
    ("To", "whatsapp:+14155238886"),
    ("Body", "Sí, confirmo 👍"),
    ("MessageType", "text"),
    ("NumMedia", "0"),
    ("ProfileName", "María José"),
    ("WaId", "5215512345678"),
    ("ExternalUserId", "whatsapp:MX.1502576394655843"),
    ("OptOutType", ""),
    ("SomethingNew", "?"),
];

/// The message of [`TEXT`] with some parameters replaced or added.
fn message(changes: &[(&str, &str)]) -> Result<InboundMessage, InboundError> {
    let changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
    let kept = TEXT.iter().filter(|(name, _)| !changed(name));
    InboundMessage::from_form(&kept.chain(changes).copied().collect())
}

#[test]
fn a_text_is_parsed_and_unknown_parameters_are_ignored() {
    let text = message(&[]).unwrap();
    assert_eq!(text.from, "whatsapp:+5215512345678");
    assert_eq!(text.wa_id.as_deref(), Some("5215512345678"));
    assert_eq!(text.external_user_id.as_deref(), Some("whatsapp:MX.1502576394655843"));
    assert_eq!(text.opt_out_type, None);
    assert_eq!(text.readable_text(), Some("Sí, confirmo 👍"));
}

#[test]
fn a_user_id_of_another_form_is_ignored() {
    let parsed = |id: &str| message(&[("ExternalUserId", id)]).unwrap().external_user_id;
    let longest = format!("whatsapp:US.ENT.{}", "a".repeat(128));
    for id in ["whatsapp:CO.777", "whatsapp:MX.ENT.1aB2", longest.as_str()] {
        assert_eq!(parsed(id).as_deref(), Some(id));
    }
    let too_long = format!("{longest}a");
    for id in ["whatsapp:+12025550141", "CO.777", "whatsapp:co.777", "whatsapp:CO.", "whatsapp:CO.7#7", "x", &too_long]
    {
        assert_eq!(parsed(id), None, "{id}");
    }
}

#[test]
fn a_button_is_parsed() {
    let press = message(&[
        ("MessageType", "button"),
        ("Body", "Confirmar"),
        ("ButtonText", "Confirmar"),
        ("ButtonPayload", "confirm:01J9ZC3V7Q8W"),
        ("OriginalRepliedMessageSid", "MM00000000000000000000000000000007"),
        ("OptOutType", "STOP"),
    ])
    .unwrap();
    assert_eq!(press.button_payload.as_deref(), Some("confirm:01J9ZC3V7Q8W"));
    assert_eq!(press.button_text.as_deref(), Some("Confirmar"));
    assert_eq!(press.original_replied_message_sid.as_deref(), Some("MM00000000000000000000000000000007"));
    assert_eq!(press.opt_out_type, Some(OptOutType::Stop));
    assert_eq!(press.readable_text(), Some("Confirmar"));
}

#[test]
fn a_hidden_number_is_an_address() {
    let hidden = message(&[("From", "whatsapp:AR.1A2B3C"), ("WaId", "")]).unwrap();
    assert_eq!(hidden.from, "whatsapp:AR.1A2B3C");
    assert_eq!(hidden.wa_id, None);
}

#[test]
fn only_texts_and_chosen_answers_are_readable() {
    let read = |changes: &[(&str, &str)]| message(changes).unwrap().readable_text().is_some();
    assert!(read(&[("MessageType", "")]));
    assert!(read(&[("MessageType", "interactive")]));
    assert!(!read(&[("MessageType", "document"), ("Body", "si.pdf")]));
    assert!(!read(&[("MessageType", "document"), ("NumMedia", "1")]));
    assert!(!read(&[("MessageType", "location"), ("Body", "")]));
    assert!(!read(&[("MessageType", "reaction")]));
    assert!(!read(&[("NumMedia", "1")]));
    assert!(!read(&[("NumMedia", "many")]));
    assert!(!read(&[("Body", " \n")]));
}

#[test]
fn missing_and_malformed_ids_and_addresses_are_refused() {
    for name in ["MessageSid", "AccountSid", "From", "To"] {
        assert_eq!(message(&[(name, "")]), Err(InboundError::Missing(name)));
    }
    assert_eq!(message(&[("MessageSid", "SM#1")]), Err(InboundError::Malformed("MessageSid")));
    assert_eq!(message(&[("From", &"9".repeat(257))]), Err(InboundError::Malformed("From")));
    let quoting = message(&[("OriginalRepliedMessageSid", "SM#1")]).unwrap();
    assert_eq!(quoting.original_replied_message_sid, None);
}

#[test]
fn debug_shows_no_personal_data() {
    let shown = format!("{:?}", message(&[]).unwrap());
    for secret in ["5215512345678", "confirmo", "María", "MX."] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn attached_files_are_those_at_twilio() {
    let url = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/MM00000000000000000000000000000002/Media/ME0000000000000000000000000000000";
    let files = |changes: &[(&str, &str)]| {
        let found = message(changes).unwrap();
        found.media.iter().map(|file| (file.file.media_sid.clone(), file.content_type.clone())).collect::<Vec<_>>()
    };
    let (first, second) = (format!("{url}1"), format!("{url}2"));
    let two = [
        ("NumMedia", "2"),
        ("MediaUrl0", first.as_str()),
        ("MediaContentType0", "audio/ogg"),
        ("MediaUrl1", &second),
        ("MediaContentType1", "image/jpeg"),
    ];
    let sid = |digit: u8| format!("ME0000000000000000000000000000000{digit}");
    assert_eq!(files(&two), [(sid(1), "audio/ogg".to_owned()), (sid(2), "image/jpeg".to_owned())]);
    let elsewhere = second.replace("api.twilio.com", "files.example");
    let one = [("NumMedia", "2"), ("MediaUrl0", &elsewhere), ("MediaUrl1", &second), ("MediaContentType1", "a\nb")];
    assert_eq!(files(&one), [(sid(2), String::new())], "not the file at another host, nor a strange type");
    assert_eq!(files(&[("NumMedia", "0"), ("MediaUrl0", &first)]), []);
}

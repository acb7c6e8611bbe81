//! Tests of the webhooks, parsed by the same crate that parses Twilio's.

use twilio::signature::verify;
use twilio::{AuthToken, Direction, Form, InboundMessage, MessageQuery, MessageStatus, StatusCallback};

use super::super::PatientReply;
use super::{ACCOUNT, PATIENT, SENDER, TOKEN, reminder, start};

const URL: &str = "http://127.0.0.1:8000/api/notifications/whatsapp/webhook/";

fn reply() -> PatientReply {
    PatientReply {
        from: "+5491123456789".to_owned(),
        to: SENDER.to_owned(),
        body: Some("sí, confirmo".to_owned()),
        ..PatientReply::default()
    }
}

#[tokio::test]
async fn a_text_has_all_parameters_of_a_real_one() {
    let (fake, client) = start();
    let (parameters, sid) = fake.inbound_form(&reply());
    let form: Form = parameters.iter().cloned().collect();
    for name in [
        "MessageSid",
        "SmsSid",
        "SmsMessageSid",
        "AccountSid",
        "ApiVersion",
        "From",
        "To",
        "Body",
        "NumMedia",
        "NumSegments",
        "SmsStatus",
        "MessageType",
        "ProfileName",
        "WaId",
        "ExternalUserId",
        "ReferralNumMedia",
        "ChannelMetadata",
    ] {
        assert!(form.get(name).is_some_and(|v| !v.is_empty()), "{name}");
    }
    assert_eq!(form.len(), 17);

    let message = InboundMessage::from_form(&form).unwrap();
    assert_eq!(message.message_sid, sid);
    assert_eq!(message.account_sid, ACCOUNT);
    assert_eq!((message.from.as_str(), message.to.as_str()), (PATIENT, SENDER));
    assert_eq!(message.readable_text(), Some("sí, confirmo"));

    let list = client.list_messages(&MessageQuery::default()).await.unwrap();
    assert_eq!((&list[0].sid, &list[0].direction), (&sid, &Direction::Inbound));
    assert!(fake.messages().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_button_names_the_message_that_it_replies_to() {
    let (fake, _client) = start();
    let press = PatientReply {
        body: Some("Confirmar".to_owned()),
        button_payload: Some("confirm:1".to_owned()),
        original_sid: Some("SM01".to_owned()),
        ..reply()
    };
    let form: Form = fake.inbound_form(&press).0.into_iter().collect();
    let message = InboundMessage::from_form(&form).unwrap();
    assert_eq!(message.message_type.as_deref(), Some("button"));
    assert_eq!(message.button_payload.as_deref(), Some("confirm:1"));
    assert_eq!(message.button_text.as_deref(), Some("Confirmar"));
    assert_eq!(message.body, "Confirmar");
    assert_eq!(message.original_replied_message_sid.as_deref(), Some("SM01"));
    assert_eq!(form.get("OriginalRepliedMessageSender"), Some(SENDER));
}

#[tokio::test]
async fn addresses_are_accepted_in_every_spelling() {
    let (fake, _client) = start();
    let mut users = Vec::new();
    for from in ["+5491123456789", PATIENT, "5491123456789"] {
        let (parameters, _) = fake.inbound_form(&PatientReply { from: from.to_owned(), ..reply() });
        let form: Form = parameters.into_iter().collect();
        let message = InboundMessage::from_form(&form).unwrap();
        assert_eq!(message.from, PATIENT);
        assert_eq!(message.wa_id.as_deref(), Some("5491123456789"));
        users.push(message.external_user_id.unwrap());
    }
    assert!(users[0].starts_with("whatsapp:AR."));
    assert!(users.iter().all(|user| *user == users[0]));

    let (parameters, _) = fake.inbound_form(&PatientReply { from: "AR.1A2B3C".to_owned(), ..reply() });
    let form: Form = parameters.into_iter().collect();
    let hidden = InboundMessage::from_form(&form).unwrap();
    assert_eq!(hidden.from, "whatsapp:AR.1A2B3C");
    assert_eq!(hidden.external_user_id.as_deref(), Some("whatsapp:AR.1A2B3C"));
    assert_eq!(hidden.wa_id, None);
}

#[tokio::test]
async fn signatures_verify_and_cover_the_body() {
    let (fake, _client) = start();
    let (parameters, _) = fake.inbound_form(&reply());
    let signature = fake.sign(URL, &parameters);
    let posted: Form = parameters.into_iter().collect();
    let received = Form::parse(posted.encode().as_bytes()).unwrap();
    let token = [AuthToken::new(TOKEN)];
    assert_eq!(verify(&token, URL, &received, &signature), Ok(()));
    assert!(verify(&token, &format!("{URL}?x"), &received, &signature).is_err());
}

#[tokio::test]
async fn a_status_is_reported_and_stored() {
    let (fake, client) = start();
    let sid = client.create_message(&reminder()).await.unwrap().sid;
    let read = |status: &str, code| {
        let form: Form = fake.status_form(&sid, status, code)?.into_iter().collect();
        Some((StatusCallback::from_form(&form).unwrap(), form))
    };
    let (failed, form) = read("undelivered", Some(63016)).unwrap();
    assert_eq!(failed.message_sid, sid);
    assert_eq!(failed.status, MessageStatus::Undelivered);
    assert_eq!(failed.error_code, Some(63016));
    assert_eq!(failed.to.as_deref(), Some(PATIENT));
    assert_eq!(form.get("EventType"), Some("UNDELIVERED"));
    assert_eq!(form.get("ChannelToAddress"), Some("+549112345XXXX"));

    // A late report of an earlier state is posted, but doesn't set the message back.
    let (late, form) = read("sent", None).unwrap();
    assert_eq!((late.status, form.get("ErrorCode")), (MessageStatus::Sent, None));
    let list = client.list_messages(&MessageQuery::default()).await.unwrap();
    assert_eq!(list[0].status, MessageStatus::Undelivered);
    assert_eq!(list[0].error_code, Some(63016));

    assert!(fake.status_form("SM404", "sent", None).is_none());
    let (_, inbound) = fake.inbound_form(&reply());
    assert!(fake.status_form(&inbound, "read", None).is_none());
}

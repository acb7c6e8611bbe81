//! Tests of the fake with the real client, and of its error responses.

mod refusals;
mod sending;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use twilio::{Content, NewMessage, Secret, Timeouts, TwilioClient, TwilioConfig, TwilioCredentials};

use super::{FakeTwilio, MessageClock};

const ACCOUNT: &str = "AC000000000000000000000000000000aa";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const TEMPLATE: &str = "HX000000000000000000000000000000cc";
const PATIENT: &str = "whatsapp:+5491123456789";
const SENDER: &str = "whatsapp:+14155238886";

fn noon() -> DateTime<Utc> {
    "2026-03-05T12:00:00.5Z".parse().unwrap()
}

fn clock() -> MessageClock {
    Arc::new(noon)
}

fn start() -> (FakeTwilio, TwilioClient) {
    let fake = FakeTwilio::start(ACCOUNT.to_owned(), TOKEN.to_owned(), clock()).unwrap();
    let credentials =
        TwilioCredentials { account_sid: ACCOUNT.to_owned(), user: ACCOUNT.to_owned(), password: Secret::new(TOKEN) };
    let timeouts = Timeouts { connect: Duration::from_secs(5), total: Duration::from_secs(15) };
    let mut config = TwilioConfig::new(credentials, timeouts);
    config.api_base = fake.base_url();
    (fake, TwilioClient::new(config).unwrap())
}

fn reminder() -> NewMessage {
    let variables = [("1", "Ana"), ("2", "10:30")];
    NewMessage {
        to: PATIENT.to_owned(),
        from: SENDER.to_owned(),
        content: Content::Template {
            content_sid: TEMPLATE.to_owned(),
            variables: variables.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
        },
        status_callback: Some("http://127.0.0.1:8000/status/?n=1.1".to_owned()),
        validity_period: Some(14_400),
    }
}

fn text(body: &str) -> NewMessage {
    NewMessage { content: Content::Body(body.to_owned()), ..reminder() }
}

//! The fake against the real client, and its refusals one by one.

mod refusals;
mod sending;
mod webhooks;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use twilio::{Client, Config, Content, Credentials, NewMessage, Secret};

use super::{Clock, FakeTwilio};

const ACCOUNT: &str = "AC000000000000000000000000000000aa";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const TEMPLATE: &str = "HX000000000000000000000000000000cc";
const PATIENT: &str = "whatsapp:+5491123456789";
const SENDER: &str = "whatsapp:+14155238886";

fn noon() -> DateTime<Utc> {
    "2026-03-05T12:00:00.5Z".parse().unwrap()
}

fn clock() -> Clock {
    Arc::new(noon)
}

/// A fake and a client of it.
fn start() -> (FakeTwilio, Client) {
    let fake = FakeTwilio::start(ACCOUNT.to_owned(), TOKEN.to_owned(), clock()).unwrap();
    let mut config = Config::new(Credentials {
        account_sid: ACCOUNT.to_owned(),
        user: ACCOUNT.to_owned(),
        password: Secret::new(TOKEN),
    });
    config.api_base = fake.base_url();
    (fake, Client::new(config).unwrap())
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

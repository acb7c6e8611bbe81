//! Tests of every error response by its code, without a network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use twilio::Form;

use super::super::state::{FakeTwilioState, TwilioRequest, TwilioResponse};
use super::{ACCOUNT, PATIENT, SENDER, TEMPLATE, TOKEN, clock};

const PATH: &str = "/2010-04-01/Accounts/AC000000000000000000000000000000aa/Messages.json";
const FORM: &str = "application/x-www-form-urlencoded";

fn credentials(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The status and the body of the response to one request.
fn ask(method: &str, path: &str, authorization: &str, kind: &str, body: &str) -> (u16, Value) {
    let state = FakeTwilioState::new(ACCOUNT.to_owned(), TOKEN.to_owned(), clock(), String::new());
    let answer = state.respond(&TwilioRequest {
        method,
        path,
        query: "",
        authorization,
        content_type: kind,
        body: body.as_bytes(),
    });
    match answer {
        TwilioResponse::Json(status, body) => (status, body),
        TwilioResponse::Closed => panic!("the connection was closed without a planned failure"),
        TwilioResponse::Redirect(_) | TwilioResponse::File(_) => panic!("a file was found"),
    }
}

/// The response to a send that is valid except for these parameters; an empty value leaves one out.
fn send(changes: &[(&str, &str)]) -> (u16, Value) {
    let fine = [("To", PATIENT), ("From", SENDER), ("Body", "Hola")];
    let changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
    let kept = fine.iter().filter(|(name, _)| !changed(name));
    let form: Form = kept.chain(changes).copied().collect();
    ask("POST", PATH, &credentials(ACCOUNT, TOKEN), FORM, &form.encode())
}

fn assert_refused((status, body): (u16, Value), wanted: (u16, u32), case: &str) {
    assert_eq!(status, wanted.0, "{case}");
    assert_eq!(body["code"], wanted.1, "{case}");
    assert_eq!(body["status"], wanted.0);
    assert!(body["message"].is_string() && body["more_info"].is_string());
}

#[test]
fn rejects_wrong_credentials_paths_and_methods() {
    let fine = credentials(ACCOUNT, TOKEN);
    for (authorization, case) in [
        (String::new(), "none"),
        (credentials(ACCOUNT, "wrong"), "password"),
        (credentials("AC000000000000000000000000000000bb", TOKEN), "user"),
        (fine.replace("Basic", "Bearer"), "scheme"),
        ("Basic !".to_owned(), "no base64"),
    ] {
        let answer = ask("POST", PATH, &authorization, FORM, "");
        assert_refused(answer, (401, 20003), case);
    }
    let elsewhere = PATH.replace("aa/", "bb/");
    assert_refused(ask("POST", &elsewhere, &fine, FORM, ""), (404, 20404), "account");
    assert_refused(ask("GET", "/", &fine, FORM, ""), (404, 20404), "path");
    assert_refused(ask("PUT", PATH, &fine, FORM, ""), (405, 20004), "method");
    let json = ask("POST", PATH, &fine, "application/json", r#"{"To":"x"}"#);
    assert_refused(json, (400, 21604), "JSON");
    let garbled = ask("POST", PATH, &fine, FORM, "To=%FF");
    assert_refused(garbled, (400, 20001), "not UTF-8");
}

#[test]
fn rejects_what_twilio_rejects() {
    let long = "á".repeat(1601);
    let cases: &[(u32, &[(&str, &str)])] = &[
        (21604, &[("To", "")]),
        (21603, &[("From", "")]),
        (21211, &[("To", "whatsapp:5491123456789")]),
        (21211, &[("To", "whatsapp:+0123456789")]),
        (21211, &[("To", "whatsapp:AR.1A2B3C")]),
        (21211, &[("To", "+5491123456789"), ("From", "+14155238886")]),
        (21212, &[("From", "whatsapp:clinic")]),
        (21910, &[("From", "+14155238886")]),
        (21910, &[("To", "+5491123456789")]),
        (21602, &[("Body", "")]),
        (21602, &[("Body", " \n")]),
        (21617, &[("Body", &long)]),
        (21654, &[("ContentVariables", "{}")]),
        (21655, &[("ContentSid", "HX1")]),
        (21609, &[("StatusCallback", "not a url")]),
        (21609, &[("StatusCallback", "/status/")]),
        (21609, &[("StatusCallback", "ftp://citas.example/")]),
        (21609, &[("StatusCallback", "https://my_host.example/")]),
        (20001, &[("ValidityPeriod", "0")]),
        (20001, &[("ValidityPeriod", "36001")]),
        (20001, &[("ValidityPeriod", "soon")]),
    ];
    for (code, changes) in cases {
        assert_refused(send(changes), (400, *code), &format!("{changes:?}"));
    }
}

#[test]
fn rejects_variables_that_whatsapp_rejects() {
    let with = |variables: &str| send(&[("Body", ""), ("ContentSid", TEMPLATE), ("ContentVariables", variables)]);
    for bad in [
        "Ana",
        "[\"Ana\"]",
        r#"{"1":2}"#,
        r#"{"1":null}"#,
        r#"{"1":""}"#,
        r#"{"1":"a\nb"}"#,
        r#"{"1":"a\tb"}"#,
        r#"{"1":"a     b"}"#,
    ] {
        assert_refused(with(bad), (400, 21656), bad);
    }
    assert_eq!(with(r#"{"1":"a    b"}"#).0, 201);
    assert_eq!(with("").0, 201);
}

#[test]
fn an_accepted_send_returns_the_whole_resource() {
    let (status, body) = send(&[("ValidityPeriod", "36000")]);
    assert_eq!(status, 201);
    assert_eq!(body["status"], "queued");
    assert_eq!(body["date_created"], "Thu, 05 Mar 2026 12:00:00 +0000");
    assert_eq!(body["date_sent"], Value::Null);
    assert_eq!(body["num_segments"], "1");
    assert_eq!(body["direction"], "outbound-api");
    let names: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 20);
}

//! Fuzz targets that go through the whole API: tokens, cursors, bodies and webhooks. Any input is accepted or refused
//! with an error code, and never causes a 5xx answer.

use super::{FuzzTarget, Property};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, StatusCode};
use local::system::{FAKE_ACCOUNT, FAKE_SENDER};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::test_app::{PASSWORD, PUBLIC_URL, TestApp, TestError, TestResponse};
use twilio::form::Form;

const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
/// Paths that bodies are posted to.
const BODY_PATHS: [&str; 5] =
    ["/api/patients/", "/api/appointments/", "/api/schedules/", "/api/auth/token/", "/api/auth/token/refresh/"];

/// The system under test, with the valid token and cursor.
struct Api {
    app: TestApp,
    token: String,
    cursor: String,
}

type ApiProperty = for<'a> fn(&'a Api, &'a [u8]) -> BoxFuture<'a, Result<(), String>>;

pub async fn targets(app: TestApp) -> Result<Vec<FuzzTarget>, TestError> {
    let admin = app.admin().await?;
    for number in 0..3 {
        admin.post("/api/patients/", &patient(number)).await?.expect_status(201)?;
    }
    let next = admin.get("/api/patients/?page_size=1").await?.expect_status(200)?.text("next");
    let (_, cursor) = next.split_once("cursor=").ok_or("a page without a cursor")?;
    let bodies = [
        patient(9),
        json!({ "email": "admin@example.com", "password": PASSWORD }),
        json!({ "patient": "x", "doctor": "y", "start_datetime": "2025-12-15T10:00" }),
    ];
    let form = [
        ("MessageSid", "SM1"),
        ("AccountSid", FAKE_ACCOUNT),
        ("From", "whatsapp:+5491123456789"),
        ("To", FAKE_SENDER),
        ("Body", "Sí, voy"),
    ];
    let form: Form = form.into_iter().collect();
    let (token, cursor) = (admin.token(), cursor.to_owned());
    let api = Arc::new(Api { app, token: token.clone(), cursor: cursor.clone() });
    let target = |name, inputs, property: ApiProperty| {
        let api = Arc::clone(&api);
        let property: Property = Box::new(move |input| {
            let (api, input) = (Arc::clone(&api), input.to_vec());
            Box::pin(async move { property(&api, &input).await })
        });
        FuzzTarget { name, inputs, property }
    };
    Ok(vec![
        target("token", vec![token.into_bytes()], |api, input| Box::pin(only_the_issued_token_is_accepted(api, input))),
        target("cursor", vec![cursor.into_bytes()], |api, input| {
            Box::pin(only_the_issued_cursor_is_accepted(api, input))
        }),
        target("body", bodies.map(|body| body.to_string().into_bytes()).into(), |api, input| {
            Box::pin(bodies_are_handled(api, input))
        }),
        target("webhook", vec![form.encode().into_bytes()], |api, input| Box::pin(webhooks_are_handled(api, input))),
    ])
}

fn patient(number: u8) -> Value {
    json!({
        "first_name": "Ana", "last_name": "Díaz", "document_number": number.to_string(),
        "phone_number": "+5491123456789", "birth_date": "1990-02-28",
    })
}

async fn only_the_issued_token_is_accepted(api: &Api, input: &[u8]) -> Result<(), String> {
    // HTTP doesn't count whitespace around a header's value as a part of it (RFC 9110, 5.5).
    match get(&api.app, "/api/auth/me/", input).await {
        Some(answer) => {
            expect_accepted_if_valid(&answer, StatusCode::UNAUTHORIZED, input.trim_ascii() == api.token.as_bytes())
        }
        None => Ok(()),
    }
}

async fn only_the_issued_cursor_is_accepted(api: &Api, input: &[u8]) -> Result<(), String> {
    // Longer cursors would make a path that API Gateway refuses.
    let input = input.get(..1000).unwrap_or(input);
    let query: String = input.iter().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/api/patients/?page_size=1&cursor={query}");
    // Base64 may encode one sealed text in several ways; an empty cursor counts as none.
    let same = URL_SAFE_NO_PAD.decode(input).ok() == URL_SAFE_NO_PAD.decode(&api.cursor).ok();
    match get(&api.app, &path, api.token.as_bytes()).await {
        Some(answer) => expect_accepted_if_valid(&answer, StatusCode::BAD_REQUEST, same || input.is_empty()),
        None => Ok(()),
    }
}

async fn bodies_are_handled(api: &Api, input: &[u8]) -> Result<(), String> {
    for path in BODY_PATHS {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", api.token))
            .body(Bytes::copy_from_slice(input))
            .map_err(|error| error.to_string())?;
        expect_handled(&api.app.call_unwatched(request).await).map_err(|how| format!("{path}: {how}"))?;
    }
    Ok(())
}

/// The form has a valid signature of Twilio.
async fn webhooks_are_handled(api: &Api, input: &[u8]) -> Result<(), String> {
    let twilio = api.app.twilio().map_err(|error| error.to_string())?;
    let form = Form::parse(input).unwrap_or_default();
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let request = Request::builder()
        .method(Method::POST)
        .uri(WEBHOOK)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", twilio.sign(&format!("{PUBLIC_URL}{WEBHOOK}"), &pairs))
        .body(Bytes::copy_from_slice(input))
        .map_err(|error| error.to_string())?;
    expect_handled(&api.app.call_unwatched(request).await)
}

/// `None` if the token is not a valid header value, or the path not a valid URI.
async fn get(app: &TestApp, path: &str, token: &[u8]) -> Option<TestResponse> {
    let header = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).ok()?;
    let request = Request::builder().uri(path).header("authorization", header).body(Bytes::new()).ok()?;
    Some(app.call_unwatched(request).await)
}

/// No server error, and each client error has a code.
fn expect_handled(answer: &TestResponse) -> Result<(), String> {
    let status = answer.status;
    if status.is_server_error() || (status.is_client_error() && answer.code().is_empty()) {
        return Err(format!("{status}: {}", answer.body));
    }
    Ok(())
}

/// Refused with this status, unless the input is the valid one.
fn expect_accepted_if_valid(answer: &TestResponse, refused: StatusCode, valid: bool) -> Result<(), String> {
    let expected = if valid { StatusCode::OK } else { refused };
    if answer.status == expected { expect_handled(answer) } else { Err(format!("{}, not {expected}", answer.status)) }
}

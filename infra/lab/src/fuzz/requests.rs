//! Tokens, cursors and bodies, through the whole API: whatever comes, it is understood or refused with
//! a code, and never a fault of ours.

use super::{Law, Target};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, StatusCode};
use local::system::{FAKE_ACCOUNT, FAKE_SENDER};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::test_app::{Answer, PASSWORD, PUBLIC_URL, TestApp, Trouble};
use twilio::form::Form;

const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
/// Where bodies are sent to.
const BODIES: [&str; 5] =
    ["/api/patients/", "/api/appointments/", "/api/schedules/", "/api/auth/token/", "/api/auth/token/refresh/"];

/// What the laws need to know.
struct Api {
    app: TestApp,
    token: String,
    cursor: String,
}

type ApiLaw = for<'a> fn(&'a Api, &'a [u8]) -> BoxFuture<'a, Result<(), String>>;

/// The targets.
///
/// # Errors
/// [`Trouble`].
pub async fn targets(app: TestApp) -> Result<Vec<Target>, Trouble> {
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
    let target = |name, inputs, law: ApiLaw| {
        let api = Arc::clone(&api);
        let law: Law = Box::new(move |input| {
            let (api, input) = (Arc::clone(&api), input.to_vec());
            Box::pin(async move { law(&api, &input).await })
        });
        Target { name, inputs, law }
    };
    Ok(vec![
        target("token", vec![token.into_bytes()], |api, input| Box::pin(a_token(api, input))),
        target("cursor", vec![cursor.into_bytes()], |api, input| Box::pin(a_cursor(api, input))),
        target("body", bodies.map(|body| body.to_string().into_bytes()).into(), |api, input| {
            Box::pin(a_body(api, input))
        }),
        target("webhook", vec![form.encode().into_bytes()], |api, input| Box::pin(a_form(api, input))),
    ])
}

fn patient(number: u8) -> Value {
    json!({
        "first_name": "Ana", "last_name": "Díaz", "document_number": number.to_string(),
        "phone_number": "+5491123456789", "birth_date": "1990-02-28",
    })
}

/// Only the token that was given out is one.
async fn a_token(api: &Api, input: &[u8]) -> Result<(), String> {
    match get(&api.app, "/api/auth/me/", input).await {
        Some(answer) => only(&answer, StatusCode::UNAUTHORIZED, input == api.token.as_bytes()),
        None => Ok(()),
    }
}

/// Only the cursor that was given out is one.
async fn a_cursor(api: &Api, input: &[u8]) -> Result<(), String> {
    // What is longer makes a path that no gateway takes.
    let input = input.get(..1000).unwrap_or(input);
    let query: String = input.iter().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/api/patients/?page_size=1&cursor={query}");
    // One sealed text may be spelt in several ways, and an empty one is none at all.
    let same = URL_SAFE_NO_PAD.decode(input).ok() == URL_SAFE_NO_PAD.decode(&api.cursor).ok();
    match get(&api.app, &path, api.token.as_bytes()).await {
        Some(answer) => only(&answer, StatusCode::BAD_REQUEST, same || input.is_empty()),
        None => Ok(()),
    }
}

/// Any body is understood or refused.
async fn a_body(api: &Api, input: &[u8]) -> Result<(), String> {
    for path in BODIES {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", api.token))
            .body(Bytes::copy_from_slice(input))
            .map_err(|error| error.to_string())?;
        sound(&api.app.call_about_nobody(request).await).map_err(|how| format!("{path}: {how}"))?;
    }
    Ok(())
}

/// So is any form, signed as Twilio would.
async fn a_form(api: &Api, input: &[u8]) -> Result<(), String> {
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
    sound(&api.app.call_about_nobody(request).await)
}

/// `None` where the token can't stand in a header or the path in a request.
async fn get(app: &TestApp, path: &str, token: &[u8]) -> Option<Answer> {
    let header = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).ok()?;
    let request = Request::builder().uri(path).header("authorization", header).body(Bytes::new()).ok()?;
    Some(app.call_about_nobody(request).await)
}

/// Never a fault of ours, and a refusal has a code.
fn sound(answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    if status.is_server_error() || (status.is_client_error() && answer.code().is_empty()) {
        return Err(format!("{status}: {}", answer.body));
    }
    Ok(())
}

/// Refused like this, unless it is as it was given out.
fn only(answer: &Answer, refused: StatusCode, good: bool) -> Result<(), String> {
    let expected = if good { StatusCode::OK } else { refused };
    if answer.status == expected { sound(answer) } else { Err(format!("{}, not {expected}", answer.status)) }
}

//! Invokes a function of a deployment with the operator's credentials, by a signed request to Lambda's API. The event
//! is the request body, so it is in no command-line argument.

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use platform::clock::SystemClock;
use platform::https;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// The timeout of the request: longer than the function's own timeout.
const TIMEOUT: Duration = Duration::from_secs(45);

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    #[error("the region of the stack is not set: name it with --region or AWS_REGION")]
    NoRegion,
    #[error(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; `aws configure export-credentials --format env` prints them"
    )]
    NoCredentials,
    #[error("the request could not be signed")]
    Signing,
    /// The trust store can't be read.
    #[error("the HTTPS client could not be created")]
    NoClient,
    #[error("there is no function {name} in {region}: check the stack and the region")]
    NoFunction { name: String, region: String },
    #[error("Lambda refused the request ({status}). It needs the permission lambda:InvokeFunction on {name}")]
    Refused { status: u16, name: String },
    #[error("Lambda could not be reached at {0}")]
    NotReached(String),
    /// The request was sent, and may have had its effect.
    #[error("no response: {0}")]
    NoAnswer(&'static str),
}

/// Invokes a function and waits for its response.
pub async fn invoke(
    endpoint: Option<&str>,
    region: Option<&str>,
    name: &str,
    event: &Value,
) -> Result<Value, LambdaError> {
    let set = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or(set.as_deref()).ok_or(LambdaError::NoRegion)?;
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let aws = format!("https://lambda.{region}.{domain}");
    let url = format!("{}/2015-03-31/functions/{name}/invocations", endpoint.unwrap_or(&aws).trim_end_matches('/'));
    let body = event.to_string();
    let client = https::client().build().map_err(|_| LambdaError::NoClient)?;
    let mut request = client.post(&url).timeout(TIMEOUT);
    for (header, value) in signature(&url, region, &body)? {
        request = request.header(header, value);
    }
    let no_answer = |error: reqwest::Error| match error.is_connect() {
        true => LambdaError::NotReached(endpoint.unwrap_or(&aws).to_owned()),
        false => LambdaError::NoAnswer(if error.is_timeout() { "time-out" } else { "the connection was closed" }),
    };
    let answer = request.body(body).send().await.map_err(no_answer)?;
    let failed = answer.headers().contains_key("x-amz-function-error");
    match answer.status().as_u16() {
        200 if failed => Err(LambdaError::NoAnswer("the function failed; see its log")),
        200 => answer.json().await.map_err(no_answer),
        404 => Err(LambdaError::NoFunction { name: name.to_owned(), region: region.to_owned() }),
        status @ 400..500 => Err(LambdaError::Refused { status, name: name.to_owned() }),
        _ => Err(LambdaError::NoAnswer("Lambda failed")),
    }
}

/// The authentication headers (Signature Version 4).
fn signature(url: &str, region: &str, body: &str) -> Result<Vec<(String, String)>, LambdaError> {
    let (key, secret) =
        variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY")).ok_or(LambdaError::NoCredentials)?;
    let identity = Credentials::new(key, secret, variable("AWS_SESSION_TOKEN"), None, "environment").into();
    let now = app::support::ports::Clock::now(&SystemClock).unix();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap_or_default());
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("lambda")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| LambdaError::Signing)?
        .into();
    let request = SignableRequest::new("POST", url, std::iter::empty(), SignableBody::Bytes(body.as_bytes()));
    let request = request.map_err(|_| LambdaError::Signing)?;
    let (instructions, _) = sign(request, &params).map_err(|_| LambdaError::Signing)?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

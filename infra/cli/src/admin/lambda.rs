//! One function of a deployment is invoked, with the caller's own rights: a signed request to Lambda's
//! API, so that nothing has to be installed for it. The event is the body: it stands in no argument.

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use platform::clock::SystemClock;
use platform::https;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// How long an answer is waited for: longer than the function may run.
const PATIENCE: Duration = Duration::from_secs(45);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// Nobody says where.
    #[error("where is the stack? Name it with --region or AWS_REGION")]
    NoRegion,
    /// Nobody says who asks.
    #[error(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; `aws configure export-credentials --format env` prints them"
    )]
    NoCredentials,
    /// The request couldn't be made.
    #[error("the request could not be signed")]
    Signing,
    /// Whom this machine trusts can't be read.
    #[error("no HTTPS can be spoken on this machine")]
    NoClient,
    /// There is no such function.
    #[error("there is no function {name} in {region}: is that the stack, and the region?")]
    NoFunction {
        /// Its name.
        name: String,
        /// Where it was looked for.
        region: String,
    },
    /// Lambda refused.
    #[error("Lambda refused ({status}). It needs the right lambda:InvokeFunction on {name}")]
    Refused {
        /// The status.
        status: u16,
        /// Of which function.
        name: String,
    },
    /// Lambda wasn't reached.
    #[error("Lambda could not be reached at {0}")]
    NotReached(String),
    /// It was asked, and may have done it.
    #[error("no answer: {0}")]
    NoAnswer(&'static str),
}

/// Invokes a function and waits for its answer.
///
/// # Errors
/// [`LambdaError`].
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
    let mut request = client.post(&url).timeout(PATIENCE);
    for (header, value) in signature(&url, region, &body)? {
        request = request.header(header, value);
    }
    let no_answer = |error: reqwest::Error| match error.is_connect() {
        true => LambdaError::NotReached(endpoint.unwrap_or(&aws).to_owned()),
        false => LambdaError::NoAnswer(if error.is_timeout() { "time-out" } else { "the connection broke" }),
    };
    let answer = request.body(body).send().await.map_err(no_answer)?;
    let failed = answer.headers().contains_key("x-amz-function-error");
    match answer.status().as_u16() {
        200 if failed => Err(LambdaError::NoAnswer("the function failed, and its log says why")),
        200 => answer.json().await.map_err(no_answer),
        404 => Err(LambdaError::NoFunction { name: name.to_owned(), region: region.to_owned() }),
        status @ 400..500 => Err(LambdaError::Refused { status, name: name.to_owned() }),
        _ => Err(LambdaError::NoAnswer("Lambda failed")),
    }
}

/// The headers that say who asks (Signature Version 4).
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

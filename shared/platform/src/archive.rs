//! Stores seals of the audit trail and the ledger of erasures outside the table: in an S3 bucket with Object Lock
//! ([`S3Archive`]), or not at all ([`NoArchive`]).
//!
//! It makes one PUT, and a GET where the object exists already. The SDK for S3 would be the largest dependency of the
//! project, and would do nothing here but sign requests, for which the signer is linked already. Objects are never
//! overwritten: the PUT is conditional, and Object Lock prevents deletion. A bucket with Object Lock requires a checksum.

use crate::{aws, https};
use app::support::ports::{Archive, ArchiveError, Clock};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::BoxFuture;
use reqwest::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Of one request. The scheduled job waits for it, and retries in its next run, 5 minutes later.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// An S3 bucket. The HTTP client is made at the first object.
pub struct S3Archive {
    config: SdkConfig,
    /// The URL of the bucket, with a slash at the end.
    base: String,
    clock: Arc<dyn Clock>,
    http: OnceLock<reqwest::Client>,
}

impl S3Archive {
    /// The bucket at AWS, or at the endpoint of `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn new(config: SdkConfig, bucket: &str, clock: Arc<dyn Clock>) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let base = match config.endpoint_url() {
            Some(endpoint) => format!("{}/{bucket}/", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{}/", aws::domain(&region)),
        };
        Self { config, base, clock, http: OnceLock::new() }
    }

    async fn send(
        &self,
        method: Method,
        name: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<S3Response, ArchiveError> {
        let failed = |what: &str| ArchiveError(what.to_owned());
        let url = format!("{}{name}", self.base);
        let provider = self.config.credentials_provider().ok_or_else(|| failed("no credentials"))?;
        let identity = provider.provide_credentials().await.map_err(|_| failed("no credentials"))?.into();
        let region = self.config.region().map(ToString::to_string).unwrap_or_default();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name("s3")
            .time(self.clock.now().utc().into())
            .settings(settings)
            .build()
            .map_err(|_| failed("the request could not be signed"))?
            .into();
        let signable = SignableBody::Bytes(body.as_bytes());
        let signed = SignableRequest::new(method.as_str(), &url, headers.iter().copied(), signable)
            .and_then(|request| sign(request, &parameters))
            .map_err(|_| failed("the request could not be signed"))?;
        let http = self.http().map_err(|_| failed("the HTTP client could not be made"))?;
        let mut request = http.request(method, &url).body(body.to_owned());
        let (signature, _) = signed.into_parts();
        for (header, value) in headers.iter().copied().chain(signature.headers()) {
            request = request.header(header, value);
        }
        // The library's error names the bucket, so only its kind is kept.
        let answer = request
            .send()
            .await
            .map_err(|error| failed(if error.is_timeout() { "time-out" } else { "no connection" }))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|_| failed("the response was cut off"))?;
        Ok(S3Response { status, text })
    }

    fn http(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = https::client()
            .connect_timeout(Duration::from_secs(1))
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(self.http.get_or_init(|| http))
    }
}

struct S3Response {
    status: StatusCode,
    text: String,
}

impl Archive for S3Archive {
    fn put_if_absent<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        Box::pin(async move {
            let checksum = STANDARD.encode(digest(&SHA256, seal.as_bytes()));
            let headers =
                [("content-type", "application/json"), ("if-none-match", "*"), ("x-amz-checksum-sha256", &checksum)];
            let put = self.send(Method::PUT, name, &headers, seal).await?;
            if put.status.is_success() {
                return Ok(seal.to_owned());
            }
            if put.status != StatusCode::PRECONDITION_FAILED {
                return Err(ArchiveError(format!("S3 answered {}", put.status.as_u16())));
            }
            let got = self.send(Method::GET, name, &[], "").await?;
            let refused =
                || ArchiveError(format!("S3 has the object already, and answered {} to the GET", got.status.as_u16()));
            got.status.is_success().then_some(()).ok_or_else(refused)?;
            Ok(got.text)
        })
    }
}

/// Stores nothing: only the table has the seals.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoArchive;

impl Archive for NoArchive {
    fn put_if_absent<'a>(&'a self, _: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        Box::pin(std::future::ready(Ok(seal.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    const NAME: &str = "seals/0/2025-12-01/1200.json";

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> domain::time::Instant {
            domain::time::Instant::parse("2025-12-01T12:00:00Z").unwrap()
        }

        fn sleep_until(&self, at: domain::time::Instant) -> BoxFuture<'_, ()> {
            SystemClock.sleep_until(at)
        }
    }

    /// An S3 that sends these responses, one per connection, and returns the requests.
    fn s3(answers: Vec<(u16, &'static str)>) -> (S3Archive, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = std::thread::spawn(move || {
            let answer = |(status, text): (u16, &str)| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut request, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    request += &line;
                    if line == "\r\n" {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                request += &String::from_utf8(body).unwrap();
                let length = text.len();
                write!(stream, "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{text}")
                    .unwrap();
                request
            };
            answers.into_iter().map(answer).collect()
        });
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("session".into()), None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .build();
        (S3Archive::new(config, "bucket", Arc::new(Noon)), requests)
    }

    #[tokio::test]
    async fn a_seal_is_put_with_checksum_and_signature_if_absent() {
        let (archive, requests) = s3(vec![(200, "")]);
        assert_eq!(archive.put_if_absent(NAME, "{\"seal\":1}").await.unwrap(), "{\"seal\":1}");
        let request = requests.join().unwrap().remove(0);
        assert!(request.starts_with(&format!("PUT /bucket/{NAME} HTTP/1.1\r\n")), "{request}");
        assert!(request.ends_with("\r\n\r\n{\"seal\":1}"), "{request}");
        // SHA-256 of the body, by another implementation.
        for header in [
            "if-none-match: *",
            "x-amz-checksum-sha256: iLaVcdgs3Z4rc7G/HI2mdWDixszfRwajl+4XwMMPNyY=",
            "x-amz-content-sha256: 88b69571d82cdd9e2b73b1bf1c8da67560e2c6ccdf4706a397ee17c0c30f3726",
            "x-amz-date: 20251201T120000Z",
            "x-amz-security-token: session",
        ] {
            assert!(request.contains(&format!("\r\n{header}\r\n")), "{header} in {request}");
        }
        let signature = "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251201/us-east-1/s3/aws4_request, \
            SignedHeaders=content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date;\
            x-amz-security-token, Signature=";
        assert!(request.contains(signature), "{request}");
    }

    #[tokio::test]
    async fn an_existing_object_is_returned() {
        let (archive, requests) = s3(vec![(412, ""), (200, "the first")]);
        assert_eq!(archive.put_if_absent(NAME, "another").await.unwrap(), "the first");
        assert!(requests.join().unwrap()[1].starts_with(&format!("GET /bucket/{NAME} ")));
    }

    #[tokio::test]
    async fn a_refusal_of_s3_is_an_error() {
        for answers in [vec![(403, "")], vec![(503, "")], vec![(409, "")], vec![(412, ""), (403, "")]] {
            let (archive, _) = s3(answers);
            assert!(archive.put_if_absent(NAME, "seal").await.unwrap_err().to_string().contains("S3"));
        }
    }

    #[test]
    fn the_url_of_a_bucket_depends_on_the_region() {
        for (region, base) in [
            ("sa-east-1", "https://b.s3.sa-east-1.amazonaws.com/"),
            ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/"),
        ] {
            let config = SdkConfig::builder().region(Region::new(region)).build();
            assert_eq!(S3Archive::new(config, "b", Arc::new(SystemClock)).base, base);
        }
    }
}

//! Where do seals of the audit trail, and the ledger of erasures, go besides the table? Into an S3 bucket
//! with Object Lock ([`S3Archive`]), or nowhere ([`NoArchive`]).
//!
//! One PUT, and a GET where there is an object already. The SDK for S3 would be the largest dependency
//! of the project; what it would do here is a signature, and the signer is linked already. It never
//! overwrites: the PUT is conditional, and a lock keeps what is there from being removed. A bucket that
//! locks asks for a checksum.

use crate::{aws, https};
use app::support::ports::{Archive, Clock, NotKept};
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

/// How long a request may take. The job waits for it, and comes again in a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(5);

/// A bucket. The HTTP client is made with the first seal.
pub struct S3Archive {
    config: SdkConfig,
    /// What names are put behind, with a slash at the end.
    base: String,
    clock: Arc<dyn Clock>,
    http: OnceLock<reqwest::Client>,
}

impl S3Archive {
    /// The bucket with a name: at AWS, or at the endpoint that all of AWS is redirected to
    /// (`AWS_ENDPOINT_URL`).
    #[must_use]
    pub fn new(config: SdkConfig, bucket: &str, clock: Arc<dyn Clock>) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let base = match config.endpoint_url() {
            Some(endpoint) => format!("{}/{bucket}/", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{}/", aws::domain(&region)),
        };
        Self { config, base, clock, http: OnceLock::new() }
    }

    async fn send(&self, method: Method, name: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, NotKept> {
        let failed = |what: &str| NotKept(what.to_owned());
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
            .map_err(|_| failed("it could not be signed"))?
            .into();
        let signable = SignableBody::Bytes(body.as_bytes());
        let signed = SignableRequest::new(method.as_str(), &url, headers.iter().copied(), signable)
            .and_then(|request| sign(request, &parameters))
            .map_err(|_| failed("it could not be signed"))?;
        let http = self.http().map_err(|_| failed("no HTTP client"))?;
        let mut request = http.request(method, &url).body(body.to_owned());
        let (signature, _) = signed.into_parts();
        for (header, value) in headers.iter().copied().chain(signature.headers()) {
            request = request.header(header, value);
        }
        // The error of the library would name the bucket; what kind it is says enough.
        let answer = request
            .send()
            .await
            .map_err(|error| failed(if error.is_timeout() { "time-out" } else { "no connection" }))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|_| failed("the answer broke off"))?;
        Ok(Answer { status, text })
    }

    fn http(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = https::client()
            .connect_timeout(Duration::from_secs(1))
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(self.http.get_or_init(|| http))
    }
}

struct Answer {
    status: StatusCode,
    text: String,
}

impl Archive for S3Archive {
    fn keep<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>> {
        Box::pin(async move {
            let checksum = STANDARD.encode(digest(&SHA256, seal.as_bytes()));
            let headers =
                [("content-type", "application/json"), ("if-none-match", "*"), ("x-amz-checksum-sha256", &checksum)];
            let put = self.send(Method::PUT, name, &headers, seal).await?;
            if put.status.is_success() {
                return Ok(seal.to_owned());
            }
            if put.status != StatusCode::PRECONDITION_FAILED {
                return Err(NotKept(format!("S3 answered {}", put.status.as_u16())));
            }
            let got = self.send(Method::GET, name, &[], "").await?;
            let refused = || NotKept(format!("S3 has one, and answered {}", got.status.as_u16()));
            got.status.is_success().then_some(()).ok_or_else(refused)?;
            Ok(got.text)
        })
    }
}

/// Seals go nowhere: only the table has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoArchive;

impl Archive for NoArchive {
    fn keep<'a>(&'a self, _: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>> {
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

    /// An S3 that gives these answers, one a connection, and tells what it was asked.
    fn s3(answers: Vec<(u16, &'static str)>) -> (S3Archive, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
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
        (S3Archive::new(config, "bucket", Arc::new(Noon)), asked)
    }

    #[tokio::test]
    async fn a_seal_is_put_where_none_is() {
        let (archive, asked) = s3(vec![(200, "")]);
        assert_eq!(archive.keep(NAME, "{\"seal\":1}").await.unwrap(), "{\"seal\":1}");
        let request = asked.join().unwrap().remove(0);
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
    async fn what_was_there_before_counts() {
        let (archive, asked) = s3(vec![(412, ""), (200, "the first")]);
        assert_eq!(archive.keep(NAME, "another").await.unwrap(), "the first");
        assert!(asked.join().unwrap()[1].starts_with(&format!("GET /bucket/{NAME} ")));
    }

    #[tokio::test]
    async fn what_is_not_taken_is_said() {
        for answers in [vec![(403, "")], vec![(503, "")], vec![(409, "")], vec![(412, ""), (403, "")]] {
            let (archive, _) = s3(answers);
            assert!(archive.keep(NAME, "seal").await.unwrap_err().to_string().contains("S3"));
        }
    }

    #[test]
    fn a_bucket_has_an_address_of_its_own() {
        for (region, base) in [
            ("sa-east-1", "https://b.s3.sa-east-1.amazonaws.com/"),
            ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/"),
        ] {
            let config = SdkConfig::builder().region(Region::new(region)).build();
            assert_eq!(S3Archive::new(config, "b", Arc::new(SystemClock)).base, base);
        }
    }
}

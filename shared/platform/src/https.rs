//! How do requests get to AWS? Over one pool of connections for all SDKs, made with the libraries that they would
//! use themselves, and less of it: HTTP/1.1 only, since DynamoDB, EventBridge and Secrets Manager speak nothing
//! newer, and the roots that AWS has certificates of only. Reading a system's whole trust store is four fifths of what
//! a function would do before its first request, and HTTP/2 a twentieth of its code.
//!
//! `AWS_CA_BUNDLE` names a file of other roots, as it does for AWS's own tools.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connect, HttpConnector as Tcp};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The roots of Amazon Trust Services, from <https://www.amazontrust.com/repository/>: AWS asks its customers to trust
/// all five. They end in 2037 and later. As DER: to decode PEM is four times the work of all else that is done here.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("https/amazon-root-ca-1.der"),
    include_bytes!("https/amazon-root-ca-2.der"),
    include_bytes!("https/amazon-root-ca-3.der"),
    include_bytes!("https/amazon-root-ca-4.der"),
    include_bytes!("https/starfield-services-root-ca-g2.der"),
];
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(1);
/// How long the first connection is waited for before anybody asks for it.
const AHEAD: Duration = Duration::from_secs(2);

/// Nothing can be asked of AWS, since its certificates couldn't be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTrust {
    /// The file has no certificate, or isn't there.
    #[error("the environment variable AWS_CA_BUNDLE names no file of PEM certificates")]
    Bundle,
    /// The library refused.
    #[error("TLS could not be set up")]
    Tls,
}

/// Connections, kept for the next request. Its clones share them.
pub struct Pool<C>(Client<C, SdkBody>);

impl<C: Clone> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// Connections to AWS, checked against the roots of a PEM file, or Amazon's where none is named.
///
/// # Errors
/// [`NoTrust`].
pub fn pool(bundle: Option<&str>) -> Result<Pool<HttpsConnector<Tcp>>, NoTrust> {
    let mut roots = RootCertStore::empty();
    for root in certificates(bundle)? {
        roots.add(root).map_err(|_| bundle.map_or(NoTrust::Tls, |_| NoTrust::Bundle))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| NoTrust::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // What is led elsewhere by AWS_ENDPOINT_URL may well speak without TLS.
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp());
    Ok(Pool::over(https))
}

/// A client for what no SDK asks. It trusts whom the system trusts.
pub fn client() -> reqwest::ClientBuilder {
    // reqwest does TLS with what the process has for it; refused where it has it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// Connections to what runs on this machine and speaks without TLS.
#[must_use]
pub fn plain_pool() -> Pool<Tcp> {
    Pool::over(tcp())
}

fn certificates(bundle: Option<&str>) -> Result<Vec<CertificateDer<'static>>, NoTrust> {
    let Some(path) = bundle else { return Ok(AMAZON.into_iter().map(CertificateDer::from).collect()) };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.ok().filter(|roots| !roots.is_empty()).ok_or(NoTrust::Bundle)
}

fn tcp() -> Tcp {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    tcp
}

impl<C: Connect + Clone + Send + Sync + 'static> Pool<C> {
    fn over(connector: C) -> Self {
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// Makes a connection and keeps it, so that the first request finds one: DynamoDB answers a GET of its root
    /// without asking who wants to know. Whether it worked doesn't matter.
    pub async fn connect_ahead(&self, url: &str) {
        let Ok(request) = http::Request::get(url).body(SdkBody::empty()) else { return };
        // Only a connection whose answer was read to its end is kept.
        let asked = async { self.0.request(request).await.ok()?.into_body().collect().await.ok() };
        let _ = tokio::time::timeout(AHEAD, asked).await;
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HttpConnector for Pool<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = client.request(request).await.map_err(failed)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HttpClient for Pool<C> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// What an error is to the SDK, which tries again where a request can't have been at fault. An answer that broke off
/// is such a one.
fn failed(error: Error) -> ConnectorError {
    if timed_out(&error) { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}

fn timed_out(error: &(dyn StdError + 'static)) -> bool {
    let here = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
    here || error.source().is_some_and(timed_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use ring::digest::{SHA256, digest};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;
    use tokio_rustls::TlsAcceptor;

    /// The fingerprints that Amazon publishes beside its roots.
    #[test]
    fn the_roots_are_amazons() {
        let fingerprints = AMAZON
            .map(|root| digest(&SHA256, root).as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        assert_eq!(
            fingerprints,
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
        assert!(pool(None).is_ok());
    }

    #[test]
    fn a_bundle_that_isnt_one_is_said() {
        for bundle in ["/nonexistent", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            assert_eq!(pool(Some(bundle)).unwrap_err(), NoTrust::Bundle, "{bundle}");
        }
    }

    #[test]
    fn a_bundle_takes_the_place_of_amazons_roots() {
        let bundle = Bundle::of(&AMAZON[2..4]);
        let roots = certificates(bundle.path()).unwrap();
        assert_eq!(roots, AMAZON[2..4].iter().map(|root| CertificateDer::from(*root)).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn only_who_is_trusted_is_asked_and_over_http_1() {
        let (url, mut connections) = server().await;
        pool(None).unwrap().connect_ahead(&url).await;
        assert_eq!(connections.recv().await, Some(None), "a stranger's certificate");

        let bundle = Bundle::of(&[LOCALHOST]);
        let pool = pool(bundle.path()).unwrap();
        pool.connect_ahead(&url).await;
        let answer = pool.call(HttpRequest::get(&url).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(connections.recv().await, Some(Some(None)), "no HTTP/2 was asked for");
        assert!(connections.is_empty(), "the connection that was made ahead is used");
    }

    /// A certificate of `localhost`, which vouches for itself; its key is a secret of nobody's.
    const LOCALHOST: &[u8] = include_bytes!("https/localhost.der");
    const LOCALHOST_KEY: &[u8] = include_bytes!("https/localhost.key.der");

    /// What came of the connections: nothing, or a handshake, with the protocol that was agreed on by name.
    type Connections = mpsc::UnboundedReceiver<Option<Option<Vec<u8>>>>;

    /// A server behind TLS that answers everything.
    async fn server() -> (String, Connections) {
        let key = PrivateKeyDer::try_from(LOCALHOST_KEY).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(LOCALHOST)], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let (seen, connections) = mpsc::unbounded_channel();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let accepted = acceptor.accept(stream).await;
                let protocol =
                    accepted.as_ref().ok().map(|stream| stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec));
                seen.send(protocol).unwrap();
                let Ok(stream) = accepted else { continue };
                let mut lines = BufReader::new(stream);
                let mut line = String::new();
                while lines.read_line(&mut line).await.unwrap() > 0 {
                    if line.ends_with("\r\n\r\n") {
                        lines.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                        line.clear();
                    }
                }
            }
        });
        (url, connections)
    }

    /// A file of certificates, for as long as it is needed.
    struct Bundle(std::path::PathBuf);

    impl Bundle {
        fn of(roots: &[&[u8]]) -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
            let file = std::env::temp_dir().join(format!("citas-bundle-{process}-{number}.pem"));
            let pem = |root: &&[u8]| {
                format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(root))
            };
            std::fs::write(&file, roots.iter().map(pem).collect::<String>()).unwrap();
            Self(file)
        }

        fn path(&self) -> Option<&str> {
            self.0.to_str()
        }
    }

    impl Drop for Bundle {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

//! The HTTPS client of all AWS SDKs: one pool of connections, HTTP/1.1 only, which trusts only the roots of Amazon.
//! DynamoDB, EventBridge and Secrets Manager speak nothing newer than HTTP/1.1. Reading a system's whole trust store
//! would be four fifths of the work before a function's first request, and HTTP/2 a twentieth of its code.
//!
//! `AWS_CA_BUNDLE` names a file of other roots, as for AWS's own tools.

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
/// all five. They expire in 2037 or later. As DER, because decoding PEM is four times the work of everything else here.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("https/amazon-root-ca-1.der"),
    include_bytes!("https/amazon-root-ca-2.der"),
    include_bytes!("https/amazon-root-ca-3.der"),
    include_bytes!("https/amazon-root-ca-4.der"),
    include_bytes!("https/starfield-services-root-ca-g2.der"),
];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Of [`Pool::connect_ahead`].
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustStoreError {
    /// The file doesn't exist, or has no certificate.
    #[error("the environment variable AWS_CA_BUNDLE names no file of PEM certificates")]
    Bundle,
    #[error("TLS could not be set up")]
    Tls,
}

/// A pool of connections, shared by its clones.
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

/// A pool that trusts the roots of a PEM file, or Amazon's without one.
pub fn pool(bundle: Option<&str>) -> Result<Pool<HttpsConnector<Tcp>>, TrustStoreError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(bundle)? {
        roots.add(root).map_err(|_| bundle.map_or(TrustStoreError::Tls, |_| TrustStoreError::Bundle))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TrustStoreError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // An endpoint of AWS_ENDPOINT_URL may be plain HTTP.
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp());
    Ok(Pool::with_connector(https))
}

/// A client for requests outside the SDKs. It trusts the system's trust store.
pub fn client() -> reqwest::ClientBuilder {
    // reqwest uses the process's default provider; installing one fails if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A pool for servers on this machine without TLS.
#[must_use]
pub fn plain_pool() -> Pool<Tcp> {
    Pool::with_connector(tcp())
}

fn certificates(bundle: Option<&str>) -> Result<Vec<CertificateDer<'static>>, TrustStoreError> {
    let Some(path) = bundle else { return Ok(AMAZON.into_iter().map(CertificateDer::from).collect()) };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.ok().filter(|roots| !roots.is_empty()).ok_or(TrustStoreError::Bundle)
}

fn tcp() -> Tcp {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    tcp
}

impl<C: Connect + Clone + Send + Sync + 'static> Pool<C> {
    fn with_connector(connector: C) -> Self {
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// Opens a connection and keeps it for the first request, by a GET of the root path, which DynamoDB answers without
    /// authentication. A failure doesn't matter.
    pub async fn connect_ahead(&self, url: &str) {
        let Ok(request) = http::Request::get(url).body(SdkBody::empty()) else { return };
        // Only a connection whose response was read completely is kept.
        let get = async { self.0.request(request).await.ok()?.into_body().collect().await.ok() };
        let _ = tokio::time::timeout(WARM_UP_TIMEOUT, get).await;
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HttpConnector for Pool<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = client.request(request).await.map_err(connector_error)?;
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

/// Classifies an error for the SDK, which retries time-outs and I/O errors, such as a response that was cut off.
fn connector_error(error: Error) -> ConnectorError {
    if is_timeout(&error) { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}

fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    let here = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
    here || error.source().is_some_and(is_timeout)
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

    /// The fingerprints that Amazon publishes with its roots.
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
    fn a_file_without_certificates_is_refused() {
        for bundle in ["/nonexistent", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            assert_eq!(pool(Some(bundle)).unwrap_err(), TrustStoreError::Bundle, "{bundle}");
        }
    }

    #[test]
    fn a_bundle_replaces_amazons_roots() {
        let bundle = Bundle::of(&AMAZON[2..4]);
        let roots = certificates(bundle.path()).unwrap();
        assert_eq!(roots, AMAZON[2..4].iter().map(|root| CertificateDer::from(*root)).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn only_trusted_servers_are_used_and_over_http_1() {
        let (url, mut connections) = server().await;
        pool(None).unwrap().connect_ahead(&url).await;
        assert_eq!(connections.recv().await, Some(Handshake::Failed), "a certificate that isn't trusted");

        let bundle = Bundle::of(&[LOCALHOST]);
        let pool = pool(bundle.path()).unwrap();
        pool.connect_ahead(&url).await;
        let answer = pool.call(HttpRequest::get(&url).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(connections.recv().await, Some(Handshake::WithoutAlpn), "no HTTP/2 was asked for");
        assert!(connections.is_empty(), "the connection that was opened ahead is used");
    }

    /// A self-signed certificate of `localhost`; its key is no secret.
    const LOCALHOST: &[u8] = include_bytes!("https/localhost.der");
    const LOCALHOST_KEY: &[u8] = include_bytes!("https/localhost.key.der");

    /// How a connection began: over HTTP/1 no protocol is negotiated by ALPN.
    #[derive(Debug, PartialEq)]
    enum Handshake {
        Failed,
        WithoutAlpn,
        WithAlpn,
    }

    /// One entry per connection.
    type Connections = mpsc::UnboundedReceiver<Handshake>;

    /// A TLS server that answers every request.
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
                let negotiated = accepted.as_ref().map(|stream| stream.get_ref().1.alpn_protocol().is_some());
                let handshake = match negotiated {
                    Err(_) => Handshake::Failed,
                    Ok(false) => Handshake::WithoutAlpn,
                    Ok(true) => Handshake::WithAlpn,
                };
                seen.send(handshake).unwrap();
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

    /// A temporary PEM file, removed when dropped.
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

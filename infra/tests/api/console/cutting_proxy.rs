//! A proxy between the browser and the server that forwards a request and drops the first answer to it: what a network
//! does that breaks at that moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::test_app::TestError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct CuttingProxy {
    url: String,
    seen: Arc<AtomicUsize>,
}

impl CuttingProxy {
    /// `request` is the beginning of the request's first line.
    pub(super) async fn start(server: &str, request: &'static str) -> Result<Self, TestError> {
        let upstream: SocketAddr = server.trim_start_matches("http://").parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, upstream, request, Arc::clone(&counted)));
            }
        });
        Ok(Self { url, seen })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How many such requests there were.
    pub(super) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

/// One request per connection: the server is asked to close it after its answer.
async fn forward(
    mut client: TcpStream,
    upstream: SocketAddr,
    cut: &str,
    seen: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let end = loop {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        if let Some(at) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    let is_header = |line: &str, name: &str| line.to_ascii_lowercase().starts_with(name);
    let length = head.lines().find(|line| is_header(line, "content-length:"));
    let length = length.and_then(|line| line.split(':').nth(1)?.trim().parse().ok()).unwrap_or(0);
    while request.len() < end + 4 + length {
        client.read_buf(&mut request).await?;
    }
    let lines = head.lines().filter(|line| !is_header(line, "connection:"));
    let forwarded = lines.chain(["connection: close", "", ""]).collect::<Vec<_>>().join("\r\n");
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(forwarded.as_bytes()).await?;
    server.write_all(&request[end + 4..]).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if head.starts_with(cut) && seen.fetch_add(1, Ordering::SeqCst) == 0 {
        return Ok(());
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

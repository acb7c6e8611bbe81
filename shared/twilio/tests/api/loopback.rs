//! A server on loopback that records requests and sends prepared bytes. It uses bare sockets, because many tests need
//! faults that an HTTP server doesn't produce.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use twilio::{Form, Secret, Timeouts, TwilioClient, TwilioConfig, TwilioCredentials};

pub(crate) const ACCOUNT: &str = "AC000000000000000000000000000000aa";
pub(crate) const KEY: &str = "SK000000000000000000000000000000bb";

pub(crate) enum CannedResponse {
    /// Write these bytes and close the connection.
    Bytes(String),
    /// Close the connection without a response.
    Close,
    /// Wait without a response until the client closes the connection.
    Silence,
}

impl CannedResponse {
    pub(crate) fn http(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
    }
}

pub(crate) struct RecordedRequest {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl RecordedRequest {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn form(&self) -> Form {
        Form::parse(self.body.as_bytes()).unwrap()
    }
}

/// Answers one connection per response, in order.
pub(crate) struct LoopbackServer {
    pub(crate) address: String,
    thread: JoinHandle<Vec<RecordedRequest>>,
}

impl LoopbackServer {
    pub(crate) fn start(responses: Vec<CannedResponse>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = std::thread::spawn(move || {
            let answer = |response| answer(&listener, response);
            responses.into_iter().map(answer).collect()
        });
        Self { address, thread }
    }

    /// Waits until all responses were sent, and returns the requests.
    pub(crate) fn requests(self) -> Vec<RecordedRequest> {
        self.thread.join().unwrap()
    }

    pub(crate) fn client(&self) -> TwilioClient {
        client(&format!("http://{}", self.address))
    }
}

fn answer(listener: &TcpListener, response: CannedResponse) -> RecordedRequest {
    let (mut stream, _) = listener.accept().unwrap();
    let request = read(&mut stream);
    match response {
        CannedResponse::Bytes(bytes) => stream.write_all(bytes.as_bytes()).unwrap(),
        CannedResponse::Close => {}
        CannedResponse::Silence => {
            let _ = stream.read(&mut [0]);
        }
    }
    request
}

fn read(stream: &mut TcpStream) -> RecordedRequest {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let mut request = RecordedRequest { head: String::from_utf8(bytes).unwrap(), body: String::new() };
    let length = request.header("Content-Length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    request.body = String::from_utf8(body).unwrap();
    request
}

/// Longer than any test takes.
pub(crate) const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(5), total: Duration::from_secs(15) };

/// A client with an API key.
pub(crate) fn client(base: &str) -> TwilioClient {
    client_within(base, TIMEOUTS)
}

pub(crate) fn client_within(base: &str, timeouts: Timeouts) -> TwilioClient {
    let credentials =
        TwilioCredentials { account_sid: ACCOUNT.to_owned(), user: KEY.to_owned(), password: Secret::new("s3cret") };
    let mut config = TwilioConfig::new(credentials, timeouts);
    config.api_base = base.to_owned();
    TwilioClient::new(config).unwrap()
}

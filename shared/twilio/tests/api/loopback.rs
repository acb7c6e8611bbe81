//! A server that reads whole requests and answers with prepared bytes. It is written on bare
//! sockets because half of what is tested is what no proper server does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use twilio::{Client, Config, Credentials, Form, Secret, Timeouts};

pub(crate) const ACCOUNT: &str = "AC000000000000000000000000000000aa";
pub(crate) const KEY: &str = "SK000000000000000000000000000000bb";

/// What to do with one request.
pub(crate) enum Reply {
    /// Write these bytes and close.
    Bytes(String),
    /// Close without a word.
    Close,
    /// Say nothing until the other side gives up.
    Silence,
}

impl Reply {
    pub(crate) fn http(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
    }
}

/// A request as it came.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
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

/// Answers one connection per reply, in order.
pub(crate) struct Server {
    pub(crate) address: String,
    thread: JoinHandle<Vec<Request>>,
}

impl Server {
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = std::thread::spawn(move || {
            let answer = |reply| answer(&listener, reply);
            replies.into_iter().map(answer).collect()
        });
        Self { address, thread }
    }

    /// Waits for all replies to be used up and returns what was asked.
    pub(crate) fn requests(self) -> Vec<Request> {
        self.thread.join().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        client(&format!("http://{}", self.address))
    }
}

fn answer(listener: &TcpListener, reply: Reply) -> Request {
    let (mut stream, _) = listener.accept().unwrap();
    let request = read(&mut stream);
    match reply {
        Reply::Bytes(bytes) => stream.write_all(bytes.as_bytes()).unwrap(),
        Reply::Close => {}
        Reply::Silence => {
            let _ = stream.read(&mut [0]);
        }
    }
    request
}

fn read(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let mut request = Request { head: String::from_utf8(bytes).unwrap(), body: String::new() };
    let length = request.header("Content-Length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    request.body = String::from_utf8(body).unwrap();
    request
}

/// A client of some base, with an API key and the default time-outs.
pub(crate) fn client(base: &str) -> Client {
    client_within(base, Timeouts::default())
}

/// The same with other time-outs.
pub(crate) fn client_within(base: &str, timeouts: Timeouts) -> Client {
    let mut config = Config::new(Credentials {
        account_sid: ACCOUNT.to_owned(),
        user: KEY.to_owned(),
        password: Secret::new("s3cret"),
    });
    config.api_base = base.to_owned();
    config.timeouts = timeouts;
    Client::new(config).unwrap()
}

//! An HTTP/1.1 client that sends exactly the given bytes, also invalid ones, which ordinary clients refuse.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::net::TcpSocket;

/// The timeout of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A request, as bytes.
#[derive(Debug, Clone)]
pub struct Request {
    method: Vec<u8>,
    target: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

/// A complete response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header fields; names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for `host` without a body.
    pub fn new(method: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>, host: &str) -> Self {
        Self { method: method.into(), target: target.into(), headers: vec![(b"host".to_vec(), host.into())], body: Vec::new() }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds the token in the header `authorization` (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Gives the request a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-type", content_type).header("content-length", length)
    }

    /// Adds bytes after the head, with no field for their framing.
    #[must_use]
    pub fn raw_body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// Sends the request on a new connection and reads the response.
    pub fn send(&self, to: SocketAddr) -> Result<Response> {
        self.exchange_over(TcpStream::connect(to)?)
    }

    /// The same from one of this machine's IPv4 addresses, which `source` is; those of loopback are 127.0.0.0/8 on Linux.
    pub fn send_from(&self, source: IpAddr, to: SocketAddr) -> Result<Response> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let stream = runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind((source, 0).into())?;
            socket.connect(to).await?.into_std()
        })?;
        stream.set_nonblocking(false)?;
        self.exchange_over(stream)
    }

    fn exchange_over(&self, stream: TcpStream) -> Result<Response> {
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        stream.set_nodelay(true)?;
        self.exchange(stream)
    }

    /// The same over a Unix socket.
    pub fn send_to_socket(&self, socket: &Path) -> Result<Response> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        self.exchange(stream)
    }

    fn exchange(&self, mut stream: impl Read + Write) -> Result<Response> {
        let mut bytes = [&self.method, b" ".as_slice(), &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            bytes.extend([name.as_slice(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"connection: close\r\n\r\n");
        bytes.extend(&self.body);
        // A server that refuses a request may close before all of it is sent, and has responded all the same.
        let sent = stream.write_all(&bytes);
        let mut answer = Vec::new();
        let mut part = [0; 16 * 1024];
        loop {
            // The framing says where the response ends: a server may keep the connection open after it.
            if let Some(response) = Response::parse(&answer, self.method == b"HEAD")? {
                return Ok(response);
            }
            match stream.read(&mut part) {
                Ok(0) | Err(_) => break,
                Ok(len) => answer.extend(part.iter().take(len)),
            }
        }
        sent.context("no response")?;
        bail!("no complete response in {} bytes", answer.len());
    }
}

impl Response {
    /// Parses the response at the start of `bytes`; `None` if it is incomplete.
    fn parse(bytes: &[u8], of_head: bool) -> Result<Option<Self>> {
        let mut fields = [httparse::EMPTY_HEADER; 100];
        let mut head = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(start) = head.parse(bytes)? else { return Ok(None) };
        let headers: Vec<(String, Vec<u8>)> =
            head.headers.iter().map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec())).collect();
        let status = head.code.context("the response has no status")?;
        let rest = bytes.get(start..).unwrap_or_default();
        let field = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_slice());
        let body = if of_head {
            Some(Vec::new())
        } else if field("transfer-encoding") == Some(b"chunked") {
            unchunk(rest)?
        } else {
            let length = field("content-length").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
            rest.get(..length.unwrap_or(0)).map(<[u8]>::to_vec)
        };
        Ok(body.map(|body| Self { status, headers, body }))
    }

    /// The first field with this name, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The body as JSON; `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The `code` of a problem document (RFC 9457), if the body is one.
    pub fn code(&self) -> Option<String> {
        self.member("code")
    }

    /// The `error` of a token endpoint (RFC 6749 section 5.2), if the body has one.
    pub fn error(&self) -> Option<String> {
        self.member("error")
    }

    fn member(&self, name: &str) -> Option<String> {
        self.json().get(name).and_then(Value::as_str).map(ToOwned::to_owned)
    }
}

/// Removes the chunked framing (RFC 9112 section 7.1); `None` if the body is incomplete.
fn unchunk(mut bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(bytes) {
            Ok(httparse::Status::Complete(complete)) => complete,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => bail!("the response has invalid chunks"),
        };
        let size = usize::try_from(size)?;
        if size == 0 {
            return Ok(Some(body));
        }
        let Some((chunk, rest)) = bytes.get(start..).and_then(|rest| rest.split_at_checked(size)) else { return Ok(None) };
        body.extend(chunk);
        bytes = rest.get(2..).unwrap_or_default();
    }
}

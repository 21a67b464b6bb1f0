//! Sends requests, each with another token, over persistent connections, which common load generators cannot do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// The timeout of a response, which is long because valgrind is slow.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);

/// A client of one Envoy.
pub(crate) struct Load {
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    /// Bytes that belong to the next response.
    read: Vec<u8>,
}

impl Load {
    /// A client with this number of connections. Each has one request at a time, because Envoy closes a connection with more.
    pub(crate) fn connect(to: SocketAddr, connections: usize) -> Result<Self> {
        let connections: Result<_> = (0..connections).map(|_| Connection::connect(to)).collect();
        Ok(Self { connections: connections? })
    }

    /// Sends all `tokens`, each with the header field `field` unless that is empty. Fails if a response does not have `status`.
    pub(crate) fn send(&mut self, tokens: impl Iterator<Item = String>, field: &str, status: u16) -> Result<()> {
        let line = if field.is_empty() { String::new() } else { format!("{field}\r\n") };
        let mut requests = tokens.map(|token| request(&token, &line));
        loop {
            let mut sent = 0;
            for (connection, request) in self.connections.iter_mut().zip(requests.by_ref()) {
                connection.stream.write_all(request.as_bytes())?;
                sent += 1;
            }
            if sent == 0 {
                return Ok(());
            }
            for connection in self.connections.iter_mut().take(sent) {
                let actual = connection.answer()?;
                ensure!(actual == status, "a response is {actual}, not {status}");
            }
        }
    }
}

/// The request of an ordinary client with the token.
fn request(token: &str, line: &str) -> String {
    format!(
        "GET /pizza/1.0.0/orders/1 HTTP/1.1\r\nhost: api.example\r\nuser-agent: postern-bench\r\naccept: */*\r\n\
        {line}authorization: Bearer {token}\r\n\r\n"
    )
}

impl Connection {
    fn connect(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Reads one response and returns its status.
    fn answer(&mut self) -> Result<u16> {
        let mut part = [0; 16 * 1024];
        loop {
            if let Some((status, len)) = head(&self.read)?
                && self.read.len() >= len
            {
                self.read.drain(..len);
                return Ok(status);
            }
            let len = self.stream.read(&mut part).context("no response")?;
            ensure!(len > 0, "the connection was closed");
            self.read.extend(part.iter().take(len));
        }
    }
}

/// The status and the complete length of the response at the start of `bytes`; `None` if it is incomplete.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(start) = head.parse(bytes)? else { return Ok(None) };
    let length = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|field| str::from_utf8(field.value).ok()?.parse::<usize>().ok());
    Ok(Some((head.code.context("the response has no status")?, start + length.context("the response has no length")?)))
}

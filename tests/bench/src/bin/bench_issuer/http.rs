//! A persistent HTTP/1.1 connection on which a task sends requests and reads responses. It does little work, because it shares the
//! machine with the measured server.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The timeout of a response, which is long because a response may be held.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(90);

/// A complete response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Whether the server closes the connection after the response.
    pub(crate) last: bool,
}

pub(crate) struct Connection {
    to: SocketAddr,
    stream: TcpStream,
    read: Vec<u8>,
}

/// The size of a read, which is more than a response with a token has.
const PART: usize = 4096;

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { to, stream, read: Vec::new() })
    }

    /// Sends a request and waits for the response. Reconnects if the server announced to close the connection.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.send(request).await?;
        let answer = timeout(RESPONSE_TIMEOUT, self.answer()).await.context("no response in time")??;
        if answer.last {
            *self = Self::open(self.to).await?;
        }
        Ok(answer)
    }

    pub(crate) async fn send(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        loop {
            if let Some(answer) = self.whole()? {
                return Ok(answer);
            }
            let mut part = [0; PART];
            let mut part = ReadBuf::new(&mut part);
            // Unlike `try_read`, `poll_read` remembers that there is nothing left to read, which saves a system call.
            poll_fn(|context| Pin::new(&mut self.stream).poll_read(context, &mut part)).await?;
            ensure!(!part.filled().is_empty(), "the connection was closed before the end of a response");
            self.read.extend(part.filled());
        }
    }

    /// The response once it is complete. There is only one at a time.
    fn whole(&mut self) -> Result<Option<Answer>> {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(start) = head.parse(&self.read)? else { return Ok(None) };
        let field = |name: &str| {
            let field = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(field.value).ok()
        };
        let status = head.code.context("the response has no status")?;
        let len = match field("content-length") {
            Some(text) => text.parse()?,
            None if matches!(status, 204 | 304) => 0,
            None => bail!("the response has no length"),
        };
        let Some(body) = self.read.get(start..).and_then(|rest| rest.get(..len)) else { return Ok(None) };
        ensure!(self.read.len() == start + len, "there are bytes after the response");
        let last = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let own = |name| field(name).map(str::to_owned);
        let answer = Answer { status, etag: own("etag"), location: own("location"), body: body.to_vec(), last };
        self.read.clear();
        Ok(Some(answer))
    }
}

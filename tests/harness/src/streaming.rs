//! Streams that stay open: an upstream that offers them, and clients that hold one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How often an event comes.
const INTERVAL: Duration = Duration::from_millis(20);

/// An upstream whose responses do not end. It answers an upgrade by sending back what it gets, and any other request by an event
/// every 20 ms. It ends with its handle; its streams end with their clients.
#[derive(Debug)]
pub struct StreamingUpstream {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl StreamingUpstream {
    /// Starts the upstream.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                // A client that goes away ends its stream with an error, as it should.
                thread::spawn(move || drop(answer(stream)));
            }
        });
        Ok(Self { address, stopped })
    }

    /// The address at which it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for StreamingUpstream {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let head = read_head(&mut stream)?.to_ascii_lowercase();
    if head.contains("\r\nupgrade:") {
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")?;
        let mut bytes = [0; 1024];
        loop {
            let length = stream.read(&mut bytes)?;
            if length == 0 {
                return Ok(());
            }
            stream.write_all(bytes.get(..length).unwrap_or_default())?;
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")?;
    loop {
        stream.write_all(b"9\r\ndata: x\n\n\r\n")?;
        thread::sleep(INTERVAL);
    }
}

fn read_head(stream: &mut TcpStream) -> Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(stream.read(&mut byte)? == 1, "the connection ended within a head: {}", String::from_utf8_lossy(&head));
        head.extend(byte);
    }
    Ok(String::from_utf8(head)?)
}

/// A stream that a client holds open through a gateway.
#[derive(Debug)]
pub struct OpenStream {
    stream: TcpStream,
    echoes: bool,
}

impl OpenStream {
    /// Opens a WebSocket at `target`; its frames are plain bytes, which neither end minds.
    pub fn websocket(gateway: SocketAddr, target: &str, token: &str) -> Result<Self> {
        let fields = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        Self::open(gateway, ("GET", target), token, fields, 101)
    }

    /// Opens a response that does not end, for a request with the further header `fields`, each with its line break.
    pub fn response(gateway: SocketAddr, target: &str, token: &str, fields: &str) -> Result<Self> {
        Self::open(gateway, ("GET", target), token, fields, 200)
    }

    /// Opens a request whose body does not end; the response does not end either.
    pub fn upload(gateway: SocketAddr, target: &str, token: &str) -> Result<Self> {
        let mut upload = Self::open(gateway, ("POST", target), token, "transfer-encoding: chunked\r\n", 200)?;
        upload.stream.write_all(b"1\r\nx\r\n")?;
        Ok(upload)
    }

    fn open(gateway: SocketAddr, (method, target): (&str, &str), token: &str, fields: &str, expected: u16) -> Result<Self> {
        let mut stream = TcpStream::connect(gateway)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "{method} {target} HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {token}\r\n{fields}\r\n")?;
        let head = read_head(&mut stream)?;
        let status = head.split(' ').nth(1).context("no status")?;
        ensure!(status == expected.to_string(), "the stream is refused: {head}");
        Ok(Self { stream, echoes: expected == 101 })
    }

    /// Asserts that the stream works: what is sent comes back, or the next event comes.
    pub fn assert_alive(&mut self) -> Result<()> {
        let mut bytes = [0; 1024];
        if self.echoes {
            self.stream.write_all(b"ping")?;
        }
        let length = self.stream.read(&mut bytes)?;
        ensure!(length > 0, "the stream has ended");
        Ok(())
    }

    /// Waits until the gateway ends the stream, at most for `patience`, and returns when the last byte came. Envoy closes a connection
    /// up to a second after it has reset its stream, so the end of the connection says little. A response must not end as if it
    /// were complete.
    pub fn wait_for_end(&mut self, patience: Duration) -> Result<Instant> {
        let (began, mut last_byte) = (Instant::now(), Instant::now());
        let mut last = Vec::new();
        let mut bytes = [0; 4096];
        self.stream.set_read_timeout(Some(INTERVAL))?;
        while began.elapsed() < patience {
            if self.echoes {
                // After the reset there is nothing to write to.
                let _ = self.stream.write_all(b"ping");
            }
            match self.stream.read(&mut bytes) {
                Ok(0) => return refuse_complete(&last).map(|()| last_byte),
                Ok(length) => {
                    last_byte = Instant::now();
                    last = bytes.get(..length).unwrap_or_default().to_vec();
                    if self.echoes {
                        thread::sleep(INTERVAL);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => return Ok(last_byte),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => bail!(error),
            }
        }
        bail!("the stream is still open after {patience:?}")
    }
}

/// A request whose body does not end.
#[derive(Debug)]
pub struct UnfinishedRequest {
    stream: TcpStream,
}

impl UnfinishedRequest {
    /// Sends the header of a request with the further `fields`, each with its line break, and a part of the body. Does not wait for the
    /// response.
    pub fn send(gateway: SocketAddr, target: &str, fields: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(gateway)?;
        stream.set_nodelay(true)?;
        write!(stream, "GET {target} HTTP/1.1\r\nhost: api.example\r\ntransfer-encoding: chunked\r\n{fields}\r\n1\r\nx\r\n")?;
        Ok(Self { stream })
    }

    /// The status of the response; `None` if none comes within `patience`.
    pub fn status(&mut self, patience: Duration) -> Result<Option<u16>> {
        self.stream.set_read_timeout(Some(patience))?;
        let mut start = [0; 12];
        match self.stream.read_exact(&mut start) {
            Ok(()) => {
                let text = String::from_utf8_lossy(&start).into_owned();
                Ok(Some(text.split(' ').nth(1).context("no status")?.parse()?))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            Err(error) => bail!(error),
        }
    }
}

/// Fails when a response ends with the last chunk (RFC 9112 section 7.1).
fn refuse_complete(end: &[u8]) -> Result<()> {
    ensure!(!end.ends_with(b"0\r\n\r\n"), "the response ends as if it were complete");
    Ok(())
}

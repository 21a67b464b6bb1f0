//! Continuous requests on many persistent connections, so that every worker of a gateway has some.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The pause of each connection between a response and the next request.
const PAUSE: Duration = Duration::from_millis(10);

/// One response.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// When the request was sent.
    pub sent: Instant,
    /// When the response was complete.
    pub at: Instant,
    /// The status; 0 if there was no response.
    pub status: u16,
    /// The number of the connection.
    pub connection: usize,
}

/// A running load, which stops when it is dropped.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    token: Mutex<Arc<str>>,
    answers: Mutex<Vec<Answered>>,
    stop: AtomicBool,
}

impl Load {
    /// Sends `GET target` with `token` to `to` on this number of connections.
    pub fn start(to: SocketAddr, target: &str, token: &str, connections: usize) -> Self {
        let shared =
            Arc::new(Shared { token: Mutex::new(token.into()), answers: Mutex::default(), stop: AtomicBool::new(false) });
        let threads = (0..connections)
            .map(|connection| {
                let (shared, target) = (Arc::clone(&shared), target.to_owned());
                thread::spawn(move || run(to, &target, connection, &shared))
            })
            .collect();
        Self { shared, threads }
    }

    /// Sends another token from now on.
    pub fn use_token(&self, token: &str) {
        *self.shared.token.lock().unwrap_or_else(PoisonError::into_inner) = token.into();
    }

    /// Returns the responses since the last call.
    pub fn take(&self) -> Vec<Answered> {
        std::mem::take(&mut *self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn run(to: SocketAddr, target: &str, connection: usize, shared: &Shared) {
    let mut stream: Option<TcpStream> = None;
    while !shared.stop.load(Ordering::SeqCst) {
        let token = Arc::clone(&shared.token.lock().unwrap_or_else(PoisonError::into_inner));
        let request = format!("GET {target} HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {token}\r\n\r\n");
        let sent = Instant::now();
        let status = exchange(&mut stream, to, request.as_bytes()).unwrap_or_else(|_| {
            stream = None;
            0
        });
        let answered = Answered { sent, at: Instant::now(), status, connection };
        shared.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answered);
        thread::sleep(PAUSE);
    }
}

fn exchange(stream: &mut Option<TcpStream>, to: SocketAddr, request: &[u8]) -> std::io::Result<u16> {
    let open = if let Some(open) = stream {
        open
    } else {
        let new = TcpStream::connect(to)?;
        new.set_nodelay(true)?;
        new.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.insert(new)
    };
    open.write_all(request)?;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some((status, len, close)) = whole(&answer) {
            if close || answer.len() > len {
                *stream = None;
            }
            return Ok(status);
        }
        match open.read(&mut part)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            len => answer.extend(part.iter().take(len)),
        }
    }
}

/// The status and the length of a complete response, and whether the connection ends with it. Responses of Envoy and of the sample API
/// have a `content-length`.
fn whole(answer: &[u8]) -> Option<(u16, usize, bool)> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(start)) = head.parse(answer) else { return None };
    let field = |name: &str| {
        let field = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok()
    };
    let len = start + field("content-length").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    (answer.len() >= len).then_some((head.code?, len, field("connection") == Some("close")))
}

//! A proxy between an edge and its issuer that injects faults of networks and servers.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// How the proxy treats requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No fault: bytes pass both ways.
    None,
    /// Connections are closed at once.
    Refuse,
    /// Requests are read and never answered.
    Hang,
    /// 500, with a page.
    ServerError,
    /// 200 and random bytes.
    Rubbish,
    /// 200 and an HTML page, like that of a captive portal.
    Html,
    /// 200 and 10 MiB.
    Large,
    /// 200 and half a bundle.
    Truncated,
    /// 401.
    Unauthorized,
    /// The bundle is current, but each status list stays as it was when it was first fetched, as from a cache on the way. Its entity tag
    /// is the version that the edge asks for, as from an attacker.
    OldLists,
    /// The response to a request for production's bundle is the sandbox's bundle.
    OtherEnvironment,
    /// The entity tag of each bundle is `*`, which every version matches, as from an attacker.
    TagOfEveryVersion,
    /// A response that makes the trapping plugin trap.
    Trap,
}

impl Fault {
    /// All faults of an issuer that never sends anything new.
    pub const FAILURES: [Self; 8] = [
        Self::Refuse,
        Self::Hang,
        Self::ServerError,
        Self::Rubbish,
        Self::Html,
        Self::Large,
        Self::Truncated,
        Self::Unauthorized,
    ];

    fn answer(self) -> Option<Vec<u8>> {
        let head = |status: &str, more: &str, len: usize| {
            format!("HTTP/1.1 {status}\r\ncontent-length: {len}\r\netag: \"fault\"\r\n{more}connection: close\r\n\r\n")
                .into_bytes()
        };
        let whole = |status: &str, body: &[u8]| [head(status, "", body.len()), body.to_vec()].concat();
        match self {
            Self::None | Self::Refuse | Self::Hang | Self::OldLists | Self::OtherEnvironment | Self::TagOfEveryVersion => None,
            Self::ServerError => Some(whole("500 Internal Server Error", b"<h1>sorry</h1>")),
            Self::Rubbish => Some(whole("200 OK", &[0xfe, 0x00, 0x7b, 0x22, 0xc3].repeat(999))),
            Self::Html => Some(whole("200 OK", b"<!doctype html><title>Welcome to our WLAN</title>")),
            Self::Large => Some(whole("200 OK", &vec![b' '; 10 << 20])),
            Self::Truncated => Some(whole("200 OK", br#"{"issuer":"https://issuer.example","audience":"https://api"#)),
            Self::Unauthorized => Some(whole("401 Unauthorized", b"")),
            Self::Trap => Some(head("200 OK", "x-postern-trap: now\r\n", 0)),
        }
    }
}

/// A running proxy, which stops when it is dropped.
#[derive(Debug)]
pub struct Faults {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    requests: AtomicUsize,
    stop: AtomicBool,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    issuer: SocketAddr,
    open: Vec<TcpStream>,
    /// The responses to requests for status lists, by path.
    lists: HashMap<String, Vec<u8>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faults {
    /// Starts a proxy for the issuer at `issuer`, without a fault.
    pub fn start(issuer: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State { fault: Fault::None, issuer, open: Vec::new(), lists: HashMap::new() });
        let shared = Arc::new(Shared { state, requests: AtomicUsize::new(0), stop: AtomicBool::new(false) });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Ok(Self { address, shared })
    }

    /// The proxy's own address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Injects `fault` from now on, also into requests that wait for a response.
    pub fn set(&self, fault: Fault) {
        let mut state = self.shared.state();
        state.fault = fault;
        close(&mut state);
    }

    /// Forwards to another issuer from now on.
    pub fn forward_to(&self, issuer: SocketAddr) {
        let mut state = self.shared.state();
        state.issuer = issuer;
        close(&mut state);
    }

    /// The number of requests, which shows an edge that requests too often.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

fn close(state: &mut State) {
    for stream in state.open.drain(..) {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        close(&mut self.shared.state());
        // Wakes the thread that accepts connections.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn serve(mut client: TcpStream, shared: &Shared) {
    let (fault, issuer) = {
        let mut state = shared.state();
        if let Ok(handle) = client.try_clone() {
            state.open.push(handle);
        }
        (state.fault, state.issuer)
    };
    match fault {
        Fault::None => pass(&client, issuer, shared),
        Fault::Refuse => {}
        Fault::OldLists => {
            let Some(request) = read_request(&client) else { return };
            let text = String::from_utf8_lossy(&request);
            let target = text.split(' ').nth(1).unwrap_or_default();
            let (path, version) = target.split_once("?version=").unwrap_or((target, ""));
            let old = shared.state().lists.get(path).cloned();
            let mut answer = old.or_else(|| fetch(&request, issuer)).unwrap_or_default();
            if path.starts_with("/status/") {
                shared.state().lists.insert(path.to_owned(), answer.clone());
                answer = with_tag(&answer, version);
            }
            let _ = client.write_all(&answer);
        }
        Fault::OtherEnvironment => {
            let Some(request) = read_request(&client) else { return };
            let request = String::from_utf8_lossy(&request).replace("environment=production", "environment=sandbox");
            let _ = client.write_all(&fetch(request.as_bytes(), issuer).unwrap_or_default());
        }
        Fault::TagOfEveryVersion => {
            let Some(request) = read_request(&client) else { return };
            let answer = fetch(&request, issuer).unwrap_or_default();
            let text = String::from_utf8_lossy(&answer);
            let tag = text.split("\r\netag: \"").nth(1).and_then(|rest| rest.split('"').next());
            let answer = tag.map_or_else(|| text.clone().into_owned(), |tag| text.replace(&format!("\"{tag}\""), "*"));
            let _ = client.write_all(answer.as_bytes());
        }
        fault => {
            if read_request(&client).is_none() {
                return;
            }
            if let Some(answer) = fault.answer() {
                let _ = client.write_all(&answer);
            } else {
                // Until the client gives up or the fault ends.
                while read(&client).is_some() {}
            }
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn read_request(client: &TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.extend(read(client)?);
    }
    Some(request)
}

/// The issuer's complete response to a request without a body.
fn fetch(request: &[u8], issuer: SocketAddr) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(issuer).ok()?;
    let head = request.strip_suffix(b"\r\n")?;
    server.write_all(&[head, b"connection: close\r\n\r\n"].concat()).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// The same response with another entity tag.
fn with_tag(response: &[u8], tag: &str) -> Vec<u8> {
    const NAME: &[u8] = b"\r\netag: \"";
    let Some(start) = response.windows(NAME.len()).position(|window| window == NAME).map(|at| at + NAME.len()) else {
        return response.to_vec();
    };
    let (before, after) = response.split_at(start);
    let end = after.iter().position(|byte| *byte == b'"').unwrap_or_default();
    [before, tag.as_bytes(), after.get(end..).unwrap_or_default()].concat()
}

fn pass(client: &TcpStream, issuer: SocketAddr, shared: &Shared) {
    let Ok(server) = TcpStream::connect(issuer) else { return };
    if let Ok(handle) = server.try_clone() {
        shared.state().open.push(handle);
    }
    thread::scope(|scope| {
        // An edge sends a request at once, in one piece.
        let server = &server;
        scope.spawn(move || copy(client, server, || _ = shared.requests.fetch_add(1, Ordering::SeqCst)));
        copy(server, client, || {});
    });
}

fn copy(from: &TcpStream, mut to: &TcpStream, mut each: impl FnMut()) {
    while let Some(bytes) = read(from) {
        each();
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// The next bytes; `None` at the end or after an error.
fn read(mut from: &TcpStream) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 16 * 1024];
    let len = from.read(&mut bytes).ok().filter(|len| *len > 0)?;
    bytes.truncate(len);
    Some(bytes)
}

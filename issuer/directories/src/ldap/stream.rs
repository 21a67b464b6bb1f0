//! Sockets with a deadline, with or without TLS.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::error::ConnectError;
use super::settings::Server;

/// A socket on which every call ends by the deadline.
#[derive(Debug)]
pub(super) struct DeadlineSocket {
    socket: TcpStream,
    deadline: Instant,
}

/// A socket, with or without TLS.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(DeadlineSocket),
    Tls(Box<StreamOwned<ClientConnection, DeadlineSocket>>),
}

impl DeadlineSocket {
    /// Connects to the first address of the server that accepts the connection.
    pub(super) fn connect(server: &Server, deadline: Instant) -> Result<Self, ConnectError> {
        let addresses =
            resolve(&server.host, server.port, deadline).map_err(|error| ConnectError::of(error, ConnectError::Name))?;
        let mut last = ConnectError::Name(io::ErrorKind::NotFound.into());
        for (index, address) in addresses.iter().enumerate() {
            // Each address gets an equal share of the remaining time, so that one that does not answer leaves time for the
            // others.
            let share = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let connected = remaining(deadline)
                .and_then(|remaining| TcpStream::connect_timeout(address, (remaining / share).max(MIN_TIMEOUT)));
            match connected {
                Ok(socket) => {
                    // Each message is written at once, and then its answer is awaited, so Nagle's algorithm would only add
                    // latency.
                    socket.set_nodelay(true).map_err(ConnectError::Connect)?;
                    return Ok(Self { socket, deadline });
                }
                Err(error) => last = ConnectError::of(error, ConnectError::Connect),
            }
        }
        Err(last)
    }

    /// Starts TLS. The server's certificate must hold `name`.
    pub(super) fn encrypt(mut self, config: &Arc<ClientConfig>, name: &ServerName<'static>) -> Result<Stream, ConnectError> {
        let tls = |error| ConnectError::of(error, ConnectError::Tls);
        let mut connection = ClientConnection::new(Arc::clone(config), name.clone())
            .map_err(|error| ConnectError::Tls(io::Error::other(error)))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut self).map_err(tls)?;
        }
        Ok(Stream::Tls(Box::new(StreamOwned::new(connection, self))))
    }
}

/// The minimum timeout of a connection attempt, because a timeout of zero is an error.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// The time until `deadline`; an error of kind `TimedOut` after it.
fn remaining(deadline: Instant) -> io::Result<Duration> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    if remaining.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(remaining) }
}

/// Resolves a host name, in a separate thread, because the system's resolver accepts no deadline.
fn resolve(host: &str, port: u16, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let host = host.to_owned();
    thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let resolved = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // The receiver may already have given up.
        drop(sender.send(resolved));
    })?;
    receiver.recv_timeout(remaining(deadline)?).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

impl Read for DeadlineSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(remaining(self.deadline)?))?;
        self.socket.read(buffer)
    }
}

impl Write for DeadlineSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(remaining(self.deadline)?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

//! A connection to a directory that keeps to a deadline, whatever the directory does.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::error::ConnectError;
use super::settings::Server;

/// A socket whose every call ends by the deadline.
#[derive(Debug)]
pub(super) struct Timed {
    socket: TcpStream,
    deadline: Instant,
}

/// A socket, with TLS or without.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Timed {
    /// Connects to the first address of the server's that answers.
    pub(super) fn connect(server: &Server, deadline: Instant) -> Result<Self, ConnectError> {
        let addresses =
            resolve(&server.host, server.port, deadline).map_err(|error| ConnectError::of(error, ConnectError::Name))?;
        let mut last = ConnectError::Name(io::ErrorKind::NotFound.into());
        for (index, address) in addresses.iter().enumerate() {
            // One that is silent leaves time to those after it.
            let share = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let connected = left(deadline).and_then(|left| TcpStream::connect_timeout(address, (left / share).max(LEAST)));
            match connected {
                Ok(socket) => {
                    // Each message is written whole and then waited for.
                    socket.set_nodelay(true).map_err(ConnectError::Connect)?;
                    return Ok(Self { socket, deadline });
                }
                Err(error) => last = ConnectError::of(error, ConnectError::Connect),
            }
        }
        Err(last)
    }

    /// Begins TLS, in which the server shows that it is `name`.
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

/// A timeout of nothing would be none.
const LEAST: Duration = Duration::from_millis(1);

/// How long there is until `deadline`.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// The system's resolver knows no deadline, so a thread of its own waits for it.
fn resolve(host: &str, port: u16, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let host = host.to_owned();
    thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let resolved = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Who asked may be gone.
        drop(sender.send(resolved));
    })?;
    receiver.recv_timeout(left(deadline)?).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(left(self.deadline)?))?;
        self.socket.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(left(self.deadline)?))?;
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

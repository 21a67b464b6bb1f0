//! A connection to a directory: one request at a time, each followed by its responses.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use rustls::ClientConfig;

use super::ber::{self, SEQUENCE};
use super::error::ConnectError;
use super::message::{
    self, BIND_RESPONSE, ENTRY, EXTENDED_RESPONSE, Entry, INTERMEDIATE_RESPONSE, REFERENCE, SEARCH_DONE, Search,
};
use super::settings::{Security, Server};
use super::stream::{DeadlineSocket, Stream};

/// The maximum length of a received message in bytes, enough for a user in thousands of groups.
const MAX_MESSAGE: usize = 1024 * 1024;

/// The maximum length of all responses to one request in bytes.
const MAX_ANSWER: usize = 4 * MAX_MESSAGE;

/// A connection, encrypted if the settings require it. It sends an unbind request when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    last_id: u32,
}

impl Connection {
    /// Connects to the server. `tls` is used if the server has TLS.
    pub(super) fn open(server: &Server, tls: &Arc<ClientConfig>, deadline: Instant) -> Result<Self, ConnectError> {
        let socket = DeadlineSocket::connect(server, deadline)?;
        let stream = match &server.security {
            Security::Tls(name) => socket.encrypt(tls, name)?,
            Security::StartTls(name) => start_tls(socket)?.encrypt(tls, name)?,
            Security::None => Stream::Plain(socket),
        };
        // The message id that was used before TLS is not used again.
        Ok(Self { stream, last_id: START_TLS_ID })
    }

    /// Binds with a password, and returns the result code.
    ///
    /// The password must not be empty: that would be an unauthenticated bind, which servers answer with success (RFC 4513,
    /// section 5.1.2).
    pub(super) fn bind(&mut self, dn: &str, password: &str) -> Result<u32, ConnectError> {
        let id = self.next_id();
        write(&mut self.stream, &message::bind(id, dn, password))?;
        let answer = read(&mut self.stream)?;
        Ok(message::result_code(expected(&answer, id, BIND_RESPONSE)?)?)
    }

    /// Searches, and returns the entries and the result code. References to other servers are ignored.
    pub(super) fn search(&mut self, search: &Search<'_>) -> Result<(Vec<Entry>, u32), ConnectError> {
        let id = self.next_id();
        write(&mut self.stream, &message::search(id, search))?;
        let mut entries = Vec::new();
        let mut size = 0;
        loop {
            let answer = read(&mut self.stream)?;
            size += answer.len();
            if size > MAX_ANSWER {
                return Err(ConnectError::Malformed);
            }
            match message::parse(&answer)? {
                (found, ENTRY, operation) if found == id => entries.push(message::entry(operation, search.attribute)?),
                (found, REFERENCE | INTERMEDIATE_RESPONSE, _) if found == id => {}
                (found, SEARCH_DONE, operation) if found == id => return Ok((entries, message::result_code(operation)?)),
                _ => return Err(ConnectError::Malformed),
            }
        }
    }

    fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let id = self.next_id();
        // A failure does not matter, because the connection is closed anyway.
        let _ = write(&mut self.stream, &message::unbind(id));
    }
}

const START_TLS_ID: u32 = 1;

/// Requests `StartTLS`.
///
/// Exactly the bytes of the response are read. Bytes that an attacker on the network appends to the response go to the TLS handshake, which
/// fails, so they cannot be treated as encrypted data.
fn start_tls(socket: DeadlineSocket) -> Result<DeadlineSocket, ConnectError> {
    let mut stream = Stream::Plain(socket);
    write(&mut stream, &message::start_tls(START_TLS_ID))?;
    let answer = read(&mut stream)?;
    let code = message::result_code(expected(&answer, START_TLS_ID, EXTENDED_RESPONSE)?)?;
    match stream {
        Stream::Plain(socket) if code == 0 => Ok(socket),
        _ => Err(ConnectError::StartTls(code)),
    }
}

/// The operation of the message `answer`, which must have the message id `id` and the tag `tag`. Message id 0 is an unsolicited
/// notification, such as a disconnection.
fn expected(answer: &[u8], id: u32, tag: u8) -> Result<&[u8], ConnectError> {
    match message::parse(answer)? {
        (found, kind, operation) if found == id && kind == tag => Ok(operation),
        _ => Err(ConnectError::Malformed),
    }
}

fn write(stream: &mut Stream, message: &[u8]) -> Result<(), ConnectError> {
    stream.write_all(message).and_then(|()| stream.flush()).map_err(|error| ConnectError::of(error, ConnectError::Lost))
}

/// Reads the next message, and returns its contents.
fn read(stream: &mut Stream) -> Result<Vec<u8>, ConnectError> {
    let mut fill = |bytes: &mut [u8]| stream.read_exact(bytes).map_err(|error| ConnectError::of(error, ConnectError::Lost));
    let mut head = [0; 2];
    fill(&mut head)?;
    let [tag, first] = head;
    let mut written = [0; 4];
    let written = written.get_mut(..ber::length_of_length(first)?).unwrap_or_default();
    fill(written)?;
    let len = if written.is_empty() { usize::from(first) } else { ber::length(written) };
    if tag != SEQUENCE || len > MAX_MESSAGE {
        return Err(ConnectError::Malformed);
    }
    let mut contents = vec![0; len];
    fill(&mut contents)?;
    Ok(contents)
}

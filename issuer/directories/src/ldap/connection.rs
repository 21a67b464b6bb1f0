//! One conversation with a directory: a question, its answers, the next question.

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
use super::stream::{Stream, Timed};

/// The longest message that is read, in bytes. A person with thousands of groups fits.
const MAX_MESSAGE: usize = 1024 * 1024;

/// All that one question may be answered with, in bytes.
const MAX_ANSWER: usize = 4 * MAX_MESSAGE;

/// A connection, encrypted where the settings say so. It says goodbye when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    last: u32,
}

impl Connection {
    /// Connects to the server; `tls` is how, where it speaks that.
    pub(super) fn open(server: &Server, tls: &Arc<ClientConfig>, deadline: Instant) -> Result<Self, ConnectError> {
        let socket = Timed::connect(server, deadline)?;
        let stream = match &server.security {
            Security::Tls(name) => socket.encrypt(tls, name)?,
            Security::StartTls(name) => start_tls(socket)?.encrypt(tls, name)?,
            Security::None => Stream::Plain(socket),
        };
        // The number of a message that came before TLS does not come again.
        Ok(Self { stream, last: START_TLS_ID })
    }

    /// Shows a password, and gives the result code. The password must not be empty: a server would take that for nobody in
    /// particular and answer with success (RFC 4513, section 5.1.2).
    pub(super) fn bind(&mut self, dn: &str, password: &str) -> Result<u32, ConnectError> {
        let id = self.next_id();
        write(&mut self.stream, &message::bind(id, dn, password))?;
        let answer = read(&mut self.stream)?;
        Ok(message::result_code(expected(&answer, id, BIND_RESPONSE)?)?)
    }

    /// Searches, and gives the entries with the result code. References to other servers are passed over.
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
        self.last += 1;
        self.last
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let id = self.next_id();
        // Where nobody listens any more, nothing is lost.
        let _ = write(&mut self.stream, &message::unbind(id));
    }
}

const START_TLS_ID: u32 = 1;

/// Asks for TLS. Each message is read to its last byte and no further, so nothing that came with the answer, from whoever stands
/// between, is taken for a part of what is said under TLS.
fn start_tls(socket: Timed) -> Result<Timed, ConnectError> {
    let mut stream = Stream::Plain(socket);
    write(&mut stream, &message::start_tls(START_TLS_ID))?;
    let answer = read(&mut stream)?;
    let code = message::result_code(expected(&answer, START_TLS_ID, EXTENDED_RESPONSE)?)?;
    match stream {
        Stream::Plain(socket) if code == 0 => Ok(socket),
        _ => Err(ConnectError::StartTls(code)),
    }
}

/// The operation in the message `answer`, which must be number `id` and of this kind. Number 0 is what a server says of its own
/// accord: goodbye.
fn expected(answer: &[u8], id: u32, tag: u8) -> Result<&[u8], ConnectError> {
    match message::parse(answer)? {
        (found, kind, operation) if found == id && kind == tag => Ok(operation),
        _ => Err(ConnectError::Malformed),
    }
}

fn write(stream: &mut Stream, message: &[u8]) -> Result<(), ConnectError> {
    stream.write_all(message).and_then(|()| stream.flush()).map_err(|error| ConnectError::of(error, ConnectError::Lost))
}

/// The contents of the next message.
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

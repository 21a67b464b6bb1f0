//! A hostile server in the place of the directory: no sign-in succeeds, and time and memory stay limited.

use std::sync::mpsc;

use super::super::ber::Reader;
use super::*;

/// A server that reads once from each connection and then calls `answer`.
fn answering(start_tls: bool, timeout: Duration, answer: impl Fn(TcpStream) + Send + 'static) -> Ldap {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            drop(client.read(&mut [0; 1000]));
            answer(client);
        }
    });
    let mut settings = settings(&url);
    settings.server = Server::parse(&url, start_tls, false).unwrap();
    settings.timeout = timeout;
    Ldap::new(settings).unwrap()
}

/// A server that sends these bytes on each connection.
fn answering_with(answer: Vec<u8>) -> Ldap {
    answering(false, Duration::from_secs(10), move |mut client| drop(client.write_all(&answer)))
}

/// The error of a sign-in that must fail because the directory is not available.
fn connect_error(ldap: &Ldap) -> ConnectError {
    match sign_in(ldap, "alice", ALICE_PASSWORD) {
        Err(DirectoryError::Unavailable(connect_error)) => connect_error,
        other => panic!("{other:?}"),
    }
}

/// A message with the message id `id`.
fn message(id: u32, tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let operation = ber::element(tag, contents);
    ber::element(ber::SEQUENCE, &[&ber::number(ber::INTEGER, id), &operation]).to_vec()
}

/// A message with a result code.
fn result(id: u32, tag: u8, code: u32) -> Vec<u8> {
    let text = ber::element(ber::OCTETS, &[]);
    message(id, tag, &[&ber::number(ber::ENUMERATED, code), &text, &text])
}

/// Elements that are nested `levels` deep.
fn nested(levels: usize) -> Vec<u8> {
    let mut backwards = Vec::new();
    for _ in 0..levels {
        let len = u32::try_from(backwards.len()).unwrap().to_be_bytes();
        backwards.extend(len.iter().rev());
        backwards.extend([0x84, 0x30]);
    }
    backwards.reverse();
    backwards
}

#[test]
fn an_invalid_answer_is_an_error() {
    let wrong_id = result(7, message::BIND_RESPONSE, 0);
    let disconnection = result(0, message::EXTENDED_RESPONSE, 52);
    let wrong_operation = result(2, message::SEARCH_DONE, 0);
    for (what, bytes) in [
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("too long", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("an indefinite length", vec![0x30, 0x80, 0, 0]),
        ("empty", vec![0x30, 0]),
        ("nested", nested(100_000)),
        ("another message id", wrong_id),
        ("a notice of disconnection", disconnection),
        ("another operation", wrong_operation),
        ("an invalid result code", message(2, message::BIND_RESPONSE, &[&[0x0a, 0]])),
    ] {
        let connect_error = connect_error(&answering_with(bytes));
        assert!(matches!(connect_error, ConnectError::Malformed), "{what}: {connect_error:?}");
    }
    for truncated in [vec![], vec![0x30], vec![0x30, 5, 2, 1], vec![0x30, 0x82, 1]] {
        let connect_error = connect_error(&answering_with(truncated));
        assert!(matches!(connect_error, ConnectError::Lost(_)), "{connect_error:?}");
    }
}

#[test]
fn an_endless_answer_is_refused() {
    let entry =
        message(3, message::ENTRY, &[&ber::element(ber::OCTETS, &[&vec![b'x'; 60_000]]), &ber::element(ber::SEQUENCE, &[])]);
    let ldap = answering(false, Duration::from_secs(20), move |mut client| {
        drop(client.write_all(&result(2, message::BIND_RESPONSE, 0)));
        while client.write_all(&entry).is_ok() {}
    });
    assert!(matches!(connect_error(&ldap), ConnectError::Malformed));
}

#[test]
fn a_silent_or_slow_server_cannot_exceed_the_timeout() {
    let silent = |client: TcpStream| {
        thread::sleep(Duration::from_mins(1));
        drop(client);
    };
    // Single bytes must not extend the timeout.
    let slow = |mut client: TcpStream| {
        while client.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    };
    let timeout = Duration::from_millis(300);
    for ldap in [
        answering(false, timeout, silent),
        answering(true, timeout, silent),
        answering(false, timeout, move |mut client| {
            drop(client.write_all(&[0x30, 0x82, 0x10, 0]));
            slow(client);
        }),
    ] {
        let begin = Instant::now();
        let connect_error = connect_error(&ldap);
        assert!(matches!(connect_error, ConnectError::TimedOut), "{connect_error:?}");
        // The upper limit is generous, for busy machines.
        assert!((timeout..30 * timeout).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }
}

#[test]
fn only_the_start_tls_request_is_sent_unencrypted() {
    for code in [2, 52] {
        let (sender, rest_of) = mpsc::channel();
        let ldap = answering(true, Duration::from_secs(10), move |mut client| {
            drop(client.write_all(&result(1, message::EXTENDED_RESPONSE, code)));
            let mut rest = Vec::new();
            drop(client.read_to_end(&mut rest));
            sender.send(rest).unwrap();
        });
        assert!(matches!(connect_error(&ldap), ConnectError::StartTls(found) if found == code));
        assert_eq!(rest_of.recv().unwrap(), Vec::<u8>::new(), "nothing may be sent after StartTLS is refused");
    }
    // An attacker on the network appends a bind response with success.
    let injecting = answering(true, Duration::from_secs(10), |mut client| {
        let mut bytes = result(1, message::EXTENDED_RESPONSE, 0);
        bytes.extend(result(2, message::BIND_RESPONSE, 0));
        drop(client.write_all(&bytes));
        drop(client.read(&mut [0; 1000]));
    });
    assert!(matches!(connect_error(&injecting), ConnectError::Tls(_)));
    let deep = answering(true, Duration::from_secs(10), |mut client| drop(client.write_all(&nested(100_000))));
    assert!(matches!(connect_error(&deep), ConnectError::Malformed | ConnectError::Lost(_)));
}

#[test]
fn a_host_name_that_cannot_be_resolved_is_an_error() {
    let mut settings = settings("ldap://localhost");
    settings.server = Server::parse("ldap://directory.invalid", false, true).unwrap();
    settings.timeout = Duration::from_secs(5);
    let connect_error = connect_error(&Ldap::new(settings).unwrap());
    assert!(matches!(connect_error, ConnectError::Name(_) | ConnectError::TimedOut), "{connect_error:?}");
}

#[test]
fn the_root_entry_of_the_server_is_not_a_user() {
    let ldap = answering(false, Duration::from_secs(10), |mut client| {
        let entry = message(3, message::ENTRY, &[&ber::element(ber::OCTETS, &[]), &ber::element(ber::SEQUENCE, &[])]);
        let answer = [result(2, message::BIND_RESPONSE, 0), entry, result(3, message::SEARCH_DONE, 0)].concat();
        drop(client.write_all(&answer));
        drop(client.read(&mut [0; 1000]));
    });
    assert_eq!(sign_in(&ldap, "alice", ALICE_PASSWORD).unwrap(), None);
}

#[test]
fn a_changed_or_truncated_message_does_not_panic() {
    let text = |text: &str| ber::element(ber::OCTETS, &[text.as_bytes()]);
    let values = ber::element(ber::SET, &[&text("editors"), &text("writers")]);
    let attribute = ber::element(ber::SEQUENCE, &[&text("memberOf;range=0-1"), &values]);
    let entry = message(3, message::ENTRY, &[&text("uid=alice"), &ber::element(ber::SEQUENCE, &[&attribute])]);
    let read = |bytes: &[u8]| {
        let (id, tag, operation) = message::parse(Reader::new(bytes).take(ber::SEQUENCE).ok()?).ok()?;
        let entry = message::entry(operation, Some("memberof")).ok()?;
        let _ = message::result_code(operation);
        Some((id, tag, entry))
    };
    let (id, tag, whole) = read(&entry).unwrap();
    assert_eq!(
        (id, tag, whole.dn.as_str(), whole.values),
        (3, message::ENTRY, "uid=alice", vec!["editors".to_owned(), "writers".to_owned()])
    );
    for at in 0..entry.len() {
        assert!(read(&entry[..at]).is_none());
        for byte in 0..=u8::MAX {
            let mut changed = entry.clone();
            changed[at] = byte;
            drop(read(&changed));
        }
    }
}

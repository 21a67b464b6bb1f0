//! Whoever answers in the directory's place gets nothing, and takes nothing with them.

use std::sync::mpsc;

use super::super::ber::Reader;
use super::*;

/// A directory that takes what it is sent and answers each connection with `answer`.
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

fn saying(answer: Vec<u8>) -> Ldap {
    answering(false, Duration::from_secs(10), move |mut client| drop(client.write_all(&answer)))
}

fn trouble(ldap: &Ldap) -> ConnectError {
    match sign_in(ldap, "alice", ALICES) {
        Err(DirectoryError::Unavailable(trouble)) => trouble,
        other => panic!("{other:?}"),
    }
}

/// A message with number `id`.
fn message(id: u32, tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let operation = ber::element(tag, contents);
    ber::element(ber::SEQUENCE, &[&ber::number(ber::INTEGER, id), &operation]).to_vec()
}

fn result(id: u32, tag: u8, code: u32) -> Vec<u8> {
    let text = ber::element(ber::OCTETS, &[]);
    message(id, tag, &[&ber::number(ber::ENUMERATED, code), &text, &text])
}

/// So many elements in each other.
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
fn what_is_no_answer() {
    let other = result(7, message::BIND_RESPONSE, 0);
    let disconnection = result(0, message::EXTENDED_RESPONSE, 52);
    let wrong_kind = result(2, message::SEARCH_DONE, 0);
    for (what, bytes) in [
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("too long", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("without end", vec![0x30, 0x80, 0, 0]),
        ("empty", vec![0x30, 0]),
        ("nested", nested(100_000)),
        ("another's answer", other),
        ("goodbye", disconnection),
        ("another question's answer", wrong_kind),
        ("an odd result", message(2, message::BIND_RESPONSE, &[&[0x0a, 0]])),
    ] {
        let trouble = trouble(&saying(bytes));
        assert!(matches!(trouble, ConnectError::Malformed), "{what}: {trouble:?}");
    }
    for cut in [vec![], vec![0x30], vec![0x30, 5, 2, 1], vec![0x30, 0x82, 1]] {
        let trouble = trouble(&saying(cut));
        assert!(matches!(trouble, ConnectError::Lost(_)), "{trouble:?}");
    }
}

#[test]
fn an_answer_that_does_not_end_is_not_read_to_its_end() {
    let entry =
        message(3, message::ENTRY, &[&ber::element(ber::OCTETS, &[&vec![b'x'; 60_000]]), &ber::element(ber::SEQUENCE, &[])]);
    let ldap = answering(false, Duration::from_secs(20), move |mut client| {
        drop(client.write_all(&result(2, message::BIND_RESPONSE, 0)));
        while client.write_all(&entry).is_ok() {}
    });
    assert!(matches!(trouble(&ldap), ConnectError::Malformed));
}

#[test]
fn who_is_silent_or_slow_takes_no_more_than_the_time_that_is_set() {
    let silent = |client: TcpStream| {
        thread::sleep(Duration::from_mins(1));
        drop(client);
    };
    // A byte now and then is no sign of life.
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
        let trouble = trouble(&ldap);
        assert!(matches!(trouble, ConnectError::TimedOut), "{trouble:?}");
        // With room for a machine that has much else to do.
        assert!((timeout..30 * timeout).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }
}

#[test]
fn nothing_is_said_before_tls_but_that_it_should_begin() {
    for code in [2, 52] {
        let (sender, rest_of) = mpsc::channel();
        let ldap = answering(true, Duration::from_secs(10), move |mut client| {
            drop(client.write_all(&result(1, message::EXTENDED_RESPONSE, code)));
            let mut rest = Vec::new();
            drop(client.read_to_end(&mut rest));
            sender.send(rest).unwrap();
        });
        assert!(matches!(trouble(&ldap), ConnectError::StartTls(found) if found == code));
        assert_eq!(rest_of.recv().unwrap(), Vec::<u8>::new(), "neither a password nor anything else follows");
    }
    // Somebody between us and the server adds an answer for later, in which everything is fine.
    let adding = answering(true, Duration::from_secs(10), |mut client| {
        let mut bytes = result(1, message::EXTENDED_RESPONSE, 0);
        bytes.extend(result(2, message::BIND_RESPONSE, 0));
        drop(client.write_all(&bytes));
        drop(client.read(&mut [0; 1000]));
    });
    assert!(matches!(trouble(&adding), ConnectError::Tls(_)));
    let deep = answering(true, Duration::from_secs(10), |mut client| drop(client.write_all(&nested(100_000))));
    assert!(matches!(trouble(&deep), ConnectError::Malformed | ConnectError::Lost(_)));
}

#[test]
fn a_name_without_an_address_is_no_directory() {
    let mut settings = settings("ldap://localhost");
    settings.server = Server::parse("ldap://directory.invalid", false, true).unwrap();
    settings.timeout = Duration::from_secs(5);
    let trouble = trouble(&Ldap::new(settings).unwrap());
    assert!(matches!(trouble, ConnectError::Name(_) | ConnectError::TimedOut), "{trouble:?}");
}

#[test]
fn the_servers_own_entry_is_nobody() {
    let ldap = answering(false, Duration::from_secs(10), |mut client| {
        let entry = message(3, message::ENTRY, &[&ber::element(ber::OCTETS, &[]), &ber::element(ber::SEQUENCE, &[])]);
        let answer = [result(2, message::BIND_RESPONSE, 0), entry, result(3, message::SEARCH_DONE, 0)].concat();
        drop(client.write_all(&answer));
        drop(client.read(&mut [0; 1000]));
    });
    assert_eq!(sign_in(&ldap, "alice", ALICES).unwrap(), None);
}

#[test]
fn no_byte_that_is_changed_or_missing_makes_it_panic() {
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

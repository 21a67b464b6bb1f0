//! Requests that a client sends before it has read the answers to earlier ones.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::{Home, Request, Server};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const CONNECTIONS: usize = 100;
/// What a connection may send without waiting.
const IN_A_ROW: usize = 8;

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

#[test]
fn clients_that_send_many_requests_and_read_no_answer_do_not_delay_others() {
    let home = Home::empty().initialised();
    let server = Server::start(&home);
    let mut flood: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&server)).collect();
    for stream in &mut flood {
        stream.write_all(&REQUEST.repeat(200)).unwrap();
    }
    assert_eq!(server.send(&Request::get("/livez")).status, 200);
    for stream in &mut flood {
        let mut answers = Vec::new();
        // A connection with requests that the server did not read is reset, and then some answers may be lost.
        let _ = stream.read_to_end(&mut answers);
        let answers = String::from_utf8(answers).unwrap();
        assert!(answers.matches("HTTP/1.1 ").count() <= IN_A_ROW, "{answers}");
    }
    let log = fs::read_to_string(home.path("log")).unwrap();
    let answered = log.lines().filter(|line| line.contains("microseconds=")).count();
    assert!(answered > CONNECTIONS && answered <= CONNECTIONS * IN_A_ROW + 10, "{answered}");
}

#[test]
fn a_client_that_reads_each_answer_keeps_its_connection() {
    let home = Home::empty().initialised();
    let server = Server::start(&home);
    let mut stream = connect(&server);
    for number in 0..100 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        let mut answer = [0; 4096];
        let len = stream.read(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..len]).to_lowercase();
        assert!(answer.starts_with("http/1.1 200") && !answer.contains("connection: close"), "{number}: {answer}");
    }
}

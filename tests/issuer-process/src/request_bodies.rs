//! Many unfinished request bodies: the process keeps within its memory, and another client is served meanwhile.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::harness::{Home, Request, Server};

/// The limit of the process's data, in KiB as `ulimit` takes it.
const DATA_LIMIT_KIB: u64 = 256 * 1024;
const ATTACKERS: usize = 1600;
const CONFIGURATION: &str = "trusted_proxies = [\"127.0.0.0/8\"]\n";

fn start(home: &Home) -> Server {
    let limited = format!("ulimit -d {DATA_LIMIT_KIB}; exec \"$0\" serve --listen 127.0.0.1:0");
    Server::spawn(home.shell(&limited).stderr(File::create(home.path("log")).unwrap()))
}

/// Begins a request with a large body from a client behind the proxy, and sends `sent` bytes of the body.
fn unfinished(server: &Server, source: &str, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\nx-forwarded-for: {source}\r\n\
         content-length: 65500\r\n\r\n"
    );
    stream.set_nodelay(true).unwrap();
    // A refused body may end the connection.
    let _ = stream.write_all(&[head.as_bytes(), &vec![b'x'; sent]].concat());
    stream
}

/// The process's open files allow fewer attackers on some machines.
fn attackers() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let files: usize = line.split_ascii_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    ATTACKERS.min(files.saturating_sub(200))
}

#[test]
fn unfinished_bodies_neither_fill_the_memory_nor_keep_clients_out() {
    let (home, id) = Home::with_application();
    let home = home.configured(CONFIGURATION);
    let keys = home.generate(&id, "production", &[]);
    let server = start(&home);
    let ask = |padding: usize| {
        let form = format!("grant_type=client_credentials&padding={}", "y".repeat(padding));
        let request = Request::token(form).header("x-forwarded-for", "203.0.113.7");
        server.send(&request.basic(keys.key(), keys.secret())).status
    };
    let one_host = |_: usize| "2001:db8::66".to_owned();
    let many_hosts = |number: usize| format!("10.0.{}.{}", number / 250, number % 250);
    for source in [&one_host as &dyn Fn(usize) -> String, &many_hosts] {
        let mut held = Vec::new();
        for number in 0..attackers() {
            held.push(unfinished(&server, &source(number), 65_000));
            if number % 200 == 199 {
                // Bodies that began less than a second ago are not ended, so a client may be told to try again.
                let answered = (0..5).any(|_| {
                    ask(40_000) == 200 || {
                        thread::sleep(Duration::from_millis(500));
                        false
                    }
                });
                assert!(answered, "{number}: {}", fs::read_to_string(home.path("log")).unwrap());
            }
        }
        assert_eq!(ask(0), 200);
    }
    assert_eq!(server.send(&Request::get("/livez")).status, 200);
}

#[test]
fn bodies_in_small_pieces_take_no_more_memory_than_others() {
    let home = Home::new().configured(CONFIGURATION);
    let server = start(&home);
    let mut held: Vec<_> = (0..100).map(|number| unfinished(&server, &format!("10.0.0.{number}"), 1)).collect();
    for _ in 0..600 {
        for stream in &mut held {
            let _ = stream.write_all(b"x");
        }
    }
    assert_eq!(server.send(&Request::get("/livez")).status, 200);
}

#[test]
fn a_body_that_gives_way_to_others_is_answered_with_503() {
    let home = Home::new().configured("[limits]\nbody_bytes = 4000000\nbody_memory = 16777216\n");
    let server = Server::start(&home);
    let head = "POST /oauth2/token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 4000000\r\n\r\n";
    let begin = || {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(&[head.as_bytes(), &vec![b'x'; 3_900_000]].concat()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    // All clients of this test share one address and thus half of the memory.
    let mut first = begin();
    thread::sleep(Duration::from_secs(3));
    let _younger = [begin(), begin()];
    let mut answer = [0; 600];
    let len = std::io::Read::read(&mut first, &mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..len]).to_lowercase();
    assert!(answer.starts_with("http/1.1 503") && answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.contains("\"code\":\"overloaded\"") && answer.contains("access-control-allow-origin: *"), "{answer}");
    let refused = server.send(&Request::token("x".repeat(4_000_001)));
    assert_eq!(refused.status, 413, "{}", refused.text());
}

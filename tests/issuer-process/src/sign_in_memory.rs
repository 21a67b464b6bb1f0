//! A flood of wrong passwords: the memory of the process is bounded, and users sign in during the flood and after it.

use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use crate::harness::users::{ALICE, PASSWORD};
use crate::harness::{Browser, Home, Page, Request, Response, Server, encoded};

const CONNECTIONS: u32 = 40;
const WRONG_PASSWORDS: u32 = 400;

/// What the configuration of the test allows: two passwords at once, 19 MiB each.
const POOL_KIB: u64 = 2 * 19 * 1024;
const MARGIN_KIB: u64 = 16 * 1024;

/// The limit of the process's data, in KiB as `ulimit` takes it. It counts what is reserved and not used, too: 2 MiB for the stack of each
/// thread, of which there are more on a slow machine. Without the pool, the flood needs more than 1 GiB.
const DATA_LIMIT_KIB: u64 = 512 * 1024;

/// Sends the sign-in form as a browser behind a trusted proxy would, from another address for each number.
fn sign_in(server: &Server, page: &Page, cookies: &str, number: u32, user: &str, password: &str) -> Response {
    let [_, a, b, c] = number.to_be_bytes();
    let mut fields = page.hidden();
    fields.extend([("user".to_owned(), user.to_owned()), ("password".to_owned(), password.to_owned())]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = Request::new("POST", "/sign-in").header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("cookie", cookies).header("x-forwarded-for", format!("10.{a}.{b}.{c}"));
    server.send(&request.body(encoded(&fields)))
}

/// The resident memory of a process in KiB.
fn resident_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[test]
fn wrong_passwords_neither_fill_the_memory_nor_keep_users_out() {
    let home = Home::new().configured("trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nconcurrent_passwords = 2\n");
    assert!(home.pipe(&["admin", "user", "create", ALICE], PASSWORD).status.success());
    let limited = format!("ulimit -d {DATA_LIMIT_KIB}; exec \"$0\" serve --listen 127.0.0.1:0");
    let server = Server::spawn(home.shell(&limited).stderr(File::create(home.path("log")).unwrap()));
    let mut browser = Browser::new(&server);
    let page = browser.get("/sign-in");
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let idle = resident_memory(&server);

    let (next, flooding) = (AtomicU32::new(0), AtomicBool::new(true));
    let signed_in = thread::scope(|scope| {
        let flood: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= WRONG_PASSWORDS {
                            break;
                        }
                        // Every fourth guess is at a user who exists.
                        let user = if number % 4 == 0 { ALICE.to_owned() } else { format!("user-{number}") };
                        let refused = sign_in(&server, &page, &cookies, number, &user, "a wrong password").status;
                        // 503 if the machine is too slow for so many at once.
                        assert!([403, 429, 503].contains(&refused), "{refused}");
                    }
                })
            })
            .collect();
        let user = scope.spawn(|| {
            let mut signed_in = 0;
            while flooding.load(Ordering::SeqCst) {
                let tried = (0..3).map(|_| sign_in(&server, &page, &cookies, 1 << 20, ALICE, PASSWORD).status);
                let statuses: Vec<u16> = tried.take_while(|status| *status != 303).collect();
                assert!(statuses.len() < 3, "during the flood: {statuses:?}");
                signed_in += 1;
            }
            signed_in
        });
        let flood: Vec<_> = flood.into_iter().map(thread::ScopedJoinHandle::join).collect();
        flooding.store(false, Ordering::SeqCst);
        assert!(flood.iter().all(Result::is_ok), "{}", fs::read_to_string(home.path("log")).unwrap());
        user.join().unwrap()
    });
    let after = resident_memory(&server);
    assert!(signed_in > 3, "{signed_in}");
    for _ in 0..6 {
        assert_eq!(sign_in(&server, &page, &cookies, 1 << 20, ALICE, PASSWORD).status, 303);
    }
    let log = fs::read_to_string(home.path("log")).unwrap();
    assert!(!log.contains("memory"), "{log}");
    assert!(after <= idle + POOL_KIB + MARGIN_KIB, "{idle} KiB before the flood, {after} KiB after it");
}

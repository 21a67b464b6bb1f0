//! Random bytes as path, headers and token never pass and never break anything: the next valid request passes.

use std::thread;

use postern_test_harness::client::{Request, Response};
use postern_test_harness::clock::now;
use postern_test_harness::plain::Plain;
use postern_vectors::{Forge, TokenSpec};

const REQUESTS: u64 = 10_000;
const SENDERS: u64 = 4;

/// A deterministic generator (xorshift64*, Vigna 2016): the same seed gives the same requests.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: u64) -> usize {
        usize::try_from(self.next() % limit).unwrap()
    }

    /// Up to `limit` bytes of `alphabet`; an empty alphabet stands for all bytes.
    fn bytes(&mut self, limit: u64, alphabet: &[u8]) -> Vec<u8> {
        let len = self.below(limit) + 1;
        let pick = |random: &mut Self| match alphabet.len() {
            0 => u8::try_from(random.next() % 256).unwrap(),
            len => alphabet[random.below(len as u64)],
        };
        (0..len).map(|_| pick(self)).collect()
    }

    /// Up to `limit` visible ASCII characters.
    fn ascii(&mut self, limit: u64) -> Vec<u8> {
        let visible: Vec<u8> = (0x21..0x7f).collect();
        self.bytes(limit, &visible)
    }

    /// Bytes that an HTTP parser usually passes on to the plugin.
    fn visible(&mut self, limit: u64) -> Vec<u8> {
        let mut bytes = self.bytes(limit, &[]);
        bytes.iter_mut().filter(|byte| matches!(byte, 0..=0x20 | 0x7f)).for_each(|byte| *byte |= 0x80);
        bytes
    }
}

fn random_request(random: &mut Random, good: &str) -> Request {
    const TOKEN: &[u8] = b"ABCabc019-_..=/+ {\"}:,";
    const ORDERS: &[u8] = b"/pizza/1.0.0/orders/1";
    let host = "api.example";
    match random.below(6) {
        // Raw bytes everywhere, including line breaks.
        0 => {
            let target = [b"/", random.bytes(60, &[]).as_slice()].concat();
            Request::new("GET", target, host).header(random.bytes(12, &[]), random.bytes(80, &[]))
        }
        // A path of the protected API with random characters after it.
        1 => Request::new("GET", [ORDERS, random.ascii(40).as_slice()].concat(), host),
        2 => Request::new("GET", [b"/pizza/1.0.0/orders".as_slice(), &random.bytes(30, b"/.%2efF5cC;\\?#")].concat(), host),
        // Random bytes as the token.
        3 => Request::new("GET", ORDERS, host).header("authorization", [b"Bearer ".as_slice(), &random.visible(300)].concat()),
        4 => {
            Request::new("GET", ORDERS, host).header("authorization", [b"Bearer ".as_slice(), &random.bytes(300, TOKEN)].concat())
        }
        // A valid token with a few changed bytes, and random bytes in another header that the decision reads.
        _ => {
            let mut token = good.as_bytes().to_vec();
            for _ in 0..=random.below(3) {
                let at = random.below(token.len() as u64);
                token[at] = match random.ascii(1)[0] {
                    same if same == token[at] => b'!',
                    other => other,
                };
            }
            let request = Request::new("GET", ORDERS, host).header("authorization", [b"Bearer ".as_slice(), &token].concat());
            let name = ["domain", "origin", "referer", "content-type", "x-postern-user"][random.below(5)];
            request.header(name, random.visible(60))
        }
    }
}

#[test]
fn random_bytes_never_pass_and_never_break_anything() {
    let dir = tempfile::tempdir().unwrap();
    let mut plain = Plain::start(dir.path(), None, 2).unwrap();
    let good = Forge::new(now()).token(&TokenSpec::default());
    let address = plain.envoy.address();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let good = good.clone();
            thread::spawn(move || {
                let mut random = Random(0x5eed_0000 + sender);
                let send = |_| {
                    let request = random_request(&mut random, &good);
                    // Envoy may close the connection if the request is not valid HTTP. It must not respond with 200.
                    if let Ok(Response { status: 200, .. }) = request.send(address) { Some(request) } else { None }
                };
                (0..REQUESTS / SENDERS).find_map(send)
            })
        })
        .collect();
    for sender in senders {
        let passed = sender.join().unwrap();
        assert!(passed.is_none(), "passed: {passed:?}");
    }
    assert!(plain.envoy.is_running());
    assert_eq!(plain.upstream.seen(), 0);
    assert_eq!(plain.envoy.reloads().unwrap(), 0);
    let denials = plain.envoy.denials().unwrap();
    println!("refused by the plugin, by reason: {denials:?}");
    assert!(denials.values().sum::<u64>() > REQUESTS / 2, "most must reach the plugin: {denials:?}");
    let request = Request::new("GET", "/pizza/1.0.0/orders/1", "api.example").bearer(&good);
    assert_eq!(request.send(address).unwrap().status, 200);
    assert_eq!(plain.upstream.seen(), 1);
}

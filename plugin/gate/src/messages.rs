//! A decision as HTTP messages, for hosts that build the reply and the upstream's request themselves.

use std::borrow::Cow;

use postern_token::UnixSeconds;

use crate::decision::{Grounds, Reason, Verdict};
use crate::gate::Gate;
use crate::identity_headers::are_alike;
use crate::reply::{self, Reply};
use crate::request::{Request, is_named};
use crate::settings::Settings;

/// What a host does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It answers the client.
    Refuse(ReplyMessage),
    /// It sends the request on, with another head and with the same method, path and body.
    Forward(ForwardedHead),
}

/// The reply to a refused request, in the form that the client expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyMessage {
    /// The HTTP status.
    pub status: u16,
    /// The header fields, without those that frame the body.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. A host must not send it in answer to HEAD.
    pub body: String,
}

/// The head of the request that the upstream gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardedHead {
    /// The authority that was judged.
    pub authority: String,
    /// The header fields in their order, a repeated field each time; without `Host`.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Ruling {
    /// Decides a request. Without a gate, which is the case before the first bundle, every request is refused.
    pub fn of(gate: Option<&Gate>, request: &Request<'_>, now: UnixSeconds) -> Self {
        let Some(gate) = gate else { return Self::refuse(&Reason::NotReady, request) };
        match gate.decide(request, now).verdict {
            Verdict::Deny(reason) => Self::refuse(&reason, request),
            Verdict::Allow(grounds) => Self::Forward(ForwardedHead::new(&grounds, request, &gate.settings())),
        }
    }

    fn refuse(reason: &Reason<'_>, request: &Request<'_>) -> Self {
        Self::Refuse(reply::deny(reason, request).into())
    }
}

impl From<Reply> for ReplyMessage {
    /// A client of gRPC gets the status and the message in fields (gRPC over HTTP/2, "Responses", Trailers-Only), and no body.
    fn from(reply: Reply) -> Self {
        let Reply { status, mut headers, body, grpc_status, detail } = reply;
        let Some(grpc_status) = grpc_status else { return Self { status, headers, body } };
        headers.retain(|(name, _)| *name != "content-type");
        headers.push(("content-type", Cow::Borrowed("application/grpc")));
        headers.push(("grpc-status", Cow::Owned(grpc_status.number().to_string())));
        // Needs no percent-encoding: no detail has a `%`, or a byte that is not visible ASCII.
        headers.push(("grpc-message", Cow::Borrowed(detail)));
        Self { status: 200, headers, body: String::new() }
    }
}

impl ForwardedHead {
    fn new(grounds: &Grounds, request: &Request<'_>, settings: &Settings) -> Self {
        let changes = reply::allow(grounds, request, settings);
        let connection = ConnectionFields::of(request.headers);
        let is_removed = |name: &[u8]| connection.hold(name) || changes.remove.iter().any(|own| own.eq_ignore_ascii_case(name));
        let is_kept = |name: &[u8]| !is_pseudo_or_host(name) && !is_removed(name);
        let kept = request.headers.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| (name.to_vec(), value.to_vec()));
        let set = changes.set.iter().map(|(name, value)| (*name, value.as_ref())).chain(connection.set());
        let set = set.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        let authority = changes.authority.clone().unwrap_or_else(|| String::from_utf8_lossy(request.authority).into_owned());
        Self { headers: kept.chain(set).collect(), authority }
    }

    /// The same with the authority in the field `x-forwarded-host`, for a host that cannot send another `Host` than that of the server.
    /// The client's fields of this name are removed, in any spelling.
    #[must_use]
    pub fn with_forwarded_host(mut self) -> Self {
        const NAME: &[u8] = b"x-forwarded-host";
        self.headers.retain(|(name, _)| !are_alike(NAME, name));
        self.headers.push((NAME.to_vec(), self.authority.clone().into_bytes()));
        self
    }
}

/// The header fields that are for one connection only (RFC 9110 section 7.6.1). An upstream that obeys a client's `Connection` would drop the
/// identity headers that it names.
pub struct ConnectionFields<'a> {
    /// The names in `Connection`, in any case.
    named: Vec<&'a [u8]>,
    starts_web_socket: bool,
}

impl<'a> ConnectionFields<'a> {
    const ALWAYS: [&'static [u8]; 8] =
        [b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"expect", b"upgrade"];

    /// Those of a request with these fields.
    pub fn of(headers: &[(&'a [u8], &'a [u8])]) -> Self {
        let values = |own: &'static [u8]| headers.iter().filter(|(name, _)| is_named(name, own)).map(|(_, value)| *value);
        let named: Vec<_> =
            values(b"connection").flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
        let is_web_socket = values(b"upgrade").any(|value| value.eq_ignore_ascii_case(b"websocket"));
        let starts_web_socket = is_web_socket && named.iter().any(|name| name.eq_ignore_ascii_case(b"upgrade"));
        Self { named, starts_web_socket }
    }

    /// Whether the upstream must not get the client's field. A client cannot remove the fields that say who it is and for which host.
    pub fn hold(&self, name: &[u8]) -> bool {
        let is = |own: &[u8]| own.eq_ignore_ascii_case(name);
        let is_protected = is(b"authorization") || is(b"cookie") || is(b"host");
        let is_kept = is_protected || (self.starts_web_socket && is(b"upgrade"));
        !is_kept && (Self::ALWAYS.iter().any(|own| is(own)) || self.named.iter().any(|own| is(own)))
    }

    /// The field to set afterwards: a WebSocket is started with a `Connection` of our own (RFC 6455 section 4.1).
    pub fn set(&self) -> Option<(&'static str, &'static str)> {
        self.starts_web_socket.then_some(("connection", "Upgrade"))
    }
}

/// The names of HTTP/2's pseudo-headers, and `Host`: the message has them elsewhere.
fn is_pseudo_or_host(name: &[u8]) -> bool {
    name.starts_with(b":") || name.eq_ignore_ascii_case(b"host")
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_vectors::{Change, DecisionVector, Expectation};

    const NOW: u64 = 1_800_000_000;

    fn ruling(vector: &DecisionVector) -> Ruling {
        let mut configuration = vector.settings.as_ref().and_then(|settings| settings.as_object()).cloned().unwrap_or_default();
        let mut bundle: serde_json::Map<_, _> = serde_json::from_str(postern_vectors::bundle()).unwrap();
        if let Some(serde_json::Value::Object(changes)) = configuration.remove("bundle") {
            bundle.extend(changes);
        }
        configuration.insert("bundle".into(), bundle.into());
        let gate = Gate::from_json(serde_json::Value::Object(configuration).to_string().as_bytes()).unwrap();
        let (path, fields) = (postern_vectors::bytes(&vector.path), vector.header_bytes(NOW));
        let headers: Vec<_> = fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        let address = || vector.source.as_ref().and_then(|source| source.parse().ok());
        let (method, authority) = (vector.method.as_bytes(), vector.authority.as_bytes());
        let request = Request { method, path: &path, authority, headers: &headers, client_address: &address };
        Ruling::of(Some(&gate), &request, UnixSeconds(NOW))
    }

    fn check_head(vector: &DecisionVector, change: &Change, head: &ForwardedHead) {
        let is_removed = |name: &[u8]| change.remove.iter().any(|own| postern_vectors::bytes(own).eq_ignore_ascii_case(name));
        let mut expected = vector.header_bytes(NOW);
        let fields = vector.header_bytes(NOW);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        let connection = ConnectionFields::of(&fields);
        expected.retain(|(name, _)| !is_removed(name) && name != b"host" && !connection.hold(name));
        expected.extend(change.set.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes())));
        expected.extend(connection.set().map(|(name, value)| (name.into(), value.into())));
        let mut actual = head.headers.clone();
        expected.sort();
        actual.sort();
        assert_eq!(actual, expected, "{}", vector.description);
        assert_eq!(&head.authority, change.authority.as_ref().unwrap_or(&vector.authority), "{}", vector.description);
    }

    #[test]
    fn the_vectors_become_messages() {
        for vector in postern_vectors::decisions() {
            match (&vector.expect, ruling(&vector)) {
                (Expectation::Allow(change), Ruling::Forward(head)) => check_head(&vector, change, &head),
                (Expectation::Deny(_), Ruling::Refuse(message)) => {
                    let expected = vector.expect.reply().unwrap();
                    assert_eq!(message.status, expected.status, "{}", vector.description);
                    assert!(message.body.contains(expected.code()), "{}", vector.description);
                    assert_eq!(message.headers.len(), expected.headers.len(), "{}", vector.description);
                }
                (Expectation::DenyGrpc(_), Ruling::Refuse(message)) => {
                    assert_eq!((message.status, message.body.as_str()), (200, ""), "{}", vector.description);
                    let field = |own: &str| {
                        let mut fields = message.headers.iter().filter(|(name, _)| *name == own).map(|(_, value)| value.as_ref());
                        (fields.next(), fields.next())
                    };
                    let detail = vector.expect.reply().unwrap().detail();
                    assert_eq!(field("content-type"), (Some("application/grpc"), None));
                    assert_eq!(field("grpc-message"), (Some(detail), None));
                    assert!(detail.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'%'), "{detail}");
                    assert!(field("grpc-status").0.is_some_and(|status| status != "0"));
                }
                (expected, actual) => panic!("{}: expected {expected:?}, actual {actual:?}", vector.description),
            }
        }
    }

    #[test]
    fn fields_of_one_connection_are_not_for_the_upstream() {
        let held = |headers: &[(&str, &str)]| {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
            let connection = ConnectionFields::of(&headers);
            headers
                .iter()
                .map(|(name, _)| String::from_utf8_lossy(name).into_owned())
                .filter(|name| connection.hold(name.as_bytes()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            held(&[("Connection", "close, X-A ,x-b"), ("x-a", "1"), ("X-B", "2"), ("x-c", "3")]),
            ["Connection", "x-a", "X-B"]
        );
        assert_eq!(
            held(&[("connection", "x-a"), ("connection", "x-b"), ("x-a", "1"), ("x-b", "2")]),
            ["connection", "connection", "x-a", "x-b"]
        );
        assert_eq!(
            held(&[("connection", "authorization, Cookie, host"), ("authorization", "a"), ("cookie", "b"), ("host", "c")]),
            ["connection"]
        );
        assert_eq!(
            held(&[
                ("keep-alive", "1"),
                ("proxy-connection", "1"),
                ("te", "trailers"),
                ("trailer", "a"),
                ("transfer-encoding", "chunked"),
                ("expect", "100-continue"),
                ("upgrade", "h2c"),
                ("accept", "*/*")
            ]),
            ["keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "expect", "upgrade"]
        );
        let web_socket = [("connection", "Upgrade, x-a"), ("upgrade", "WebSocket"), ("x-a", "1"), ("te", "trailers")];
        assert_eq!(held(&web_socket), ["connection", "x-a", "te"]);
        // Only `Connection: upgrade` starts one.
        assert_eq!(held(&[("connection", "x-a"), ("upgrade", "websocket")]), ["connection", "upgrade"]);
        assert_eq!(held(&[("upgrade", "websocket")]), ["upgrade"]);
    }

    #[test]
    fn a_web_socket_starts_with_a_connection_field_of_our_own() {
        let gate = Gate::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap();
        let headers: [(&[u8], &[u8]); 3] =
            [(b"connection", b"keep-alive, Upgrade, x-postern-application"), (b"upgrade", b"websocket"), (b"x-a", b"1")];
        let path = b"/pizza/1.0.0/menu";
        let request = Request { method: b"GET", path, authority: b"api.example", headers: &headers, client_address: &|| None };
        let Ruling::Forward(head) = Ruling::of(Some(&gate), &request, UnixSeconds(NOW)) else { panic!("it is refused") };
        let field = |name: &[u8], value: &[u8]| (name.to_vec(), value.to_vec());
        assert_eq!(head.headers, [field(b"upgrade", b"websocket"), field(b"x-a", b"1"), field(b"connection", b"Upgrade")]);
    }

    #[test]
    fn what_the_message_has_elsewhere_is_not_among_the_fields() {
        let gate = Gate::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap();
        let headers: [(&[u8], &[u8]); 5] =
            [(b":method", b"GET"), (b":authority", b"api.example"), (b"Host", b"api.example"), (b"hosts", b"1"), (b"x-a", b"1")];
        let request = Request {
            method: b"GET",
            path: b"/pizza/1.0.0/menu",
            authority: b"api.example",
            headers: &headers,
            client_address: &|| None,
        };
        let Ruling::Forward(head) = Ruling::of(Some(&gate), &request, UnixSeconds(NOW)) else { panic!("it is refused") };
        let names: Vec<&[u8]> = head.headers.iter().map(|(name, _)| name.as_slice()).collect();
        assert_eq!(names, [&b"hosts"[..], b"x-a"]);
    }

    #[test]
    fn without_a_gate_every_request_is_refused() {
        let request = Request { method: b"GET", path: b"/", authority: b"", headers: &[], client_address: &|| None };
        let Ruling::Refuse(message) = Ruling::of(None, &request, UnixSeconds(NOW)) else { panic!("it passes") };
        assert_eq!(message.status, 503);
        assert!(message.body.contains("not_ready"));
    }

    #[test]
    fn the_authority_replaces_what_a_client_claims() {
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let headers =
            vec![field("X_Forwarded_Host", "evil.example"), field("x-a", "1"), field("x-forwarded-host", "evil.example")];
        let head = ForwardedHead { authority: "api.example".into(), headers }.with_forwarded_host();
        assert_eq!(head.headers, [field("x-a", "1"), field("x-forwarded-host", "api.example")]);
    }
}

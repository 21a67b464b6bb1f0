//! A stand-in for the issuer: a server for one bundle and its status lists, which never change.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use postern_token::content_digest;
use serde_json::{Value, json};

use crate::bundles::{List, listed};

/// Serves `bundle`, a JSON object, with `lists` until the process ends. Returns the server's address.
pub(crate) fn serve(mut bundle: Value, lists: &[List]) -> Result<SocketAddr> {
    if let Some(bundle) = bundle.as_object_mut() {
        bundle.insert("status_lists".into(), listed(lists, false));
    }
    let path = |uri: &str| uri.trim_start_matches("https://issuer.example").to_owned();
    let document = |list: &List| (path(&list.uri), (format!("\"{}\"", list.version), list.token.clone()));
    let mut documents: HashMap<String, (String, String)> = lists.iter().map(document).collect();
    let body = json!(bundle).to_string();
    documents.insert("/edge/bundle".into(), (format!("\"{}\"", content_digest(body.as_bytes())), body));
    let documents = Arc::new(documents);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let documents = Arc::clone(&documents);
            // A connection breaks when Envoy ends.
            thread::spawn(move || converse(stream, &documents));
        }
    });
    Ok(address)
}

fn converse(mut stream: TcpStream, documents: &HashMap<String, (String, String)>) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut fields);
        if let httparse::Status::Complete(len) = request.parse(&bytes).ok()? {
            let answer = answer(&request, documents);
            bytes.drain(..len);
            stream.write_all(answer.as_bytes()).ok()?;
            continue;
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).ok()? {
            0 => return None,
            len => bytes.extend(part.iter().take(len)),
        }
    }
}

fn answer(request: &httparse::Request<'_, '_>, documents: &HashMap<String, (String, String)>) -> String {
    let field = |name: &str| {
        let field = request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        str::from_utf8(field.value).ok()
    };
    let path = request.path.and_then(|target| target.split('?').next());
    let Some((tag, body)) = path.and_then(|path| documents.get(path)) else {
        return "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into();
    };
    if field("if-none-match") == Some(tag) {
        // Nothing changes, so the server holds the response for as long as the edge asks (RFC 7240 section 4.3).
        let wait = field("prefer").and_then(|prefer| prefer.strip_prefix("wait=")?.parse().ok());
        thread::sleep(Duration::from_secs(wait.unwrap_or(1)));
        return format!("HTTP/1.1 304 Not Modified\r\netag: {tag}\r\n\r\n");
    }
    format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

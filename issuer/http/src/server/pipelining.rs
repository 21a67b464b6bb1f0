//! Bounds pipelining: requests that a client sends before it has the answer to an earlier one. Without a bound, few clients could leave the
//! server so many requests to answer that all others have to wait behind them.

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use axum::http::{HeaderValue, header};
use axum::response::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::yield_now;

/// The most requests that a client may send without waiting for an answer: the answer to the last one ends the connection.
const MAX_IN_A_ROW: u32 = 8;

/// The requests of one connection.
pub(super) struct Pipelining {
    waited: Arc<AtomicBool>,
    in_a_row: AtomicU32,
}

impl Pipelining {
    /// Watches a connection's stream.
    pub(super) fn watch(stream: TcpStream) -> (WatchedStream, Self) {
        // Nothing precedes the first request.
        let waited = Arc::new(AtomicBool::new(true));
        (WatchedStream { stream, waited: Arc::clone(&waited) }, Self { waited, in_a_row: AtomicU32::new(0) })
    }

    /// Counts a request. Called before anything is read behind the request.
    pub(super) fn next(&self) -> Turn {
        let waited = self.waited.swap(false, Ordering::Relaxed);
        let in_a_row = if waited { 0 } else { self.in_a_row.load(Ordering::Relaxed).saturating_add(1) };
        self.in_a_row.store(in_a_row, Ordering::Relaxed);
        Turn(in_a_row)
    }
}

/// How many requests the client has sent before this one without waiting.
#[derive(Clone, Copy)]
pub(super) struct Turn(u32);

impl Turn {
    /// Lets other connections go first, if the client did not wait. Hyper answers up to 16 requests of a connection before it does so.
    pub(super) async fn give_way(self) {
        if self.0 > 0 {
            yield_now().await;
        }
    }

    /// Ends the connection with this answer, if the client has sent too many requests without waiting.
    pub(super) fn end_after<B>(self, response: &mut Response<B>) {
        if self.0 + 1 >= MAX_IN_A_ROW {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// A stream that notes when there was nothing to read. While hyper answers a request it reads on, unless it has read more already. So there is
/// nothing to read at some time between two requests exactly if the client waits for the first one's answer.
pub(super) struct WatchedStream {
    stream: TcpStream,
    waited: Arc<AtomicBool>,
}

impl AsyncRead for WatchedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_pending() {
            self.waited.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use axum::Router;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::server::listener::{Limits, serve};
    use postern_service::ServeOptions;

    async fn connect(routes: Router) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits::serving(1, &ServeOptions::default());
        tokio::spawn(serve(listener, routes, limits, Vec::new(), std::future::pending()));
        TcpStream::connect(address).await.unwrap()
    }

    #[tokio::test]
    async fn a_connection_ends_after_many_pipelined_requests() {
        let mut stream = connect(Router::new().route("/", get(async || "ok"))).await;
        stream.write_all(&b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(100)).await.unwrap();
        let mut answers = Vec::new();
        // A connection with unread requests may be reset.
        let _ = stream.read_to_end(&mut answers).await;
        let answers = String::from_utf8(answers).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 8, "{answers}");
        assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
    }

    #[tokio::test]
    async fn other_tasks_run_between_pipelined_requests() {
        let turns = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&turns);
        let route = get(async move || counted.load(Ordering::Relaxed).to_string());
        let mut stream = connect(Router::new().route("/", route)).await;
        stream.write_all(&b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(8)).await.unwrap();
        tokio::spawn(async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        });
        let mut answers = String::new();
        let _ = stream.read_to_string(&mut answers).await;
        let seen: Vec<u64> =
            answers.split("\r\n\r\n").skip(1).map(|rest| rest.split("HTTP").next().unwrap().parse().unwrap()).collect();
        // The order of two tasks that give way to each other can change in each round.
        assert!(seen.len() == 8 && seen.windows(3).all(|seen| seen[0] < seen[2]), "{seen:?}");
    }

    #[tokio::test]
    async fn a_connection_of_a_client_that_waits_stays_open() {
        let routes = Router::new().route("/", get(async || "ok")).route("/echo", post(async |body: String| body));
        let mut stream = connect(routes).await;
        let form = format!("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3000\r\n\r\n{}", "x".repeat(3000));
        for number in 0..100 {
            let (request, end) = if number % 2 == 0 {
                (&b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"[..], &b"ok"[..])
            } else {
                (form.as_bytes(), &b"xx"[..])
            };
            stream.write_all(request).await.unwrap();
            let mut answer = Vec::new();
            let expected = |answer: &[u8]| answer.ends_with(end) && (number % 2 == 0 || answer.len() > 3000);
            while !expected(&answer) {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed after {number} requests");
            }
            assert!(!String::from_utf8(answer).unwrap().contains("connection: close"), "{number}");
        }
    }
}

//! What a caller that does not go on meets, and that others are served meanwhile. Limits are short and nothing is timed:
//! a test waits for what has to happen.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Bytes, routing::get};
use http_serve::{Connections, Limits, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Longest any wait here takes before the test fails.
const TIMEOUT: Duration = Duration::from_secs(30);

struct Server {
    address: SocketAddr,
    connections: Connections,
    _stop: DropGuard,
}

async fn server(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (connections, stop) = (Connections::default(), CancellationToken::new());
    let router = Router::new()
        .route("/", get(|| async { "here" }).post(|body: Bytes| async move { body.len().to_string() }))
        .route("/slow", get(std::future::pending::<&'static str>))
        .route("/large", get(|| async { vec![b'x'; 64 * 1024 * 1024] }));
    tokio::spawn(serve(listener, router, limits, connections.clone(), stop.clone()));
    Server { address, connections, _stop: stop.drop_guard() }
}

/// Limits that nothing here reaches, to be narrowed one by one.
fn wide() -> Limits {
    let long = Duration::from_hours(1);
    Limits {
        head_within: long,
        idle_for: long,
        body_pause: long,
        body_within: long,
        write_pause: long,
        ..Limits::default()
    }
}

const SHORT: Duration = Duration::from_millis(50);

impl Server {
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// A whole request on a connection of its own.
    async fn answer(&self) -> String {
        all(&mut self.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await).await
    }

    async fn until_open(&self, count: usize) {
        let so_many = async {
            while self.connections.count() != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(TIMEOUT, so_many).await.expect("so many connections are open");
    }
}

/// All that comes until the connection ends.
async fn all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(TIMEOUT, stream.read_to_end(&mut text)).await.expect("the connection is closed");
    // A reset is an end too.
    let _ = read;
    String::from_utf8_lossy(&text).into_owned()
}

/// An answer on a connection that stays open.
async fn one(stream: &mut TcpStream) -> String {
    let mut text = vec![0; 4096];
    let read = timeout(TIMEOUT, stream.read(&mut text)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&text[..read]).into_owned()
}

#[tokio::test]
async fn incomplete_heads_are_closed() {
    let server = server(Limits { head_within: SHORT, ..wide() }).await;
    for begun in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\nx-a: "] {
        assert_eq!(all(&mut server.send(begun).await).await, "", "{begun:?}");
    }
    // The second head of a connection too, and not the pause before it.
    let mut stream = server.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(one(&mut stream).await.ends_with("here"));
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    assert_eq!(all(&mut stream).await, "");
    assert!(server.answer().await.ends_with("here"));
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let server = server(Limits { idle_for: SHORT, ..wide() }).await;
    let mut stream = server.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(all(&mut stream).await.ends_with("here"));
    server.until_open(0).await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_408() {
    for limits in [Limits { body_pause: SHORT, ..wide() }, Limits { body_within: SHORT, ..wide() }] {
        let server = server(limits).await;
        let begun = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc";
        let answer = all(&mut server.send(begun).await).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("did not arrive in time"), "{answer}");
        assert!(server.answer().await.ends_with("here"));
    }
}

#[tokio::test]
async fn unread_answers_are_closed() {
    let server = server(Limits { write_pause: SHORT, ..wide() }).await;
    let _stream = server.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.until_open(1).await;
    server.until_open(0).await;
}

#[tokio::test]
async fn a_slow_answer_is_not_cut_off() {
    let short =
        Limits { head_within: SHORT, idle_for: SHORT, body_pause: SHORT, write_pause: SHORT, ..wide() };
    let server = server(short).await;
    let mut slow = server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // Another one that came later is closed for being idle; the slow one is not.
    let mut idle = server.send("").await;
    assert_eq!(all(&mut idle).await, "");
    server.until_open(1).await;
    assert!(timeout(SHORT, slow.read_u8()).await.is_err(), "it was closed");
}

#[tokio::test]
async fn half_open_connections_do_not_keep_others_out() {
    let server = server(Limits { max_connections: 8, ..wide() }).await;
    let mut held = Vec::new();
    for number in 0..40 {
        held.push(server.send(if number % 2 == 0 { "GET / HT" } else { "" }).await);
        assert!(server.answer().await.ends_with("here"), "after {number}");
    }
    // The oldest were closed, the newest are still there.
    assert_eq!(all(&mut held[0]).await, "");
    let newest = held.last_mut().unwrap();
    newest.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(one(newest).await.ends_with("here"));
}

#[tokio::test]
async fn a_busy_server_answers_503_with_retry_after() {
    let server = server(Limits { max_connections: 2, ..wide() }).await;
    let mut slow = Vec::new();
    for count in 1..=2 {
        slow.push(server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await);
        server.until_open(count).await;
    }
    // Until both heads have been read, a slot may still be had.
    let refusal = async {
        loop {
            let answer = server.answer().await;
            if answer.starts_with("HTTP/1.1 503") {
                return answer;
            }
            slow.push(server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await);
        }
    };
    let answer = timeout(TIMEOUT, refusal).await.expect("a refusal");
    assert!(answer.contains("retry-after: 5") && answer.contains("try again"), "{answer}");
    drop(slow);
    server.until_open(0).await;
    assert!(server.answer().await.ends_with("here"));
}

fn http2_client() -> reqwest::Client {
    // The client is built without a TLS provider of its own; a second test finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().http2_prior_knowledge().build().unwrap()
}

#[tokio::test]
async fn requests_share_a_connection_of_http2() {
    let server = server(Limits { http2: true, ..wide() }).await;
    let client = http2_client();
    let url = format!("http://{}", server.address);
    let slow = tokio::spawn(client.get(format!("{url}/slow")).send());
    server.until_open(1).await;
    for body in ["", "abc"] {
        let answer = client.post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        assert_eq!(answer.text().await.unwrap(), body.len().to_string());
    }
    assert_eq!(server.connections.count(), 1);
    assert!(!slow.is_finished());
    // A client of HTTP/1 is served by the same listener.
    assert!(server.answer().await.ends_with("here"));
    slow.abort();
}

#[tokio::test]
async fn an_answer_of_http2_that_is_not_read_closes_the_connection() {
    let server = server(Limits { http2: true, write_pause: SHORT, ..wide() }).await;
    let client = http2_client();
    let unread = client.get(format!("http://{}/large", server.address)).send().await.unwrap();
    server.until_open(0).await;
    assert!(unread.bytes().await.is_err(), "it was broken off");
}

#[tokio::test]
async fn http2_is_refused_where_it_is_not_negotiated() {
    let server = server(wide()).await;
    let client = http2_client();
    assert!(client.get(format!("http://{}", server.address)).send().await.is_err());
    assert!(server.answer().await.ends_with("here"));
}

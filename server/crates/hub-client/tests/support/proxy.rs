//! A proxy that misbehaves: between a client and a hub, it refuses, breaks off, garbles nothing but loses much.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode},
};
use reqwest::Client;
use tokio::{net::TcpListener, task::JoinHandle};

/// What the proxy does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    Passes,
    /// Refuses it with a status; the hub hears nothing.
    Refuses(u16),
    /// Refuses it with 429 and a wait in seconds.
    Throttles(u64),
    /// Closes the connection; the hub hears nothing.
    Closes,
    /// The hub gets it, and half of the answer arrives before the connection is closed.
    BreaksOff,
    /// The hub gets it, and 500 comes instead of the answer.
    Lies,
    /// The hub gets it, and no answer ever comes.
    Hangs,
}

/// Decides about a request by its verb and path; called once for each.
type Plan = dyn Fn(&str) -> Fault + Send + Sync;

struct Shared {
    upstream: String,
    http: Client,
    plan: Mutex<Arc<Plan>>,
    log: Mutex<Vec<(String, Fault)>>,
}

/// A running proxy.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Proxy {
    /// A proxy to a hub's base URL, which lets everything pass for now.
    pub(crate) async fn start(upstream: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plan: Arc<Plan> = Arc::new(|_: &str| Fault::Passes);
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            http: Client::builder().no_proxy().build().expect("a client"),
            plan: Mutex::new(plan),
            log: Mutex::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { address, shared, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, this is what happens to requests.
    pub(crate) fn plan(&self, plan: impl Fn(&str) -> Fault + Send + Sync + 'static) {
        *self.shared.plan.lock().expect("no panic") = Arc::new(plan);
    }

    /// Every request so far, `VERB path`, and what was done to it.
    pub(crate) fn log(&self) -> Vec<(String, Fault)> {
        self.shared.log.lock().expect("no panic").clone()
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let target = format!("{} {}", request.method(), request.uri().path());
    let plan = Arc::clone(&shared.plan.lock().expect("no panic"));
    let fault = plan(&target);
    shared.log.lock().expect("no panic").push((target, fault));
    match fault {
        Fault::Refuses(status) => answer(status, Body::from("the proxy says no")),
        Fault::Throttles(seconds) => {
            let mut refused = answer(429, Body::empty());
            refused.headers_mut().insert("retry-after", seconds.into());
            refused
        }
        Fault::Closes => broken(Bytes::new()),
        Fault::Passes => {
            let (status, headers, body) = forward(&shared, request).await;
            let mut response = answer(status.as_u16(), Body::from(body));
            *response.headers_mut() = headers;
            response
        }
        Fault::BreaksOff => {
            let (_, _, body) = forward(&shared, request).await;
            broken(body.slice(..body.len() / 2))
        }
        Fault::Lies => {
            forward(&shared, request).await;
            answer(500, Body::from("the proxy lost the answer"))
        }
        Fault::Hangs => {
            forward(&shared, request).await;
            std::future::pending().await
        }
    }
}

fn answer(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

/// An answer whose connection breaks after so much of its body.
fn broken(body: Bytes) -> Response<Body> {
    let parts = [Ok(body), Err(std::io::Error::other("broken off"))];
    Response::new(Body::from_stream(futures::stream::iter(parts)))
}

async fn forward(shared: &Shared, request: Request) -> (StatusCode, HeaderMap, Bytes) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let path = parts.uri.path_and_query().expect("a path");
    let mut headers = parts.headers;
    headers.remove("host");
    let sent = shared
        .http
        .request(parts.method, format!("{}{path}", shared.upstream))
        .headers(headers)
        .body(body)
        .timeout(Duration::from_secs(30))
        .send()
        .await
        .expect("the hub is there");
    let (status, mut headers) = (sent.status(), sent.headers().clone());
    headers.remove("transfer-encoding");
    headers.remove("content-length");
    (status, headers, sent.bytes().await.expect("the hub's answer"))
}

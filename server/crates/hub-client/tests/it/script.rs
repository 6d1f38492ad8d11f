//! A server that follows a script: one act for each request, in order.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answers a status and a JSON body.
    Answer(u16, Value),
    /// Answers 200, a JSON body and, if some, a continuation token.
    Page(Value, Option<&'static str>),
    /// Answers 200 and something that is not JSON.
    Garbage,
    /// Sends the client elsewhere.
    Redirect(String),
    /// Begins an answer and closes the connection.
    Break,
    /// Never answers.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    /// Verb, path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

#[derive(Clone)]
struct Stage {
    acts: Arc<Mutex<VecDeque<Act>>>,
    repeated: Option<Act>,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
}

pub(crate) struct Script {
    url: String,
    stage: Stage,
    server: JoinHandle<()>,
}

impl Script {
    /// Each act once; a request too many is answered 418.
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::with(acts.into_iter().collect(), None).await
    }

    /// One act for every request.
    pub(crate) async fn repeating(act: Act) -> Self {
        Self::with(VecDeque::new(), Some(act)).await
    }

    async fn with(acts: VecDeque<Act>, repeated: Option<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stage = Stage { acts: Arc::new(Mutex::new(acts)), repeated, received: Arc::default() };
        let router = Router::new().fallback(play).with_state(stage.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, stage, server }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.stage.received.lock().unwrap().clone()
    }

    /// Nothing listens there any more.
    pub(crate) async fn stop(self) {
        self.server.abort();
        assert!(self.server.await.unwrap_err().is_cancelled());
    }
}

async fn play(State(stage): State<Stage>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    stage.received.lock().unwrap().push(ReceivedRequest {
        target: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let act = stage.acts.lock().unwrap().pop_front().or_else(|| stage.repeated.clone());
    let answer = |status: u16| {
        Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header("content-type", "application/json")
    };
    match act {
        None => answer(418).body(Body::empty()).unwrap(),
        Some(Act::Answer(status, body)) => answer(status).body(body.to_string().into()).unwrap(),
        Some(Act::Page(body, continuation)) => {
            let answer = continuation
                .into_iter()
                .fold(answer(200), |answer, token| answer.header("x-ms-continuation", token));
            answer.body(body.to_string().into()).unwrap()
        }
        Some(Act::Garbage) => answer(200).body("<html>certainly not JSON".into()).unwrap(),
        Some(Act::Redirect(target)) => answer(307).header("location", target).body(Body::empty()).unwrap(),
        Some(Act::Break) => {
            let broken =
                futures::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("broken off")) });
            answer(200).header("content-length", "100").body(Body::from_stream(broken)).unwrap()
        }
        Some(Act::Hang) => std::future::pending().await,
    }
}

/// The hub's refusal format.
pub(crate) fn error_body(name: &str, text: &str) -> Value {
    json!({"Message": format!("ErrorCode:{name};{text}"), "ExceptionMessage": ""})
}

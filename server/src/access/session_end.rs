//! Answers that are still being sent when their session or token ends: event streams and exports. They are broken off at once, so
//! that a person who was signed out sees nothing more.

use std::{future::Future, time::Duration};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody as _},
    http::header,
    response::Response,
};
use console::{Console, ConsoleError};
use futures::{Stream, StreamExt as _, stream};
use tokio::time::{MissedTickBehavior, interval};

use super::credential::CredentialId;

/// How often a session's own end (its time is over) is looked for.
const RECHECK: Duration = Duration::from_secs(30);

/// Why an export is incomplete.
#[derive(Debug, thiserror::Error)]
#[error("the session has ended")]
struct SessionEnded;

/// Breaks an answer off when its session or token ends. One whose length is known is sent at once and stays as it is.
pub(super) fn break_off(response: Response, console: Console, credential: CredentialId) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    // The end of an event stream is no fault. A file that ends early must not look whole.
    let may_end_early = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let (head, body) = response.into_parts();
    let ended = credential_end(console, credential);
    // Compression reads on after the end, which the stream alone does not allow.
    let body = until(body.into_data_stream(), ended, may_end_early).fuse();
    Response::from_parts(head, Body::from_stream(body))
}

fn until(
    body: BodyDataStream,
    ended: impl Future<Output = ()> + Send + 'static,
    may_end_early: bool,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> + Send {
    stream::unfold(Some((body, Box::pin(ended))), move |state| async move {
        let (mut body, mut ended) = state?;
        tokio::select! {
            biased;
            () = &mut ended => (!may_end_early).then(|| (Err(SessionEnded.into()), None)),
            chunk = body.next() => Some((chunk?.map_err(Into::into), Some((body, ended)))),
        }
    })
}

/// Completes when the session or token has ended, in any way.
async fn credential_end(console: Console, credential: CredentialId) {
    // Before the first look, so that no end is missed.
    let mut ended = console.ended_sessions();
    let mut recheck = interval(RECHECK);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = ended.changed() => if changed.is_err() { return },
            _ = recheck.tick() => {}
        }
        let now = std::time::SystemTime::now().into();
        let goes_on = match credential {
            CredentialId::Session(session_id) => console.session_goes_on(session_id, now).await,
            CredentialId::Token(token_id) => console.token_goes_on(token_id, now).await,
            CredentialId::Wall(wall_id) => console.wall_goes_on(wall_id).await,
        };
        match goes_on {
            Ok(true) => {}
            Ok(false) | Err(ConsoleError::Stopping) => return,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot read a session or a token");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    async fn read(may_end_early: bool) -> Vec<Result<Bytes, String>> {
        let (end, ended) = oneshot::channel::<()>();
        let endless = stream::iter([Ok::<_, axum::Error>(Bytes::from_static(b"a"))]).chain(stream::pending());
        let body = Body::from_stream(endless).into_data_stream();
        let ended = async move {
            let _ = ended.await;
        };
        let mut stream = Box::pin(until(body, ended, may_end_early));
        let mut chunks = vec![stream.next().await.unwrap().map_err(|error| error.to_string())];
        end.send(()).unwrap();
        while let Some(chunk) = stream.next().await {
            chunks.push(chunk.map_err(|error| error.to_string()));
        }
        chunks
    }

    #[tokio::test]
    async fn a_file_that_ends_early_does_not_look_whole() {
        let first = || Ok(Bytes::from_static(b"a"));
        assert_eq!(read(true).await, [first()]);
        assert_eq!(read(false).await, [first(), Err("the session has ended".to_owned())]);
    }
}

//! Records every request that writes in the audit log, for the guard in front of every route: no handler can forget it.
//!
//! A row is committed before the handler runs and one with the outcome after it. The request is answered in a task of its
//! own, so that its outcome is recorded although the client has left.

mod limit;
mod subject;

use std::{panic, sync::Arc, time::Duration};

use app::RequestAccess;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use console::{AuditAct, Console, ConsoleError};
use console_wire::{
    access::{Actor, PersonRef},
    audit::{LOCAL_NAME, LOCAL_USER_ID},
};
use hub_embedded::clock::Clock;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub(crate) use self::subject::with_subject;
use crate::{problem::Refusal, request_context};

/// How often the head of the log is written to the server's log.
const HEAD_EVERY: Duration = Duration::from_hours(1);

/// In the extensions of a response that refuses: the type of its problem.
#[derive(Debug, Clone)]
pub(crate) struct ProblemKind(pub(crate) Arc<str>);

/// A request that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Its sender is known: it is begun before it is answered.
    As(&'static str),
    /// Anyone can send it: a use case begins it when it has proved to be a person's.
    BeforeSignIn(&'static str, &'static str),
}

impl Recorded {
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::As(action) | Self::BeforeSignIn(action, _) => action,
        }
    }

    fn credential(self, access: &RequestAccess) -> String {
        match (self, access.session_id, &access.token) {
            (Self::BeforeSignIn(_, credential), ..) => credential.to_owned(),
            (Self::As(_), Some(session_id), _) => format!("session {session_id}"),
            (Self::As(_), None, Some(token)) => format!("token {}", token.token_id),
            (Self::As(_), None, None) => "none".to_owned(),
        }
    }
}

/// What is known of a request before it is answered.
pub(crate) fn act(
    recorded: Recorded,
    access: &RequestAccess,
    request: &Request,
    subject: Option<String>,
) -> AuditAct {
    AuditAct {
        actor: match recorded {
            Recorded::As(_) => access.actor.as_ref().map(person),
            Recorded::BeforeSignIn(..) => None,
        },
        credential: recorded.credential(access),
        address: access.address.clone(),
        request: format!("{} {}", request.method(), request.uri().path()),
        request_id: request_context::request_id(),
        action: recorded.action().to_owned(),
        subject,
    }
}

fn person(actor: &Actor) -> PersonRef {
    let local = || PersonRef { user_id: LOCAL_USER_ID.to_owned(), name: LOCAL_NAME.to_owned() };
    actor.person().unwrap_or_else(local)
}

/// Answers a request between its two rows.
pub(crate) async fn record(
    console: &Console,
    recorded: Recorded,
    access: &RequestAccess,
    request: Request,
    next: Next,
) -> Response {
    let (request, subject) = match with_subject(request).await {
        Ok(found) => found,
        Err(refusal) => return refusal.into_response(),
    };
    let act = act(recorded, access, &request, subject);
    let recording = match recorded {
        Recorded::As(_) => match console.begin_recording(act.clone()).await {
            Ok(recording) => recording,
            Err(error) => return Refusal::from(error).into_response(),
        },
        Recorded::BeforeSignIn(..) => console.prepare_recording(act.clone()),
    };
    let context = request_context::current();
    let answer =
        context.scope(recording.clone().scope(next.run(request))).instrument(tracing::Span::current());
    let ending = recording.clone();
    let answered = tokio::spawn(async move {
        let response = answer.await;
        let refusal = refusal(&response);
        // Anyone can make sign-ins fail; those that are begun are a person's.
        if ending.is_begun() || limit::admits(&act) {
            ending.end(refusal.as_deref()).await;
        }
        response
    });
    match answered.await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(payload) => {
                recording.end(Some("outcome-unknown")).await;
                panic::resume_unwind(payload)
            }
            // The server is shutting down. The next start ends the row as unknown.
            Err(_) => Refusal::from(ConsoleError::Stopping).into_response(),
        },
    }
}

/// Records a request that the guard refuses for want of a permission. A failure is logged: the request is refused either way.
pub(crate) async fn record_refusal(console: &Console, act: AuditAct) {
    if !limit::admits(&act) {
        return;
    }
    if let Err(error) = console.record_refusal(&act, "permission-missing").await {
        tracing::error!(error = &error as &dyn std::error::Error, "a refusal is not in the audit log");
    }
}

/// The type of the problem that a response is; `None` for one that does not refuse.
fn refusal(response: &Response) -> Option<Arc<str>> {
    if let Some(kind) = response.extensions().get::<ProblemKind>() {
        return Some(Arc::clone(&kind.0));
    }
    let status = response.status();
    let is_refused = status.is_client_error() || status.is_server_error();
    is_refused.then(|| status_name(status).into())
}

/// A name for a refusal that is no problem of ours.
fn status_name(status: StatusCode) -> String {
    format!("http-{}", status.as_u16())
}

/// Writes the head of the audit log to the server's log, at the start and every hour, and checks all rows each time. Whoever
/// keeps the log elsewhere can show by a head that no earlier row was changed.
pub(crate) async fn log_heads(console: Console, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let heads = async {
        loop {
            log_head(&console).await;
            clock.sleep_until_steady(clock.steady().plus(HEAD_EVERY)).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = heads => {}
    }
}

async fn log_head(console: &Console) {
    match console.check_audit().await {
        Ok(check) => match check.fault {
            None => tracing::info!(rows = check.rows, head = check.head, "head of the audit log"),
            Some(fault) => tracing::error!(
                row = fault.row,
                reason = fault.reason,
                "the audit log was changed; every row before this one is good"
            ),
        },
        Err(ConsoleError::Stopping) => {}
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the audit log cannot be checked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_that_refuses_is_found() {
        let response = |status: StatusCode, kind: Option<&str>| {
            let mut response = status.into_response();
            if let Some(kind) = kind {
                response.extensions_mut().insert(ProblemKind(kind.into()));
            }
            refusal(&response)
        };
        for (status, kind, expected) in [
            (StatusCode::CREATED, None, None),
            (StatusCode::SEE_OTHER, None, None),
            (StatusCode::CONFLICT, Some("conflict"), Some("conflict")),
            // A plain form that is refused leads to a page that says why.
            (StatusCode::SEE_OTHER, Some("invalid-input"), Some("invalid-input")),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, None, Some("http-415")),
        ] {
            assert_eq!(response(status, kind).as_deref(), expected, "{status}");
        }
    }
}

//! Admits a device on a new socket: CONNECT, authorisation by the backend, CONNACK.

use std::{sync::Arc, time::Duration};

use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::error;

use super::{
    Backend, ConnectionCause, Refusal, Subscription, Subscriptions, TelemetryMessage,
    connect::{ConnectRequest, read_connect},
    connections::NewConnection,
    disconnect::{DisconnectReason, Violation},
    fault::FaultKind,
    limits::MAX_CONNECT,
    outbox::Outbox,
    shared::Shared,
    socket::{Progress, Socket},
};
use crate::domain::Target;

/// Reason for refusing a device that requested this fault itself.
const FAULT: &str = "the device injected this fault to try its reconnecting";

/// An admitted device. Dropping it releases the connection, however the session ends.
pub(super) struct Admitted<B: Backend> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) is_clean: bool,
    pub(super) keep_alive_timeout: Duration,
    pub(super) will: Option<TelemetryMessage>,
}

impl<B: Backend> Drop for Admitted<B> {
    fn drop(&mut self) {
        self.shared.connections.release(&self.outbox, self.shared.clock.now());
    }
}

/// A client that was refused, and the device it claims to be.
pub(super) struct NotAdmitted {
    pub(super) target: Option<Target>,
    pub(super) reason: DisconnectReason,
}

impl<E: Into<DisconnectReason>> From<E> for NotAdmitted {
    fn from(reason: E) -> Self {
        Self { target: None, reason: reason.into() }
    }
}

/// Waits for CONNECT and answers it. A refusal is answered too; the caller then drops the socket.
pub(super) async fn admit<B, S>(
    shared: &Arc<Shared<B>>,
    socket: &mut Socket<S>,
) -> Result<Admitted<B>, NotAdmitted>
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let outcome = match first_packet(socket).await.map(read_connect) {
        Ok(Ok(request)) => {
            let target = request.target.clone();
            let admitted = authorize_and_add(shared, request).await;
            admitted.map_err(|reason| NotAdmitted { target: Some(target), reason })
        }
        Ok(Err((target, reason))) => Err(NotAdmitted { target, reason }),
        Err(reason) => Err(reason.into()),
    };
    match outcome {
        Ok((admitted, session_present)) => {
            socket.queue(&connack(ConnectReturnCode::Success, session_present))?;
            // After CONNACK is queued, so that a waiting call is sent behind it.
            if admitted.outbox.subscribes_to(Subscription::Methods) {
                shared.connections.notify_waiting_calls(admitted.outbox.target());
            }
            Ok(admitted)
        }
        Err(refused) => {
            if let Some(code) = answer(&refused.reason) {
                // A client that has closed misses the answer; the reason is kept all the same.
                if socket.queue(&connack(code, false)).is_ok() {
                    socket.flush().await.ok();
                }
            }
            Err(refused)
        }
    }
}

async fn first_packet<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
) -> Result<Connect, DisconnectReason> {
    loop {
        match socket.next_packet(MAX_CONNECT)? {
            Some(Packet::Connect(connect)) => return Ok(connect),
            Some(_) => return Err(Violation::NotConnect.into()),
            None => {}
        }
        if socket.progress(true).await? == Progress::Ended {
            return Err(DisconnectReason::PeerClosed);
        }
    }
}

async fn authorize_and_add<B: Backend>(
    shared: &Arc<Shared<B>>,
    request: ConnectRequest,
) -> Result<(Admitted<B>, bool), DisconnectReason> {
    let ConnectRequest { target, token, is_clean, keep_alive_timeout, model_id, will } = request;
    let target = Arc::new(target);
    let backend = &shared.backend;
    let revocations = shared.connections.revocations();
    let grant = backend.authorize(&target, &token).await.map_err(refused)?;
    match shared.connections.faults().active_at(&target, shared.clock.steady()) {
        Some(FaultKind::Unauthorized) => {
            let refusal = Refusal::Unauthorized(ConnectionCause::InjectedFault, FAULT.to_owned());
            return Err(refused(refusal));
        }
        Some(FaultKind::Busy) => {
            return Err(refused(Refusal::Unavailable(ConnectionCause::InjectedFault, FAULT.to_owned())));
        }
        Some(FaultKind::Drop) | None => {}
    }
    let kept = resume(backend.as_ref(), &target, is_clean).await?;

    let outbox = shared.connections.admit(NewConnection {
        target: Arc::clone(&target),
        expires: grant.expires,
        at: shared.clock.now(),
        model_id,
    })?;
    let is_resumed = kept.is_some();
    outbox.set_subscriptions(kept.unwrap_or_default());
    let admitted = Admitted { shared: Arc::clone(shared), outbox, is_clean, keep_alive_timeout, will };
    // The device may have been disabled between the authorisation and the creation of the outbox.
    if shared.connections.revocations() != revocations {
        backend.authorize(&target, &token).await.map_err(refused)?;
    }
    Ok((admitted, is_resumed))
}

/// The subscriptions of a kept session; a clean start deletes them.
async fn resume(
    backend: &impl Backend,
    target: &Target,
    is_clean: bool,
) -> Result<Option<Subscriptions>, DisconnectReason> {
    let kept = backend.kept_subscriptions(target).await?;
    if is_clean && kept.is_some() {
        backend.keep_subscriptions(target, None).await?;
    }
    Ok(kept.filter(|_| !is_clean))
}

fn refused(refusal: Refusal) -> DisconnectReason {
    match refusal {
        Refusal::Unauthorized(cause, reason) => DisconnectReason::Refused(cause, reason),
        Refusal::Unavailable(cause, reason) => DisconnectReason::Unavailable(cause, reason),
    }
}

/// 5 for whatever is wrong with the credentials, as the real hub answers; 3 makes clients retry, so it
/// is used for the hub's own failures only.
fn answer(reason: &DisconnectReason) -> Option<ConnectReturnCode> {
    match reason {
        DisconnectReason::Violation(Violation::ProtocolLevel(_)) => {
            Some(ConnectReturnCode::RefusedProtocolVersion)
        }
        DisconnectReason::Refused(..) => Some(ConnectReturnCode::NotAuthorized),
        DisconnectReason::Unavailable(..) => Some(ConnectReturnCode::ServiceUnavailable),
        DisconnectReason::Backend(error) => {
            error!(error = error as &dyn std::error::Error, "session not resumed");
            Some(ConnectReturnCode::ServiceUnavailable)
        }
        _ => None,
    }
}

fn connack(code: ConnectReturnCode, session_present: bool) -> Packet {
    Packet::ConnAck(ConnAck { session_present, code })
}

//! From a bare socket to a device: CONNECT, the question to the backend, CONNACK.

use std::{sync::Arc, time::Duration};

use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::error;

use super::{
    Backend, Refusal, Subscription, Subscriptions, TelemetryMessage,
    connect::{Introduction, introduce},
    connections::Newcomer,
    ending::{Ending, Violation},
    fault::FaultKind,
    gateway::Shared,
    limits::MAX_CONNECT,
    link::Link,
    socket::{Progress, Socket},
};

/// A device that has been let in. Dropping it lets the device go, however its session ends.
pub(super) struct Admitted<B: Backend> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) link: Arc<Link>,
    pub(super) is_clean: bool,
    pub(super) silence: Duration,
    pub(super) will: Option<TelemetryMessage>,
}

impl<B: Backend> Drop for Admitted<B> {
    fn drop(&mut self) {
        self.shared.connections.release(&self.link, self.shared.clock.now());
    }
}

/// Waits for CONNECT and answers it. A refusal is answered too, then the socket is to be dropped.
pub(super) async fn admit<B, S>(
    shared: &Arc<Shared<B>>,
    socket: &mut Socket<S>,
) -> Result<Admitted<B>, Ending>
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let outcome = match first_packet(socket).await.and_then(introduce) {
        Ok(introduction) => let_in(shared, introduction).await,
        Err(ending) => Err(ending),
    };
    match outcome {
        Ok((admitted, session_present)) => {
            socket.put(&connack(ConnectReturnCode::Success, session_present))?;
            // Only now: a call that waited for this device goes out behind the CONNACK.
            if admitted.link.subscriptions().contains(Subscription::Methods) {
                shared.connections.arrived(admitted.link.target());
            }
            Ok(admitted)
        }
        Err(ending) => {
            if let Some(code) = answer(&ending) {
                socket.put(&connack(code, false))?;
                socket.flush().await?;
            }
            Err(ending)
        }
    }
}

async fn first_packet<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>) -> Result<Connect, Ending> {
    loop {
        match socket.next_packet(MAX_CONNECT)? {
            Some(Packet::Connect(connect)) => return Ok(connect),
            Some(_) => return Err(Violation::NotConnect.into()),
            None => {}
        }
        if socket.progress(true).await? == Progress::Ended {
            return Err(Ending::PeerClosed);
        }
    }
}

async fn let_in<B: Backend>(
    shared: &Arc<Shared<B>>,
    introduction: Introduction,
) -> Result<(Admitted<B>, bool), Ending> {
    let Introduction { target, token, is_clean, silence, model_id, will } = introduction;
    let target = Arc::new(target);
    let backend = &shared.backend;
    let revocations = shared.connections.revocations();
    let grant = backend.authorize(&target, &token).await.map_err(refused)?;
    match shared.connections.faults().met_by(&target, shared.clock.now()) {
        Some(FaultKind::Unauthorized) => return Err(refused(Refusal::Unauthorized)),
        Some(FaultKind::Busy) => return Err(refused(Refusal::Unavailable)),
        Some(FaultKind::Drop) | None => {}
    }
    let kept = resume(backend.as_ref(), &target, is_clean).await?;

    let link = shared.connections.admit(Newcomer {
        target: Arc::clone(&target),
        expires: grant.expires,
        at: shared.clock.now(),
        model_id,
    })?;
    link.set_subscriptions(kept.unwrap_or_default());
    let admitted = Admitted { shared: Arc::clone(shared), link, is_clean, silence, will };
    // The device may have been disabled after the backend had said yes and before there was a link to close.
    if shared.connections.revocations() != revocations {
        backend.authorize(&target, &token).await.map_err(refused)?;
    }
    Ok((admitted, kept.is_some()))
}

/// What a kept session listens to; a clean start forgets it.
async fn resume(
    backend: &impl Backend,
    target: &crate::domain::Target,
    is_clean: bool,
) -> Result<Option<Subscriptions>, Ending> {
    let kept = backend.kept_subscriptions(target).await.map_err(Ending::Backend)?;
    if is_clean && kept.is_some() {
        backend.keep_subscriptions(target, None).await.map_err(Ending::Backend)?;
    }
    Ok(kept.filter(|_| !is_clean))
}

fn refused(refusal: Refusal) -> Ending {
    match refusal {
        Refusal::Unauthorized => Ending::Refused("the credentials are not good"),
        Refusal::Unavailable => Ending::Unavailable,
    }
}

/// 5 for whatever is wrong with the credentials, as the real hub answers; 3 makes clients try again and again, so it
/// is kept for the hub's own troubles.
fn answer(ending: &Ending) -> Option<ConnectReturnCode> {
    match ending {
        Ending::Violation(Violation::ProtocolLevel(_)) => Some(ConnectReturnCode::RefusedProtocolVersion),
        Ending::Refused(_) => Some(ConnectReturnCode::NotAuthorized),
        Ending::Unavailable => Some(ConnectReturnCode::ServiceUnavailable),
        Ending::Backend(error) => {
            error!(error = error as &dyn std::error::Error, "session not resumed");
            Some(ConnectReturnCode::ServiceUnavailable)
        }
        _ => None,
    }
}

fn connack(code: ConnectReturnCode, session_present: bool) -> Packet {
    Packet::ConnAck(ConnAck { session_present, code })
}

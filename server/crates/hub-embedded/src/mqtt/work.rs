//! What a device asked for, done one after the other and answered in that order.
//!
//! The session goes on reading and sending meanwhile, so that a method's answer does not wait behind a slow write to
//! the store. When much waits, reading stops: the device feels it as a full socket.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use bytes::Bytes;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish},
};
use tracing::error;

use super::{
    Backend, DeviceboundMessage, TelemetryMessage, fault::Fault, gateway::Shared, limits::MAX_TELEMETRY,
    subscriptions::Subscriptions, topic, twin,
};
use crate::{domain::Target, error::HubError};

/// Requests of one device that wait, at most.
const MOST_WAITING: usize = 16;

/// One thing a device asked for. `acknowledge` is the packet id of a QoS 1 publish.
pub(super) enum Work {
    /// Done already; the acknowledgement waits for its turn, for the standard wants them in order.
    Acknowledge(u16),
    /// A new set of subscriptions, and the packet that confirms it.
    Listen {
        to: Subscriptions,
        is_kept: bool,
        confirm: Packet,
    },
    TwinGet {
        request_id: String,
        acknowledge: Option<u16>,
    },
    PatchReported {
        request_id: String,
        body: Bytes,
        acknowledge: Option<u16>,
    },
    Telemetry {
        message: TelemetryMessage,
        acknowledge: Option<u16>,
    },
    /// Messages from the cloud are wanted, for the connection `owner`.
    Fetch {
        owner: i64,
        most: u32,
    },
    /// The device has a message from the cloud.
    Complete {
        message: i64,
    },
}

/// What came of it.
#[derive(Default)]
pub(super) struct Done {
    /// What the device listens to from now on.
    pub(super) listens_to: Option<Subscriptions>,
    /// The acknowledgement.
    pub(super) confirm: Option<Packet>,
    /// The twin answer, for devices that listen to them.
    pub(super) answer: Option<Publish>,
    /// The messages that were fetched; none when none were wanted.
    pub(super) messages: Option<Vec<DeviceboundMessage>>,
    /// What the device wants to go wrong.
    pub(super) fault: Option<Fault>,
}

type Running = Pin<Box<dyn Future<Output = Result<Done, HubError>> + Send>>;

/// The line of one device.
#[derive(Default)]
pub(super) struct WorkQueue {
    waiting: VecDeque<Work>,
    waiting_bytes: usize,
    running: Option<Running>,
}

impl WorkQueue {
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Whether the device may be read further.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MOST_WAITING && self.waiting_bytes < MAX_TELEMETRY
    }

    pub(super) fn push(&mut self, work: Work) {
        self.waiting_bytes += work.byte_len();
        self.waiting.push_back(work);
    }

    /// The connection has ended: what waits is still to be done, but nothing need be fetched for it.
    pub(super) fn forget_fetches(&mut self) {
        self.waiting.retain(|work| !matches!(work, Work::Fetch { .. }));
    }

    /// Waits for what is under way, or begins the next. Nothing is lost when it is dropped. Not to be called when idle.
    pub(super) async fn next<B: Backend>(
        &mut self,
        shared: &Arc<Shared<B>>,
        target: &Arc<Target>,
    ) -> Result<Done, HubError> {
        if self.running.is_none() {
            let Some(work) = self.waiting.pop_front() else { return Ok(Done::default()) };
            self.waiting_bytes -= work.byte_len();
            if self.waiting.is_empty() {
                self.waiting = VecDeque::new();
            }
            self.running = Some(Box::pin(perform(Arc::clone(shared), Arc::clone(target), work)));
        }
        let Some(running) = &mut self.running else { return Ok(Done::default()) };
        let done = running.await;
        self.running = None;
        done
    }
}

impl Work {
    fn byte_len(&self) -> usize {
        match self {
            Self::PatchReported { body, .. } => body.len(),
            Self::Telemetry { message, .. } => message.payload.len(),
            Self::Acknowledge(_)
            | Self::Listen { .. }
            | Self::TwinGet { .. }
            | Self::Fetch { .. }
            | Self::Complete { .. } => 0,
        }
    }
}

/// Errors are those that have to end the connection; a twin request that fails is answered instead.
async fn perform<B: Backend>(
    shared: Arc<Shared<B>>,
    target: Arc<Target>,
    work: Work,
) -> Result<Done, HubError> {
    let backend = shared.backend.as_ref();
    match work {
        Work::Acknowledge(packet_id) => Ok(Done { confirm: Some(puback(packet_id)), ..Done::default() }),
        Work::Listen { to, is_kept, confirm } => {
            if is_kept {
                backend.keep_subscriptions(&target, Some(to)).await?;
            }
            Ok(Done { listens_to: Some(to), confirm: Some(confirm), ..Done::default() })
        }
        Work::TwinGet { request_id, acknowledge } => {
            let answer = match backend.twin(&target).await {
                Ok(found) => publish(topic::twin_answer(200, &request_id, None), twin::document(found)),
                Err(error) => shared.refuse(&request_id, &error),
            };
            Ok(Done { confirm: acknowledge.map(puback), answer: Some(answer), ..Done::default() })
        }
        Work::PatchReported { request_id, body, acknowledge } => {
            let version = match twin::reported_patch(&body) {
                Ok(patch) => backend.patch_reported(&target, patch).await,
                Err(error) => Err(error),
            };
            let answer = match version {
                Ok(version) => publish(topic::twin_answer(204, &request_id, Some(version)), Bytes::new()),
                Err(error) => shared.refuse(&request_id, &error),
            };
            Ok(Done { confirm: acknowledge.map(puback), answer: Some(answer), ..Done::default() })
        }
        Work::Telemetry { message, acknowledge } => {
            let fault = Fault::asked_by(&message);
            backend.telemetry(&target, message).await?;
            Ok(Done { confirm: acknowledge.map(puback), fault, ..Done::default() })
        }
        Work::Fetch { owner, most } => {
            let messages = backend.devicebound(&target, owner, most).await?;
            Ok(Done { messages: Some(messages), ..Done::default() })
        }
        Work::Complete { message } => {
            backend.complete(&target, message).await?;
            Ok(Done::default())
        }
    }
}

impl<B: Backend> Shared<B> {
    fn refuse(&self, request_id: &str, error: &HubError) -> Publish {
        let tracking_id = format!("{:032x}", rand::random::<u128>());
        if error.is_fault() {
            error!(error = error as &dyn std::error::Error, tracking_id, "twin request failed");
        }
        let (status, body) = twin::refusal(error, &tracking_id, self.clock.now());
        publish(topic::twin_answer(status, request_id, None), body)
    }
}

fn publish(topic: String, body: Bytes) -> Publish {
    Publish::from_bytes(topic, QoS::AtMostOnce, body)
}

fn puback(packet_id: u16) -> Packet {
    Packet::PubAck(PubAck::new(packet_id))
}

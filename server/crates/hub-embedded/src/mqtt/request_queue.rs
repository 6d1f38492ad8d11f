//! A device's requests, executed one after the other and answered in that order.
//!
//! The session keeps reading and sending meanwhile, so that a method's answer does not wait for a slow write to the
//! store. When the queue is full, reading stops, which the device sees as a full socket.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use bytes::Bytes;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish},
};
use tracing::error;

use super::{
    Backend, DeviceboundMessage, TelemetryMessage, fault::Fault, limits::MAX_TELEMETRY, shared::Shared,
    subscriptions::Subscriptions, topic, twin,
};
use crate::{domain::Target, error::HubError};

/// Requests of one device that wait, at most.
const MAX_WAITING: usize = 16;

/// A request of a device. `acknowledge` is the packet id of a QoS 1 publish.
pub(super) enum Request {
    /// Executed already; the acknowledgement is queued, since the standard requires them in order.
    Acknowledge(u16),
    /// A new set of subscriptions, and the packet that confirms it.
    SetSubscriptions {
        subscriptions: Subscriptions,
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
    /// Fetch cloud-to-device messages for the connection `owner`.
    Fetch {
        owner: i64,
        most: u32,
    },
    /// The device acknowledged a cloud-to-device message.
    Complete {
        message: i64,
    },
}

/// The result of a request.
#[derive(Default)]
pub(super) struct RequestResult {
    /// The new subscriptions.
    pub(super) subscriptions: Option<Subscriptions>,
    /// The acknowledgement.
    pub(super) confirm: Option<Packet>,
    /// The twin answer, for devices that are subscribed to it.
    pub(super) answer: Option<Publish>,
    /// The fetched messages; none for other requests.
    pub(super) messages: Option<Vec<DeviceboundMessage>>,
    /// The fault that the device requested.
    pub(super) fault: Option<Fault>,
}

type Running = Pin<Box<dyn Future<Output = Result<RequestResult, HubError>> + Send>>;

/// The request queue of one device.
#[derive(Default)]
pub(super) struct RequestQueue {
    waiting: VecDeque<Request>,
    waiting_bytes: usize,
    running: Option<Running>,
}

impl RequestQueue {
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Whether more may be read from the device.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING && self.waiting_bytes < MAX_TELEMETRY
    }

    pub(super) fn push(&mut self, request: Request) {
        self.waiting_bytes += request.byte_len();
        self.waiting.push_back(request);
    }

    /// Drops fetches once the connection has ended; the other requests are still executed.
    pub(super) fn drop_fetches(&mut self) {
        self.waiting.retain(|request| !matches!(request, Request::Fetch { .. }));
    }

    /// Waits for the running request, or starts the next one. Cancel-safe. Do not call it when idle.
    pub(super) async fn next<B: Backend>(
        &mut self,
        shared: &Arc<Shared<B>>,
        target: &Arc<Target>,
    ) -> Result<RequestResult, HubError> {
        if self.running.is_none() {
            let Some(request) = self.waiting.pop_front() else { return Ok(RequestResult::default()) };
            self.waiting_bytes -= request.byte_len();
            if self.waiting.is_empty() {
                self.waiting = VecDeque::new();
            }
            self.running = Some(Box::pin(execute(Arc::clone(shared), Arc::clone(target), request)));
        }
        let Some(running) = &mut self.running else { return Ok(RequestResult::default()) };
        let done = running.await;
        self.running = None;
        done
    }
}

impl Request {
    fn byte_len(&self) -> usize {
        match self {
            Self::PatchReported { body, .. } => body.len(),
            Self::Telemetry { message, .. } => message.payload.len(),
            Self::Acknowledge(_)
            | Self::SetSubscriptions { .. }
            | Self::TwinGet { .. }
            | Self::Fetch { .. }
            | Self::Complete { .. } => 0,
        }
    }
}

/// An error ends the connection; a failed twin request is answered instead.
async fn execute<B: Backend>(
    shared: Arc<Shared<B>>,
    target: Arc<Target>,
    request: Request,
) -> Result<RequestResult, HubError> {
    let backend = shared.backend.as_ref();
    match request {
        Request::Acknowledge(packet_id) => {
            Ok(RequestResult { confirm: Some(puback(packet_id)), ..RequestResult::default() })
        }
        Request::SetSubscriptions { subscriptions, is_kept, confirm } => {
            if is_kept {
                backend.keep_subscriptions(&target, Some(subscriptions.clone())).await?;
            }
            Ok(RequestResult {
                subscriptions: Some(subscriptions),
                confirm: Some(confirm),
                ..RequestResult::default()
            })
        }
        Request::TwinGet { request_id, acknowledge } => {
            let answer = match backend.twin(&target).await {
                Ok(found) => publish(topic::twin_answer(200, &request_id, None), twin::document(found)),
                Err(error) => shared.refuse(&request_id, &error),
            };
            Ok(RequestResult {
                confirm: acknowledge.map(puback),
                answer: Some(answer),
                ..RequestResult::default()
            })
        }
        Request::PatchReported { request_id, body, acknowledge } => {
            let version = match twin::reported_patch(&body) {
                Ok(patch) => backend.patch_reported(&target, patch).await,
                Err(error) => Err(error),
            };
            let answer = match version {
                Ok(version) => publish(topic::twin_answer(204, &request_id, Some(version)), Bytes::new()),
                Err(error) => shared.refuse(&request_id, &error),
            };
            Ok(RequestResult {
                confirm: acknowledge.map(puback),
                answer: Some(answer),
                ..RequestResult::default()
            })
        }
        Request::Telemetry { message, acknowledge } => {
            let fault = Fault::requested_by(&message);
            backend.telemetry(&target, message).await?;
            Ok(RequestResult { confirm: acknowledge.map(puback), fault, ..RequestResult::default() })
        }
        Request::Fetch { owner, most } => {
            let messages = backend.devicebound(&target, owner, most).await?;
            Ok(RequestResult { messages: Some(messages), ..RequestResult::default() })
        }
        Request::Complete { message } => {
            backend.complete(&target, message).await?;
            Ok(RequestResult::default())
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

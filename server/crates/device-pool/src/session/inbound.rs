//! Handles inbound packets: acknowledgements, method calls, the twin and its changes.

use std::{sync::atomic::Ordering::Relaxed, time::SystemTime};

use bytes::Bytes;
use hub_wire::{
    Timestamp,
    twin::{Object, TwinProperties},
};
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish, SubscribeReasonCode},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Session, TwinState};
use crate::{
    behaviour::{Door, Reaction, jammed_bolt_answer},
    faults::{CallEnd, call_outcome},
    link::LinkError,
    pending_actions::{Answer, Due},
    topic::{self, Incoming},
};

/// How long to wait when the hub could not serve a twin request.
const TWIN_RETRY: std::time::Duration = std::time::Duration::from_secs(10);

impl Session<'_> {
    /// Handles a packet. Its effects are queued or added to the pending actions, not written yet.
    pub(super) fn receive(&mut self, packet: Packet) -> Result<(), LinkError> {
        match packet {
            Packet::Publish(publish) => {
                if publish.qos == QoS::AtLeastOnce {
                    self.link.queue(&Packet::PubAck(PubAck::new(publish.pkid)))?;
                }
                self.receive_publish(&publish)
            }
            Packet::SubAck(ack) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err(LinkError::NotSubscribed);
                }
                self.answer_by = None;
                if self.twin == TwinState::Waiting {
                    self.twin = TwinState::ReadAt(Instant::now());
                    self.device.context.device_connected();
                }
                Ok(())
            }
            Packet::PingResp => {
                self.answer_by = None;
                Ok(())
            }
            // No other packet is expected; one that arrives does no harm.
            _ => Ok(()),
        }
    }

    fn receive_publish(&mut self, publish: &Publish) -> Result<(), LinkError> {
        match topic::read(&publish.topic) {
            Some(Incoming::Method { name, request_id }) => {
                self.receive_call(name, request_id, &publish.payload);
                Ok(())
            }
            Some(Incoming::TwinAnswer { status, request_id }) => {
                self.receive_twin_answer(status, request_id, &publish.payload)
            }
            Some(Incoming::Desired) => match serde_json::from_slice::<Object>(&publish.payload) {
                Ok(desired) => self.report(self.device.door.acknowledge(&desired)),
                Err(_) => Ok(()),
            },
            Some(Incoming::Message { bag }) => {
                let answer = self.device.door.answer_message(&publish.payload);
                let topic = topic::message_answer(self.device.record.id.as_str(), bag);
                let answer = Publish::new(topic, QoS::AtMostOnce, answer.to_string());
                self.link.queue(&Packet::Publish(answer))
            }
            None => Ok(()),
        }
    }

    fn receive_call(&mut self, name: &str, request_id: &str, payload: &[u8]) {
        let device = &mut *self.device;
        let counters = &device.context.counters;
        counters.count_call();
        let call = device.record.calls.fetch_add(1, Relaxed) + 1;
        let settings = self.target_state.borrow().settings;
        let call_outcome = call_outcome(&settings, device.record.index, call);
        let received_at = Instant::now();
        let at = received_at + call_outcome.delay;
        let reaction = match call_outcome.end {
            CallEnd::Silence => {
                counters.silent.fetch_add(1, Relaxed);
                return;
            }
            CallEnd::Drop => return device.pending.add(at, Due::Break),
            CallEnd::Error => jammed_bolt_answer(),
            CallEnd::Answer => react(&mut device.door, name, payload),
        };
        let answer = Answer {
            topic: topic::method_answer(reaction.status, request_id),
            payload: Bytes::from(reaction.payload.to_string()),
            received_at,
            is_fault: call_outcome.end == CallEnd::Error,
            then: reaction.then,
        };
        device.pending.add(at, Due::Answer(Box::new(answer)));
    }

    fn receive_twin_answer(
        &mut self,
        status: u16,
        request_id: &str,
        payload: &[u8],
    ) -> Result<(), LinkError> {
        let is_requested = matches!(self.twin, TwinState::Requested(id) if request_id == id.to_string());
        if is_requested {
            self.answer_by = None;
            self.has_twin_answer = true;
        }
        if status < 300 {
            if is_requested {
                self.twin = TwinState::Known;
                let twin: TwinProperties = serde_json::from_slice(payload).unwrap_or_default();
                let report = self.device.door.report_differences(&twin.desired, &twin.reported, wall_clock());
                return self.report(report);
            }
            return Ok(());
        }
        self.device.context.record_error(format!(
            "the hub answered a twin request of {} with {status}",
            self.device.record.id
        ));
        // A twin that could not be read or written is read again later, and missing properties are reported again.
        if status == 429 || status >= 500 {
            self.twin = TwinState::ReadAt(Instant::now() + TWIN_RETRY);
        } else if is_requested {
            self.twin = TwinState::Known;
        }
        Ok(())
    }
}

fn react(door: &mut Door, name: &str, payload: &[u8]) -> Reaction {
    let payload = if payload.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(payload) };
    match payload {
        Ok(payload) => door.answer(name, &payload, wall_clock()),
        Err(error) => Reaction {
            status: 400,
            payload: json!({"error": "PAYLOAD_NOT_JSON", "message": error.to_string()}),
            then: Vec::new(),
        },
    }
}

fn wall_clock() -> Timestamp {
    SystemTime::now().into()
}

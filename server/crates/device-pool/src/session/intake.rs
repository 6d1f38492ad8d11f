//! What comes in over a connection: acknowledgements, calls, the twin and its changes.

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
    agenda::{Answer, Due},
    behaviour::{Door, Reaction, jammed},
    faults::{End, fate},
    link::LinkError,
    topic::{self, Incoming},
};

/// How long to wait when the hub could not serve a twin request just now.
const TWIN_RETRY: std::time::Duration = std::time::Duration::from_secs(10);

impl Session<'_> {
    /// Takes a packet in. What it leads to is queued or put on the agenda, not written yet.
    pub(super) fn take(&mut self, packet: Packet) -> Result<(), LinkError> {
        match packet {
            Packet::Publish(publish) => {
                if publish.qos == QoS::AtLeastOnce {
                    self.link.queue(&Packet::PubAck(PubAck::new(publish.pkid)))?;
                }
                self.take_publish(&publish)
            }
            Packet::SubAck(ack) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err(LinkError::NotSubscribed);
                }
                self.answer_by = None;
                if self.twin == TwinState::Waiting {
                    self.twin = TwinState::Wanted(Instant::now());
                    self.device.context.arrived();
                }
                Ok(())
            }
            Packet::PingResp => {
                self.answer_by = None;
                Ok(())
            }
            // Nothing else is ours to get; a hub that sends it does no harm.
            _ => Ok(()),
        }
    }

    fn take_publish(&mut self, publish: &Publish) -> Result<(), LinkError> {
        match topic::read(&publish.topic) {
            Some(Incoming::Method { name, request_id }) => {
                self.take_call(name, request_id, &publish.payload);
                Ok(())
            }
            Some(Incoming::TwinAnswer { status, request_id }) => {
                self.take_twin_answer(status, request_id, &publish.payload)
            }
            Some(Incoming::Desired) => match serde_json::from_slice::<Object>(&publish.payload) {
                Ok(desired) => self.report(self.device.door.acknowledge(&desired)),
                Err(_) => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn take_call(&mut self, name: &str, request_id: &str, payload: &[u8]) {
        let device = &mut *self.device;
        let counters = &device.context.counters;
        counters.called();
        let call = device.record.calls.fetch_add(1, Relaxed) + 1;
        let settings = self.orders.borrow().settings;
        let fate = fate(&settings, device.record.index, call);
        let asked_at = Instant::now();
        let at = asked_at + fate.delay;
        let reaction = match fate.end {
            End::Silence => {
                counters.silent.fetch_add(1, Relaxed);
                return;
            }
            End::Drop => return device.agenda.add(at, Due::Break),
            End::Error => jammed(),
            End::Answer => react(&mut device.door, name, payload),
        };
        let answer = Answer {
            topic: topic::method_answer(reaction.status, request_id),
            payload: Bytes::from(reaction.payload.to_string()),
            asked_at,
            is_fault: fate.end == End::Error,
            then: reaction.then,
        };
        device.agenda.add(at, Due::Answer(Box::new(answer)));
    }

    fn take_twin_answer(&mut self, status: u16, request_id: &str, payload: &[u8]) -> Result<(), LinkError> {
        let asked = matches!(self.twin, TwinState::Asked(id) if request_id == id.to_string());
        if asked {
            self.answer_by = None;
            self.is_settled = true;
        }
        if status < 300 {
            if asked {
                self.twin = TwinState::Known;
                let twin: TwinProperties = serde_json::from_slice(payload).unwrap_or_default();
                let report = self.device.door.catch_up(&twin.desired, &twin.reported, wall_clock());
                return self.report(report);
            }
            return Ok(());
        }
        self.device
            .context
            .note(format!("the hub answered a twin request of {} with {status}", self.device.record.id));
        // A twin that could not be read or written just now is read again later, and what it lacks is said again.
        if status == 429 || status >= 500 {
            self.twin = TwinState::Wanted(Instant::now() + TWIN_RETRY);
        } else if asked {
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

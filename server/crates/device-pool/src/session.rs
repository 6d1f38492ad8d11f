//! One connection of one device, from SUBSCRIBE to disconnect.
//!
//! One loop with one timer: run due actions, write their packets together, then wait for a packet, the timer, or a new
//! target state.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use hub_wire::twin::Object;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, Publish, Subscribe, SubscribeFilter},
};
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    behaviour::{Door, REBOOT_TIME, Step},
    context::{Context, DeviceTarget, Record, TargetState},
    link::{Link, LinkError},
    pending_actions::{Answer, Due, PendingActions},
    topic,
};

mod inbound;

/// Idle time after which a ping is sent; the hub waits 1.5 times the keep-alive.
const PING_AFTER: Duration = Duration::from_secs(90);
/// The keep-alive announced at CONNECT, in seconds.
pub(crate) const KEEP_ALIVE: u16 = 120;
/// How long the hub may take to answer a subscription, a twin request, or a ping.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A device's state that outlives a connection.
pub(crate) struct Device {
    pub(crate) context: Arc<Context>,
    pub(crate) record: Arc<Record>,
    pub(crate) door: Door,
    pub(crate) pending: PendingActions,
}

/// Why a session ended.
#[derive(Debug)]
pub(crate) enum SessionEnd {
    /// The connection broke, or the hub closed it.
    Broken(LinkError),
    /// The device broke it, as the drop share says.
    Dropped,
    /// The token is about to expire.
    Renewal,
    /// The device reboots: it reconnects after this time.
    Away(Duration),
    /// The device should be offline or is removed.
    TargetChanged,
}

/// Whether the device has read its twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TwinState {
    /// The subscription is not confirmed yet.
    Waiting,
    /// To be requested at this time.
    ReadAt(Instant),
    /// Requested, with this request id.
    Requested(u32),
    /// Read.
    Known,
}

/// The running connection.
pub(crate) struct Session<'a> {
    device: &'a mut Device,
    link: Link,
    target_state: watch::Receiver<TargetState>,
    twin: TwinState,
    /// Whether the hub has answered a twin request once. Before that, what the device would report may be wrong, so its
    /// pending actions wait; later twin requests delay nothing.
    has_twin_answer: bool,
    /// When the hub must have answered the open request.
    answer_by: Option<Instant>,
    ping_at: Instant,
    renew_at: Instant,
    last_request_id: u32,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        device: &'a mut Device,
        link: Link,
        target_state: watch::Receiver<TargetState>,
        renew_at: Instant,
    ) -> Self {
        let ping_at = Instant::now() + PING_AFTER;
        Self {
            device,
            link,
            target_state,
            twin: TwinState::Waiting,
            has_twin_answer: false,
            answer_by: None,
            ping_at,
            renew_at,
            last_request_id: 0,
        }
    }

    /// Runs until the connection ends. Returns whether the device was subscribed to methods, and why it ended.
    pub(crate) async fn run(mut self) -> (bool, SessionEnd) {
        let ending = match self.serve().await {
            Ok(ending) => ending,
            Err(error) => SessionEnd::Broken(error),
        };
        let was_listening = self.twin != TwinState::Waiting;
        if was_listening {
            self.device.context.device_disconnected();
        }
        let dropped = self.device.pending.disconnect();
        self.device.context.counters.dropped.fetch_add(dropped, Relaxed);
        if !matches!(ending, SessionEnd::Broken(_) | SessionEnd::Dropped) {
            self.link.close().await;
        }
        (was_listening, ending)
    }

    async fn serve(&mut self) -> Result<SessionEnd, LinkError> {
        self.subscribe()?;
        let timer = sleep_until(self.ping_at);
        tokio::pin!(timer);
        loop {
            if let Some(ending) = self.run_due_actions(Instant::now())? {
                // Packets queued before the disconnect must arrive: an answer, a last report.
                self.link.flush().await?;
                return Ok(ending);
            }
            if self.link.flush().await? {
                self.ping_at = Instant::now() + PING_AFTER;
            }
            let wake = self.wake_at();
            if timer.deadline() != wake {
                timer.as_mut().reset(wake);
            }
            tokio::select! {
                packet = self.link.receive() => {
                    let mut packet = Some(packet?);
                    while let Some(next) = packet {
                        self.receive(next)?;
                        packet = self.link.buffered()?;
                    }
                }
                () = &mut timer => {}
                changed = self.target_state.changed() => {
                    let wanted = self.target_state.borrow_and_update().of(self.device.record.index);
                    if changed.is_err() || wanted != DeviceTarget::Online {
                        return Ok(SessionEnd::TargetChanged);
                    }
                }
            }
        }
    }

    fn subscribe(&mut self) -> Result<(), LinkError> {
        // QoS 0 like the Node SDK: the hub offers no more for these topics.
        let filter = |path: &str| SubscribeFilter { path: path.to_owned(), qos: QoS::AtMostOnce };
        let mut filters = [topic::METHODS, topic::TWIN_ANSWERS, topic::DESIRED].map(filter).to_vec();
        let messages = topic::messages(self.device.record.id.as_str());
        filters.push(SubscribeFilter { path: messages, qos: QoS::AtLeastOnce });
        self.link.queue(&Packet::Subscribe(Subscribe { pkid: 1, filters }))?;
        self.answer_by = Some(Instant::now() + ANSWER_TIMEOUT);
        Ok(())
    }

    fn wake_at(&self) -> Instant {
        let action = if self.has_twin_answer { self.device.pending.next() } else { None };
        let twin = match self.twin {
            TwinState::ReadAt(at) => Some(at),
            _ => None,
        };
        let soonest = [action, twin, self.answer_by].into_iter().flatten().min();
        soonest.unwrap_or(self.renew_at).min(self.renew_at).min(self.ping_at)
    }

    fn run_due_actions(&mut self, now: Instant) -> Result<Option<SessionEnd>, LinkError> {
        if now >= self.renew_at {
            return Ok(Some(SessionEnd::Renewal));
        }
        if self.answer_by.is_some_and(|by| now >= by) {
            return Err(LinkError::TimedOut);
        }
        if now >= self.ping_at {
            self.link.queue(&Packet::PingReq)?;
            self.answer_by = self.answer_by.or(Some(now + ANSWER_TIMEOUT));
        }
        if matches!(self.twin, TwinState::ReadAt(at) if now >= at) {
            self.request_twin(now)?;
        }
        while self.has_twin_answer
            && let Some(due) = self.device.pending.take(now)
        {
            if let Some(ending) = self.run_action(due, now)? {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }

    fn run_action(&mut self, due: Due, now: Instant) -> Result<Option<SessionEnd>, LinkError> {
        match due {
            Due::Answer(answer) => self.answer(*answer, now)?,
            Due::Break => {
                self.device.context.counters.dropped.fetch_add(1, Relaxed);
                return Ok(Some(SessionEnd::Dropped));
            }
            Due::Step(Step::Report(report)) => self.report(report)?,
            Due::Step(Step::Reboot) => return Ok(Some(SessionEnd::Away(REBOOT_TIME))),
            Due::Step(Step::Install) => {
                self.device.door.install();
                return Ok(Some(SessionEnd::Away(REBOOT_TIME)));
            }
        }
        Ok(None)
    }

    fn answer(&mut self, answer: Answer, now: Instant) -> Result<(), LinkError> {
        let counters = &self.device.context.counters;
        let counter = if answer.is_fault { &counters.failed } else { &counters.answered };
        counter.fetch_add(1, Relaxed);
        counters.answer_times.record(now - answer.received_at);
        self.link.queue(&Packet::Publish(Publish::from_bytes(
            answer.topic,
            QoS::AtMostOnce,
            answer.payload,
        )))?;
        for (after, step) in answer.then {
            self.device.pending.add(now + after, Due::Step(step));
        }
        Ok(())
    }

    fn request_twin(&mut self, now: Instant) -> Result<(), LinkError> {
        let request_id = self.next_request_id();
        // A body of one space like the Node SDK: some hubs refuse an empty one.
        let request = Publish::new(topic::twin_get(request_id), QoS::AtMostOnce, " ");
        self.link.queue(&Packet::Publish(request))?;
        self.twin = TwinState::Requested(request_id);
        self.answer_by = Some(now + ANSWER_TIMEOUT);
        Ok(())
    }

    fn report(&mut self, report: Object) -> Result<(), LinkError> {
        if report.is_empty() {
            return Ok(());
        }
        let topic = topic::reported_patch(self.next_request_id());
        let body = Value::Object(report).to_string();
        self.link.queue(&Packet::Publish(Publish::new(topic, QoS::AtMostOnce, body)))
    }

    fn next_request_id(&mut self) -> u32 {
        self.last_request_id = self.last_request_id.wrapping_add(1);
        self.last_request_id
    }
}

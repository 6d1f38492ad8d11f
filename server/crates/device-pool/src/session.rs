//! One connection of one device, from the subscription to its end.
//!
//! One loop with one timer: do what is due, write it in one go, wait for a packet, the timer, or other orders.

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
    agenda::{Agenda, Answer, Due},
    behaviour::{Door, REBOOT_TIME, Step},
    context::{Context, Orders, Record, Wanted},
    link::{Link, LinkError},
    topic,
};

mod intake;

/// Idle time after which the connection is tried with a ping; the hub waits 1.5 times the keep-alive.
const PING_AFTER: Duration = Duration::from_secs(90);
/// The keep-alive announced at CONNECT, in seconds.
pub(crate) const KEEP_ALIVE: u16 = 120;
/// How long the hub may take to answer a subscription, a twin request, or a ping.
const PATIENCE: Duration = Duration::from_secs(30);

/// A device: what it is between connections.
pub(crate) struct Device {
    pub(crate) context: Arc<Context>,
    pub(crate) record: Arc<Record>,
    pub(crate) door: Door,
    pub(crate) agenda: Agenda,
}

/// Why a session ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The connection broke, or the hub closed it.
    Broken(LinkError),
    /// The drop share had the device break it.
    Dropped,
    /// The token is about to run out.
    Renewal,
    /// The device is away for a moment.
    Away(Duration),
    /// It is wanted elsewhere than here: offline, or gone.
    Ordered,
}

/// How far the twin is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TwinState {
    /// The subscription is not confirmed yet.
    Waiting,
    /// To be read at this time.
    Wanted(Instant),
    /// Asked for.
    Asked(u32),
    /// Read.
    Known,
}

/// The running connection.
pub(crate) struct Session<'a> {
    device: &'a mut Device,
    link: Link,
    orders: watch::Receiver<Orders>,
    twin: TwinState,
    /// Whether the hub has answered for the twin once. Before that, what the device would report may be wrong, so its
    /// agenda waits these milliseconds; after that, a twin to be read again holds up nothing.
    is_settled: bool,
    /// When the hub must have answered what was asked of it.
    answer_by: Option<Instant>,
    ping_at: Instant,
    renew_at: Instant,
    last_request_id: u32,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        device: &'a mut Device,
        link: Link,
        orders: watch::Receiver<Orders>,
        renew_at: Instant,
    ) -> Self {
        let ping_at = Instant::now() + PING_AFTER;
        Self {
            device,
            link,
            orders,
            twin: TwinState::Waiting,
            is_settled: false,
            answer_by: None,
            ping_at,
            renew_at,
            last_request_id: 0,
        }
    }

    /// Runs to the end. Whether the device ever listened to methods, and why it ended.
    pub(crate) async fn run(mut self) -> (bool, Ending) {
        let ending = match self.live().await {
            Ok(ending) => ending,
            Err(error) => Ending::Broken(error),
        };
        let was_listening = self.twin != TwinState::Waiting;
        if was_listening {
            self.device.context.left();
        }
        let lost = self.device.agenda.disconnect();
        self.device.context.counters.dropped.fetch_add(lost, Relaxed);
        if !matches!(ending, Ending::Broken(_) | Ending::Dropped) {
            self.link.close().await;
        }
        (was_listening, ending)
    }

    async fn live(&mut self) -> Result<Ending, LinkError> {
        self.subscribe()?;
        let timer = sleep_until(self.ping_at);
        tokio::pin!(timer);
        loop {
            if let Some(ending) = self.do_what_is_due(Instant::now())? {
                // What was said before leaving must arrive: an answer, a last report.
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
                        self.take(next)?;
                        packet = self.link.buffered()?;
                    }
                }
                () = &mut timer => {}
                changed = self.orders.changed() => {
                    let wanted = self.orders.borrow_and_update().of(self.device.record.index);
                    if changed.is_err() || wanted != Wanted::Online {
                        return Ok(Ending::Ordered);
                    }
                }
            }
        }
    }

    fn subscribe(&mut self) -> Result<(), LinkError> {
        // QoS 0 as Node does it: a hub promises no more for these.
        let filter = |path: &str| SubscribeFilter { path: path.to_owned(), qos: QoS::AtMostOnce };
        let filters = [topic::METHODS, topic::TWIN_ANSWERS, topic::DESIRED].map(filter);
        self.link.queue(&Packet::Subscribe(Subscribe { pkid: 1, filters: filters.into() }))?;
        self.answer_by = Some(Instant::now() + PATIENCE);
        Ok(())
    }

    fn wake_at(&self) -> Instant {
        let agenda = if self.is_settled { self.device.agenda.next() } else { None };
        let twin = match self.twin {
            TwinState::Wanted(at) => Some(at),
            _ => None,
        };
        let soonest = [agenda, twin, self.answer_by].into_iter().flatten().min();
        soonest.unwrap_or(self.renew_at).min(self.renew_at).min(self.ping_at)
    }

    fn do_what_is_due(&mut self, now: Instant) -> Result<Option<Ending>, LinkError> {
        if now >= self.renew_at {
            return Ok(Some(Ending::Renewal));
        }
        if self.answer_by.is_some_and(|by| now >= by) {
            return Err(LinkError::Silent);
        }
        if now >= self.ping_at {
            self.link.queue(&Packet::PingReq)?;
            self.answer_by = self.answer_by.or(Some(now + PATIENCE));
        }
        if matches!(self.twin, TwinState::Wanted(at) if now >= at) {
            self.ask_for_twin(now)?;
        }
        while self.is_settled
            && let Some(due) = self.device.agenda.take(now)
        {
            if let Some(ending) = self.act(due, now)? {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }

    fn act(&mut self, due: Due, now: Instant) -> Result<Option<Ending>, LinkError> {
        match due {
            Due::Answer(answer) => self.answer(*answer, now)?,
            Due::Break => {
                self.device.context.counters.dropped.fetch_add(1, Relaxed);
                return Ok(Some(Ending::Dropped));
            }
            Due::Step(Step::Report(report)) => self.report(report)?,
            Due::Step(Step::Reboot) => return Ok(Some(Ending::Away(REBOOT_TIME))),
            Due::Step(Step::Install) => {
                self.device.door.install();
                return Ok(Some(Ending::Away(REBOOT_TIME)));
            }
        }
        Ok(None)
    }

    fn answer(&mut self, answer: Answer, now: Instant) -> Result<(), LinkError> {
        let counters = &self.device.context.counters;
        let counter = if answer.is_fault { &counters.failed } else { &counters.answered };
        counter.fetch_add(1, Relaxed);
        counters.answer_times.record(now - answer.asked_at);
        self.link.queue(&Packet::Publish(Publish::from_bytes(
            answer.topic,
            QoS::AtMostOnce,
            answer.payload,
        )))?;
        for (after, step) in answer.then {
            self.device.agenda.add(now + after, Due::Step(step));
        }
        Ok(())
    }

    fn ask_for_twin(&mut self, now: Instant) -> Result<(), LinkError> {
        let request_id = self.next_request_id();
        // A body of one space, as Node has it: some hubs do not like an empty one.
        let request = Publish::new(topic::twin_get(request_id), QoS::AtMostOnce, " ");
        self.link.queue(&Packet::Publish(request))?;
        self.twin = TwinState::Asked(request_id);
        self.answer_by = Some(now + PATIENCE);
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

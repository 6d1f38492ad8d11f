//! One device's connection, from CONNACK to its end: a single loop around a single wait.

use std::{pin::pin, sync::Arc, time::Duration};

use hub_wire::direct_method::{DirectMethodResponse, MAX_PAYLOAD};
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck, Unsubscribe},
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until},
};
use tracing::{debug, error, warn};

use super::{
    Backend, DeviceboundMessage, TelemetryMessage,
    admission::Admitted,
    connect::retained,
    deliveries::Deliveries,
    ending::{Ending, Violation},
    gateway::Shared,
    limits::{MAX_PACKET, MAX_TELEMETRY},
    link::Link,
    property_bag,
    socket::{Progress, Socket},
    subscriptions::{Subscription, Subscriptions},
    topic::{self, Incoming},
    work::{Done, Work, WorkQueue},
};

pub(super) struct Session<B: Backend, S> {
    shared: Arc<Shared<B>>,
    link: Arc<Link>,
    socket: Socket<S>,
    work: WorkQueue,
    deliveries: Deliveries,
    /// What the device will listen to when all it asked for is done.
    wanted: Subscriptions,
    is_clean: bool,
    silence: Duration,
    heard: Instant,
}

/// Serves an admitted device until one side has enough, then does what is left to do for it.
pub(super) async fn serve<B, S>(mut admitted: Admitted<B>, socket: Socket<S>) -> Ending
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let will = admitted.will.take();
    let mut session = Session {
        shared: Arc::clone(&admitted.shared),
        link: Arc::clone(&admitted.link),
        socket,
        work: WorkQueue::default(),
        deliveries: Deliveries::default(),
        wanted: admitted.link.subscriptions(),
        is_clean: admitted.is_clean,
        silence: admitted.silence,
        heard: Instant::now(),
    };
    let Err(ending) = session.run().await;
    drop(admitted);
    let Session { shared, link, work, socket, deliveries, .. } = session;
    drop(socket);
    let will = will.filter(|_| !matches!(ending, Ending::Disconnect));
    settle(&shared, &link, work, will).await;
    if deliveries.is_owner {
        give_back(&shared, &link).await;
    }
    ending
}

/// What a device sent before it left still counts, the last word included.
async fn settle<B: Backend>(
    shared: &Arc<Shared<B>>,
    link: &Link,
    mut work: WorkQueue,
    will: Option<TelemetryMessage>,
) {
    work.forget_fetches();
    if let Some(message) = will {
        work.push(Work::Telemetry { message, acknowledge: None });
    }
    while !work.is_idle() {
        if let Err(error) = work.next(shared, link.target()).await {
            error!(device = %link.target(), error = &error as &dyn std::error::Error, "last requests not done");
            return;
        }
    }
}

/// Messages that the device did not acknowledge are for its next connection, which may be there already.
async fn give_back<B: Backend>(shared: &Arc<Shared<B>>, link: &Link) {
    match shared.backend.release(link.target(), link.owner()).await {
        Ok(true) => shared.connections.notify_messages(link.target()),
        Ok(false) => {}
        // Their locks run out by themselves.
        Err(error) => {
            error!(device = %link.target(), error = &error as &dyn std::error::Error, "messages not given back");
        }
    }
}

impl<B, S> Session<B, S>
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    async fn run(&mut self) -> Result<std::convert::Infallible, Ending> {
        let mut timer = pin!(sleep_until(self.heard + self.silence));
        loop {
            self.send_outbox()?;
            self.receive()?;
            self.fetch_messages();
            let may_read = self.may_read();
            tokio::select! {
                () = self.link.rung() => {}
                progress = self.socket.progress(may_read) => match progress? {
                    Progress::Received => self.heard = Instant::now(),
                    Progress::Sent => {}
                    Progress::Ended => return Err(Ending::PeerClosed),
                },
                done = self.work.next(&self.shared, self.link.target()), if !self.work.is_idle() => {
                    self.answer(done.map_err(Ending::Backend)?)?;
                }
                () = timer.as_mut() => {
                    // Set once, not at every packet: it looks here how much time there is left.
                    let until = self.heard + self.silence;
                    if until <= Instant::now() {
                        return Err(Ending::Silence(self.silence));
                    }
                    timer.as_mut().reset(until);
                }
            }
        }
    }

    fn may_read(&self) -> bool {
        self.work.has_room() && self.socket.has_room()
    }

    fn send_outbox(&mut self) -> Result<(), Ending> {
        // At least one look, so that a closed link is noticed while the socket is full.
        loop {
            if !self.socket.has_room() {
                return self.link.check_open().map_err(Ending::Closed);
            }
            match self.link.next_outgoing()? {
                Some(publish) => self.socket.put(&Packet::Publish(publish))?,
                None => return Ok(()),
            }
        }
    }

    fn receive(&mut self) -> Result<(), Ending> {
        while self.may_read()
            && let Some(packet) = self.socket.next_packet(MAX_PACKET)?
        {
            self.take(packet)?;
        }
        Ok(())
    }

    fn take(&mut self, packet: Packet) -> Result<(), Ending> {
        match packet {
            Packet::Publish(publish) => self.publish(publish),
            Packet::Subscribe(subscribe) => self.subscribe(&subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                self.unsubscribe(&unsubscribe);
                Ok(())
            }
            Packet::PingReq => Ok(self.socket.put(&Packet::PingResp)?),
            Packet::PubAck(PubAck { pkid }) => {
                // Messages are all that is sent at QoS 1.
                if let Some(message) = self.deliveries.acknowledged(pkid) {
                    self.work.push(Work::Complete { message });
                    self.link.notify_messages();
                }
                Ok(())
            }
            Packet::Disconnect => Err(Ending::Disconnect),
            Packet::Connect(_) => Err(Violation::SecondConnect.into()),
            Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => Err(Violation::ExactlyOnce.into()),
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                Err(Violation::ServersPacket.into())
            }
        }
    }

    fn publish(&mut self, publish: Publish) -> Result<(), Ending> {
        if publish.qos == QoS::ExactlyOnce {
            return Err(Violation::ExactlyOnce.into());
        }
        let acknowledge = (publish.qos == QoS::AtLeastOnce).then_some(publish.pkid);
        let incoming = topic::incoming(self.link.target(), &publish.topic).ok_or(Violation::Topic)?;
        match incoming {
            Incoming::Telemetry { bag } => {
                let message = telemetry(bag, &publish)?;
                self.work.push(Work::Telemetry { message, acknowledge });
            }
            Incoming::MethodAnswer { status, request_id } => {
                self.method_answer(status, request_id, &publish.payload);
                if let Some(packet_id) = acknowledge {
                    self.work.push(Work::Acknowledge(packet_id));
                }
            }
            Incoming::TwinGet { request_id } => {
                self.work.push(Work::TwinGet { request_id: request_id.to_owned(), acknowledge });
            }
            Incoming::ReportedPatch { request_id } => {
                let request_id = request_id.to_owned();
                self.work.push(Work::PatchReported { request_id, body: publish.payload, acknowledge });
            }
        }
        Ok(())
    }

    fn method_answer(&self, status: i32, request_id: Option<u32>, body: &[u8]) {
        let Some(request_id) = request_id else { return };
        // Node sends nothing at all for an answer without a payload.
        let payload = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
        match payload {
            Ok(payload) if body.len() <= MAX_PAYLOAD => {
                self.link.answer(request_id, DirectMethodResponse { status, payload });
            }
            Ok(_) | Err(_) => {
                warn!(device = %self.link.target(), bytes = body.len(), "a method answer is too large or not JSON");
                self.link.refuse_answer(request_id);
            }
        }
    }

    fn subscribe(&mut self, subscribe: &Subscribe) -> Result<(), Ending> {
        let mut wanted = self.wanted;
        let mut granted = Vec::with_capacity(subscribe.filters.len());
        for filter in &subscribe.filters {
            let one = topic::subscription(self.link.target(), &filter.path).ok_or(Violation::Filter)?;
            wanted = wanted.with(one);
            granted.push(SubscribeReasonCode::Success(match filter.qos {
                QoS::AtMostOnce => QoS::AtMostOnce,
                QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtLeastOnce,
            }));
        }
        self.listen(wanted, Packet::SubAck(SubAck::new(subscribe.pkid, granted)));
        Ok(())
    }

    /// A filter that was never subscribed to is confirmed like the others, as the standard says.
    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe) {
        let gone =
            unsubscribe.topics.iter().filter_map(|filter| topic::subscription(self.link.target(), filter));
        let wanted = gone.fold(self.wanted, Subscriptions::without);
        self.listen(wanted, Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
    }

    fn listen(&mut self, to: Subscriptions, confirm: Packet) {
        let is_kept = !self.is_clean && to != self.wanted;
        self.wanted = to;
        self.work.push(Work::Listen { to, is_kept, confirm });
    }

    fn fetch_messages(&mut self) {
        // The notice stays for later while there is no room.
        if let Some(most) = self.deliveries.begin_fetch() {
            if self.link.take_messages_notice() {
                self.work.push(Work::Fetch { owner: self.link.owner(), most });
            } else {
                self.deliveries.end_fetch();
            }
        }
    }

    fn deliver(&mut self, messages: Vec<DeviceboundMessage>) -> Result<(), Ending> {
        self.deliveries.end_fetch();
        if !self.link.subscriptions().contains(Subscription::Devicebound) {
            // Unsubscribed meanwhile. They come free when the connection ends, or in a minute.
            return Ok(());
        }
        for message in messages {
            let topic = topic::devicebound(self.link.target(), &message.bag);
            let mut publish = Publish::from_bytes(topic, QoS::AtLeastOnce, message.payload);
            publish.pkid = self.deliveries.send(message.id);
            self.socket.put(&Packet::Publish(publish))?;
        }
        Ok(())
    }

    fn answer(&mut self, done: Done) -> Result<(), Ending> {
        if let Some(confirm) = done.confirm {
            self.socket.put(&confirm)?;
        }
        if let Some(listens_to) = done.listens_to {
            self.link.set_subscriptions(listens_to);
            if listens_to.contains(Subscription::Methods) {
                self.shared.connections.arrived(self.link.target());
            }
            debug!(device = %self.link.target(), to = %listens_to, "listens");
        }
        if let Some(fault) = done.fault {
            self.shared.inject(self.link.target(), fault);
        }
        if let Some(messages) = done.messages {
            self.deliver(messages)?;
        }
        if let Some(answer) = done.answer
            && self.link.subscriptions().contains(Subscription::TwinAnswers)
        {
            self.socket.put(&Packet::Publish(answer))?;
        }
        Ok(())
    }
}

fn telemetry(bag: &str, publish: &Publish) -> Result<TelemetryMessage, Violation> {
    let size = bag.len() + publish.payload.len();
    if size > MAX_TELEMETRY {
        return Err(Violation::MessageTooLarge(size));
    }
    let mut properties = property_bag::parse(bag).ok_or(Violation::Topic)?;
    if publish.retain {
        properties.push(retained());
    }
    Ok(TelemetryMessage { payload: publish.payload.clone(), properties })
}

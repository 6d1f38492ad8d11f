//! One device's connection, from CONNACK to its end: a loop around a single `select!`.

use std::{pin::pin, sync::Arc, time::Duration};

use hub_wire::direct_method::DirectMethodResponse;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck, Unsubscribe},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until},
};
use tracing::{debug, error, warn};

use super::{
    Backend, DeviceboundMessage, TelemetryMessage,
    admission::Admitted,
    connect::retained,
    disconnect::{DisconnectReason, Violation},
    limits::{MAX_PACKET, MAX_TELEMETRY},
    outbox::Outbox,
    pending_c2d::PendingC2d,
    property_bag,
    request_queue::{Request, RequestQueue, RequestResult},
    shared::Shared,
    socket::{Progress, Socket},
    subscriptions::Subscriptions,
    topic::{self, Incoming, Subscription},
};
use crate::domain::{AnswerFault, method::read_answer, quote::quoted};

pub(super) struct Session<B: Backend, S> {
    shared: Arc<Shared<B>>,
    outbox: Arc<Outbox>,
    socket: Socket<S>,
    requests: RequestQueue,
    pending_c2d: PendingC2d,
    /// The subscriptions once all queued requests are done.
    wanted: Subscriptions,
    is_clean: bool,
    keep_alive_timeout: Duration,
    last_received: Instant,
}

/// Serves an admitted device until either side ends the connection, then finishes its queued requests.
pub(super) async fn serve<B, S>(mut admitted: Admitted<B>, socket: Socket<S>) -> DisconnectReason
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let will = admitted.will.take();
    let mut session = Session {
        shared: Arc::clone(&admitted.shared),
        outbox: Arc::clone(&admitted.outbox),
        socket,
        requests: RequestQueue::default(),
        pending_c2d: PendingC2d::default(),
        wanted: admitted.outbox.subscriptions(),
        is_clean: admitted.is_clean,
        keep_alive_timeout: admitted.keep_alive_timeout,
        last_received: Instant::now(),
    };
    let Err(reason) = session.run().await;
    drop(admitted);
    let Session { shared, outbox, requests, socket, pending_c2d, .. } = session;
    drop(socket);
    let will = will.filter(|_| !matches!(reason, DisconnectReason::Disconnect));
    finish_requests(&shared, &outbox, requests, will).await;
    if pending_c2d.is_owner {
        release_messages(&shared, &outbox).await;
    }
    reason
}

/// Executes what the device sent before it disconnected, its last will included.
async fn finish_requests<B: Backend>(
    shared: &Arc<Shared<B>>,
    outbox: &Outbox,
    mut requests: RequestQueue,
    will: Option<TelemetryMessage>,
) {
    requests.drop_fetches();
    if let Some(message) = will {
        requests.push(Request::Telemetry { message, acknowledge: None });
    }
    while !requests.is_idle() {
        if let Err(error) = requests.next(shared, outbox.target()).await {
            error!(device = %outbox.target(), error = &error as &dyn std::error::Error, "last requests failed");
            return;
        }
    }
}

/// Messages that the device did not acknowledge are for its next connection, which may be there already.
async fn release_messages<B: Backend>(shared: &Arc<Shared<B>>, outbox: &Outbox) {
    match shared.backend.release(outbox.target(), outbox.owner()).await {
        Ok(true) => shared.connections.notify_messages(outbox.target()),
        Ok(false) => {}
        // Their locks expire by themselves.
        Err(error) => {
            error!(device = %outbox.target(), error = &error as &dyn std::error::Error, "messages not released");
        }
    }
}

impl<B, S> Session<B, S>
where
    B: Backend,
    S: AsyncRead + AsyncWrite + Unpin,
{
    async fn run(&mut self) -> Result<std::convert::Infallible, DisconnectReason> {
        let mut timer = pin!(sleep_until(self.last_received + self.keep_alive_timeout));
        loop {
            self.send_outbox()?;
            self.receive()?;
            self.fetch_messages();
            let may_read = self.may_read();
            tokio::select! {
                () = self.outbox.notified() => {}
                progress = self.socket.progress(may_read) => match progress? {
                    Progress::Received => self.last_received = Instant::now(),
                    Progress::Sent => {}
                    Progress::Ended => return Err(DisconnectReason::PeerClosed),
                },
                done = self.requests.next(&self.shared, self.outbox.target()), if !self.requests.is_idle() => {
                    self.answer(done?)?;
                }
                () = timer.as_mut() => {
                    // Reset here and not at every packet, which would cost more.
                    let until = self.last_received + self.keep_alive_timeout;
                    if until <= Instant::now() {
                        return Err(DisconnectReason::KeepAliveTimeout(self.keep_alive_timeout));
                    }
                    timer.as_mut().reset(until);
                }
            }
        }
    }

    fn may_read(&self) -> bool {
        self.requests.has_room() && self.socket.has_room()
    }

    fn send_outbox(&mut self) -> Result<(), DisconnectReason> {
        // Checked once at least, so that a closed outbox is noticed while the socket is full.
        loop {
            if !self.socket.has_room() {
                return self.outbox.check_open().map_err(DisconnectReason::Closed);
            }
            match self.outbox.next_outgoing()? {
                Some(publish) => self.socket.queue(&Packet::Publish(publish))?,
                None => return Ok(()),
            }
        }
    }

    fn receive(&mut self) -> Result<(), DisconnectReason> {
        while self.may_read()
            && let Some(packet) = self.socket.next_packet(MAX_PACKET)?
        {
            self.handle_packet(packet)?;
        }
        Ok(())
    }

    fn handle_packet(&mut self, packet: Packet) -> Result<(), DisconnectReason> {
        match packet {
            Packet::Publish(publish) => self.publish(publish),
            Packet::Subscribe(subscribe) => self.subscribe(&subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                self.unsubscribe(&unsubscribe);
                Ok(())
            }
            Packet::PingReq => Ok(self.socket.queue(&Packet::PingResp)?),
            Packet::PubAck(PubAck { pkid }) => {
                // Only messages are sent at QoS 1.
                if let Some(message) = self.pending_c2d.acknowledged(pkid) {
                    self.requests.push(Request::Complete { message });
                    self.outbox.notify_messages();
                }
                Ok(())
            }
            Packet::Disconnect => Err(DisconnectReason::Disconnect),
            Packet::Connect(_) => Err(Violation::SecondConnect.into()),
            Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => Err(Violation::ExactlyOnce.into()),
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                Err(Violation::ServersPacket.into())
            }
        }
    }

    fn publish(&mut self, publish: Publish) -> Result<(), DisconnectReason> {
        if publish.qos == QoS::ExactlyOnce {
            return Err(Violation::ExactlyOnce.into());
        }
        let acknowledge = (publish.qos == QoS::AtLeastOnce).then_some(publish.pkid);
        let Some(incoming) = topic::incoming(self.outbox.target(), &publish.topic) else {
            return Err(Violation::Topic(quoted(&publish.topic)).into());
        };
        match incoming {
            Incoming::Telemetry { bag } => {
                let message = telemetry(bag, &publish)?;
                self.requests.push(Request::Telemetry { message, acknowledge });
            }
            Incoming::MethodAnswer { status, request_id } => {
                self.method_answer(status, request_id, &publish.payload)?;
                if let Some(packet_id) = acknowledge {
                    self.requests.push(Request::Acknowledge(packet_id));
                }
            }
            Incoming::TwinGet { request_id } => {
                self.requests.push(Request::TwinGet { request_id: request_id.to_owned(), acknowledge });
            }
            Incoming::ReportedPatch { request_id } => {
                let request_id = request_id.to_owned();
                self.requests.push(Request::PatchReported { request_id, body: publish.payload, acknowledge });
            }
        }
        Ok(())
    }

    /// An unusable answer ends its call with the reason. One whose status is not a number has an invalid topic, so it ends
    /// the connection too.
    fn method_answer(
        &self,
        status: Result<i32, &str>,
        request_id: Option<u32>,
        body: &[u8],
    ) -> Result<(), Violation> {
        let read = match status {
            Ok(status) => read_answer(body).map(|payload| DirectMethodResponse { status, payload }),
            Err(text) => Err(AnswerFault::Status(quoted(text))),
        };
        match (request_id, read) {
            (Some(request_id), Ok(response)) => self.outbox.answer(request_id, response),
            (Some(request_id), Err(fault)) => {
                let kind = fault.kind();
                // Logged once for each call: a device must not fill the log with answers to no call.
                if self.outbox.refuse_answer(request_id, fault) {
                    let device_id = self.outbox.target();
                    warn!(%device_id, bytes = body.len(), "a method answer cannot be used: {kind}");
                }
            }
            (None, _) => {}
        }
        status.map(drop).map_err(|text| Violation::MethodStatus(quoted(text)))
    }

    fn subscribe(&mut self, subscribe: &Subscribe) -> Result<(), DisconnectReason> {
        let mut wanted = self.wanted.clone();
        let mut granted = Vec::with_capacity(subscribe.filters.len());
        for filter in &subscribe.filters {
            let qos = match filter.qos {
                QoS::AtMostOnce => QoS::AtMostOnce,
                QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtLeastOnce,
            };
            wanted.subscribe(self.outbox.target(), &filter.path, qos as u8).map_err(Violation::Filter)?;
            granted.push(SubscribeReasonCode::Success(qos));
        }
        self.set_subscriptions(wanted, Packet::SubAck(SubAck::new(subscribe.pkid, granted)));
        Ok(())
    }

    /// A filter that was never subscribed to is confirmed like the others, as the standard says.
    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe) {
        let mut wanted = self.wanted.clone();
        for filter in &unsubscribe.topics {
            wanted.unsubscribe(filter);
        }
        self.set_subscriptions(wanted, Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
    }

    fn set_subscriptions(&mut self, subscriptions: Subscriptions, confirm: Packet) {
        let is_kept = !self.is_clean && subscriptions != self.wanted;
        self.wanted = subscriptions.clone();
        self.requests.push(Request::SetSubscriptions { subscriptions, is_kept, confirm });
    }

    fn fetch_messages(&mut self) {
        // The notice stays for later while there is no room.
        if let Some(most) = self.pending_c2d.begin_fetch() {
            if self.outbox.take_messages_notice() {
                self.requests.push(Request::Fetch { owner: self.outbox.owner(), most });
            } else {
                self.pending_c2d.end_fetch();
            }
        }
    }

    fn deliver(&mut self, messages: Vec<DeviceboundMessage>) -> Result<(), DisconnectReason> {
        self.pending_c2d.end_fetch();
        if !self.outbox.subscribes_to(Subscription::Devicebound) {
            // Unsubscribed meanwhile. They are unlocked when the connection ends, or in a minute.
            return Ok(());
        }
        for message in messages {
            let topic = topic::devicebound(self.outbox.target(), &message.bag);
            let mut publish = Publish::from_bytes(topic, QoS::AtLeastOnce, message.payload);
            publish.pkid = self.pending_c2d.send(message.id);
            self.socket.queue(&Packet::Publish(publish))?;
        }
        Ok(())
    }

    fn answer(&mut self, done: RequestResult) -> Result<(), DisconnectReason> {
        if let Some(confirm) = done.confirm {
            self.socket.queue(&confirm)?;
        }
        if let Some(subscriptions) = done.subscriptions {
            debug!(device = %self.outbox.target(), to = %subscriptions, "subscriptions changed");
            let to_methods = subscriptions.contains(Subscription::Methods);
            self.outbox.set_subscriptions(subscriptions);
            if to_methods {
                self.shared.connections.notify_waiting_calls(self.outbox.target());
            }
        }
        if let Some(fault) = done.fault {
            self.shared.inject(self.outbox.target(), fault);
        }
        if let Some(messages) = done.messages {
            self.deliver(messages)?;
        }
        if let Some(answer) = done.answer
            && self.outbox.matches_topic(&answer.topic)
        {
            self.socket.queue(&Packet::Publish(answer))?;
        }
        Ok(())
    }
}

fn telemetry(bag: &str, publish: &Publish) -> Result<TelemetryMessage, Violation> {
    let size = bag.len() + publish.payload.len();
    if size > MAX_TELEMETRY {
        return Err(Violation::MessageTooLarge(size));
    }
    let mut properties = property_bag::parse(bag)?;
    if publish.retain {
        properties.push(retained());
    }
    Ok(TelemetryMessage { payload: publish.payload.clone(), properties })
}

//! What the rest of the hub sends to one connected device.
//!
//! Method calls and desired changes are queued here; the connection's [`session`](super::session) is notified and takes
//! them when its socket has room. All state is behind one mutex that is never held across an await. An idle outbox holds
//! no buffers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use hub_wire::{Timestamp, direct_method::DirectMethodResponse};
use rumqttc::mqttbytes::{QoS, v4::Publish};
use tokio::sync::{Notify, oneshot};

use super::{
    CloseReason, Limits,
    subscriptions::Subscriptions,
    topic::{self, Subscription},
};
use crate::domain::{AnswerFault, MethodCall, MethodError, Target};

/// The outbox of one live connection.
pub(super) struct Outbox {
    id: u64,
    target: Arc<Target>,
    /// When the token expires, leniency included.
    expires: Option<Timestamp>,
    state: Mutex<State>,
    notify: Notify,
}

#[derive(Default)]
struct State {
    closed: Option<CloseReason>,
    subscriptions: Subscriptions,
    queue: VecDeque<Outgoing>,
    queued_bytes: usize,
    /// There may be cloud-to-device messages.
    has_messages: bool,
    /// Unanswered calls, sent or not. A handful, so a list is the smallest map.
    calls: Vec<(u32, oneshot::Sender<Answer>)>,
}

/// The result of a call.
type Answer = Result<DirectMethodResponse, MethodError>;

/// A queued packet for the device.
enum Outgoing {
    Call { request_id: u32, topic: String, payload: Bytes },
    Desired { topic: String, body: Bytes },
}

impl Outbox {
    pub(super) fn new(id: u64, target: Arc<Target>, expires: Option<Timestamp>) -> Self {
        Self { id, target, expires, state: Mutex::default(), notify: Notify::new() }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The connection's id for the backend.
    pub(super) fn owner(&self) -> i64 {
        i64::try_from(self.id).unwrap_or(i64::MAX)
    }

    pub(super) fn target(&self) -> &Arc<Target> {
        &self.target
    }

    pub(super) fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subscriptions(&self) -> Subscriptions {
        self.state().subscriptions.clone()
    }

    /// Whether the device is subscribed to topics of this kind.
    pub(super) fn subscribes_to(&self, one: Subscription) -> bool {
        self.state().subscriptions.contains(one)
    }

    /// Whether the device is subscribed to this topic.
    pub(super) fn matches_topic(&self, topic: &str) -> bool {
        self.state().subscriptions.matches_topic(topic)
    }

    pub(super) fn set_subscriptions(&self, subscriptions: Subscriptions) {
        let mut state = self.state();
        // Messages that were queued before the device subscribed are still there.
        state.has_messages |= subscriptions.contains(Subscription::Devicebound)
            && !state.subscriptions.contains(Subscription::Devicebound);
        state.subscriptions = subscriptions;
    }

    /// Ends the connection. Waiting callers get an error at once; the session's task ends when it is woken. The first
    /// reason is kept.
    pub(super) fn close(&self, reason: CloseReason) {
        let mut state = self.state();
        state.closed.get_or_insert(reason);
        state.queue = VecDeque::new();
        state.calls = Vec::new();
        drop(state);
        self.notify.notify_one();
    }

    /// Queues a call.
    pub(super) fn start_call(
        self: Arc<Self>,
        request_id: u32,
        call: &MethodCall,
        limits: &Limits,
    ) -> Result<StartedCall, MethodError> {
        let topic = topic::method_request(&call.method_name, request_id);
        let mut state = self.state();
        if state.closed.is_some() || !state.subscriptions.matches_topic(&topic) {
            return Err(MethodError::NotOnline);
        }
        if state.calls.len() >= limits.calls_in_flight || !state.has_room(call.payload.len(), limits) {
            return Err(MethodError::TooManyInFlight);
        }
        let (answer, receiver) = oneshot::channel();
        state.calls.push((request_id, answer));
        state.push(Outgoing::Call { request_id, topic, payload: call.payload.clone() });
        drop(state);
        self.notify.notify_one();
        Ok(StartedCall { outbox: self, request_id, receiver })
    }

    /// Delivers a device's answer. One without a waiting caller is dropped, as the hub does.
    pub(super) fn answer(&self, request_id: u32, response: DirectMethodResponse) {
        if let Some(answer) = self.state().take_call(request_id) {
            // The caller may have timed out meanwhile.
            let _ = answer.send(Ok(response));
        }
    }

    /// Queues a change of desired properties. When the queue is full the device is disconnected: a dropped change would
    /// stay unnoticed, while a device that reconnects reads its twin.
    pub(super) fn push_desired(&self, version: u64, body: Bytes, limits: &Limits) {
        let mut state = self.state();
        if state.closed.is_some() {
            return;
        }
        if !state.has_room(body.len(), limits) {
            drop(state);
            self.close(CloseReason::Overflow);
            return;
        }
        state.push(Outgoing::Desired { topic: topic::desired(version), body });
        drop(state);
        self.notify.notify_one();
    }

    /// Notes that there may be cloud-to-device messages.
    pub(super) fn notify_messages(&self) {
        self.state().has_messages = true;
        self.notify.notify_one();
    }

    /// Whether to fetch messages: the device is subscribed and there may be some. Clears the note.
    pub(super) fn take_messages_notice(&self) -> bool {
        let mut state = self.state();
        state.subscriptions.contains(Subscription::Devicebound) && std::mem::take(&mut state.has_messages)
    }

    /// Fails a call whose answer is unusable; false when there is no such call.
    pub(super) fn refuse_answer(&self, request_id: u32, fault: AnswerFault) -> bool {
        let Some(answer) = self.state().take_call(request_id) else { return false };
        let _ = answer.send(Err(MethodError::UnreadableAnswer(fault)));
        true
    }

    /// Returns when something may be queued, or the outbox is closed.
    pub(super) async fn notified(&self) {
        self.notify.notified().await;
    }

    /// An error when the connection has to end.
    pub(super) fn check_open(&self) -> Result<(), CloseReason> {
        self.state().closed.map_or(Ok(()), Err)
    }

    /// The next packet for the device, if there is one.
    pub(super) fn next_outgoing(&self) -> Result<Option<Publish>, CloseReason> {
        let mut state = self.state();
        if let Some(reason) = state.closed {
            return Err(reason);
        }
        while let Some(outgoing) = state.queue.pop_front() {
            state.queued_bytes -= outgoing.byte_len();
            // Calls without a waiting caller are not sent, nor are topics that the device unsubscribed from.
            if state.is_wanted(&outgoing) {
                return Ok(Some(outgoing.into_publish()));
            }
        }
        // Release the memory of a burst.
        if state.queue.capacity() > 8 {
            state.queue = VecDeque::new();
        }
        Ok(None)
    }
}

impl State {
    fn has_room(&self, more: usize, limits: &Limits) -> bool {
        self.queue.len() < limits.outbox_messages
            && (self.queue.is_empty() || self.queued_bytes + more <= limits.outbox_bytes)
    }

    fn push(&mut self, outgoing: Outgoing) {
        self.queued_bytes += outgoing.byte_len();
        self.queue.push_back(outgoing);
    }

    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        match outgoing {
            Outgoing::Call { request_id, .. } => self.calls.iter().any(|(id, _)| id == request_id),
            Outgoing::Desired { topic, .. } => self.subscriptions.matches_topic(topic),
        }
    }

    fn take_call(&mut self, request_id: u32) -> Option<oneshot::Sender<Answer>> {
        let at = self.calls.iter().position(|(id, _)| *id == request_id)?;
        let (_, answer) = self.calls.swap_remove(at);
        if self.calls.is_empty() {
            self.calls = Vec::new();
        }
        Some(answer)
    }
}

impl Outgoing {
    fn byte_len(&self) -> usize {
        match self {
            Self::Call { payload, .. } => payload.len(),
            Self::Desired { body, .. } => body.len(),
        }
    }

    /// At QoS 0, as the documentation says of both.
    fn into_publish(self) -> Publish {
        let (topic, payload) = match self {
            Self::Call { topic, payload, .. } => (topic, payload),
            Self::Desired { topic, body } => (topic, body),
        };
        Publish::from_bytes(topic, QoS::AtMostOnce, payload)
    }
}

/// A call under way; cancelled when dropped.
pub(super) struct StartedCall {
    outbox: Arc<Outbox>,
    request_id: u32,
    receiver: oneshot::Receiver<Answer>,
}

impl StartedCall {
    /// The answer; none when the connection ended first.
    pub(super) async fn answer(mut self) -> Option<Answer> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for StartedCall {
    fn drop(&mut self) {
        self.outbox.state().take_call(self.request_id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hub_wire::DeviceId;

    use super::*;

    fn outbox() -> Arc<Outbox> {
        let target = Target::device(DeviceId::new("d1").unwrap());
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(&target, "$iothub/methods/POST/#", 0).unwrap();
        subscriptions.subscribe(&target, "$iothub/twin/#", 0).unwrap();
        let outbox = Outbox::new(1, Arc::new(target), None);
        outbox.set_subscriptions(subscriptions);
        Arc::new(outbox)
    }

    fn call() -> MethodCall {
        MethodCall {
            method_name: "reboot".into(),
            payload: "null".into(),
            response_timeout: Duration::from_secs(5),
            connect_timeout: Duration::ZERO,
        }
    }

    fn narrow() -> Limits {
        Limits { calls_in_flight: 2, outbox_messages: 3, outbox_bytes: 20, ..Limits::default() }
    }

    #[test]
    fn calls_are_bounded_and_cancelled_when_dropped() {
        let outbox = outbox();
        let first = Arc::clone(&outbox).start_call(0x1f, &call(), &narrow()).unwrap();
        let _second = Arc::clone(&outbox).start_call(2, &call(), &narrow()).unwrap();
        let third = Arc::clone(&outbox).start_call(3, &call(), &narrow());
        assert_eq!(third.err(), Some(MethodError::TooManyInFlight));
        drop(first);
        let next = outbox.next_outgoing().unwrap().unwrap();
        assert_eq!(next.topic, "$iothub/methods/POST/reboot/?$rid=2");
        assert!(outbox.next_outgoing().unwrap().is_none());
    }

    #[test]
    fn a_device_that_does_not_read_is_disconnected() {
        let outbox = outbox();
        for version in 0..4 {
            outbox.push_desired(version, "{}".into(), &narrow());
        }
        assert_eq!(outbox.next_outgoing().err(), Some(CloseReason::Overflow));
        let late = Arc::clone(&outbox).start_call(1, &call(), &narrow());
        assert_eq!(late.err(), Some(MethodError::NotOnline));
    }

    #[test]
    fn bytes_are_bounded_but_one_message_always_fits() {
        let outbox = outbox();
        outbox.push_desired(1, vec![b' '; 100].into(), &narrow());
        assert_eq!(outbox.next_outgoing().unwrap().unwrap().payload.len(), 100);
        outbox.push_desired(2, vec![b' '; 15].into(), &narrow());
        outbox.push_desired(3, vec![b' '; 15].into(), &narrow());
        assert!(outbox.next_outgoing().is_err());
    }

    #[tokio::test]
    async fn closing_fails_waiting_calls() {
        let outbox = outbox();
        let started = Arc::clone(&outbox).start_call(7, &call(), &narrow()).unwrap();
        outbox.close(CloseReason::Replaced);
        outbox.close(CloseReason::Stopping);
        assert_eq!(started.answer().await, None);
        assert_eq!(outbox.next_outgoing().err(), Some(CloseReason::Replaced));
    }
}

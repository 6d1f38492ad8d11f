//! The meeting place of one connection's task and those who want something from its device.
//!
//! Others put calls and pushes into the outbox and ring; the connection's [`session`](super::session) takes them out
//! when its socket has room. Everything is behind one plain lock that is never held across an await. An idle link
//! holds no buffers.

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
    subscriptions::{Subscription, Subscriptions},
    topic,
};
use crate::domain::{MethodCall, MethodError, Target};

/// One live connection.
pub(super) struct Link {
    id: u64,
    target: Arc<Target>,
    /// When the connection has to end, leniency included.
    expires: Option<Timestamp>,
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    closed: Option<CloseReason>,
    subscriptions: Subscriptions,
    outbox: VecDeque<Outgoing>,
    outbox_bytes: usize,
    /// There may be messages from the cloud.
    has_messages: bool,
    /// Calls that the device owes an answer, sent or not. A handful, so a list is the smallest map.
    calls: Vec<(u32, oneshot::Sender<Answer>)>,
}

/// What a call brought.
type Answer = Result<DirectMethodResponse, MethodError>;

/// Something for the device.
enum Outgoing {
    Call { request_id: u32, method_name: Arc<str>, payload: Bytes },
    Desired { version: u64, body: Bytes },
}

impl Link {
    pub(super) fn new(id: u64, target: Arc<Target>, expires: Option<Timestamp>) -> Self {
        Self { id, target, expires, state: Mutex::default(), bell: Notify::new() }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Its number as the backend knows it.
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
        self.state().subscriptions
    }

    pub(super) fn set_subscriptions(&self, subscriptions: Subscriptions) {
        let mut state = self.state();
        // What came before the device listened is still there.
        state.has_messages |= subscriptions.contains(Subscription::Devicebound)
            && !state.subscriptions.contains(Subscription::Devicebound);
        state.subscriptions = subscriptions;
    }

    pub(super) fn listens_to_desired(&self) -> bool {
        self.subscriptions().contains(Subscription::Desired)
    }

    /// Ends the connection. Who waits for an answer learns at once; the task follows when it is woken. The first
    /// reason stays.
    pub(super) fn close(&self, reason: CloseReason) {
        let mut state = self.state();
        state.closed.get_or_insert(reason);
        state.outbox = VecDeque::new();
        state.calls = Vec::new();
        drop(state);
        self.bell.notify_one();
    }

    /// Puts a call into the outbox.
    pub(super) fn start_call(
        self: Arc<Self>,
        request_id: u32,
        call: &MethodCall,
        limits: &Limits,
    ) -> Result<StartedCall, MethodError> {
        let mut state = self.state();
        if state.closed.is_some() || !state.subscriptions.contains(Subscription::Methods) {
            return Err(MethodError::NotOnline);
        }
        if state.calls.len() >= limits.calls_in_flight || !state.has_room(call.payload.len(), limits) {
            return Err(MethodError::TooManyInFlight);
        }
        let (answer, receiver) = oneshot::channel();
        state.calls.push((request_id, answer));
        state.put(Outgoing::Call {
            request_id,
            method_name: Arc::clone(&call.method_name),
            payload: call.payload.clone(),
        });
        drop(state);
        self.bell.notify_one();
        Ok(StartedCall { link: self, request_id, receiver })
    }

    /// Takes a device's answer. One that nobody waits for any more is dropped, as the hub does.
    pub(super) fn answer(&self, request_id: u32, response: DirectMethodResponse) {
        if let Some(answer) = self.state().take_call(request_id) {
            // The caller may have given up at this very moment.
            let _ = answer.send(Ok(response));
        }
    }

    /// Puts a change of desired properties into the outbox. A device that leaves too much unread is let go: a change
    /// left out would stay unnoticed, while a device that comes back reads its twin.
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
        state.put(Outgoing::Desired { version, body });
        drop(state);
        self.bell.notify_one();
    }

    /// Notes that there may be messages from the cloud.
    pub(super) fn notify_messages(&self) {
        self.state().has_messages = true;
        self.bell.notify_one();
    }

    /// Whether to look for messages: the device listens to them and there may be some. The note is taken off.
    pub(super) fn take_messages_notice(&self) -> bool {
        let mut state = self.state();
        state.subscriptions.contains(Subscription::Devicebound) && std::mem::take(&mut state.has_messages)
    }

    /// Ends a call whose answer cannot be used.
    pub(super) fn refuse_answer(&self, request_id: u32) {
        if let Some(answer) = self.state().take_call(request_id) {
            let _ = answer.send(Err(MethodError::UnreadableAnswer));
        }
    }

    /// Returns when there may be something in the outbox, or the link has been closed.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Why the connection has to end, if it has to.
    pub(super) fn check_open(&self) -> Result<(), CloseReason> {
        self.state().closed.map_or(Ok(()), Err)
    }

    /// The next packet for the device, if there is one.
    pub(super) fn next_outgoing(&self) -> Result<Option<Publish>, CloseReason> {
        let mut state = self.state();
        if let Some(reason) = state.closed {
            return Err(reason);
        }
        while let Some(outgoing) = state.outbox.pop_front() {
            state.outbox_bytes -= outgoing.byte_len();
            // Calls whose caller has given up are not sent, and what the device stopped listening to neither.
            if state.is_wanted(&outgoing) {
                return Ok(Some(outgoing.into_publish()));
            }
        }
        // Give the memory of a burst back.
        if state.outbox.capacity() > 8 {
            state.outbox = VecDeque::new();
        }
        Ok(None)
    }
}

impl State {
    fn has_room(&self, more: usize, limits: &Limits) -> bool {
        self.outbox.len() < limits.outbox_messages
            && (self.outbox.is_empty() || self.outbox_bytes + more <= limits.outbox_bytes)
    }

    fn put(&mut self, outgoing: Outgoing) {
        self.outbox_bytes += outgoing.byte_len();
        self.outbox.push_back(outgoing);
    }

    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        match outgoing {
            Outgoing::Call { request_id, .. } => self.calls.iter().any(|(id, _)| id == request_id),
            Outgoing::Desired { .. } => self.subscriptions.contains(Subscription::Desired),
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
            Self::Call { request_id, method_name, payload } => {
                (topic::method_request(&method_name, request_id), payload)
            }
            Self::Desired { version, body } => (topic::desired(version), body),
        };
        Publish::from_bytes(topic, QoS::AtMostOnce, payload)
    }
}

/// A call under way; forgets itself when dropped.
pub(super) struct StartedCall {
    link: Arc<Link>,
    request_id: u32,
    receiver: oneshot::Receiver<Answer>,
}

impl StartedCall {
    /// The answer; none when its connection ended first.
    pub(super) async fn answer(mut self) -> Option<Answer> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for StartedCall {
    fn drop(&mut self) {
        self.link.state().take_call(self.request_id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hub_wire::DeviceId;

    use super::*;

    fn link() -> Arc<Link> {
        let target = Target::device(DeviceId::new("d1").unwrap());
        let link = Link::new(1, Arc::new(target), None);
        link.set_subscriptions([Subscription::Methods, Subscription::Desired].into_iter().collect());
        Arc::new(link)
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
    fn calls_are_bounded_and_forgotten_when_dropped() {
        let link = link();
        let first = Arc::clone(&link).start_call(0x1f, &call(), &narrow()).unwrap();
        let _second = Arc::clone(&link).start_call(2, &call(), &narrow()).unwrap();
        let third = Arc::clone(&link).start_call(3, &call(), &narrow());
        assert_eq!(third.err(), Some(MethodError::TooManyInFlight));
        drop(first);
        let next = link.next_outgoing().unwrap().unwrap();
        assert_eq!(next.topic, "$iothub/methods/POST/reboot/?$rid=2");
        assert!(link.next_outgoing().unwrap().is_none());
    }

    #[test]
    fn a_device_that_does_not_read_is_let_go() {
        let link = link();
        for version in 0..4 {
            link.push_desired(version, "{}".into(), &narrow());
        }
        assert_eq!(link.next_outgoing().err(), Some(CloseReason::Overflow));
        let late = Arc::clone(&link).start_call(1, &call(), &narrow());
        assert_eq!(late.err(), Some(MethodError::NotOnline));
    }

    #[test]
    fn bytes_are_bounded_but_one_message_always_fits() {
        let link = link();
        link.push_desired(1, vec![b' '; 100].into(), &narrow());
        assert_eq!(link.next_outgoing().unwrap().unwrap().payload.len(), 100);
        link.push_desired(2, vec![b' '; 15].into(), &narrow());
        link.push_desired(3, vec![b' '; 15].into(), &narrow());
        assert!(link.next_outgoing().is_err());
    }

    #[tokio::test]
    async fn closing_answers_who_waits() {
        let link = link();
        let started = Arc::clone(&link).start_call(7, &call(), &narrow()).unwrap();
        link.close(CloseReason::Replaced);
        link.close(CloseReason::Stopping);
        assert_eq!(started.answer().await, None);
        assert_eq!(link.next_outgoing().err(), Some(CloseReason::Replaced));
    }
}

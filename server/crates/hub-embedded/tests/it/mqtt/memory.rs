//! A hub that is a few maps.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use hub_embedded::{
    domain::Target,
    error::HubError,
    mqtt::{
        Backend, ConnectionCause, ConnectionChange, ConnectionEvent, DeviceboundMessage, Grant, Refusal,
        Subscriptions, TelemetryMessage,
    },
};
use hub_wire::{
    Timestamp,
    twin::{Object, TwinProperties},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

/// The token that is accepted for every device that is not refused.
pub(crate) const TOKEN: &str = "token";

pub(crate) struct MemoryHub {
    state: Mutex<State>,
    /// How often [`Backend::connections_changed`] was called.
    pub(crate) batches: AtomicUsize,
    /// Notified when a device's credentials were checked.
    pub(crate) credentials_checked: Notify,
    /// The next batch of connection changes fails.
    pub(crate) fails_once: AtomicBool,
    /// While it is held, reported patches and connecting devices wait.
    pub(crate) gate: tokio::sync::Mutex<()>,
    changes: mpsc::UnboundedSender<ConnectionChange>,
    messages: mpsc::UnboundedSender<(Target, TelemetryMessage)>,
    events: mpsc::UnboundedSender<ConnectionEvent>,
}

#[derive(Default)]
struct State {
    refused: HashSet<String>,
    unavailable: bool,
    expires: Option<Timestamp>,
    reported: HashMap<Target, (Object, u64)>,
    kept: HashMap<Target, Subscriptions>,
    /// Messages for devices, each with the connection that has it.
    queue: Vec<(Target, Option<i64>, DeviceboundMessage)>,
}

/// What was reported to the hub.
pub(crate) struct Reports {
    pub(crate) changes: mpsc::UnboundedReceiver<ConnectionChange>,
    pub(crate) messages: mpsc::UnboundedReceiver<(Target, TelemetryMessage)>,
    pub(crate) events: mpsc::UnboundedReceiver<ConnectionEvent>,
}

impl MemoryHub {
    pub(crate) fn new() -> (Self, Reports) {
        let (changes, changes_told) = mpsc::unbounded_channel();
        let (messages, messages_told) = mpsc::unbounded_channel();
        let (events, events_told) = mpsc::unbounded_channel();
        let hub = Self {
            state: Mutex::default(),
            batches: AtomicUsize::new(0),
            credentials_checked: Notify::new(),
            fails_once: AtomicBool::new(false),
            gate: tokio::sync::Mutex::default(),
            changes,
            messages,
            events,
        };
        (hub, Reports { changes: changes_told, messages: messages_told, events: events_told })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on this device is refused.
    pub(crate) fn refuse(&self, device: &str) {
        self.state().refused.insert(device.into());
    }

    pub(crate) fn set_unavailable(&self) {
        self.state().unavailable = true;
    }

    /// From now on tokens end then.
    pub(crate) fn set_expiry(&self, at: Timestamp) {
        self.state().expires = Some(at);
    }

    /// Queues a message for a device; its connection is not notified yet.
    pub(crate) fn queue(&self, target: &Target, id: i64, payload: &str) {
        let message = DeviceboundMessage { id, bag: format!("n={id}"), payload: payload.to_owned().into() };
        self.state().queue.push((target.clone(), None, message));
    }

    /// Messages that no device has completed.
    pub(crate) fn queued(&self) -> Vec<i64> {
        self.state().queue.iter().map(|(_, _, message)| message.id).collect()
    }

    pub(crate) fn kept(&self, target: &Target) -> Option<Subscriptions> {
        self.state().kept.get(target).cloned()
    }
}

impl Backend for MemoryHub {
    async fn authorize(&self, target: &Target, token: &SecretString) -> Result<Grant, Refusal> {
        self.credentials_checked.notify_one();
        let state = self.state();
        if state.unavailable {
            Err(Refusal::Unavailable(ConnectionCause::HubFailed, "the hub is out of order".into()))
        } else if token.expose_secret() != TOKEN || state.refused.contains(&target.to_string()) {
            Err(Refusal::Unauthorized(ConnectionCause::BadToken, "the token is not good".into()))
        } else {
            Ok(Grant { expires: state.expires })
        }
    }

    async fn twin(&self, target: &Target) -> Result<TwinProperties, HubError> {
        if target.device_id.as_str() == "twinless" {
            return Err(HubError::DeviceNotFound(target.device_id.clone()));
        }
        let (mut reported, version) = self.state().reported.get(target).cloned().unwrap_or_default();
        reported.insert("$version".into(), version.into());
        let desired = json!({"mode": "eco", "$version": 4, "$metadata": {"$lastUpdated": "x"}});
        Ok(TwinProperties { desired: serde_json::from_value(desired).unwrap(), reported })
    }

    async fn patch_reported(&self, target: &Target, patch: Object) -> Result<u64, HubError> {
        let _gate = self.gate.lock().await;
        if patch.get("bad") == Some(&Value::Bool(true)) {
            return Err(HubError::argument_invalid("bad is not good"));
        }
        let mut state = self.state();
        let (reported, version) = state.reported.entry(target.clone()).or_default();
        reported.extend(patch);
        *version += 1;
        Ok(*version)
    }

    async fn telemetry(&self, target: &Target, message: TelemetryMessage) -> Result<(), HubError> {
        let _ = self.messages.send((target.clone(), message));
        Ok(())
    }

    async fn devicebound(
        &self,
        target: &Target,
        owner: i64,
        most: u32,
    ) -> Result<Vec<DeviceboundMessage>, HubError> {
        let mut state = self.state();
        let free = state.queue.iter_mut().filter(|(of, by, _)| of == target && by.is_none());
        let handed = free.take(usize::try_from(most).unwrap()).map(|(_, by, message)| {
            *by = Some(owner);
            message.clone()
        });
        Ok(handed.collect())
    }

    async fn complete(&self, _: &Target, id: i64) -> Result<(), HubError> {
        self.state().queue.retain(|(_, _, message)| message.id != id);
        Ok(())
    }

    async fn release(&self, target: &Target, owner: i64) -> Result<bool, HubError> {
        let mut any = false;
        for (of, by, _) in &mut self.state().queue {
            if of == target && *by == Some(owner) {
                *by = None;
                any = true;
            }
        }
        Ok(any)
    }

    async fn connections_changed(&self, changes: &[ConnectionChange]) -> Result<(), HubError> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        if self.fails_once.swap(false, Ordering::Relaxed) {
            return Err(HubError::Stopping);
        }
        for change in changes {
            let _ = self.changes.send(change.clone());
        }
        Ok(())
    }

    async fn connection_event(&self, event: ConnectionEvent) {
        let _ = self.events.send(event);
    }

    async fn kept_subscriptions(&self, target: &Target) -> Result<Option<Subscriptions>, HubError> {
        let _gate = self.gate.lock().await;
        Ok(self.kept(target))
    }

    async fn keep_subscriptions(&self, target: &Target, kept: Option<Subscriptions>) -> Result<(), HubError> {
        match kept {
            Some(kept) => self.state().kept.insert(target.clone(), kept),
            None => self.state().kept.remove(target),
        };
        Ok(())
    }
}

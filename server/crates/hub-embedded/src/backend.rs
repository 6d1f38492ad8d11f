//! Connects the hub's parts: the gateway's [`Backend`] over [`Auth`] and the [`Store`], and the scheduler's
//! [`MethodInvoker`] over the gateway.

use std::sync::Arc;

use hub_wire::{
    direct_method::DirectMethodResponse,
    twin::{Object, TwinProperties},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    auth::{Auth, Unauthorized},
    clock::Clock,
    connection_history::{ConnectionHistory, Entry},
    domain::{MethodCall, MethodError, Target, tier::Operation},
    error::HubError,
    mqtt::{
        Backend, ConnectionCause, ConnectionChange, ConnectionEvent, ConnectionEventKind, Connections,
        DeviceboundMessage, Grant, Refusal, Subscriptions, TelemetryMessage,
    },
    refusal_log::{Kind, RefusalLog, Source},
    scheduler::MethodInvoker,
    store::{self, DesiredPush, KeptSubscription, Store},
    telemetry::{Received, TelemetryLog},
    throttles::Throttles,
};

/// The gateway's backend.
#[derive(Debug)]
pub(crate) struct HubBackend {
    /// Identities and twins.
    pub(crate) store: Store,
    /// Checks credentials of devices.
    pub(crate) auth: Auth,
    /// Recent messages from devices.
    pub(crate) telemetry: TelemetryLog,
    /// Recent connection events.
    pub(crate) history: ConnectionHistory,
    /// Logs refusals, rate-limited.
    pub(crate) refusals: RefusalLog,
    /// The throttles of the tier.
    pub(crate) throttles: Throttles,
    /// For the expiry of tokens.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Backend for HubBackend {
    /// The throttle comes first, so that clients with bad credentials are slowed down too.
    async fn authorize(&self, target: &Target, token: &SecretString) -> Result<Grant, Refusal> {
        if let Err(error) = self.throttles.acquire(Operation::Connect).await {
            return Err(Refusal::Unavailable(ConnectionCause::Throttled, error.to_string()));
        }
        match self.auth.device(&self.store, target, token.expose_secret(), self.clock.now()).await {
            Ok(expires) => Ok(Grant { expires: Some(expires) }),
            Err(Unauthorized::Store(error)) => {
                let source = Source::Address(None);
                self.refusals.refused(Kind::StoreFailed, source, "", |_| {
                    tracing::error!(
                        error = &error as &(dyn std::error::Error + 'static),
                        "credentials could not be checked"
                    );
                });
                Err(Refusal::Unavailable(
                    ConnectionCause::HubFailed,
                    "the hub cannot check credentials now".to_owned(),
                ))
            }
            Err(reason) => Err(Refusal::Unauthorized(reason.cause(), reason.to_string())),
        }
    }

    async fn twin(&self, target: &Target) -> Result<TwinProperties, HubError> {
        self.throttles.acquire(Operation::TwinRead).await?;
        let (desired, reported) = self.store.twin_properties(target).await?;
        Ok(TwinProperties { desired, reported })
    }

    async fn patch_reported(&self, target: &Target, patch: Object) -> Result<u64, HubError> {
        self.throttles.acquire(Operation::TwinUpdate).await?;
        self.store.patch_reported(target, patch).await
    }

    /// Telemetry is not routed: the last messages are kept, and the time of activity. A device whose message is throttled is
    /// disconnected, since MQTT has no other refusal.
    async fn telemetry(&self, target: &Target, message: TelemetryMessage) -> Result<(), HubError> {
        self.throttles.acquire(Operation::DeviceToCloud).await?;
        self.telemetry.keep(target, Received { at: self.clock.now(), message });
        self.store.activity(target).await
    }

    /// Modules get no cloud-to-device messages.
    async fn devicebound(
        &self,
        target: &Target,
        owner: i64,
        most: u32,
    ) -> Result<Vec<DeviceboundMessage>, HubError> {
        if target.module_id.is_some() {
            return Ok(Vec::new());
        }
        self.store.lock_messages(&target.device_id, owner, most).await
    }

    async fn complete(&self, _: &Target, message: i64) -> Result<(), HubError> {
        self.store.complete_message(message).await
    }

    async fn release(&self, target: &Target, owner: i64) -> Result<bool, HubError> {
        self.store.release_messages(&target.device_id, owner).await
    }

    async fn connections_changed(&self, changes: &[ConnectionChange]) -> Result<(), HubError> {
        let changes = changes.iter().map(|change| store::ConnectionChange {
            target: change.target.clone(),
            state: change.state,
            at: change.at,
            model_id: change.model_id.clone(),
        });
        self.store.connection_changed(changes.collect()).await
    }

    /// Warnings are logged, rate-limited; other events at debug level. Only registered devices have a history; a refused
    /// client may not be one.
    async fn connection_event(&self, event: ConnectionEvent) {
        if let Some(target) = &event.target {
            let entry = Entry::from(&event);
            let may_be_unknown = event.is_warning;
            if !may_be_unknown || self.store.device_keys(target).await.is_ok() {
                self.history.record(target, entry);
            } else if event.cause == Some(ConnectionCause::UnknownDevice) {
                self.history.record_unregistered(target, entry);
            }
        }
        self.log(&event);
    }

    async fn kept_subscriptions(&self, target: &Target) -> Result<Option<Subscriptions>, HubError> {
        let kept = self.store.kept_subscriptions(target).await?;
        Ok(kept
            .map(|kept| Subscriptions::resume(target, kept.iter().map(|one| (one.filter.as_str(), one.qos)))))
    }

    async fn keep_subscriptions(&self, target: &Target, kept: Option<Subscriptions>) -> Result<(), HubError> {
        let kept = kept.map(|kept| {
            let row = |(filter, qos): (&str, u8)| KeptSubscription { filter: filter.to_owned(), qos };
            kept.filters().map(row).collect::<Vec<_>>()
        });
        self.store.keep_subscriptions(target, kept.as_deref()).await
    }
}

impl HubBackend {
    fn log(&self, event: &ConnectionEvent) {
        let ConnectionEvent { target, client, kind, reason, is_warning, .. } = event;
        let device_id = target.as_ref().map(tracing::field::display);
        let client = client.as_ref();
        let address = client.map(tracing::field::display);
        if !is_warning {
            tracing::debug!(device_id, client = address, ?kind, reason = %reason, "device connection");
            return;
        }
        let address_of_client = Source::Address(client.map(std::net::SocketAddr::ip));
        match (kind, target) {
            (ConnectionEventKind::Disconnected, Some(target)) => {
                let source = Source::Device(target.clone());
                self.refusals.refused(Kind::DeviceCutOff, source, reason, |reason| {
                    tracing::warn!(device_id, client = address, %reason, "device cut off");
                });
            }
            _ => self.refusals.refused(Kind::DeviceRefused, address_of_client, reason, |reason| {
                tracing::warn!(device_id, client = address, %reason, "device refused");
            }),
        }
    }
}

impl MethodInvoker for Connections {
    async fn call(&self, target: &Target, call: &MethodCall) -> Result<DirectMethodResponse, MethodError> {
        Self::call(self, target, call).await
    }

    fn subscribes_to_desired(&self, target: &Target) -> bool {
        Self::subscribes_to_desired(self, target)
    }

    fn push_desired(&self, push: &DesiredPush) {
        Self::push_desired(self, &push.target, &push.patch, push.version);
    }
}

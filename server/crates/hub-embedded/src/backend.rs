//! Where the parts of the hub meet that do not know of each other: the gateway asks [`Auth`] about tokens and the
//! [`Store`] about everything else, and the scheduler reaches devices through the gateway.

use std::sync::Arc;

use hub_wire::{
    direct_method::DirectMethodResponse,
    twin::{Object, TwinProperties},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    auth::{Auth, Unauthorized},
    clock::Clock,
    domain::{MethodCall, MethodError, Target, tier::Operation},
    error::HubError,
    mqtt::{
        Backend, ConnectionChange, Connections, DeviceboundMessage, Grant, Refusal, Subscriptions,
        TelemetryMessage,
    },
    scheduler::Caller,
    store::{self, DesiredPush, KeptSubscription, Store},
    telemetry::TelemetryLog,
    throttles::Throttles,
};

/// What stands behind the gateway.
#[derive(Debug)]
pub(crate) struct Gatekeeper {
    /// Identities and twins.
    pub(crate) store: Store,
    /// Who may connect.
    pub(crate) auth: Auth,
    /// What devices sent lately.
    pub(crate) telemetry: TelemetryLog,
    /// What a tier imposes.
    pub(crate) throttles: Throttles,
    /// When a token has expired.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Backend for Gatekeeper {
    /// A device waits its turn here, so that whoever connects with bad credentials over and over is slowed too.
    async fn authorize(&self, target: &Target, token: &SecretString) -> Result<Grant, Refusal> {
        if let Err(error) = self.throttles.pass(Operation::Connect).await {
            tracing::info!(%target, %error, "device put off");
            return Err(Refusal::Unavailable);
        }
        match self.auth.device(&self.store, target, token.expose_secret(), self.clock.now()).await {
            Ok(expires) => Ok(Grant { expires: Some(expires) }),
            Err(Unauthorized::Store(error)) => {
                tracing::error!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "credentials could not be checked"
                );
                Err(Refusal::Unavailable)
            }
            Err(reason) => {
                // The device learns nothing of the reason; who runs the hub does.
                tracing::info!(%target, %reason, "device refused");
                Err(Refusal::Unauthorized)
            }
        }
    }

    async fn twin(&self, target: &Target) -> Result<TwinProperties, HubError> {
        self.throttles.pass(Operation::TwinRead).await?;
        let (desired, reported) = self.store.twin_properties(target).await?;
        Ok(TwinProperties { desired, reported })
    }

    async fn patch_reported(&self, target: &Target, patch: Object) -> Result<u64, HubError> {
        self.throttles.pass(Operation::TwinUpdate).await?;
        self.store.patch_reported(target, patch).await
    }

    /// This hub routes telemetry nowhere: it keeps the last messages, and that the device was heard. A device whose
    /// message the throttle refuses is let go, as MQTT has no other word for it.
    async fn telemetry(&self, target: &Target, message: TelemetryMessage) -> Result<(), HubError> {
        self.throttles.pass(Operation::DeviceToCloud).await?;
        self.telemetry.keep(target, message, self.clock.now());
        self.store.activity(target).await
    }

    /// Modules get no messages from the cloud.
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

    async fn kept_subscriptions(&self, target: &Target) -> Result<Option<Subscriptions>, HubError> {
        let kept = self.store.kept_subscriptions(target).await?;
        Ok(kept.map(|kept| {
            let words: Vec<_> = kept.iter().map(|one| one.filter.as_str()).collect();
            Subscriptions::from_text(&words.join(" "))
        }))
    }

    /// A device's filters are a handful of fixed ones, so the gateway's word for each is kept.
    async fn keep_subscriptions(&self, target: &Target, kept: Option<Subscriptions>) -> Result<(), HubError> {
        let kept = kept.map(|kept| {
            let row = |word: &str| KeptSubscription { filter: word.to_owned(), qos: 1 };
            kept.to_string().split_ascii_whitespace().map(row).collect::<Vec<_>>()
        });
        self.store.keep_subscriptions(target, kept.as_deref()).await
    }
}

impl Caller for Connections {
    async fn call(&self, target: &Target, call: &MethodCall) -> Result<DirectMethodResponse, MethodError> {
        Self::call(self, target, call).await
    }

    fn push_desired(&self, push: &DesiredPush) {
        Self::push_desired(self, &push.target, &push.patch, push.version);
    }
}

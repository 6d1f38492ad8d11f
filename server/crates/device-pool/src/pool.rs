//! The pool's public API: start, snapshot, change settings, stop.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use hub_client::{HubClient, HubClientOptions, tls};
use hub_wire::DeviceId;
use tokio::task::JoinHandle;

use crate::{
    Capacity, InvalidSetting, PoolConfig, PoolError, PoolSettings, PoolSnapshot, SettingsPatch, TlsTrust,
    context::{Context, TargetState},
    fleet::device_id,
    journal::Event,
    link::Address,
    settings::MAX_COUNT,
    supervisor,
};

/// A running pool. Dropping it stops the devices without waiting for them.
pub struct Pool {
    context: Arc<Context>,
    capacity: Capacity,
    supervisor: JoinHandle<()>,
}

impl Pool {
    /// Starts a pool. Returns as soon as the configuration is checked; registration and connecting go on
    /// in the background and are retried while the hub is unreachable.
    ///
    /// # Errors
    /// [`PoolError`] when retrying would not help.
    #[expect(clippy::unused_async, reason = "it spawns, so it must run inside a runtime")]
    pub async fn start(config: PoolConfig) -> Result<Self, PoolError> {
        let settings = PoolSettings { count: config.count, ..config.settings };
        settings.check()?;
        config.capacity.check(settings.count)?;
        device_id(&config.prefix, MAX_COUNT).map_err(PoolError::Prefix)?;
        let ca_pem = match &config.mqtt.tls {
            Some(TlsTrust::Authority(pem)) => Some(pem.clone()),
            _ => None,
        };
        let mqtt_tls = match &config.mqtt.tls {
            None => None,
            Some(_) => Some(tls::client_config(ca_pem.as_deref())?),
        };
        let address = Address::new(&config.mqtt.host, config.mqtt.port, mqtt_tls)
            .ok_or_else(|| PoolError::Host(config.mqtt.host.clone()))?;
        let options =
            HubClientOptions { endpoint: config.rest_endpoint, ca_pem, ..HubClientOptions::default() };
        let client = HubClient::new(config.connection.clone(), options).map_err(PoolError::Client)?;
        let context = Arc::new(Context::new(config.connection, address, config.prefix, settings));
        let supervisor = tokio::spawn(supervisor::run(Arc::clone(&context), client));
        Ok(Self { context, capacity: config.capacity, supervisor })
    }

    /// The pool at this instant.
    pub fn snapshot(&self) -> PoolSnapshot {
        let target_state = *self.context.target_state.borrow();
        let counters = &self.context.counters;
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        PoolSnapshot {
            since: counters.since,
            count: target_state.settings.count,
            registered: counters.registered.load(Relaxed),
            connected: counters.connected.load(Relaxed),
            expected: target_state.expected,
            calls: read(&counters.calls),
            answered: read(&counters.answered),
            failed: read(&counters.failed),
            silent: read(&counters.silent),
            dropped: read(&counters.dropped),
            connects: read(&counters.connects),
            reconnects: read(&counters.reconnects),
            losses: read(&counters.losses),
            connect_failures: read(&counters.connect_failures),
            answer_times: counters.answer_times.read(),
            call_rate: counters.call_rate(),
            last_error: self.context.last_error(),
            trend: self.context.trend.read(),
            journal: self.context.journal.read(),
            settings: target_state.settings,
        }
    }

    /// Changes how the devices behave, at once. A higher count registers and connects more of them; a lower one disconnects
    /// the last of them, and leaves them in the registry.
    ///
    /// # Errors
    /// [`InvalidSetting`] when the result is out of range; nothing is changed then.
    #[expect(clippy::unused_async, reason = "a pool in another process would need a request")]
    pub async fn apply(&self, patch: SettingsPatch) -> Result<PoolSettings, InvalidSetting> {
        let mut result = Ok(self.context.target_state.borrow().settings);
        self.context.target_state.send_if_modified(|target_state| {
            result = target_state.settings.patched(&patch).and_then(|settings| {
                self.capacity.check(settings.count)?;
                Ok(settings)
            });
            match result.as_ref().copied() {
                Ok(settings) if settings != target_state.settings => {
                    let from = target_state.settings;
                    *target_state =
                        TargetState { is_running: target_state.is_running, ..TargetState::new(settings) };
                    tracing::info!(?settings, "simulator settings changed");
                    self.context.journal.note(Event::Changed { to: settings, from });
                    true
                }
                _ => false,
            }
        });
        result
    }

    /// Adds trouble outside the pool, such as settings that could not be stored, to the journal.
    pub fn report(&self, trouble: String) {
        self.context.record_error(trouble);
    }

    /// Waits until exactly the devices that should be connected are connected and subscribed to methods.
    pub async fn wait_connected(&self) {
        loop {
            // Created before the counters are read, so that no change in between is missed.
            let changed = self.context.changed.notified();
            let (count, expected) = {
                let target_state = self.context.target_state.borrow();
                (target_state.settings.count, target_state.expected)
            };
            let counters = &self.context.counters;
            if counters.registered.load(Relaxed) == count && counters.connected.load(Relaxed) == expected {
                return;
            }
            changed.await;
        }
    }

    /// Method calls received so far by each device, those it never answered included.
    pub fn calls(&self) -> BTreeMap<DeviceId, u64> {
        self.context.calls().into_iter().collect()
    }

    /// Disconnects every device and waits until all have ended.
    pub async fn stop(mut self) {
        self.context.end();
        if let Err(error) = (&mut self.supervisor).await {
            tracing::error!(%error, "the device pool's supervisor failed");
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.context.end();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}

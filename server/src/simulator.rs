//! The simulated devices of this process. Their settings are stored after every change, and a restart begins with them.

mod settings_file;

use std::sync::Arc;

use device_pool::{InvalidSetting, Pool, PoolConfig, PoolError, PoolSnapshot, SettingsPatch};
use tokio::sync::Mutex;

pub(crate) use self::settings_file::SettingsFile;

/// A running pool and the file of its settings. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SimulatedDevices(Arc<Inner>);

struct Inner {
    pool: Pool,
    file: SettingsFile,
    /// Held during a change, so that the file gets the settings in the order in which the pool did.
    changing: Mutex<()>,
}

impl SimulatedDevices {
    /// Starts the pool.
    pub(crate) async fn start(config: PoolConfig, file: SettingsFile) -> Result<Self, PoolError> {
        let pool = Pool::start(config).await?;
        Ok(Self(Arc::new(Inner { pool, file, changing: Mutex::default() })))
    }

    /// The pool at this instant.
    pub(crate) fn snapshot(&self) -> PoolSnapshot {
        self.0.pool.snapshot()
    }

    /// Changes settings and stores them. Settings that cannot be stored hold until the server stops; the pool's journal
    /// reports that.
    ///
    /// # Errors
    /// [`InvalidSetting`] when the result is out of range; nothing is changed then.
    pub(crate) async fn apply(&self, patch: SettingsPatch) -> Result<(), InvalidSetting> {
        let _changing = self.0.changing.lock().await;
        let settings = self.0.pool.apply(patch).await?;
        let file = self.0.file.clone();
        let written = tokio::task::spawn_blocking(move || file.write(&settings)).await;
        if let Err(error) = written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            tracing::warn!(%error, "the simulator's settings cannot be stored; they end with this process");
            self.0.pool.report(format!(
                "The settings are in force, but could not be stored for the next start: {error}"
            ));
        }
        Ok(())
    }

    /// Disconnects every device and waits until all have ended; only disconnects them while another owner is left.
    pub(crate) async fn stop(self) {
        if let Some(inner) = Arc::into_inner(self.0) {
            inner.pool.stop().await;
        }
    }
}

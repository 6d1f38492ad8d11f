//! The hub's store: one SQLite file. All SQL of the hub is here.
//!
//! One connection writes, behind a queue that combines waiting writes into one commit ([`writer`]); a pool of connections
//! reads, and never waits for the writer (WAL). Work over many devices is done by statements over sets.
//!
//! A call that returns has been committed and survives a kill of the process. [`open`] says what survives a power loss.
//!
//! [`device_registry`], [`module_registry`], [`bulk`] and [`keys`] write identities, [`twins`] the twins, [`query`] answers queries, [`jobs`],
//! [`job_start`] and [`device_jobs`] hold the jobs, [`c2d`] and [`c2d_feedback`] the
//! messages to devices, [`connections`], [`subscriptions`] and [`policies`] what gateway and REST need.

mod bulk;
mod c2d;
mod c2d_feedback;
mod connections;
mod device_jobs;
mod device_registry;
mod devices;
mod identity;
mod job_start;
mod jobs;
mod keys;
mod module_registry;
mod modules;
mod open;
mod page;
mod policies;
mod query;
mod random;
mod rows;
mod scopes;
mod search;
mod subscriptions;
mod twin_jobs;
mod twins;
mod writer;

use std::{path::Path, sync::Arc};

use hub_query::ast::Query;
use hub_wire::{
    DeviceId, JobId, ModuleId, Timestamp,
    bulk::{BulkItem, BulkResult},
    device::{
        AuthenticationType, ConnectionState, Device, DeviceStatus, Module, RegistryStatistics,
        ServiceStatistics,
    },
    job::{Job, JobReceipt, JobRequest, JobStatus, JobType},
    sas::SasKey,
    twin::{Object, Twin, TwinPatch},
};
use sqlx::SqlitePool;
use tokio::sync::Notify;

use self::writer::Writer;
use crate::{
    clock::Clock,
    domain::{IfMatch, Target, policy::Permissions},
    error::HubError,
};

pub use self::{
    c2d_feedback::{FeedbackBatch, FeedbackRecord},
    page::{JsonArray, Page, PageRequest},
};
pub(crate) use self::{
    device_jobs::{Outcome, Started},
    jobs::{JobAction, RunningJob},
    twin_jobs::Chunk,
    twins::Change,
};

/// The hub's store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    searchers: search::Searchers,
    writer: Writer,
    clock: Arc<dyn Clock>,
    /// Notified when a job is created or cancelled, for the scheduler.
    jobs_changed: Arc<Notify>,
    /// Notified when a cloud-to-device message is queued or locked, for its expiry.
    messages_changed: Arc<Notify>,
    /// The remark about a lost store.
    remark: Option<Arc<str>>,
}

/// A change of desired properties, to be sent to the device if it is connected.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredPush {
    /// The device or module.
    pub target: Target,
    /// The patch as written, nulls included.
    pub patch: Object,
    /// The section's new `$version`.
    pub version: u64,
}

/// A twin after a write, and the notification for its device.
#[derive(Debug, Clone, PartialEq)]
pub struct TwinWrite {
    /// The whole twin.
    pub twin: Twin,
    /// The change of desired properties, if the write held one.
    pub push: Option<DesiredPush>,
}

/// A bulk request's answer, and the notifications for its devices.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BulkOutcome {
    /// The answer.
    pub result: BulkResult,
    /// Devices that were deleted or disabled: their connections are to be closed.
    pub disconnect: Vec<Target>,
    /// Desired properties that were written.
    pub pushes: Vec<DesiredPush>,
}

/// What is needed to authorise a device.
#[derive(Debug, Clone)]
pub struct DeviceKeys {
    /// Whether the device may connect; a module is as its device.
    pub status: DeviceStatus,
    /// How it authenticates; keys are used only for [`AuthenticationType::Sas`].
    pub authentication_type: AuthenticationType,
    /// First key.
    pub primary: Option<SasKey>,
    /// Second key.
    pub secondary: Option<SasKey>,
}

/// A connection that was opened or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionChange {
    /// The device or module.
    pub target: Target,
    /// Its new state.
    pub state: ConnectionState,
    /// When.
    pub at: Timestamp,
    /// The plug-and-play model that the device announced in CONNECT.
    pub model_id: Option<String>,
}

/// One subscription of a session that outlives its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSubscription {
    /// The topic filter, as the device wrote it.
    pub filter: String,
    /// Granted quality of service, 0 or 1.
    pub qos: u8,
}

/// A shared access policy with its keys.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The name, as in `skn`.
    pub name: String,
    /// First key.
    pub primary: SasKey,
    /// Second key.
    pub secondary: SasKey,
    /// The permissions of its tokens.
    pub permissions: Permissions,
}

/// Which jobs a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Only of this type.
    pub job_type: Option<JobType>,
    /// Only in this state.
    pub status: Option<JobStatus>,
}

impl Store {
    /// Opens the store `hub.sqlite` in a folder, creating both when they are missing (modes 0600 and 0700), and
    /// migrates it. Devices that were connected when the last process ended are disconnected now.
    pub async fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        let opened = open::open(data_dir).await?;
        let writer = Writer::start(opened.writer, clock.clone());
        Ok(Self {
            readers: opened.readers,
            searchers: search::Searchers::new(opened.searchers),
            writer,
            clock,
            jobs_changed: Arc::default(),
            messages_changed: Arc::default(),
            remark: opened.remark.map(Into::into),
        })
    }

    /// Marks all devices as disconnected and unlocks all messages. Called once before devices are served, since the previous
    /// process may have been killed.
    pub async fn disconnect_all(&self) -> Result<(), HubError> {
        connections::disconnect_all(self).await
    }

    /// Waits for pending writes and closes the file. Later writes are refused.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
        self.searchers.close().await;
    }
}

/// Identities.
impl Store {
    /// The remark about a lost store, for the user; none when nothing was lost.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// One device.
    pub async fn device(&self, device_id: &DeviceId) -> Result<Device, HubError> {
        devices::get(&self.readers, device_id).await
    }

    /// Devices in the order of their ids, at most `top`.
    pub async fn devices(&self, top: u32) -> Result<Vec<Device>, HubError> {
        devices::list(&self.readers, top).await
    }

    /// Creates a device (without `if_match`) or replaces one (with). Server-side members of `device` are ignored.
    pub async fn put_device(&self, device: &Device, if_match: Option<&IfMatch>) -> Result<Device, HubError> {
        device_registry::put_device(self, device, if_match).await
    }

    /// Deletes a device with its modules and twins. The etag is required; `*` is any.
    pub async fn delete_device(
        &self,
        device_id: &DeviceId,
        if_match: Option<&IfMatch>,
    ) -> Result<(), HubError> {
        device_registry::delete_device(self, device_id, if_match).await
    }

    /// Applies a bulk request in one transaction; an item that is refused changes nothing and is listed.
    pub async fn bulk(&self, items: Vec<BulkItem>) -> Result<BulkOutcome, HubError> {
        bulk::apply(self, items).await
    }

    /// One module.
    pub async fn module(&self, device_id: &DeviceId, module_id: &ModuleId) -> Result<Module, HubError> {
        modules::get(&self.readers, device_id, module_id).await
    }

    /// A device's modules, in the order of their ids.
    pub async fn modules(&self, device_id: &DeviceId) -> Result<Vec<Module>, HubError> {
        modules::list(&self.readers, device_id).await
    }

    /// Creates a module (without `if_match`) or replaces one (with).
    pub async fn put_module(&self, module: &Module, if_match: Option<&IfMatch>) -> Result<Module, HubError> {
        module_registry::put_module(self, module, if_match).await
    }

    /// Deletes a module with its twin. The etag is required; `*` is any.
    pub async fn delete_module(
        &self,
        device_id: &DeviceId,
        module_id: &ModuleId,
        if_match: Option<&IfMatch>,
    ) -> Result<(), HubError> {
        module_registry::delete_module(self, device_id, module_id, if_match).await
    }

    /// How many devices there are.
    pub async fn registry_statistics(&self) -> Result<RegistryStatistics, HubError> {
        devices::statistics(&self.readers).await
    }

    /// How many devices are connected.
    pub async fn service_statistics(&self) -> Result<ServiceStatistics, HubError> {
        connections::statistics(&self.readers).await
    }

    /// Keys and status of a device or module; `DeviceNotFound` or `ModuleNotFound` when it is not registered.
    pub async fn device_keys(&self, target: &Target) -> Result<DeviceKeys, HubError> {
        devices::keys(&self.readers, target).await
    }
}

/// Twins.
impl Store {
    /// The whole twin.
    pub async fn twin(&self, target: &Target) -> Result<Twin, HubError> {
        twins::get(&self.readers, target).await
    }

    /// Desired and reported properties as the device sees them: with `$version`, without `$metadata`.
    pub async fn twin_properties(&self, target: &Target) -> Result<(Object, Object), HubError> {
        twins::properties(&self.readers, target).await
    }

    /// Merges tags and desired properties; null removes.
    pub async fn patch_twin(
        &self,
        target: &Target,
        patch: &TwinPatch,
        if_match: Option<&IfMatch>,
    ) -> Result<TwinWrite, HubError> {
        twins::patch(self, target, patch, if_match).await
    }

    /// Replaces tags and desired properties, both: sections that are not given are cleared.
    pub async fn replace_twin(
        &self,
        target: &Target,
        replacement: &TwinPatch,
        if_match: Option<&IfMatch>,
    ) -> Result<TwinWrite, HubError> {
        twins::replace(self, target, replacement, if_match).await
    }

    /// Merges reported properties; the section's new `$version`.
    pub async fn patch_reported(&self, target: &Target, patch: Object) -> Result<u64, HubError> {
        twins::patch_reported(self, target, patch).await
    }
}

/// Queries.
impl Store {
    /// One page of a query's answer.
    pub async fn query(&self, query: &Query, page: &PageRequest) -> Result<Page, HubError> {
        query::page(self, query, page).await
    }
}

/// Jobs.
impl Store {
    /// Accepts a job that [`crate::domain::job::check`] has passed. `max_active` is the tier's limit, if any.
    pub async fn create_job(
        &self,
        request: &JobRequest,
        max_active: Option<u64>,
    ) -> Result<JobReceipt, HubError> {
        let receipt = jobs::create(self, request, max_active).await?;
        self.jobs_changed.notify_one();
        Ok(receipt)
    }

    /// One job; none when the hub does not know it (the contract answers 200 with `unknown` then, see
    /// [`crate::domain::job::unknown_job`]).
    pub async fn job(&self, job_id: &str) -> Result<Option<Job>, HubError> {
        jobs::get(&self.readers, job_id).await
    }

    /// Cancels a queued or scheduled job.
    pub async fn cancel_job(&self, job_id: &JobId) -> Result<Job, HubError> {
        let job = jobs::cancel(self, job_id).await?;
        self.jobs_changed.notify_one();
        Ok(job)
    }

    /// Jobs, newest first.
    pub async fn jobs(&self, filter: JobFilter, page: &PageRequest) -> Result<Page, HubError> {
        jobs::list(&self.readers, filter, page).await
    }
}

/// For gateway and REST.
impl Store {
    /// Records connections that were opened or have ended, in order. A deleted device is skipped.
    pub async fn connection_changed(&self, changes: Vec<ConnectionChange>) -> Result<(), HubError> {
        connections::changed(self, changes).await
    }

    /// Records that a device sent something.
    pub async fn activity(&self, target: &Target) -> Result<(), HubError> {
        connections::activity(self, target).await
    }

    /// Subscriptions that a device's session keeps; none when it keeps no session.
    pub async fn kept_subscriptions(
        &self,
        target: &Target,
    ) -> Result<Option<Vec<KeptSubscription>>, HubError> {
        subscriptions::get(&self.readers, target).await
    }

    /// Keeps a session's subscriptions, replacing what was kept; `None` forgets the session.
    pub async fn keep_subscriptions(
        &self,
        target: &Target,
        subscriptions: Option<&[KeptSubscription]>,
    ) -> Result<(), HubError> {
        subscriptions::keep(self, target, subscriptions).await
    }

    /// The shared access policies, five built-in ones with keys created at the first start.
    pub async fn policies(&self) -> Result<Vec<Policy>, HubError> {
        policies::list(&self.readers).await
    }
}

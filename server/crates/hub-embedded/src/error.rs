//! The hub's errors. They map to the contract's [`ErrorCode`], and know nothing of HTTP.

use hub_query::QueryError;
use hub_wire::{DeviceId, ModuleId, envelope::EnvelopeError, error::ErrorCode, twin::MisplacedMembers};
use store_file::Obstacle;

use crate::domain::{MethodError, RequestError, Target, tier::Operation};

/// Why a call was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// No such device.
    #[error("device '{0}' is not registered")]
    DeviceNotFound(DeviceId),
    /// No such module.
    #[error("device '{0}' has no module '{1}'")]
    ModuleNotFound(DeviceId, ModuleId),
    /// The id is taken.
    #[error("A device with ID '{0}' is already registered.")]
    DeviceAlreadyExists(DeviceId),
    /// The module's id is taken.
    #[error("Device {0} already contains Module {1}.")]
    ModuleAlreadyExists(DeviceId, ModuleId),
    /// The device has as many modules as the hub allows.
    #[error("device '{0}' has {max} modules already", max = crate::domain::identity::MAX_MODULES)]
    TooManyModules(DeviceId),
    /// The etag given is not the current one.
    #[error("PreconditionFailed, ETag may be invalid.")]
    EtagMismatch,
    /// The etag given is not that of the twin. Live hubs name the device for a module's twin too.
    #[error("ETag mismatch for device ID '{0}'")]
    TwinEtagMismatch(DeviceId),
    /// The call needs an etag.
    #[error("PreconditionFailed, the If-Match header with the ETag, or '*', is missing.")]
    EtagMissing,
    /// The request breaks a rule.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The query text is wrong.
    #[error("the query cannot be read")]
    Query(#[from] QueryError),
    /// As many queries as may run at once are under way.
    #[error("other queries are under way and take long; try again in a moment")]
    QueriesBusy,
    /// A query took as much work as one may take, and was ended.
    #[error("the query takes more work than one may take; narrow its condition")]
    QueryTooMuchWork,
    /// No such job.
    #[error("there is no job '{0}'")]
    JobNotFound(String),
    /// The job's id is taken, by one of the last 30 days.
    #[error("A job with ID '{0}' already exists.")]
    JobAlreadyExists(String),
    /// The job has begun or ended, so it cannot be cancelled.
    #[error("job '{job_id}' is {status}; only a queued or scheduled job can be cancelled")]
    JobNotCancellable {
        /// The job.
        job_id: String,
        /// Where it is.
        status: &'static str,
    },
    /// The tier's number of active jobs is reached.
    #[error("{active} jobs are running or scheduled, as many as this tier allows")]
    TooManyActiveJobs {
        /// How many.
        active: u64,
    },
    /// Throttled by the tier, and too many wait already.
    #[error("The request has been throttled. Wait 10 seconds and try again. Operation type: {}", .0.name())]
    Throttled(Operation),
    /// The device's queue of cloud-to-device messages is full.
    #[error("{max} messages wait for device '{0}' already", max = crate::domain::c2d::MAX_QUEUE)]
    QueueFull(DeviceId),
    /// The lock has expired or never existed.
    #[error("the lock has been lost")]
    LockLost,
    /// A direct method brought no answer.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The store failed.
    #[error("the hub's store failed")]
    Store(#[from] sqlx::Error),
    /// The data folder or the database file cannot be used.
    #[error(transparent)]
    Open(#[from] store_file::OpenError),
    /// The store could not commit a write; nothing of it is stored.
    #[error("the hub's store could not keep a write")]
    Commit(#[source] std::sync::Arc<sqlx::Error>),
    /// The database could not be migrated.
    #[error("cannot bring the hub's store up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The store holds something that this version cannot read.
    #[error("the hub's store holds a {what} that cannot be read")]
    Damaged {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The hub is stopping.
    #[error("the hub is stopping")]
    Stopping,
}

impl From<EnvelopeError> for HubError {
    fn from(error: EnvelopeError) -> Self {
        Self::Request(error.into())
    }
}

impl From<MisplacedMembers> for HubError {
    fn from(error: MisplacedMembers) -> Self {
        Self::Request(error.into())
    }
}

impl HubError {
    /// No such device or module, with the code that twin paths use: a missing module's twin is `DeviceNotFound` on
    /// live hubs too.
    pub fn twin_not_found(target: &Target) -> Self {
        Self::DeviceNotFound(target.device_id.clone())
    }

    /// The hub's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::DeviceNotFound(_) => ErrorCode::DeviceNotFound,
            Self::ModuleNotFound(..) => ErrorCode::ModuleNotFound,
            Self::DeviceAlreadyExists(_) => ErrorCode::DeviceAlreadyExists,
            Self::ModuleAlreadyExists(..) => ErrorCode::ModuleAlreadyExistsOnDevice,
            Self::TooManyModules(_) => ErrorCode::TooManyModulesOnDevice,
            Self::EtagMismatch | Self::TwinEtagMismatch(_) | Self::EtagMissing => {
                ErrorCode::PreconditionFailed
            }
            Self::Request(error) => error.code(),
            Self::Query(_) => ErrorCode::ArgumentInvalid,
            Self::QueryTooMuchWork => ErrorCode::GenericBadRequest,
            Self::JobNotFound(_) => ErrorCode::JobNotFound,
            Self::JobAlreadyExists(_) => ErrorCode::JobAlreadyExists,
            Self::JobNotCancellable { .. } => ErrorCode::OperationNotAllowedInCurrentState,
            Self::TooManyActiveJobs { .. } => ErrorCode::ThrottlingMaxActiveJobCountExceeded,
            Self::Throttled(_) => ErrorCode::ThrottlingBacklogTimeout,
            Self::QueueFull(_) => ErrorCode::DeviceMaximumQueueDepthExceeded,
            Self::LockLost => ErrorCode::DeviceMessageLockLost,
            Self::Method(error) => error.code(),
            Self::Store(error) => code_of(error),
            Self::Commit(error) => code_of(error),
            Self::Open(_) | Self::Migrate(_) | Self::Damaged { .. } => ErrorCode::ServerError,
            Self::Stopping | Self::QueriesBusy => ErrorCode::ServiceUnavailable,
        }
    }

    /// A failure of the hub rather than of the call: logged with its causes, without details for the caller.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Commit(_)) || matches!(self.code(), ErrorCode::ServerError)
    }

    /// The store cannot write for a temporary cause, such as a full disk.
    pub fn is_obstacle(&self) -> bool {
        match self {
            Self::Store(error) => obstacle(error).is_some(),
            Self::Commit(error) => obstacle(error).is_some(),
            _ => false,
        }
    }

    /// The text for the caller after `ErrorCode:<Name>;`. Texts observed on live hubs are used as they are.
    pub fn caller_text(&self) -> String {
        match self {
            Self::DeviceNotFound(device_id) => device_id.to_string(),
            Self::Query(error) => format!("BadRequest: {error}"),
            Self::Store(error) if let Some(obstacle) = obstacle(error) => obstacle.to_owned(),
            Self::Commit(error) if let Some(obstacle) = obstacle(error) => obstacle.to_owned(),
            fault if fault.is_fault() => "the hub met an internal error".to_owned(),
            other => other.to_string(),
        }
    }

    /// A member has a value that the hub does not accept.
    pub fn argument_invalid(text: impl Into<String>) -> Self {
        Self::Request(RequestError::ArgumentInvalid(text.into()))
    }

    pub(crate) fn damaged(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { what, source: source.into() }
    }
}

/// Why SQLite cannot write, when the operator can do something about it. Nothing was changed then.
fn obstacle(error: &sqlx::Error) -> Option<&'static str> {
    match store_file::obstacle(error)? {
        Obstacle::Held => Some("another program holds the hub's store; nothing was changed"),
        Obstacle::ReadOnly => Some("the hub's store cannot be written to; nothing was changed"),
        Obstacle::Full => Some("the disk of the hub's store is full or failing; nothing was changed"),
        Obstacle::Damaged => None,
    }
}

/// An obstacle is temporary, so the call may work later; anything else is a fault.
fn code_of(error: &sqlx::Error) -> ErrorCode {
    if obstacle(error).is_some() { ErrorCode::ServiceUnavailable } else { ErrorCode::ServerError }
}

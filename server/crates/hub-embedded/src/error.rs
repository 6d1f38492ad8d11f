//! What the hub refuses and why. Errors here know the contract's [`ErrorCode`] but nothing of HTTP.

use hub_query::QueryError;
use hub_wire::{DeviceId, ModuleId, error::ErrorCode};

use crate::domain::{MethodError, Target, tier::Operation};

/// Why a call was refused or went wrong.
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
    /// The call needs an etag.
    #[error("PreconditionFailed, the If-Match header with the ETag, or '*', is missing.")]
    EtagMissing,
    /// A member has a value that the hub does not take.
    #[error("{0}")]
    ArgumentInvalid(String),
    /// A member is missing.
    #[error("'{0}' is missing")]
    ArgumentNull(&'static str),
    /// The body is not what this call takes.
    #[error("{0}")]
    BadRequest(String),
    /// The query text is wrong.
    #[error("the query cannot be read")]
    Query(#[from] QueryError),
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
    /// The tier's throttle, and too many wait for it already.
    #[error("The request has been throttled. Wait 10 seconds and try again. Operation type: {}", .0.name())]
    Throttled(Operation),
    /// The device's queue of cloud-to-device messages is full.
    #[error("{max} messages wait for device '{0}' already", max = crate::domain::c2d::MAX_QUEUE)]
    QueueFull(DeviceId),
    /// A cloud-to-device message is too large.
    #[error("the message has {size} bytes; at most {max} are allowed")]
    MessageTooLarge {
        /// Its size, or that of its topic.
        size: usize,
        /// What is allowed.
        max: usize,
    },
    /// The lock's time is over, or there never was one.
    #[error("the lock has been lost")]
    LockLost,
    /// A direct method brought no answer.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The store does not answer as it should.
    #[error("the hub's store failed")]
    Store(#[from] sqlx::Error),
    /// The data folder or the database file cannot be set up.
    #[error("cannot set up the hub's store at {}", path.display())]
    Setup {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The store could not keep a write; nothing of it is there.
    #[error("the hub's store could not keep a write")]
    Commit(#[source] std::sync::Arc<sqlx::Error>),
    /// The database's layout could not be brought up to date.
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
            Self::EtagMismatch | Self::EtagMissing => ErrorCode::PreconditionFailed,
            Self::ArgumentInvalid(_) | Self::Query(_) => ErrorCode::ArgumentInvalid,
            Self::ArgumentNull(_) => ErrorCode::ArgumentNull,
            Self::BadRequest(_) => ErrorCode::GenericBadRequest,
            Self::JobNotFound(_) => ErrorCode::JobNotFound,
            Self::JobAlreadyExists(_) => ErrorCode::JobAlreadyExists,
            Self::JobNotCancellable { .. } => ErrorCode::OperationNotAllowedInCurrentState,
            Self::TooManyActiveJobs { .. } => ErrorCode::ThrottlingMaxActiveJobCountExceeded,
            Self::Throttled(_) => ErrorCode::ThrottlingBacklogTimeout,
            Self::QueueFull(_) => ErrorCode::DeviceMaximumQueueDepthExceeded,
            Self::MessageTooLarge { .. } => ErrorCode::MessageTooLarge,
            Self::LockLost => ErrorCode::DeviceMessageLockLost,
            Self::Method(error) => error.code(),
            Self::Store(error) => code_of(error),
            Self::Commit(error) => code_of(error),
            Self::Setup { .. } | Self::Migrate(_) | Self::Damaged { .. } => ErrorCode::ServerError,
            Self::Stopping => ErrorCode::ServiceUnavailable,
        }
    }

    /// A fault of ours rather than of the call: to be logged with its whole chain and not told in detail.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Commit(_)) || matches!(self.code(), ErrorCode::ServerError)
    }

    /// The store is kept from writing by something that passes, such as a full disk.
    pub fn is_obstacle(&self) -> bool {
        match self {
            Self::Store(error) => obstacle(error).is_some(),
            Self::Commit(error) => obstacle(error).is_some(),
            _ => false,
        }
    }

    /// What the caller is told after `ErrorCode:<Name>;`. The texts that live hubs were seen to send are theirs.
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

    pub(crate) fn damaged(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { what, source: source.into() }
    }
}

/// What keeps SQLite from writing, where whoever runs the hub can do something about it. Nothing was changed then.
fn obstacle(error: &sqlx::Error) -> Option<&'static str> {
    // The low byte says what happened, the others where. Source: SQLite, "Result and Error Codes".
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    match code & 0xff {
        5 | 6 => Some("another program holds the hub's store; nothing was changed"),
        8 => Some("the hub's store cannot be written to; nothing was changed"),
        10 | 13 => Some("the disk of the hub's store is full or failing; nothing was changed"),
        _ => None,
    }
}

/// An obstacle passes, so the call may work later; anything else is a fault.
fn code_of(error: &sqlx::Error) -> ErrorCode {
    if obstacle(error).is_some() { ErrorCode::ServiceUnavailable } else { ErrorCode::ServerError }
}

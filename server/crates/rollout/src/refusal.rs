//! Why an event changed nothing.

use console_wire::problem::FieldError;

/// A command that cannot be carried out now. The text is for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Settings that are not valid.
    #[error("the settings have faults: {}", list(.0))]
    Settings(Vec<FieldError>),
    /// The same person asked for the approval.
    #[error("you asked for this approval; another person has to decide")]
    OwnRequest,
    /// The request was edited after the person saw it.
    #[error("the request was edited after you opened it; read it again, then decide")]
    RequestChanged,
    /// There is no request to decide on.
    #[error("no approval is waited for; it was decided, withdrawn or has lapsed")]
    NothingToApprove,
    /// It has begun, or has ended.
    #[error("the job has begun; its settings are fixed. Cancel it and start another like it")]
    Begun,
    /// It has not begun, or has ended, or stops.
    #[error("the job is not running")]
    NotRunning,
    /// It is paused already.
    #[error("the job is paused; resume it")]
    IsPaused,
    /// It is not paused.
    #[error("the job is not paused")]
    NotPaused,
    /// It waits for an approval, so it cannot be resumed.
    #[error(
        "the target has grown by more than a tenth; another person has to approve it before the job goes on"
    )]
    NeedsApproval,
    /// The last wave is under way.
    #[error("there is no further wave")]
    LastWave,
    /// The wave has devices that were not called, or that have not answered.
    #[error("the next wave can start when every device of this one has been called and has answered")]
    WaveUnderWay,
    /// Targets came when none were expected.
    #[error("no targets are expected now")]
    NoTargetsExpected,
    /// The targets do not fit what a job may have.
    #[error("a job may have at most {0} devices")]
    TooManyDevices(usize),
    /// An answer of a webhook that was not asked.
    #[error("no answer is waited for of a webhook for this wave")]
    NoAnswerExpected,
}

fn list(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}

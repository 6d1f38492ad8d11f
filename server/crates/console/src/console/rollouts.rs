//! Jobs in waves.

use console_wire::{
    access::Actor,
    job::{JobSummary, NewJob},
    rollout::{ApprovalDecision, Approvals, EstimateRequest, HubUse, Resume, Rollout, RolloutEstimates},
};

use super::Console;
use crate::{
    ConsoleError,
    create::JobRequester,
    rollouts::{self, Command},
};

/// Jobs in waves. Such a job is created and cancelled as any other.
impl Console {
    /// The rollout of a job.
    ///
    /// # Errors
    /// `NotFound` when there is no such job, or it has no rollout.
    pub async fn rollout(&self, job_id: &str) -> Result<Rollout, ConsoleError> {
        rollouts::rollout(&self.core, job_id).await
    }

    /// How much of what the hub allows is used now, by all jobs together; `None` where no limit is known.
    ///
    /// # Errors
    /// As [`rollout`](Self::rollout).
    pub async fn hub_use(&self, job_id: &str) -> Result<Option<HubUse>, ConsoleError> {
        rollouts::current_use(&self.core, job_id).await
    }

    /// Calls no further device of a job until it is resumed. Calls under way go on.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it does not run; `Invalid` for the comment; `OutsideScope` for a job of another person that is
    /// not in the scope of an operator.
    pub async fn pause_job(
        &self,
        job_id: &str,
        comment: Option<String>,
        actor: &Actor,
    ) -> Result<JobSummary, ConsoleError> {
        rollouts::command(&self.core, job_id, Command::Pause, comment.as_deref(), actor).await
    }

    /// Goes on after a pause, whoever or whatever has paused it.
    ///
    /// # Errors
    /// As [`Console::pause_job`]; `Conflict` when it is not paused, or needs an approval first.
    pub async fn resume_job(
        &self,
        job_id: &str,
        resume: Resume,
        actor: &Actor,
    ) -> Result<JobSummary, ConsoleError> {
        let command = Command::Resume(resume.counting);
        rollouts::command(&self.core, job_id, command, resume.comment.as_deref(), actor).await
    }

    /// Starts the next wave without the wait, the question or the share of the gate before it.
    ///
    /// # Errors
    /// As [`Console::pause_job`]; `Conflict` while devices of the wave are called, and in the last wave.
    pub async fn start_next_wave(
        &self,
        job_id: &str,
        comment: Option<String>,
        actor: &Actor,
    ) -> Result<JobSummary, ConsoleError> {
        rollouts::command(&self.core, job_id, Command::NextWave, comment.as_deref(), actor).await
    }

    /// Makes a job in waves another one before it begins, under the same id: action, devices, settings, name and reason are those
    /// of `job`. An approval that was given or is waited for is void.
    ///
    /// # Errors
    /// As [`Console::create_job_from`]; `NotFound`; `Conflict` when it has begun, or is no rollout; `OutsideScope` as
    /// [`Console::pause_job`].
    pub async fn edit_job(
        &self,
        job_id: &str,
        job: NewJob,
        requester: impl Into<JobRequester> + Send,
    ) -> Result<JobSummary, ConsoleError> {
        rollouts::edit(&self.core, job_id, job, &requester.into()).await
    }

    /// Agrees to a job that another person asks for.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one's own request, one that was changed since it was read, and where none waits; `Invalid` for
    /// hash or comment.
    pub async fn approve_job(
        &self,
        job_id: &str,
        decision: ApprovalDecision,
        actor: &Actor,
    ) -> Result<JobSummary, ConsoleError> {
        rollouts::decide(&self.core, job_id, true, &decision, actor).await
    }

    /// Does not agree to a job that another person asks for; it does not start, or what has not begun of it is cancelled.
    ///
    /// # Errors
    /// As [`Console::approve_job`]; `Invalid` without a comment.
    pub async fn reject_job(
        &self,
        job_id: &str,
        decision: ApprovalDecision,
        actor: &Actor,
    ) -> Result<JobSummary, ConsoleError> {
        rollouts::decide(&self.core, job_id, false, &decision, actor).await
    }

    /// Requests that wait for another person, and the newest that were decided; for a person with a scope those of own jobs and
    /// of jobs that were created under the same scope.
    pub async fn approvals(&self, actor: &Actor) -> Result<Approvals, ConsoleError> {
        rollouts::approvals(&self.core, actor).await
    }

    /// How many of them wait for another person.
    pub async fn waiting_approvals(&self, actor: &Actor) -> Result<u64, ConsoleError> {
        rollouts::waiting_approvals(&self.core, actor).await
    }

    /// How long a rollout would take by each engine, and what limits it.
    ///
    /// # Errors
    /// `Invalid` with every member at fault; `Hub` when devices of a wave by a tag could not be counted.
    pub async fn estimate_rollout(
        &self,
        request: EstimateRequest,
        actor: &Actor,
    ) -> Result<RolloutEstimates, ConsoleError> {
        rollouts::estimate(&self.core, &request, actor).await
    }
}

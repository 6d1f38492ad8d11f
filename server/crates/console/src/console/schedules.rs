//! Schedules.

use console_wire::{
    access::Actor,
    page::Page,
    schedule::{
        Comment, NewSchedule, NextRuns, Schedule, ScheduleFilter, ScheduleRun, ScheduleSpec, Schedules,
    },
};

use super::Console;
use crate::{ConsoleError, JobRequester, schedules};

/// Schedules.
impl Console {
    /// A page of schedules: active ones by their next run, then paused, then ended ones.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid, and for a search text that is too long.
    pub async fn schedules(&self, filter: &ScheduleFilter) -> Result<Schedules, ConsoleError> {
        schedules::schedules(&self.core, filter).await
    }

    /// One schedule.
    ///
    /// # Errors
    /// `NotFound` when there is none with this id.
    pub async fn schedule(&self, schedule_id: &str) -> Result<Schedule, ConsoleError> {
        schedules::schedule(&self.core, schedule_id).await
    }

    /// Creates a schedule. Its owner is who asks: that person's rights and scope count at each run.
    ///
    /// # Errors
    /// `Invalid` with every field at fault; `Conflict` when there are too many; `Hub` when the hub did not count the devices.
    /// Nothing is changed then.
    pub async fn create_schedule(
        &self,
        schedule: NewSchedule,
        requester: impl Into<JobRequester> + Send,
    ) -> Result<Schedule, ConsoleError> {
        schedules::create(&self.core, schedule, requester.into()).await
    }

    /// Puts another name, rule and job in the place of a schedule's. Who asks becomes its owner. Its history and a pause stay.
    ///
    /// # Errors
    /// `NotFound`; `OutsideScope`; otherwise as [`Console::create_schedule`].
    pub async fn change_schedule(
        &self,
        schedule_id: &str,
        schedule: NewSchedule,
        requester: impl Into<JobRequester> + Send,
    ) -> Result<Schedule, ConsoleError> {
        schedules::change(&self.core, schedule_id, schedule, requester.into()).await
    }

    /// Deletes a schedule and its history, and returns it as it was. Its jobs stay and run to their end.
    ///
    /// # Errors
    /// `NotFound`; `OutsideScope`.
    pub async fn delete_schedule(&self, schedule_id: &str, actor: &Actor) -> Result<Schedule, ConsoleError> {
        schedules::delete(&self.core, schedule_id, actor).await
    }

    /// Pauses a schedule with a comment, or gives a paused one another. Runs that go on run to their end.
    ///
    /// # Errors
    /// `Invalid` without a comment; `NotFound`; `OutsideScope`.
    pub async fn pause_schedule(
        &self,
        schedule_id: &str,
        comment: &Comment,
        actor: &Actor,
    ) -> Result<Schedule, ConsoleError> {
        schedules::pause(&self.core, schedule_id, comment, actor).await
    }

    /// Lets a paused schedule run again. What was due meanwhile is not made up for.
    ///
    /// # Errors
    /// `NotFound`; `OutsideScope`; `Conflict` when it is not paused.
    pub async fn resume_schedule(&self, schedule_id: &str, actor: &Actor) -> Result<Schedule, ConsoleError> {
        schedules::resume(&self.core, schedule_id, actor).await
    }

    /// Starts a run now, with the rights of who asks, although the schedule may be paused.
    ///
    /// # Errors
    /// `NotFound`; `OutsideScope`; `Missing` for who may not create jobs; `Conflict` while another run goes on and the
    /// schedule skips such runs, and when the job was not created.
    pub async fn run_schedule_now(
        &self,
        schedule_id: &str,
        comment: &Comment,
        actor: &Actor,
    ) -> Result<ScheduleRun, ConsoleError> {
        schedules::run_now(&self.core, schedule_id, comment, actor).await
    }

    /// What became of a schedule's occurrences, latest first.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a cursor or limit that is not valid.
    pub async fn schedule_runs(
        &self,
        schedule_id: &str,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<ScheduleRun>, ConsoleError> {
        schedules::runs(&self.core, schedule_id, cursor, limit).await
    }

    /// The next runs of a schedule; 10 when `count` does not say.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn next_runs(&self, schedule_id: &str, count: Option<u32>) -> Result<NextRuns, ConsoleError> {
        schedules::next_runs(&self.core, schedule_id, count).await
    }

    /// A rule in words, and its next runs; 10 when `count` does not say.
    ///
    /// # Errors
    /// `Invalid` with every field at fault.
    pub fn preview_schedule(
        &self,
        spec: &ScheduleSpec,
        count: Option<u32>,
    ) -> Result<NextRuns, ConsoleError> {
        schedules::preview(&self.core, spec, count)
    }
}

//! Schedules: jobs that run again and again.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::schedule::{NextRuns, Schedule, ScheduleRun, Schedules};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::job::repeat::RepeatForm};

/// Runs shown of a schedule at once.
#[cfg(feature = "ssr")]
const RUNS: u32 = 25;

/// A page of schedules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScheduleList {
    /// The schedules.
    pub(crate) page: Schedules,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// A schedule, its next runs and its last ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScheduleView {
    /// The schedule.
    pub(crate) schedule: Schedule,
    /// Its next runs.
    pub(crate) next: NextRuns,
    /// What became of its occurrences, latest first.
    pub(crate) runs: Vec<ScheduleRun>,
    /// Leads to earlier ones.
    pub(crate) next_cursor: Option<String>,
    /// When it was read.
    pub(crate) as_of: Timestamp,
}

/// The schedules of a status with some words, from a cursor on; all of them where these are empty.
#[server(prefix = "/fn", endpoint = "schedules", input = GetUrl)]
pub(crate) async fn list_schedules(
    status: String,
    search: String,
    after: String,
) -> Result<ScheduleList, ApiError> {
    use console_wire::schedule::{ScheduleFilter, ScheduleStatus};

    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let filter = ScheduleFilter {
        status: ScheduleStatus::from_wire(&status),
        q: given(search),
        cursor: given(after),
        limit: None,
    };
    let page = super::ssr::console()?.schedules(&filter).await.map_err(super::ssr::to_api_error)?;
    Ok(ScheduleList { page, as_of: std::time::SystemTime::now().into() })
}

/// One schedule, and its runs from a cursor on.
#[server(prefix = "/fn", endpoint = "schedule", input = GetUrl)]
pub(crate) async fn read_schedule(schedule_id: String, after: String) -> Result<ScheduleView, ApiError> {
    let console = super::ssr::console()?;
    let mut schedule = console.schedule(&schedule_id).await.map_err(super::ssr::to_api_error)?;
    schedule.job.device_ids = None;
    let next = console.next_runs(&schedule_id, None).await.map_err(super::ssr::to_api_error)?;
    let cursor = Some(after.as_str()).filter(|after| !after.is_empty());
    let runs =
        console.schedule_runs(&schedule_id, cursor, Some(RUNS)).await.map_err(super::ssr::to_api_error)?;
    let as_of = std::time::SystemTime::now().into();
    Ok(ScheduleView { schedule, next, runs: runs.items, next_cursor: runs.next_cursor, as_of })
}

/// The rule of a form in words, and its next runs. What is wrong with fields that are still being typed is part of a good
/// answer.
#[server(prefix = "/fn", endpoint = "preview-schedule")]
pub(crate) async fn preview_schedule(repeat: RepeatForm) -> Result<Result<NextRuns, ApiError>, ApiError> {
    let console = super::ssr::console()?;
    let spec = repeat.to_spec(std::time::SystemTime::now().into()).map_err(ApiError::invalid);
    Ok(spec.and_then(|spec| console.preview_schedule(&spec, None).map_err(super::ssr::to_api_error)))
}

/// Pauses a schedule with a comment.
#[server(prefix = "/fn", endpoint = "pause-schedule")]
pub(crate) async fn pause_schedule(
    schedule_id: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let comment = console_wire::schedule::Comment { comment };
    let actor = super::ssr::actor()?;
    super::ssr::console()?
        .pause_schedule(&schedule_id, &comment, &actor)
        .await
        .map_err(super::ssr::refuse)?;
    ssr::back_to(&schedule_id);
    Ok(())
}

/// Lets a paused schedule run again.
#[server(prefix = "/fn", endpoint = "resume-schedule")]
pub(crate) async fn resume_schedule(schedule_id: String) -> Result<(), ApiError> {
    let actor = super::ssr::actor()?;
    super::ssr::console()?.resume_schedule(&schedule_id, &actor).await.map_err(super::ssr::refuse)?;
    ssr::back_to(&schedule_id);
    Ok(())
}

/// Starts a run now.
#[server(prefix = "/fn", endpoint = "run-schedule-now")]
pub(crate) async fn run_schedule_now(
    schedule_id: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let comment = console_wire::schedule::Comment { comment };
    let actor = super::ssr::actor()?;
    super::ssr::console()?
        .run_schedule_now(&schedule_id, &comment, &actor)
        .await
        .map_err(super::ssr::refuse)?;
    ssr::back_to(&schedule_id);
    Ok(())
}

/// Deletes a schedule, and redirects to the list.
#[server(prefix = "/fn", endpoint = "delete-schedule")]
pub(crate) async fn delete_schedule(schedule_id: String) -> Result<(), ApiError> {
    let actor = super::ssr::actor()?;
    super::ssr::console()?.delete_schedule(&schedule_id, &actor).await.map_err(super::ssr::refuse)?;
    super::ssr::redirect(crate::paths::SCHEDULES);
    Ok(())
}

#[cfg(feature = "ssr")]
mod ssr {
    /// After a plain form, shows the schedule.
    pub(super) fn back_to(schedule_id: &str) {
        if super::super::ssr::is_plain_form() {
            super::super::ssr::redirect(&crate::paths::schedule(schedule_id));
        }
    }
}

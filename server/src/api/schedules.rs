//! `/api/v1/schedules`: jobs that run again and again.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console::JobRequester;
use console_wire::{
    access::Actor,
    job::Origin,
    page::{Page, PageQuery},
    schedule::{
        Comment, NewSchedule, NextQuery, NextRuns, Schedule, ScheduleFilter, ScheduleRun, ScheduleSpec,
        Schedules,
    },
};

use crate::{
    extract::{Body, Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

const fn requester(actor: Actor) -> JobRequester {
    JobRequester { origin: Origin::Api, actor }
}

/// Schedules: active ones by their next run, then paused, then ended ones.
#[utoipa::path(
    get,
    path = "/schedules",
    operation_id = "listSchedules",
    tag = "schedules",
    params(ScheduleFilter),
    responses((status = 200, description = "Done.", body = Schedules), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(filter): Parameters<ScheduleFilter>,
) -> Result<Json<Schedules>, Refusal> {
    Ok(Json(state.console.schedules(&filter).await?))
}

/// Creates a schedule. Its owner is the caller, whose rights and scope count at each run.
#[utoipa::path(
    post,
    path = "/schedules",
    operation_id = "createSchedule",
    tag = "schedules",
    request_body = NewSchedule,
    responses((status = 201, description = "Created.", body = Schedule, headers(("location" = String, description = "The address of the schedule."))), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(schedule): Body<NewSchedule>,
) -> Result<Response, Refusal> {
    let schedule = state.console.create_schedule(schedule, requester(actor)).await?;
    let address = format!("/api/v1/schedules/{}", schedule.schedule_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], Json(schedule)).into_response())
}

/// Says a rule in words and lists its next runs, with what clock changes do to them. Creates nothing.
#[utoipa::path(
    post,
    path = "/schedules/preview",
    operation_id = "previewSchedule",
    tag = "schedules",
    params(NextQuery),
    request_body = ScheduleSpec,
    responses((status = 200, description = "Done.", body = NextRuns), Refusal)
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    Parameters(query): Parameters<NextQuery>,
    Body(spec): Body<ScheduleSpec>,
) -> Result<Json<NextRuns>, Refusal> {
    Ok(Json(state.console.preview_schedule(&spec, query.count)?))
}

/// One schedule.
#[utoipa::path(
    get,
    path = "/schedules/{schedule_id}",
    operation_id = "getSchedule",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    responses((status = 200, description = "Done.", body = Schedule), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(schedule_id): Path<String>,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.console.schedule(&schedule_id).await?))
}

/// Puts another name, rule and job in the place of a schedule's. The caller becomes its owner. Its history and a pause stay.
#[utoipa::path(
    put,
    path = "/schedules/{schedule_id}",
    operation_id = "changeSchedule",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    request_body = NewSchedule,
    responses((status = 200, description = "Done.", body = Schedule), Refusal)
)]
pub(super) async fn put(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(schedule_id): Path<String>,
    Body(schedule): Body<NewSchedule>,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.console.change_schedule(&schedule_id, schedule, requester(actor)).await?))
}

/// Deletes a schedule and its history, and returns it once more. Its jobs stay and run to their end.
#[utoipa::path(
    delete,
    path = "/schedules/{schedule_id}",
    operation_id = "deleteSchedule",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    responses((status = 200, description = "Done.", body = Schedule), Refusal)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(schedule_id): Path<String>,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.console.delete_schedule(&schedule_id, &actor).await?))
}

/// Pauses a schedule, with a comment for those who find it paused. Runs that go on run to their end.
#[utoipa::path(
    post,
    path = "/schedules/{schedule_id}/pause",
    operation_id = "pauseSchedule",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    request_body = Comment,
    responses((status = 200, description = "Done.", body = Schedule), Refusal)
)]
pub(super) async fn pause(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(schedule_id): Path<String>,
    Body(comment): Body<Comment>,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.console.pause_schedule(&schedule_id, &comment, &actor).await?))
}

/// Lets a paused schedule run again. What was due meanwhile is not made up for. 409 when it is not paused.
#[utoipa::path(
    post,
    path = "/schedules/{schedule_id}/resume",
    operation_id = "resumeSchedule",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    responses((status = 200, description = "Done.", body = Schedule), Refusal)
)]
pub(super) async fn resume(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(schedule_id): Path<String>,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.console.resume_schedule(&schedule_id, &actor).await?))
}

/// Starts a run now, with the caller's rights, although the schedule may be paused. 409 while another run goes on and the
/// schedule skips such runs.
#[utoipa::path(
    post,
    path = "/schedules/{schedule_id}/run-now",
    operation_id = "runScheduleNow",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule.")),
    request_body = Comment,
    responses((status = 200, description = "Done.", body = ScheduleRun), Refusal)
)]
pub(super) async fn run_now(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(schedule_id): Path<String>,
    Body(comment): Body<Comment>,
) -> Result<Json<ScheduleRun>, Refusal> {
    Ok(Json(state.console.run_schedule_now(&schedule_id, &comment, &actor).await?))
}

/// What became of a schedule's occurrences, latest first.
#[utoipa::path(
    get,
    path = "/schedules/{schedule_id}/runs",
    operation_id = "listScheduleRuns",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule."), PageQuery),
    responses((status = 200, description = "Done.", body = Page<ScheduleRun>), Refusal)
)]
pub(super) async fn runs(
    State(state): State<AppState>,
    Path(schedule_id): Path<String>,
    Parameters(page): Parameters<PageQuery>,
) -> Result<Json<Page<ScheduleRun>>, Refusal> {
    Ok(Json(state.console.schedule_runs(&schedule_id, page.cursor.as_deref(), page.limit).await?))
}

/// The next runs of a schedule, with what clock changes do to them.
#[utoipa::path(
    get,
    path = "/schedules/{schedule_id}/next",
    operation_id = "listNextRuns",
    tag = "schedules",
    params(("schedule_id" = String, Path, description = "The schedule."), NextQuery),
    responses((status = 200, description = "Done.", body = NextRuns), Refusal)
)]
pub(super) async fn next(
    State(state): State<AppState>,
    Path(schedule_id): Path<String>,
    Parameters(query): Parameters<NextQuery>,
) -> Result<Json<NextRuns>, Refusal> {
    Ok(Json(state.console.next_runs(&schedule_id, query.count).await?))
}

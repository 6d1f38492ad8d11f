//! Schedules: jobs that run again and again.
//!
//! The rules are in the crate `schedule`: when a schedule is due and what becomes of each occurrence. Here a schedule is created,
//! changed, paused, resumed, run now and deleted (this file); looked at when it is due (`run`, the only task; `tick` decides);
//! and the job of a run is created like a person's, with the rights that its owner has then (`start`). `convert` is between
//! the wire's types and those of the rules, `show` makes what pages and API show.
//!
//! A person who changes the rule or the job becomes the owner, so that another person's rights are not used for it.

mod check;
mod convert;
mod run;
mod show;
mod start;
mod tick;

use std::{sync::Arc, time::Duration};

use console_wire::{
    access::{Actor, PersonRef},
    page::Page,
    schedule::{
        Comment, MAX_SCHEDULES, NEXT_RUNS, NewSchedule, NextRuns, Schedule, ScheduleFilter, ScheduleRun,
        ScheduleSpec, Schedules,
    },
};
use schedule::{Decision, Pause, PauseReason, ScheduleState, Situation, Why};
use serde_json::{Value, json};
use tracing::info;

pub(crate) use self::{
    run::run,
    show::{DueRun, due_run, paused},
};
use crate::{
    ConsoleError, audit,
    core::Core,
    create::JobRequester,
    cursor,
    job_id::slug,
    store::{CreatedSchedule, KeptSchedule, ScheduleAfter, ScheduleContent},
};

/// The kind of the list's cursors.
const CURSOR: &str = "schedules";
/// The kind of the cursors of a schedule's runs.
const RUNS_CURSOR: &str = "schedule-runs";
/// Longest that a person waits for the job of a run now.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest search.
const MAX_WORDS: usize = 200;

pub(crate) async fn schedules(core: &Core, filter: &ScheduleFilter) -> Result<Schedules, ConsoleError> {
    let limit = cursor::limit(filter.limit, 50, 500)?;
    let words = filter.q.as_deref().unwrap_or_default();
    if words.chars().count() > MAX_WORDS {
        let message = format!("has more than {MAX_WORDS} characters");
        return Err(console_wire::problem::FieldError::new("q", message).into());
    }
    let after: Option<ScheduleAfter> =
        filter.cursor.as_deref().map(|cursor| cursor::read(CURSOR, cursor)).transpose()?;
    let mut kept = core.store.schedules(filter.status, words, after.as_ref(), limit + 1).await?;
    let next_cursor = (kept.len() > limit as usize).then(|| {
        kept.truncate(limit as usize);
        kept.last().map(|last| cursor::write(CURSOR, &last.place()))
    });
    let counts = core.store.schedule_counts().await?;
    Ok(Schedules { items: show::listed(core, kept).await?, next_cursor: next_cursor.flatten(), counts })
}

pub(crate) async fn schedule(core: &Core, schedule_id: &str) -> Result<Schedule, ConsoleError> {
    show::one(core, kept(core, schedule_id).await?).await
}

pub(crate) async fn create(
    core: &Arc<Core>,
    new: NewSchedule,
    requester: JobRequester,
) -> Result<Schedule, ConsoleError> {
    let (name, spec, job) = check::content(core, new, &requester.actor).await?;
    let short: String = slug(&name, "schedule").chars().take(tick::MAX_ID - "-99999".len()).collect();
    let schedule_id = core.store.free_schedule_id(short.trim_end_matches('-')).await?;
    let (_, plan) =
        convert::plan(&schedule_id, &spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let now = core.schedules.clock.now();
    let state = ScheduleState::new(instant(now));
    let next = tick::next_start(&plan, &state);
    if next.is_none() {
        return Err(check::never(&spec).into());
    }
    let content = content(name, spec, job, &requester);
    let turn = core.schedules.turn.lock().await;
    let created = core.store.create_schedule(&schedule_id, &content, &state, next, now).await?;
    drop(turn);
    match created {
        CreatedSchedule::Created => {
            audit::note_subject(&schedule_id, Some(&content.name));
            audit::note_change(None, Some(settings(&content)));
            info!(schedule_id, name = content.name, "schedule created");
            core.schedules.wake.notify_one();
            schedule(core, &schedule_id).await
        }
        CreatedSchedule::NameTaken => Err(check::name_taken(&content.name).into()),
        CreatedSchedule::TooMany => {
            let detail =
                format!("There are {MAX_SCHEDULES} schedules already; delete one to create another.");
            Err(ConsoleError::Conflict { detail })
        }
    }
}

pub(crate) async fn change(
    core: &Arc<Core>,
    schedule_id: &str,
    new: NewSchedule,
    requester: JobRequester,
) -> Result<Schedule, ConsoleError> {
    check::in_scope(&kept(core, schedule_id).await?, &requester.actor)?;
    let (name, spec, job) = check::content(core, new, &requester.actor).await?;
    let (_, plan) =
        convert::plan(schedule_id, &spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let turn = core.schedules.turn.lock().await;
    let before = kept(core, schedule_id).await?;
    let now = core.schedules.clock.now();
    // What the new rule was due before is not its concern.
    let mut state = before.state.clone();
    state.decided_until = state.decided_until.max(instant(now));
    let next = tick::next_start(&plan, &state);
    if next.is_none() {
        return Err(check::never(&spec).into());
    }
    let content = content(name, spec, job, &requester);
    if !core.store.change_schedule(schedule_id, &content, now).await? {
        return Err(check::name_taken(&content.name).into());
    }
    run::write(core, &[tick::written(&before, state, next, Vec::new(), Vec::new())]).await?;
    drop(turn);
    audit::note_subject(schedule_id, Some(&content.name));
    audit::note_change(Some(settings(&content_of(before))), Some(settings(&content)));
    info!(schedule_id, "schedule changed");
    core.schedules.wake.notify_one();
    schedule(core, schedule_id).await
}

pub(crate) async fn delete(core: &Core, schedule_id: &str, actor: &Actor) -> Result<Schedule, ConsoleError> {
    let shown = schedule(core, schedule_id).await?;
    let turn = core.schedules.turn.lock().await;
    let before = kept(core, schedule_id).await?;
    audit::note_subject(schedule_id, Some(&before.name));
    check::in_scope(&before, actor)?;
    core.store.delete_schedule(schedule_id).await?;
    drop(turn);
    audit::note_change(Some(settings(&content_of(before))), None);
    info!(schedule_id, "schedule deleted");
    Ok(shown)
}

pub(crate) async fn pause(
    core: &Arc<Core>,
    schedule_id: &str,
    comment: &Comment,
    actor: &Actor,
) -> Result<Schedule, ConsoleError> {
    check::comment(&comment.comment, true)?;
    let turn = core.schedules.turn.lock().await;
    let before = kept(core, schedule_id).await?;
    audit::note_subject(schedule_id, Some(&before.name));
    check::in_scope(&before, actor)?;
    let reason =
        PauseReason::Person { by: name_of(actor.person()), comment: comment.comment.trim().to_owned() };
    let mut state = before.state.clone();
    let left_out = state.pause(Pause { since: instant(core.schedules.clock.now()), reason: reason.clone() });
    let runs = left_out.map(|row| tick::without_job(row, before.waiting_by.as_ref())).into_iter().collect();
    run::write(core, &[tick::written(&before, state, before.next_look, runs, Vec::new())]).await?;
    drop(turn);
    audit::note_change(
        Some(json!({"status": before.status})),
        Some(json!({"status": "paused", "comment": comment.comment.trim()})),
    );
    info!(schedule_id, %reason, "schedule paused");
    schedule(core, schedule_id).await
}

pub(crate) async fn resume(
    core: &Arc<Core>,
    schedule_id: &str,
    actor: &Actor,
) -> Result<Schedule, ConsoleError> {
    let turn = core.schedules.turn.lock().await;
    let before = kept(core, schedule_id).await?;
    audit::note_subject(schedule_id, Some(&before.name));
    check::in_scope(&before, actor)?;
    if before.state.pause.is_none() {
        let detail = format!("The schedule '{}' is not paused.", before.name);
        return Err(ConsoleError::Conflict { detail });
    }
    // What was due until now gets its rows while it is still paused.
    let running = core.store.running_runs(schedule_id).await?;
    let now = core.schedules.clock.now();
    let ticked = run::tick_schedule(core, &before, running, Vec::new(), now).await?;
    let mut state = ticked.state;
    state.resume();
    run::write(core, &[tick::written(&before, state, ticked.next, ticked.runs, Vec::new())]).await?;
    drop(turn);
    audit::note_change(Some(json!({"status": before.status})), Some(json!({"status": "active"})));
    info!(schedule_id, "schedule resumed");
    core.schedules.wake.notify_one();
    schedule(core, schedule_id).await
}

pub(crate) async fn run_now(
    core: &Arc<Core>,
    schedule_id: &str,
    comment: &Comment,
    actor: &Actor,
) -> Result<ScheduleRun, ConsoleError> {
    check::comment(&comment.comment, false)?;
    let turn = core.schedules.turn.lock().await;
    let mut before = kept(core, schedule_id).await?;
    audit::note_subject(schedule_id, Some(&before.name));
    check::in_scope(&before, actor)?;
    check::may_create_jobs(actor)?;
    let (spec, _) =
        convert::plan(schedule_id, &before.spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let situation = Situation {
        now: instant(core.schedules.clock.now()),
        running: core.store.running_runs(schedule_id).await?,
        missing_permission: None,
        down: None,
    };
    let (by, words) = (name_of(actor.person()), comment.comment.trim());
    let decision = schedule::run_now(&spec.runs, &before.state, &situation, &by, words)
        .map_err(|why| still_running(&before, &why))?;
    let mut state = before.state.clone();
    let mut runs = Vec::new();
    match decision {
        Decision::Start(start) => runs.push(tick::with_job(schedule_id, start, actor.person())),
        Decision::Wait(row) => {
            state.waiting = Some(row);
            before.waiting_by = actor.person();
        }
        // The rules decide these only about occurrences of the rule.
        Decision::NotYet { .. } | Decision::Leave(_) | Decision::Pause(..) => {}
    }
    let waiting = state.waiting.clone();
    let starting =
        run::write(core, &[tick::written(&before, state, before.next_look, runs, Vec::new())]).await?;
    drop(turn);
    audit::note_change(None, Some(json!({"run": "now", "comment": words})));
    info!(schedule_id, by, "run of a schedule asked for");
    let Some((run_id, settled)) = starting.into_iter().next() else {
        return waiting.as_ref().map(show::waiting).ok_or_else(|| unknown(schedule_id));
    };
    // A hub that does not answer for longer: the run goes on by itself, and its page says how.
    let _ = tokio::time::timeout(PATIENCE, settled).await;
    let kept_run = core.store.schedule_run(run_id).await?.ok_or_else(|| unknown(schedule_id))?;
    if let Some(note) = &kept_run.note {
        let detail = format!("The run was not started: {note}.");
        return Err(ConsoleError::Conflict { detail });
    }
    Ok(show::run(kept_run))
}

pub(crate) async fn runs(
    core: &Core,
    schedule_id: &str,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<ScheduleRun>, ConsoleError> {
    let limit = cursor::limit(limit, 50, 500)?;
    let before: Option<u64> = cursor.map(|cursor| cursor::read(RUNS_CURSOR, cursor)).transpose()?;
    kept(core, schedule_id).await?;
    let mut rows = core.store.schedule_runs(schedule_id, before, limit + 1).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| has_more).map(|last| cursor::write(RUNS_CURSOR, &last.run_id));
    Ok(Page { items: rows.into_iter().map(show::run).collect(), next_cursor })
}

pub(crate) async fn next_runs(
    core: &Core,
    schedule_id: &str,
    count: Option<u32>,
) -> Result<NextRuns, ConsoleError> {
    let kept = kept(core, schedule_id).await?;
    let (spec, plan) =
        convert::plan(schedule_id, &kept.spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let after = kept.state.decided_until.max(instant(core.schedules.clock.now()));
    Ok(show::next_runs(&spec, &plan, after, count.unwrap_or(NEXT_RUNS)))
}

/// The rule in words and its next runs, before there is a schedule. The share of the jitter is known only then.
pub(crate) fn preview(
    core: &Core,
    spec: &ScheduleSpec,
    count: Option<u32>,
) -> Result<NextRuns, ConsoleError> {
    let unmoved = ScheduleSpec { jitter_seconds: 0, ..spec.clone() };
    convert::plan("", spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let (_, plan) = convert::plan("", &unmoved, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let (with_jitter, _) = convert::plan("", spec, &core.schedules.zones).map_err(ConsoleError::Invalid)?;
    let after = instant(core.schedules.clock.now());
    Ok(show::next_runs(&with_jitter, &plan, after, count.unwrap_or(NEXT_RUNS)))
}

async fn kept(core: &Core, schedule_id: &str) -> Result<KeptSchedule, ConsoleError> {
    core.store.schedule(schedule_id).await?.ok_or_else(|| unknown(schedule_id))
}

fn unknown(schedule_id: &str) -> ConsoleError {
    ConsoleError::NotFound { what: "schedule", id: schedule_id.chars().take(80).collect() }
}

fn instant(at: hub_wire::Timestamp) -> jiff::Timestamp {
    convert::instant(at).unwrap_or(jiff::Timestamp::MAX)
}

/// What a person is called in a reason.
fn name_of(person: Option<PersonRef>) -> String {
    person.map_or_else(|| "the local operator".to_owned(), |person| person.name)
}

fn still_running(kept: &KeptSchedule, why: &Why) -> ConsoleError {
    let detail = format!(
        "'{}' cannot run now: {why}. Wait for its end, cancel it, or change what happens when a run is due while another \
         goes on.",
        kept.name
    );
    ConsoleError::Conflict { detail }
}

fn content(
    name: String,
    spec: ScheduleSpec,
    job: console_wire::job::NewJob,
    requester: &JobRequester,
) -> ScheduleContent {
    ScheduleContent {
        name,
        spec,
        job,
        owner: requester.actor.person(),
        scope: requester.actor.scope().map(str::to_owned),
        origin: requester.origin,
    }
}

fn content_of(kept: KeptSchedule) -> ScheduleContent {
    ScheduleContent {
        name: kept.name,
        spec: kept.spec,
        job: kept.job,
        owner: kept.owner,
        scope: kept.scope,
        origin: kept.origin,
    }
}

/// What a schedule is, for the audit log. A list of devices is as long as it is: only its length is kept.
fn settings(content: &ScheduleContent) -> Value {
    let listed = content.job.device_ids.as_ref().map(Vec::len);
    let job = console_wire::job::NewJob { device_ids: None, ..content.job.clone() };
    json!({"name": content.name, "spec": content.spec, "job": job, "listedDevices": listed, "owner": content.owner})
}

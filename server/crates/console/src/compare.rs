//! Two runs of a job: how many devices changed their outcome, and which.

use console_wire::{
    job::JobSummary,
    page::{DEFAULT_LIMIT, MAX_LIMIT},
    problem::FieldError,
    run_compare::{CompareFilter, Comparison, Place, Run},
};
use hub_wire::ModuleId;

use crate::{
    ConsoleError,
    core::Core,
    cursor, jobs,
    store::{ComparedPage, ComparedRuns},
};

const LIST: &str = "compare";

/// Compares a job with an earlier run.
pub(crate) async fn compare(
    core: &Core,
    job_id: &str,
    filter: &CompareFilter,
) -> Result<Comparison, ConsoleError> {
    let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let (from, to) = (filter.from, filter.to);
    if from == Some(Place::Absent) && to == Some(Place::Absent) {
        return Err(
            FieldError::new("to", "and from cannot both be absent: no device is in neither run").into()
        );
    }
    let after: Option<(String, String)> =
        filter.cursor.as_deref().map(|text| cursor::read(LIST, text)).transpose()?;
    let job = jobs::job(core, job_id).await?;
    let with = match &filter.with {
        Some(with) => with.clone(),
        None => earlier_run(core, &job).await?,
    };
    if with == job_id {
        return Err(FieldError::new("with", "is the job itself; name another run").into());
    }
    // One more than requested shows whether there is a next page.
    let page = ComparedPage { from, to, after: after.as_ref(), limit: limit + 1 };
    let read = core.store.compare(&with, job_id, page).await?;
    let ComparedRuns { before, after, transitions, mut devices } =
        read.ok_or_else(|| ConsoleError::job_not_found(&with))?;
    let more = devices.len() > limit as usize;
    devices.truncate(limit as usize);
    let next_cursor = devices.last().filter(|_| more).map(|last| {
        let module = last.module_id.as_ref().map_or("", ModuleId::as_str);
        cursor::write(LIST, &(last.device_id.as_str(), module))
    });
    Ok(Comparison {
        before: Run::of(&before),
        after: Run::of(&after),
        transitions,
        items: devices,
        next_cursor,
    })
}

/// The jobs that a page offers to compare a job with: the job whose devices it ran again, the runs before it that did the
/// same, and the jobs that ran its devices again.
pub(crate) async fn comparable(core: &Core, job_id: &str) -> Result<Vec<Run>, ConsoleError> {
    let job = jobs::job(core, job_id).await?;
    let mut found = Vec::new();
    if let Some(parent) = &job.parent {
        found.extend(core.store.job(&parent.job_id).await?);
    }
    found.extend(core.store.runs_before(job_id).await?);
    found.extend(core.store.reruns(job_id).await?);
    Ok(found.iter().map(Run::of).collect())
}

/// Whether there is a run that a job is compared with when none is named.
pub(crate) async fn has_earlier_run(core: &Core, job: &JobSummary) -> Result<bool, ConsoleError> {
    Ok(job.parent.is_some() || core.store.has_run_before(&job.job_id).await?)
}

async fn earlier_run(core: &Core, job: &JobSummary) -> Result<String, ConsoleError> {
    if let Some(parent) = &job.parent {
        return Ok(parent.job_id.clone());
    }
    let before = core.store.runs_before(&job.job_id).await?;
    before.into_iter().next().map(|run| run.job_id).ok_or_else(|| {
        let message =
            "is missing, and there is no completed run before this job with the same action and condition";
        FieldError::new("with", message).into()
    })
}

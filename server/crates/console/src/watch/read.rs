//! Reading those of a job's device results that say more than its counts: pages are read while those before are written.

use std::time::Duration;

use console_wire::{hub::HubKind, job::JobSummary};
use hub_client::{ErrorKind, HubError, Page as QueryPage};
use hub_wire::{Timestamp, device_job::DeviceJob, job::Job};
use tokio::{sync::mpsc, time::Instant};
use tracing::info;

use super::{
    job::{Followed, Memory, apply, reading},
    plan::{self, Situation, Which},
};
use crate::{
    ConsoleError,
    console::Core,
    store::{Applied, Ending},
};

/// Results written in one transaction: so many may be in memory, and a smaller job appears all at once.
const BATCH: usize = 10_000;
/// Pages read while those before are written.
const READ_AHEAD: usize = 4;
/// How often what changed is read from the beginning while a job runs, because the hub counts more than it listed.
const FRESH_STARTS: u32 = 3;

/// What to read of a job that has begun.
pub(super) async fn steps(
    core: &Core,
    followed: &Followed,
    shown: &JobSummary,
    job: &Job,
    memory: &mut Memory,
) -> Result<&'static [Which], ConsoleError> {
    let (ours, listed) = match followed.part {
        None => {
            let unlisted = core.store.unlisted(&followed.job_id).await?;
            let ours = shown.device_job_statistics;
            (ours, ours.device_count.saturating_sub(unlisted))
        }
        Some(part) => {
            let ours = core.store.part_statistics(&followed.job_id, part).await?;
            (ours, ours.device_count)
        }
    };
    let pace = job.device_job_statistics.as_ref().and_then(|hub| memory.pace(hub, Instant::now()));
    Ok(plan::next(&Situation {
        kind: core.paced_as,
        hub: job.device_job_statistics,
        ours,
        listed,
        has_ended: job.status.is_terminal(),
        disagreed: memory.full_readings > 0,
        pace,
    }))
}

/// Reads results step by step. What they came to together is as the last one left it.
pub(super) async fn read_results(
    core: &Core,
    followed: &Followed,
    job: &Job,
    steps: &[Which],
    memory: &mut Memory,
    read_at: Timestamp,
) -> Result<Option<Applied>, ConsoleError> {
    let mut all: Option<Applied> = None;
    let mut any_changed = false;
    for step in steps {
        let which = if memory.hub_knows_changes { *step } else { Which::All };
        let after = memory.read_up_to.filter(|_| memory.hub_knows_changes);
        let read = match read_step(core, followed, job, which, after, read_at).await {
            // Not every hub can say what changed: then all are read, which a real hub's throttle makes slow.
            Err(ConsoleError::Hub(error))
                if is_refusal(&error) && (which != Which::All || after.is_some()) =>
            {
                info!(job_id = job.job_id, "the hub cannot tell which results changed; reading all of them");
                memory.hub_knows_changes = false;
                read_step(core, followed, job, Which::All, None, read_at).await?
            }
            read => read?,
        };
        let (applied, read_up_to) = read;
        memory.read_up_to = memory.read_up_to.max(read_up_to);
        any_changed |= applied.is_some_and(|applied| applied.changed);
        all = applied;
        if !memory.hub_knows_changes {
            break;
        }
    }
    let all = all.map(|applied| Applied { changed: any_changed, ..applied });
    if let (Some(applied), Some(hub), HubKind::Embedded) = (&all, &job.device_job_statistics, core.hub_kind)
        && plan::is_behind(&applied.statistics, hub)
        && memory.fresh_starts < FRESH_STARTS
    {
        // Its clock was set back, perhaps.
        info!(
            job_id = job.job_id,
            "the hub counts more results than it lists as changed; reading them from the first on"
        );
        memory.fresh_starts += 1;
        memory.read_up_to = None;
    }
    Ok(all)
}

/// Up to which change a reading that began at `read_at`, and whose newest row changed at `newest`, misses nothing.
///
/// The embedded hub lists what has moved in the order of the changes, and what changes later gets a later time. From
/// other hubs, and without that order, a row may have changed behind the reader's back; then the clocks of both decide,
/// give or take the commits under way.
fn read_up_to(kind: HubKind, which: Which, newest: Timestamp, read_at: Timestamp) -> Option<Timestamp> {
    let margin = match (kind, which) {
        (_, Which::Waiting) => return None,
        (HubKind::Embedded, Which::Moved) => return Some(newest),
        (HubKind::Embedded, Which::All) => Duration::from_millis(200),
        (HubKind::Remote, _) => Duration::from_mins(5),
    };
    Some(before(newest.min(before(read_at, margin)), Duration::from_nanos(100)))
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    let ticks = i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX);
    Timestamp::from_ticks(at.ticks().saturating_sub(ticks))
}

fn is_refusal(error: &HubError) -> bool {
    error.kind == ErrorKind::Refused && error.answer.as_ref().is_some_and(|answer| answer.status == 400)
}

/// Reads some of a job's results and writes them. What that came to, and up to which change they are here now.
async fn read_step(
    core: &Core,
    followed: &Followed,
    job: &Job,
    which: Which,
    changed_after: Option<Timestamp>,
    read_at: Timestamp,
) -> Result<(Option<Applied>, Option<Timestamp>), ConsoleError> {
    let (ahead, pages) = mpsc::channel(READ_AHEAD);
    let query = plan::query(&job.job_id, which, changed_after);
    let (read, written) =
        tokio::join!(read_pages(core, query, ahead), write_pages(core, followed, job, which, pages, read_at));
    read?;
    written
}

/// Reads page by page, until the last or until nobody takes them any more.
async fn read_pages(
    core: &Core,
    query: String,
    ahead: mpsc::Sender<QueryPage<DeviceJob>>,
) -> Result<(), ConsoleError> {
    let page_size = match core.hub_kind {
        // As many as it gives.
        HubKind::Embedded => 10_000,
        HubKind::Remote => 100,
    };
    let mut continuation: Option<String> = None;
    loop {
        core.throttle.queries.pass().await;
        let page = core.hub.query_page::<DeviceJob>(&query, page_size, continuation.as_deref()).await?;
        continuation.clone_from(&page.continuation);
        if ahead.send(page).await.is_err() || continuation.is_none() {
            return Ok(());
        }
    }
}

/// Writes pages in batches as they come. Reading that breaks off leaves what was not written yet for the next look.
async fn write_pages(
    core: &Core,
    followed: &Followed,
    job: &Job,
    which: Which,
    mut pages: mpsc::Receiver<QueryPage<DeviceJob>>,
    read_at: Timestamp,
) -> Result<(Option<Applied>, Option<Timestamp>), ConsoleError> {
    let mut newest = None;
    let mut rows: Vec<DeviceJob> = Vec::new();
    let mut any_changed = false;
    while let Some(page) = pages.recv().await {
        newest = newest.max(page.items.iter().filter_map(|row| row.last_updated_date_time_utc).max());
        rows.extend(page.items);
        let is_last = page.continuation.is_none();
        if is_last || rows.len() >= BATCH {
            let ending = if is_last { Ending::WhenAgreed } else { Ending::NotYet };
            let read_up_to = newest
                .filter(|_| is_last)
                .and_then(|newest| read_up_to(core.hub_kind, which, newest, read_at));
            let applied = apply(core, &reading(followed, job, &rows, read_up_to, ending, read_at)).await?;
            rows.clear();
            any_changed |= applied.is_some_and(|applied| applied.changed);
            if is_last {
                let applied = applied.map(|applied| Applied { changed: any_changed, ..applied });
                return Ok((applied, read_up_to));
            }
        }
    }
    Ok((None, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_reading_reaches() {
        let at = |millis: i64| Timestamp::from_unix_millis(1_000_000 + millis);
        let tick_before = |at: Timestamp| Some(Timestamp::from_ticks(at.ticks() - 1));
        for (kind, which, newest, reached) in [
            (HubKind::Embedded, Which::Moved, at(50), Some(at(50))),
            (HubKind::Embedded, Which::Waiting, at(-900), None),
            (HubKind::Embedded, Which::All, at(50), tick_before(at(-200))),
            (HubKind::Embedded, Which::All, at(-900), tick_before(at(-900))),
            (HubKind::Remote, Which::Moved, at(50), tick_before(at(-300_000))),
            (HubKind::Remote, Which::All, at(-900_000), tick_before(at(-900_000))),
        ] {
            assert_eq!(read_up_to(kind, which, newest, at(0)), reached, "{kind:?} {which:?} {newest}");
        }
    }
}

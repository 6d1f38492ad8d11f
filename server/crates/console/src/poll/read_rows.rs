//! Reading those of a job's device results that hold more than its counts: pages are read while earlier ones are written.

use std::time::Duration;

use console_wire::{hub::HubKind, job::JobSummary};
use hub_client::{ErrorKind, HubError, Page as QueryPage};
use hub_wire::{Timestamp, device_job::DeviceJob, job::Job};
use tokio::{sync::mpsc, time::Instant};
use tracing::info;

use super::{
    plan::{self, PollContext, RowSelection},
    state::{PollState, PolledJob},
    write::{reading, write},
};
use crate::{
    ConsoleError,
    core::Core,
    store::{Applied, Settle},
};

/// Results written in one transaction: so many may be in memory, and a smaller job appears all at once.
const BATCH: usize = 10_000;
/// Pages read while those before are written.
const READ_AHEAD: usize = 4;
/// How often the changed rows are read from the beginning while a job runs, because the hub counts more than it listed.
const MAX_RESTARTS: u32 = 3;

/// Which rows to read of a job that has begun.
pub(super) async fn select_rows(
    core: &Core,
    polled: &PolledJob,
    shown: &JobSummary,
    job: &Job,
    state: &mut PollState,
) -> Result<&'static [RowSelection], ConsoleError> {
    let (ours, fetched) = match polled.part {
        None => {
            let unfetched = core.store.unfetched(&polled.job_id).await?;
            let ours = shown.device_job_statistics;
            (ours, ours.device_count.saturating_sub(unfetched))
        }
        Some(part) => {
            let ours = core.store.part_statistics(&polled.job_id, part).await?;
            (ours, ours.device_count)
        }
    };
    let start_rate = job.device_job_statistics.as_ref().and_then(|hub| state.start_rate(hub, Instant::now()));
    Ok(plan::rows_to_read(&PollContext {
        kind: core.rate_profile,
        hub: job.device_job_statistics,
        ours,
        fetched,
        has_ended: job.status.is_terminal(),
        disagreed: state.full_readings > 0,
        start_rate,
    }))
}

/// Reads results step by step. The answer is that of the last step, changed if any step changed something.
pub(super) async fn read_results(
    core: &Core,
    polled: &PolledJob,
    job: &Job,
    selections: &[RowSelection],
    state: &mut PollState,
    read_at: Timestamp,
) -> Result<Option<Applied>, ConsoleError> {
    let mut all: Option<Applied> = None;
    let mut any_changed = false;
    for selection in selections {
        let selection = if state.hub_filters_changes { *selection } else { RowSelection::All };
        let after = state.read_up_to.filter(|_| state.hub_filters_changes);
        let read = match read_step(core, polled, job, selection, after, read_at).await {
            // Not every hub can filter by change: then all rows are read, which a real hub's throttle makes slow.
            Err(ConsoleError::Hub(error))
                if is_refusal(&error) && (selection != RowSelection::All || after.is_some()) =>
            {
                info!(job_id = job.job_id, "the hub cannot filter results by change; reading all of them");
                state.hub_filters_changes = false;
                read_step(core, polled, job, RowSelection::All, None, read_at).await?
            }
            read => read?,
        };
        let (applied, read_up_to) = read;
        state.read_up_to = state.read_up_to.max(read_up_to);
        any_changed |= applied.is_some_and(|applied| applied.changed);
        all = applied;
        if !state.hub_filters_changes {
            break;
        }
    }
    let all = all.map(|applied| Applied { changed: any_changed, ..applied });
    if let (Some(applied), Some(hub), HubKind::Embedded) = (&all, &job.device_job_statistics, core.hub_kind)
        && plan::is_behind(&applied.statistics, hub)
        && state.restarts < MAX_RESTARTS
    {
        // Its clock may have been set back.
        info!(
            job_id = job.job_id,
            "the hub counts more results than it lists as changed; reading them from the beginning"
        );
        state.restarts += 1;
        state.read_up_to = None;
    }
    Ok(all)
}

/// Up to which change a reading that began at `read_at`, and whose newest row changed at `newest`, misses nothing.
///
/// The embedded hub lists started rows in the order of their changes, and a later change gets a later time. On other
/// hubs, and without that order, a row may change while pages are read. Then the two clocks decide, with a margin for
/// commits under way.
fn read_up_to(
    kind: HubKind,
    selection: RowSelection,
    newest: Timestamp,
    read_at: Timestamp,
) -> Option<Timestamp> {
    let margin = match (kind, selection) {
        (_, RowSelection::Waiting) => return None,
        (HubKind::Embedded, RowSelection::Started) => return Some(newest),
        (HubKind::Embedded, RowSelection::All) => Duration::from_millis(200),
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

/// Reads some of a job's results and writes them. What that came to, and up to which change they are complete.
async fn read_step(
    core: &Core,
    polled: &PolledJob,
    job: &Job,
    selection: RowSelection,
    changed_after: Option<Timestamp>,
    read_at: Timestamp,
) -> Result<(Option<Applied>, Option<Timestamp>), ConsoleError> {
    let (ahead, pages) = mpsc::channel(READ_AHEAD);
    let query = plan::query(&job.job_id, selection, changed_after);
    let (read, written) = tokio::join!(
        read_pages(core, query, ahead),
        write_pages(core, polled, job, selection, pages, read_at)
    );
    read?;
    written
}

/// All device jobs of a job on the hub.
pub(crate) async fn all_rows(core: &Core, hub_job_id: &str) -> Result<Vec<DeviceJob>, ConsoleError> {
    let (ahead, mut pages) = mpsc::channel::<QueryPage<DeviceJob>>(READ_AHEAD);
    let query = plan::query(hub_job_id, RowSelection::All, None);
    let collected = async {
        let mut rows = Vec::new();
        while let Some(page) = pages.recv().await {
            rows.extend(page.items);
        }
        rows
    };
    let (read, rows) = tokio::join!(read_pages(core, query, ahead), collected);
    read?;
    Ok(rows)
}

/// Reads page by page, until the last one or until the writer has failed.
async fn read_pages(
    core: &Core,
    query: String,
    ahead: mpsc::Sender<QueryPage<DeviceJob>>,
) -> Result<(), ConsoleError> {
    let page_size = match core.hub_kind {
        // The most it gives.
        HubKind::Embedded => 10_000,
        HubKind::Remote => 100,
    };
    let mut continuation: Option<String> = None;
    loop {
        core.rate_limits.queries.acquire().await;
        let page = core.hub.query_page::<DeviceJob>(&query, page_size, continuation.as_deref()).await?;
        continuation.clone_from(&page.continuation);
        if ahead.send(page).await.is_err() || continuation.is_none() {
            return Ok(());
        }
    }
}

/// Writes pages in batches as they come. If reading fails, the next poll reads what was not written.
async fn write_pages(
    core: &Core,
    polled: &PolledJob,
    job: &Job,
    selection: RowSelection,
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
            let settle = if is_last { Settle::WhenCountsAgree } else { Settle::Later };
            let read_up_to = newest
                .filter(|_| is_last)
                .and_then(|newest| read_up_to(core.hub_kind, selection, newest, read_at));
            let applied = write(core, &reading(polled, job, &rows, read_up_to, settle, read_at)).await?;
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
    fn a_reading_is_complete_up_to_its_newest_row_or_the_margin() {
        let at = |millis: i64| Timestamp::from_unix_millis(1_000_000 + millis);
        let tick_before = |at: Timestamp| Some(Timestamp::from_ticks(at.ticks() - 1));
        for (kind, selection, newest, reached) in [
            (HubKind::Embedded, RowSelection::Started, at(50), Some(at(50))),
            (HubKind::Embedded, RowSelection::Waiting, at(-900), None),
            (HubKind::Embedded, RowSelection::All, at(50), tick_before(at(-200))),
            (HubKind::Embedded, RowSelection::All, at(-900), tick_before(at(-900))),
            (HubKind::Remote, RowSelection::Started, at(50), tick_before(at(-300_000))),
            (HubKind::Remote, RowSelection::All, at(-900_000), tick_before(at(-900_000))),
        ] {
            assert_eq!(
                read_up_to(kind, selection, newest, at(0)),
                reached,
                "{kind:?} {selection:?} {newest}"
            );
        }
    }
}

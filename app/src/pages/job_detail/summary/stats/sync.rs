//! How many devices report the desired properties that the job set. The job writes twins; this follows what comes of it,
//! slowly, while the page is open.

use console_wire::desired_sync::DesiredSync;
use hub_wire::{Timestamp, twin::own_members};
use leptos::prelude::*;

use super::super::super::context::{JobPage, use_job_page};
use crate::{
    api::job_sync::read_sync,
    data::read::{ReadOptions, use_read_from},
    format::{
        sync::{self, Figure},
        time,
    },
    kit::{Stat, clock::use_clock},
};

/// How often it is read, in milliseconds. The console counts less often on a hub that limits queries.
const REREAD: u64 = 5_000;

/// The newest count.
pub(super) type NewestSync = Memo<Option<DesiredSync>>;

/// Follows a job that sets desired properties; `None` for any other.
pub(super) fn use_sync() -> Option<NewestSync> {
    let JobPage { job, insight, .. } = use_job_page();
    let job_id = job.with_untracked(|job| {
        let desired = job.update_twin.as_ref()?.desired()?;
        own_members(desired).next()?;
        Some(job.job_id.clone())
    })?;
    let first = untrack(|| insight.with(|insight| insight.sync));
    let key = Signal::stored(Some(job_id));
    let read = use_read_from(key, first.map(|first| Ok(Some(first))), ReadOptions::every(REREAD), read_sync);
    let good = read.good();
    Some(Memo::new(move |_| good.with(|good| good.as_ref().and_then(|good| good.value))))
}

/// The figure with its age.
#[component]
pub(super) fn InSync(sync: NewestSync, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let figure = Memo::new(move |_| {
        sync.get()
            .map_or(Figure { value: "-".into(), unit: String::new(), note: "counting".into() }, |sync| {
                sync::figure(&sync)
            })
    });
    let age = move || {
        let counted = sync.get().and_then(|sync| sync.count)?;
        Some(format!(", counted {}", time::relative(counted.as_of, clock.now_or(as_of))))
    };
    view! {
        <Stat name="In sync">
            <span class="figure__value">
                {move || figure.with(|figure| figure.value.clone())} " "
                <span class="figure__unit">{move || figure.with(|figure| figure.unit.clone())}</span>
            </span>
            <span class="figure__note">{move || figure.with(|figure| figure.note.clone())} {age}</span>
        </Stat>
    }
    .into_any()
}

//! The figures of a job that waits for its time: when it starts, in how long, and whom it would reach if that were now.

use leptos::prelude::*;

use super::super::super::context::{JobPage, use_job_page};
use crate::{
    api::job_sync::read_reach,
    data::read::{ReadOptions, use_read_from},
    format::{
        number::{devices, grouped},
        time,
    },
    kit::{Quantity, Stat, clock::use_clock},
};

/// How often the devices are counted again, in milliseconds: a real hub allows few queries.
const RECOUNT: u64 = 60_000;

/// Date, countdown, devices and time limit.
#[component]
pub(super) fn Plan() -> impl IntoView {
    let JobPage { job, as_of, insight, .. } = use_job_page();
    let clock = use_clock();
    let start = Memo::new(move |_| job.with(|job| job.start_time.unwrap_or(job.created_time)));
    let clock_time = move || time::clock(start.get(), clock.offset_minutes(start.get()));
    let date = move || time::absolute(start.get(), clock.offset_minutes(start.get()));
    let left = Signal::derive(move || {
        let (start, now) = (start.get(), clock.now_or(as_of));
        if start <= now {
            return "0 s".to_owned();
        }
        let seconds = u64::try_from(start.since(now).as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        #[expect(clippy::cast_precision_loss, reason = "at most a week")]
        time::about_seconds(seconds as f64)
    });
    let limit = Signal::derive(move || {
        let seconds = job.with(|job| job.max_execution_time_in_seconds);
        seconds.map_or("-".to_owned(), |seconds| time::duration(u64::from(seconds) * 1000))
    });
    let first = untrack(|| insight.with(|insight| insight.reach));
    let key = Signal::stored(Some(job.with_untracked(|job| job.job_id.clone())));
    let read =
        use_read_from(key, first.map(|first| Ok(Some(first))), ReadOptions::every(RECOUNT), read_reach);
    let good = read.good();
    let reach = Memo::new(move |_| good.with(|good| good.as_ref().and_then(|good| good.value)));
    // An edit before the start can change it.
    let listed = Memo::new(move |_| job.with(|job| job.target_devices));
    let count = move || match (listed.get(), reach.get()) {
        (Some(listed), _) => grouped(listed),
        (None, Some(reach)) => grouped(reach.count),
        (None, None) => "-".to_owned(),
    };
    let count_note = move || match (listed.get(), reach.get()) {
        (Some(listed), _) => format!("{} on its list", devices(listed)),
        (None, None) => "counting".to_owned(),
        (None, Some(reach)) => format!(
            "{} connected, counted {}; counted again at the start",
            grouped(reach.connected_count),
            time::relative(reach.as_of, clock.now_or(as_of)),
        ),
    };
    let (until_then, of_limit) = if job.with_untracked(|job| job.rollout.is_some()) {
        ("can be edited and cancelled until then", "it ends with its devices")
    } else {
        ("can be cancelled until then", "from the start")
    };
    view! {
        <Stat name="Starts">
            <span class="figure__value">{clock_time}</span>
            <span class="figure__note">{date}</span>
        </Stat>
        <Stat name="Would reach now">
            <span class="figure__value">
                {count} " " <span class="figure__unit">"devices"</span>
            </span>
            <span class="figure__note">{count_note}</span>
        </Stat>
        <Stat name="Starts in">
            <Quantity text=left />
            <span class="figure__note">{until_then}</span>
        </Stat>
        <Stat name="Time limit">
            <Quantity text=limit />
            <span class="figure__note">{of_limit}</span>
        </Stat>
    }
    .into_any()
}

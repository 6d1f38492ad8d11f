//! The figures of a running job: progress and the time left.

use leptos::prelude::*;

use super::{
    super::super::context::{JobPage, use_job_page},
    TypicalGauge,
    sync::NewestSync,
};
use crate::{
    data::live::Freshness,
    format::{
        job::{
            self, sentence,
            time_left::{self, Note},
        },
        number::{fixed, grouped, rate, share},
        series::Series,
        time,
    },
    kit::{Quantity, Sparkline, Stat, clock::use_clock},
};

/// Of a job that has not ended.
#[component]
pub(super) fn Progress(series: RwSignal<Series>, sync: Option<NewestSync>) -> impl IntoView {
    let JobPage { job, as_of, live, .. } = use_job_page();
    let clock = use_clock();
    let finished = Memo::new(move |_| job.with(|job| job.outcomes.finished()));
    let total = Memo::new(move |_| job.with(|job| job.outcomes.total()));
    let is_live = move || matches!(live.freshness(), Freshness::Live);
    let elapsed = Memo::new(move |_| job.with(|job| job::elapsed(job, clock.now_or(as_of))));
    let throughput = Memo::new(move |_| {
        let recent = series.with(Series::recent).and_then(|(count, millis)| rate(count, millis));
        let whole = || job.with(|job| sentence::mean_rate(job, job.as_of));
        match recent.filter(|_| is_live()) {
            Some(recent) => (recent, "mean of the last 10 s"),
            None => whole().map_or(("-".to_owned(), "after 1 s"), |whole| (whole, "mean since the start")),
        }
    });
    let left = Memo::new(move |_| {
        // The first frame shows what the server knows.
        let is_live = is_live() || clock.now().is_none();
        job.with(|job| time_left::figure(job, clock.now_or(job.as_of), is_live))
    });
    let left_text = Signal::derive(move || left.with(|left| left.value.clone()));
    let left_before = Signal::derive(move || left.with(|left| left.before.to_owned()));
    let left_note = move || {
        left.with(|left| match &left.note {
            Note::Words(words) => words.clone(),
            Note::EndsAbout(end) => format!("ends about {}", time::clock(*end, clock.offset_minutes(*end))),
        })
    };
    let limit = Memo::new(move |_| job.with(|job| job.max_execution_time_in_seconds));
    let limit_note = move || match limit.get() {
        Some(seconds) => format!("time limit {}", time::duration(u64::from(seconds) * 1000)),
        None => String::new(),
    };
    let usual = Memo::new(move |_| job.with(|job| job::typical_duration(job, clock.now_or(as_of))));
    let has_usual = Memo::new(move |_| usual.with(Option::is_some));
    let is_late = Memo::new(move |_| usual.with(|usual| usual.as_ref().is_some_and(|usual| usual.is_late)));
    let elapsed_text =
        Signal::derive(move || elapsed.with(|text| if text.is_empty() { "-".into() } else { text.clone() }));
    let in_sync = move || {
        let count = sync.and_then(|sync| sync.get()).and_then(|sync| sync.count)?;
        Some(format!(
            ", {} in sync {}",
            grouped(count.in_sync),
            time::relative(count.as_of, clock.now_or(as_of))
        ))
    };
    view! {
        <Stat name="Finished">
            <span class="figure__value">
                {move || grouped(finished.get())} " "
                <span class="figure__unit">{move || format!("of {}", grouped(total.get()))}</span>
            </span>
            <span class="figure__note">
                {move || match total.get() {
                    0 => "counted when it starts".to_owned(),
                    total => format!("{}, failures included", share(finished.get(), total)),
                }}
                {in_sync}
            </span>
        </Stat>
        <Stat name="Throughput">
            <span class="run__spark">
                <span>
                    <span class="figure__value">
                        {move || throughput.with(|(rate, _)| rate.clone())} " " <span class="figure__unit">"/s"</span>
                    </span>
                    <span class="figure__note">{move || throughput.with(|(_, note)| (*note).to_owned())}</span>
                </span>
                <Sparkline series label=|highest| format!("Throughput since the page is open, at most {} a second", fixed(highest, 0)) />
            </span>
        </Stat>
        <Stat name="Time left">
            <Quantity text=left_text before=left_before />
            <span class="figure__note">{left_note}</span>
        </Stat>
        <Stat name="Elapsed">
            <div class="elapsed" data-tone=move || is_late.get().then_some("late")>
                <Quantity text=elapsed_text />
                {move || {
                    if has_usual.get() {
                        view! { <TypicalGauge usual /> }.into_any()
                    } else {
                        view! { <span class="figure__note">{limit_note}</span> }.into_any()
                    }
                }}
            </div>
        </Stat>
    }
    .into_any()
}

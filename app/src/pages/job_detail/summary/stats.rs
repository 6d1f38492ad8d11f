//! Figures and progress bar. They come from one summary, so they always agree. Before its start a job shows its plan; while
//! it runs, progress and the time left; once it has ended, in the same place, the result, or that nothing was sent.

mod plan;
mod progress;
mod result;
mod sync;

use console_wire::job::JobSummary;
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use self::{plan::Plan, progress::Progress, result::Results};
use super::super::context::use_job_page;
use crate::{
    format::{
        job::{self, TYPICAL_MARK, TypicalDuration, sentence},
        number::fixed,
        outcome,
        series::{self, Series},
    },
    kit::{ProgressBar, clock::use_clock},
    paths,
};

/// What the figures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A job that waits for its time.
    Plan,
    /// One that is about to run, or runs.
    Progress,
    /// One that has ended.
    Result,
    /// One that has ended without sending anything.
    Nothing,
}

impl Stage {
    fn of(job: &JobSummary) -> Self {
        match job.status {
            JobStatus::Scheduled => Self::Plan,
            status if !status.is_terminal() => Self::Progress,
            _ if sentence::instead_of_figures(job).is_some() => Self::Nothing,
            _ => Self::Result,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Progress => "Progress",
            Self::Result | Self::Nothing => "Result",
        }
    }
}

/// Figures and bar, with a summary for screen readers.
#[component]
pub(in crate::pages::job_detail) fn JobStats() -> impl IntoView {
    let job = use_job_page().job;
    let outcomes = Memo::new(move |_| job.with(|job| job.outcomes));
    let stage = Memo::new(move |_| job.with(Stage::of));
    let has_bar = Memo::new(move |_| outcomes.with(|outcomes| outcomes.total() > 0));
    let series = use_series(job);
    let sync = sync::use_sync();
    let figures = move || match stage.get() {
        Stage::Plan => view! { <dl class="run__numbers"><Plan /></dl> }.into_any(),
        Stage::Progress => view! {
            <dl class="run__numbers">
                <Progress series sync />
            </dl>
        }
        .into_any(),
        Stage::Result => view! {
            <dl class="run__numbers run__numbers--done" class:run__numbers--sync=sync.is_some()>
                <Results sync />
            </dl>
        }
        .into_any(),
        Stage::Nothing => view! { <Nothing job /> }.into_any(),
    };
    view! {
        <section aria-label=move || stage.get().label()>
            {figures} <div hidden=move || !has_bar.get() && stage.get() != Stage::Progress>
                <ProgressBar outcomes is_large=true />
            </div> <Summary job />
        </section>
    }
    .into_any()
}

/// Why an ended job sent nothing, and what to do.
#[component]
fn Nothing(job: Memo<JobSummary>) -> impl IntoView {
    let words = Memo::new(move |_| job.with(sentence::instead_of_figures));
    let devices = job.with_untracked(|job| {
        let is_condition = job.target_devices.is_none() && !job::is_every_device(&job.query_condition);
        is_condition.then(|| paths::devices_where(&job.query_condition))
    });
    move || {
        let devices = devices.clone();
        words.get().map(|(claim, text)| {
            view! {
                <div class="run__nothing">
                    <p>
                        <strong>{claim}</strong>
                        " "
                        {text}
                    </p>
                    {devices
                        .map(|href| {
                            view! {
                                <a class="link" href=href>
                                    "Devices that match now"
                                </a>
                            }
                        })}
                </div>
            }
        })
    }
}

/// Counts of a running job, at the times at which the hub was read.
fn use_series(job: Memo<JobSummary>) -> RwSignal<Series> {
    let clock = use_clock();
    let series = RwSignal::new(Series::default());
    let reading = Memo::new(move |_| {
        let is_running = |job: &&JobSummary| job.status == JobStatus::Running;
        job.with(|job| {
            Some(job)
                .filter(is_running)
                .map(|job| (series::instant(job).unix_millis(), job.outcomes.finished()))
        })
    });
    Effect::new(move |_| {
        if let Some((at, finished)) = reading.get() {
            let now = clock.now_untracked().map_or(at, Timestamp::unix_millis);
            series.update(|series| series.push(at, now, finished));
        }
    });
    Effect::new(move |_| {
        if let Some(now) = clock.now()
            && reading.with_untracked(Option::is_some)
        {
            series.update(|series| series.tick(now.unix_millis()));
        }
    });
    series
}

/// The elapsed time beside the typical duration of such jobs.
#[component]
fn TypicalGauge(usual: Memo<Option<TypicalDuration>>) -> impl IntoView {
    let filled = move || usual.with(|usual| usual.as_ref().map_or(0.0, |usual| usual.filled));
    let words = move || usual.with(|usual| usual.as_ref().map(TypicalDuration::words).unwrap_or_default());
    view! {
        <span class="figure__note elapsed__usual">
            <span class="gauge" aria-hidden="true">
                <span class="gauge__fill" style:width=move || format!("{}%", fixed(filled(), 1))></span>
                <span class="gauge__mark" style:left=format!("{}%", fixed(TYPICAL_MARK, 0))></span>
            </span>
            <span class="elapsed__words">{words}</span>
        </span>
    }
    .into_any()
}

/// The counts for screen readers, at most every 30 s and at the end.
#[component]
fn Summary(job: Memo<JobSummary>) -> impl IntoView {
    let clock = use_clock();
    let summary = RwSignal::new(String::new());
    Effect::new(move |last: Option<i64>| {
        let is_over = job.with(|job| job.status.is_terminal());
        let now = clock.now().map_or(0, Timestamp::unix_millis);
        let last = last.unwrap_or(now);
        if is_over || now - last >= 30_000 {
            let (state, words) =
                job.with_untracked(|job| (job::badge(job).label, outcome::summary(&job.outcomes)));
            let text = format!("{state}: {words}");
            // Setting the same text would be announced again.
            if summary.with_untracked(|summary| *summary != text) {
                summary.set(text);
            }
            return now;
        }
        last
    });
    view! {
        <p class="visually-hidden" role="status">
            {move || summary.get()}
        </p>
    }
    .into_any()
}

//! The numbers: figures, the bar, and the state chips that filter. They come from one summary, so they agree.

use console_wire::{
    job::JobSummary,
    outcome::{Outcome, Outcomes},
};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use super::View;
use crate::{
    clock::use_clock,
    components::Bar,
    live::{Freshness, Live},
    paths,
    present::{
        job,
        number::{grouped, rate, share},
        outcome, time,
    },
};

/// Seconds over which the throughput is a mean.
const WINDOW: usize = 10;

/// Finished, throughput, elapsed, and the bar. The listener hears a summary at most every 30 s and at the end.
#[component]
pub(super) fn Summary(job: Memo<JobSummary>, as_of: Timestamp, live: Live) -> impl IntoView {
    let clock = use_clock();
    let outcomes = Signal::derive(move || job.with(|job| job.outcomes));
    let finished = Memo::new(move |_| outcomes.with(Outcomes::finished));
    let total = Memo::new(move |_| outcomes.with(Outcomes::total));
    let samples = RwSignal::new(Vec::<(i64, u64)>::new());
    Effect::new(move |_| {
        if let Some(now) = clock.now() {
            let finished = finished.get_untracked();
            samples.update(|samples| {
                samples.push((now.unix_millis(), finished));
                let surplus = samples.len().saturating_sub(WINDOW + 1);
                samples.drain(..surplus);
            });
        }
    });
    let elapsed = Memo::new(move |_| job.with(|job| job::elapsed(job, clock.now_or(as_of))));
    let throughput = Memo::new(move |_| {
        let is_running = job.with(|job| job.status == JobStatus::Running);
        let recent = samples.with(|samples| {
            let ((from, before), (to, after)) = (*samples.first()?, *samples.last()?);
            // A mean over less than three seconds would jump about.
            (to - from >= 3000).then(|| rate(after.saturating_sub(before), u64::try_from(to - from).ok()?))?
        });
        let whole = job.with(|job| {
            let millis = job::elapsed_millis(job, if is_running { job.as_of } else { as_of })?;
            rate(finished.get(), millis)
        });
        let (value, note) = match (is_running, recent, live.freshness()) {
            (true, Some(recent), Freshness::Live) => (Some(recent), "mean of the last 10 s"),
            (true, ..) => (whole, "mean since the start"),
            (false, ..) if whole.is_none() => (None, ""),
            (false, ..) => (whole, "mean of the whole job"),
        };
        (value.unwrap_or_else(|| "-".into()), note)
    });
    let limit = Memo::new(move |_| job.with(|job| job.max_execution_time_in_seconds));
    let note = move || match limit.get() {
        Some(seconds) => format!("may take {}", time::duration(u64::from(seconds) * 1000)),
        None => String::new(),
    };
    let told = RwSignal::new(String::new());
    Effect::new(move |last: Option<i64>| {
        let is_over = job.with(|job| job.status.is_terminal());
        let now = clock.now().map_or(0, Timestamp::unix_millis);
        let last = last.unwrap_or(now);
        if is_over || now - last >= 30_000 {
            let words = outcomes.with_untracked(outcome::summary);
            let state = job.with_untracked(job::badge).word;
            told.set(format!("{state}: {words}"));
            return now;
        }
        last
    });
    view! {
        <section aria-label="Progress">
            <dl class="run__numbers">
                <div class="figure">
                    <dt>"Finished"</dt>
                    <dd>
                        <span class="figure__value">
                            {move || grouped(finished.get())} " "
                            <span class="figure__unit">{move || format!("of {}", grouped(total.get()))}</span>
                        </span>
                        <span class="figure__note">
                            {move || match total.get() {
                                0 => "counted when it starts".to_owned(),
                                total => format!("{}, failures included", share(finished.get(), total)),
                            }}
                        </span>
                    </dd>
                </div>
                <div class="figure">
                    <dt>"Throughput"</dt>
                    <dd>
                        <span class="figure__value">
                            {move || throughput.with(|told| told.0.clone())} " " <span class="figure__unit">"/s"</span>
                        </span>
                        <span class="figure__note">{move || throughput.with(|told| told.1)}</span>
                    </dd>
                </div>
                <div class="figure">
                    <dt>"Elapsed"</dt>
                    <dd>
                        <span class="figure__value">
                            {move || elapsed.with(|text| if text.is_empty() { "-".to_owned() } else { text.clone() })}
                        </span>
                        <span class="figure__note">{note}</span>
                    </dd>
                </div>
            </dl>
            <Bar outcomes is_large=true />
            <p class="visually-hidden" role="status">
                {move || told.get()}
            </p>
        </section>
    }
    .into_any()
}

/// Counts that filter the devices. A chip keeps its place at 0.
#[component]
pub(super) fn Chips(job: Memo<JobSummary>, view: View) -> impl IntoView {
    let all = Memo::new(move |_| job.with(|job| job.outcomes.total()));
    let link = move |state: &'static str| {
        let find = view.find.get();
        paths::with_query(&paths::job(&view.job_id.get()), &[("state", state), ("find", &find)])
    };
    let current = move |state: &'static str| (view.state.get() == state).then_some("true");
    let chips = Outcome::ALL.map(|state| {
        let count = Memo::new(move |_| job.with(|job| job.outcomes.get(state)));
        let badge = outcome::badge(state);
        // Only a hub that was restarted has these.
        let is_left_out = move || state == Outcome::Interrupted && count.get() == 0;
        view! {
            <li hidden=is_left_out>
                <a
                    class="filter-chip"
                    class:filter-chip--zero=move || count.get() == 0
                    href=move || link(state.as_str())
                    aria-current=move || current(state.as_str())
                >
                    <span class="swatch" data-status=badge.status></span>
                    <strong>{move || grouped(count.get())}</strong>
                    " "
                    {badge.word}
                </a>
            </li>
        }
    });
    view! {
        <ul class="filter-chips" aria-label="Filter devices by state">
            <li>
                <a class="filter-chip" href=move || link("") aria-current=move || current("")>
                    <strong>{move || grouped(all.get())}</strong>
                    " All"
                </a>
            </li>
            {chips.into_iter().collect_view()}
        </ul>
    }
    .into_any()
}

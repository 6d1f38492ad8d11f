//! The numbers: figures and the bar. They come from one summary, so they agree at every instant. While the job runs
//! they say how far it is and how long it may take; once it has ended, in the same place, what came of it.

use console_wire::{
    job::JobSummary,
    outcome::{Outcome, Outcomes},
};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use crate::{
    clock::use_clock,
    components::{Bar, Figure, Quantity, Sparkline},
    live::{Freshness, Live},
    present::{
        job::{self, USUAL_MARK, Usual},
        number::{devices, fixed, grouped, rate, share},
        outcome,
        series::Series,
        time,
    },
    reactive::{effect, memo},
};

/// Figures and bar. The listener hears a summary at most every 30 s and at the end.
#[component]
pub(super) fn Figures(job: Memo<JobSummary>, as_of: Timestamp, live: Live) -> impl IntoView {
    let outcomes = memo(move || job.with(|job| job.outcomes));
    let is_over = memo(move || job.with(|job| job.status.is_terminal()));
    let series = use_series(job);
    view! {
        <section aria-label=move || if is_over.get() { "Result" } else { "Progress" }>
            <dl class="run__numbers" class:run__numbers--done=move || is_over.get()>
                {move || {
                    if is_over.get() {
                        view! { <Results job as_of /> }.into_any()
                    } else {
                        view! { <Progress job as_of live series /> }.into_any()
                    }
                }}
            </dl>
            <Bar outcomes is_large=true />
            <Summary job />
        </section>
    }
    .into_any()
}

/// Counts of a running job, once a second.
fn use_series(job: Memo<JobSummary>) -> RwSignal<Series> {
    let clock = use_clock();
    let series = RwSignal::new(Series::default());
    effect(move || {
        if let Some(now) = clock.now()
            && job.with_untracked(|job| job.status == JobStatus::Running)
        {
            let finished = job.with_untracked(|job| job.outcomes.finished());
            series.update(|series| series.push(now.unix_millis(), finished));
        }
    });
    series
}

/// While it has not ended.
#[component]
fn Progress(job: Memo<JobSummary>, as_of: Timestamp, live: Live, series: RwSignal<Series>) -> impl IntoView {
    let clock = use_clock();
    let finished = memo(move || job.with(|job| job.outcomes.finished()));
    let total = memo(move || job.with(|job| job.outcomes.total()));
    let is_live = move || matches!(live.freshness(), Freshness::Live);
    let elapsed = memo(move || job.with(|job| job::elapsed(job, clock.now_or(as_of))));
    let throughput = memo(move || {
        let recent = series.with(Series::recent).and_then(|(count, millis)| rate(count, millis));
        let whole = || {
            let millis = job.with(|job| job::elapsed_millis(job, job.as_of))?;
            rate(finished.get(), millis)
        };
        match recent.filter(|_| is_live()) {
            Some(recent) => (recent, "mean of the last 10 s"),
            None => {
                whole().map_or(("-".to_owned(), "not running yet"), |whole| (whole, "mean since the start"))
            }
        }
    });
    // No forecast before there are five seconds of data, and none from data that is old.
    let left = memo(move || {
        let remaining = total.get() - finished.get();
        series.with(|series| series.millis_left(remaining)).filter(|_| is_live() && remaining > 0)
    });
    let left_text = memo(move || {
        left.get().map_or("-".to_owned(), |millis| time::duration(millis.max(1000) / 1000 * 1000))
    });
    let left_note = move || match left.get().zip(clock.now()) {
        Some((millis, now)) => {
            let end = now.unix_millis().saturating_add_unsigned(millis);
            let end = Timestamp::from_unix_millis(end);
            format!("ends about {}", time::clock(end, clock.offset_minutes(end)))
        }
        None if total.get() == 0 => "when the devices are counted".to_owned(),
        None => "known after some answers".to_owned(),
    };
    let limit = memo(move || job.with(|job| job.max_execution_time_in_seconds));
    let limit_note = move || match limit.get() {
        Some(seconds) => format!("may take {}", time::duration(u64::from(seconds) * 1000)),
        None => String::new(),
    };
    let usual = memo(move || job.with(|job| job::usual(job, clock.now_or(as_of))));
    let has_usual = memo(move || usual.with(Option::is_some));
    let is_late = memo(move || usual.with(|usual| usual.as_ref().is_some_and(|usual| usual.is_late)));
    let elapsed_text =
        Signal::derive(move || elapsed.with(|text| if text.is_empty() { "-".into() } else { text.clone() }));
    view! {
        <Figure name="Finished">
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
        </Figure>
        <Figure name="Throughput">
            <span class="run__spark">
                <span>
                    <span class="figure__value">
                        {move || throughput.with(|told| told.0.clone())} " " <span class="figure__unit">"/s"</span>
                    </span>
                    <span class="figure__note">{move || throughput.with(|told| told.1.to_owned())}</span>
                </span>
                <Sparkline series words=|highest| format!("Throughput since the page is open, at most {} a second", fixed(highest, 0)) />
            </span>
        </Figure>
        <Figure name="Time left">
            <Quantity text=left_text />
            <span class="figure__note">{move || left_note()}</span>
        </Figure>
        <Figure name="Elapsed">
            <div class="elapsed" data-tone=move || is_late.get().then_some("late")>
                <Quantity text=elapsed_text />
                {move || {
                    if has_usual.get() {
                        view! { <Against usual /> }.into_any()
                    } else {
                        view! { <span class="figure__note">{move || limit_note()}</span> }.into_any()
                    }
                }}
            </div>
        </Figure>
    }
    .into_any()
}

/// What has passed against what jobs like this one take.
#[component]
fn Against(usual: Memo<Option<Usual>>) -> impl IntoView {
    let filled = move || usual.with(|usual| usual.as_ref().map_or(0.0, |usual| usual.filled));
    let is_late = move || usual.with(|usual| usual.as_ref().is_some_and(|usual| usual.is_late));
    let words =
        move || usual.with(|usual| usual.as_ref().map(|usual| usual.words.clone()).unwrap_or_default());
    view! {
        <span class="figure__note elapsed__usual">
            <span class="gauge" aria-hidden="true">
                <span class="gauge__fill" style:width=move || format!("{}%", fixed(filled(), 1))></span>
                <span class="gauge__mark" style:left=format!("{}%", fixed(USUAL_MARK, 0))></span>
            </span>
            {move || words()}
            {move || if is_late() { ", longer now" } else { "" }.to_owned()}
        </span>
    }
    .into_any()
}

/// Once it has ended.
#[component]
fn Results(job: Memo<JobSummary>, as_of: Timestamp) -> impl IntoView {
    let outcomes = move || job.with(|job| job.outcomes);
    let total = move || outcomes().total();
    let took = Signal::derive(move || {
        Some(job.with(|job| job::elapsed(job, as_of)))
            .filter(|took| !took.is_empty())
            .unwrap_or_else(|| "-".into())
    });
    let throughput = move || {
        let millis = job.with(|job| job::elapsed_millis(job, as_of))?;
        rate(outcomes().finished(), millis)
    };
    view! {
        <Figure name="Succeeded">
            <span class="figure__value">
                {move || grouped(outcomes().succeeded)} " "
                <span class="figure__unit">{move || format!("of {}", grouped(total()))}</span>
            </span>
            <span class="figure__note">{move || share(outcomes().succeeded, total())}</span>
        </Figure>
        <Figure name="Did not succeed">
            <span class="figure__value">{move || grouped(total() - outcomes().succeeded)}</span>
            <span class="figure__note">{move || shortfall(&outcomes())}</span>
        </Figure>
        <Figure name="Took">
            <Quantity text=took />
            <span class="figure__note">
                {move || match job.with(|job| job::usual(job, as_of)) {
                    _ if took.with(|took| took == "-") => "it never ran".to_owned(),
                    Some(usual) => usual.words,
                    None => "from the start to the last device".to_owned(),
                }}
            </span>
        </Figure>
        <Figure name="Throughput">
            <span class="figure__value">
                {move || throughput().unwrap_or_else(|| "-".into())} " " <span class="figure__unit">"/s"</span>
            </span>
            <span class="figure__note">"mean of the whole job"</span>
        </Figure>
    }
    .into_any()
}

/// Why devices did not succeed, in words.
fn shortfall(outcomes: &Outcomes) -> String {
    let words = |outcome| match outcome {
        Outcome::Failed => "failed",
        Outcome::TimedOut => "gave no answer",
        Outcome::NotOnline => "not online",
        Outcome::Interrupted => "interrupted",
        Outcome::Cancelled => "never sent",
        _ => "still open",
    };
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| *outcome != Outcome::Succeeded && outcomes.get(*outcome) > 0)
        .map(|outcome| format!("{} {}", grouped(outcomes.get(outcome)), words(outcome)))
        .collect();
    match (parts.is_empty(), outcomes.total()) {
        (false, _) => parts.join(", "),
        (true, 0) => devices(0),
        (true, _) => "every device did it".into(),
    }
}

/// For those who listen: how it stands, at most every 30 s and at the end.
#[component]
fn Summary(job: Memo<JobSummary>) -> impl IntoView {
    let clock = use_clock();
    let told = RwSignal::new(String::new());
    Effect::new(move |last: Option<i64>| {
        let is_over = job.with(|job| job.status.is_terminal());
        let now = clock.now().map_or(0, Timestamp::unix_millis);
        let last = last.unwrap_or(now);
        if is_over || now - last >= 30_000 {
            let (state, words) =
                job.with_untracked(|job| (job::badge(job).word, outcome::summary(&job.outcomes)));
            let text = format!("{state}: {words}");
            // The same words again would be read out again.
            if told.with_untracked(|told| *told != text) {
                told.set(text);
            }
            return now;
        }
        last
    });
    view! {
        <p class="visually-hidden" role="status">
            {move || told.get()}
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_succeed() {
        for (outcomes, words) in [
            (Outcomes { succeeded: 5, ..Outcomes::default() }, "every device did it"),
            (
                Outcomes { failed: 41, not_online: 31, timed_out: 14, ..Outcomes::default() },
                "41 failed, 14 gave no answer, 31 not online",
            ),
            (Outcomes { cancelled: 1200, ..Outcomes::default() }, "1,200 never sent"),
            (Outcomes::default(), "0 devices"),
        ] {
            assert_eq!(shortfall(&outcomes), words);
        }
    }
}

//! Figures of a rollout: its rate, what comes next, the jobs on the hub, how much of the hub is used, and how near the stop rules are.

use console_wire::rollout::{HubJobCounts, HubUse, RateLimit};
use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::{
    api::rollout::read_hub_use,
    data::read::{ReadOptions, use_read_from},
    format::{
        number::{fixed, grouped, trimmed},
        rollout::run::{self, GAUGE_MARK, Gauge},
    },
    kit::{Stat, TimeFormat, TimeText},
};

/// How often the use of the hub is read, in milliseconds.
const REREAD: u64 = 2_000;

/// The jobs on the hub that call the devices.
#[component]
fn HubJobs(counts: HubJobCounts) -> impl IntoView {
    let HubJobCounts { waiting, running, ended } = counts;
    view! {
        <div class="figure">
            <dt>"Jobs on the hub"</dt>
            <dd>
                <span class="figure__value">{grouped(running)} " "<span class="figure__unit">"running"</span></span>
                <span class="figure__note">
                    {format!("{} waiting for room, {} ended", grouped(waiting), grouped(ended))}
                </span>
            </dd>
        </div>
    }
}

/// Rate, what comes next, and how near the stop rules are.
#[component]
pub(super) fn Figures() -> impl IntoView {
    let JobPage { rollout, as_of, job, .. } = use_job_page();
    let is_over = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    let rate = Memo::new(move |_| {
        rollout.with(|rollout| {
            let rollout = rollout.as_ref()?;
            let by = match rollout.rate_limit {
                RateLimit::Settings => "the rate of this job",
                RateLimit::Hub => "the hub's pace",
            };
            Some((trimmed(rollout.rate_per_minute, 0), by))
        })
    });
    let next =
        Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().and_then(|it| it.summary.next_step)));
    let hub_jobs = Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().and_then(|it| it.hub_jobs)));
    let rules =
        Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().map_or(0, |it| it.stop_rules.len())));
    view! {
        <dl class="figures rollout__figures">
            <div class="figure" hidden=move || is_over.get()>
                <dt>"Rate at most"</dt>
                <dd>
                    <span class="figure__value">
                        {move || rate.get().map(|rate| group_text(&rate.0))} " "
                        <span class="figure__unit">"/min"</span>
                    </span>
                    <span class="figure__note">{move || rate.get().map(|rate| rate.1)}</span>
                </dd>
            </div>
            <div class="figure" hidden=move || is_over.get()>
                <dt>"Next step by itself"</dt>
                <dd>
                    <span class="figure__value">
                        {move || match next.get() {
                            Some(at) => view! { <TimeText at as_of style=TimeFormat::Clock /> }.into_any(),
                            None => "-".into_any(),
                        }}
                    </span>
                    <span class="figure__note">
                        {move || if next.get().is_some() { "" } else { "waits for devices or a person" }}
                    </span>
                </dd>
            </div>
            {move || hub_jobs.get().map(|counts| view! { <HubJobs counts /> })}
            <HubUsed />
            <For each=move || 0..rules.get() key=|rule| *rule let:rule>
                <StopRule rule />
            </For>
        </dl>
    }
    .into_any()
}

/// Digits with thousands commas.
fn group_text(digits: &str) -> String {
    digits.parse().map_or_else(|_| digits.to_owned(), grouped)
}

/// How near a stop rule is.
#[component]
fn StopRule(rule: usize) -> impl IntoView {
    let rollout = use_job_page().rollout;
    let gauge = Memo::new(move |before: Option<&Option<Gauge>>| {
        let now = rollout.with(|rollout| rollout.as_ref()?.stop_rules.get(rule).map(run::gauge));
        now.or_else(|| before.cloned().flatten())
    });
    let part =
        move |part: fn(&Gauge) -> String| gauge.with(|gauge| gauge.as_ref().map(part).unwrap_or_default());
    let is = move |part: fn(&Gauge) -> bool| gauge.with(|gauge| gauge.as_ref().is_some_and(part));
    view! {
        <Stat name="Stop rule">
            <span class="figure__value">
                {move || part(|gauge| gauge.share.clone())} " "
                <span class="figure__unit">{move || part(|gauge| gauge.counted.to_owned())}</span>
            </span>
            <span
                class="limit"
                data-near=move || is(|gauge| gauge.is_near).then_some("")
                data-over=move || is(|gauge| gauge.is_over).then_some("")
            >
                <span class="limit__scale" aria-hidden="true">
                    <span
                        class="limit__fill"
                        style:width=move || format!("{}%", gauge.with(|gauge| fixed(gauge.as_ref().map_or(0.0, |gauge| gauge.filled), 1)))
                    ></span>
                    <span class="limit__mark" style:left=format!("{}%", fixed(GAUGE_MARK, 0))></span>
                </span>
                <span class="figure__note">{move || part(|gauge| gauge.words.clone())}</span>
            </span>
        </Stat>
    }
    .into_any()
}

/// How much of what the hub allows is used, by all jobs together. Nothing where no limit is known.
#[component]
fn HubUsed() -> impl IntoView {
    let job = use_job_page().job;
    let key = Signal::derive(move || job.with(|job| (!job.status.is_terminal()).then(|| job.job_id.clone())));
    let read = use_read_from(key, Some(Ok(None)), ReadOptions::every(REREAD), read_hub_use);
    let good = read.good();
    let used = Memo::new(move |_| {
        key.get()?;
        good.with(|good| good.as_ref().and_then(|good| good.value))
    });
    let filled =
        move || used.get().map_or(0.0, |HubUse { per_second, limit }| (per_second / limit).min(1.0) * 100.0);
    move || {
        used.with(Option::is_some).then(|| {
            view! {
                <Stat name="Hub's quota used">
                    <span class="figure__value">
                        {move || used.get().map(|used| trimmed(used.per_second, 1))} " "
                        <span class="figure__unit">"/s"</span>
                    </span>
                    <span class="limit">
                        <span class="limit__scale" aria-hidden="true">
                            <span class="limit__fill" style:width=move || format!("{}%", fixed(filled(), 1))></span>
                        </span>
                        <span class="figure__note">
                            {move || used.get().map(|used| format!("of {}/s, all jobs together", trimmed(used.limit, 1)))}
                        </span>
                    </span>
                </Stat>
            }
        })
    }
}

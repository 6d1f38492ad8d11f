//! What the wall shows of the fleet: figures, the jobs that run, the jobs that ended last.

use console_wire::{
    job::{JobSummary, JobTab},
    wall::WallView,
};
use leptos::prelude::*;

use crate::{
    format::{
        job::{self, sentence, state::State},
        number::{count_noun, grouped, share},
        overview::{ended, succeeded_share, to_go},
    },
    kit::{BadgeView, Progress, clock::use_clock},
};

/// All regions. They follow the newest numbers.
#[component]
pub(super) fn Regions(newest: Memo<Option<WallView>>) -> impl IntoView {
    let figure = move |of: fn(&WallView) -> (String, String)| {
        Memo::new(move |_| newest.with(|view| view.as_ref().map(of).unwrap_or_default()))
    };
    let running = jobs(newest, |view| &view.running);
    let finished = jobs(newest, |view| &view.finished);
    view! {
        <dl class="wall__figures" aria-label="Now">
            <Figure name="Connected" value=figure(connected) />
            <Figure name="Running" value=figure(running_jobs) />
            <Figure name="Last 24 hours" value=figure(last_day) />
            <Figure name="Scheduled" value=figure(scheduled) />
        </dl>
        <div class="wall__columns">
            <Jobs title="Running now" nothing="No job runs." jobs=running newest />
            <Jobs title="Ended last" nothing="No job has ended yet." jobs=finished newest />
        </div>
    }
    .into_any()
}

fn jobs(newest: Memo<Option<WallView>>, part: fn(&WallView) -> &Vec<JobSummary>) -> Memo<Vec<String>> {
    Memo::new(move |_| {
        newest.with(|view| {
            view.as_ref()
                .map(|view| part(view).iter().map(|job| job.job_id.clone()).collect())
                .unwrap_or_default()
        })
    })
}

fn connected(view: &WallView) -> (String, String) {
    match (view.fleet.connected, view.fleet.devices) {
        (Some(connected), Some(devices)) => {
            (grouped(connected), format!("of {}, {}", grouped(devices), share(connected, devices)))
        }
        _ => ("-".to_owned(), "not counted yet".to_owned()),
    }
}

fn running_jobs(view: &WallView) -> (String, String) {
    (grouped(view.counts.running), to_go(view.counts.running, view.devices_to_go))
}

fn last_day(view: &WallView) -> (String, String) {
    let outcomes = &view.last_day.outcomes;
    let share = match ended(outcomes) {
        0 => "-".to_owned(),
        _ => format!("{} %", succeeded_share(outcomes)),
    };
    (share, format!("succeeded, {}", count_noun(outcomes.problems(), "problem", "problems")))
}

fn scheduled(view: &WallView) -> (String, String) {
    let count = view.counts.get(JobTab::Scheduled);
    (grouped(count), if count == 1 { "job" } else { "jobs" }.to_owned())
}

#[component]
fn Figure(name: &'static str, value: Memo<(String, String)>) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>
                <span class="figure__value">{move || value.with(|(value, _)| value.clone())}</span>
                <span class="figure__note">{move || value.with(|(_, note)| note.clone())}</span>
            </dd>
        </div>
    }
    .into_any()
}

/// A list of jobs; a row stays while its job is on the list.
#[component]
fn Jobs(
    title: &'static str,
    nothing: &'static str,
    jobs: Memo<Vec<String>>,
    newest: Memo<Option<WallView>>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| jobs.with(Vec::is_empty));
    view! {
        <section class="wall__jobs" aria-label=title>
            <h2>{title}</h2>
            <p class="wall__nothing" hidden=move || !is_empty.get()>
                {nothing}
            </p>
            <ul class="wall__list" role="list">
                <For each=move || jobs.get() key=String::clone let:job_id>
                    <Job job_id newest />
                </For>
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn Job(job_id: String, newest: Memo<Option<WallView>>) -> impl IntoView {
    let clock = use_clock();
    let job = Memo::new(move |before: Option<&Option<JobSummary>>| {
        let found = newest.with(|view| {
            let view = view.as_ref()?;
            view.running.iter().chain(&view.finished).find(|job| job.job_id == job_id).cloned()
        });
        found.or_else(|| before.cloned().flatten())
    });
    let with = move |of: fn(&JobSummary) -> String| {
        Memo::new(move |_| job.with(|job| job.as_ref().map(of).unwrap_or_default()))
    };
    let name = with(|job| job.name.clone());
    let badge = Signal::derive(move || job.with(|job| job.as_ref().map(|job| State::of(job).short_badge())));
    let outcomes =
        Signal::derive(move || job.with(|job| job.as_ref().map(|job| job.outcomes).unwrap_or_default()));
    let bold =
        Signal::derive(move || job.with(|job| job.as_ref().map(sentence::bold_count).unwrap_or_default()));
    let elapsed = move || {
        job.with(|job| job.as_ref().map(|job| job::elapsed(job, clock.now_or(job.as_of))).unwrap_or_default())
    };
    view! {
        <li class="wall__job">
            <span class="wall__name">{move || name.get()}</span>
            <span class="wall__elapsed">{elapsed}</span>
            <span class="wall__badge">{move || badge.get().map(|badge| view! { <BadgeView badge=Signal::stored(badge) /> })}</span>
            <Progress outcomes bold />
        </li>
    }
    .into_any()
}

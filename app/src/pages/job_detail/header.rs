//! Id, state, what the job does in a sentence, where it comes from, and what can be done with it.

use console_wire::job::{JobSummary, Origin};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use super::{
    actions::{CopyAs, Export, FirstButton},
    grid::Grid,
    insight::Insight,
    view::View,
};
use crate::{
    api::job_rerun::RerunJob,
    components::{BadgeView, Condition, Copy, Icon, Json, Moment, TimeText},
    paths,
    present::{job, number, rerun as words},
    reactive::memo,
};

/// Longest payload in the sentence, in characters.
const SHORT: usize = 200;

/// The top of the page. `told` is the job as it was read with the page, `job` as it is now.
#[component]
pub(super) fn Header(
    told: JobSummary,
    job: Memo<JobSummary>,
    as_of: Timestamp,
    view: View,
    insight: Insight,
    on_page: RwSignal<Option<Grid>>,
    asked: RwSignal<Option<JobSummary>>,
    rerun: ServerAction<RerunJob>,
) -> impl IntoView {
    let job_id = told.job_id.clone();
    let start = memo(move || job.with(|job| (job.status, job.start_time.unwrap_or(job.created_time))));
    let when = move || {
        let (status, at) = start.get();
        let word = match status {
            JobStatus::Scheduled => "starts ",
            JobStatus::Queued | JobStatus::Enqueued => "asked for ",
            _ => "started ",
        };
        view! {
            {word}
            <TimeText at as_of style=Moment::Clock />
        }
        .into_any()
    };
    let origin = match told.origin {
        Origin::Console => "from this console",
        Origin::Hub => "by another client of the hub",
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::JOBS
                        aria-label="Back to jobs"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{job_id.clone()}</h1>
                    <BadgeView badge=Signal::derive(move || job.with(job::badge)) is_filled=true />
                    <Copy text=job_id.clone() what=job_id.clone() />
                </div>
                <p class="page__lead">
                    <Sentence told=told.clone() job />
                    <span>{move || when()} " " {origin}</span>
                    <Parent told=told.clone() />
                </p>
                <Reruns insight />
            </div>
            <div class="page__actions">
                <FirstButton job view asked rerun />
                <Export job view on_page />
                <CopyAs told />
                <a class="button" href=paths::job_new_from(&job_id)>
                    "Start another like this"
                </a>
            </div>
        </div>
    }
    .into_any()
}

/// Whose devices this job runs again.
#[component]
fn Parent(told: JobSummary) -> impl IntoView {
    told.parent.map(|parent| {
        view! {
            <span>
                "rerun of "
                <a class="link" href=paths::job(&parent.job_id)>
                    {parent.job_id.clone()}
                </a>
                {format!(", its devices {}", words::subset(&parent.subset))}
            </span>
        }
        .into_any()
    })
}

/// The jobs that ran some of this one's devices again.
#[component]
fn Reruns(insight: Insight) -> impl IntoView {
    let reruns = memo(move || insight.with(|told| told.reruns.clone()));
    let links = move || {
        let reruns = reruns.get();
        (!reruns.is_empty()).then(|| {
            let links: Vec<_> = reruns
                .into_iter()
                .map(|rerun| {
                    view! {
                        <span>
                            <a class="link" href=paths::job(&rerun.job_id)>
                                {rerun.job_id.clone()}
                            </a>
                            {format!(" on {}", number::devices(rerun.devices))}
                        </span>
                    }
                    .into_any()
                })
                .collect();
            view! { <p class="page__lead run__reruns"><span>"Run again as"</span>{links}</p> }.into_any()
        })
    };
    view! { {move || links()} }.into_any()
}

/// What is sent to how many devices where.
#[component]
fn Sentence(told: JobSummary, job: Memo<JobSummary>) -> impl IntoView {
    let (_, kind) = job::action_kind(&told);
    let payload = job::payload(&told);
    let target = memo(move || job.with(|job| (job.outcomes.total(), job.status.is_terminal())));
    let is_every_device = job::is_every_device(&told.query_condition);
    let listed = told.target_devices;
    let count = move || match (target.get(), listed) {
        ((0, false), Some(listed)) => number::devices(listed),
        ((0, false), None) if is_every_device => "every device of the hub".to_owned(),
        ((0, false), None) => "the devices".to_owned(),
        ((count, _), None) if is_every_device => {
            format!("{}, every device of the hub", number::devices(count))
        }
        ((count, _), _) => number::devices(count),
    };
    let action = if told.cloud_to_device_method.is_some() {
        view! {
            <code>{told.action()}</code>
            {(payload != "null").then(|| view! { " with " <Json text=short(&payload) /> }.into_any())}
        }
        .into_any()
    } else {
        view! {
            {kind}
            " "
            <Json text=short(&payload) />
        }
        .into_any()
    };
    let place = match listed {
        Some(_) => " of a list".into_any(),
        None if is_every_device => ().into_any(),
        None => view! {
            " where "
            <Condition text=told.query_condition.clone() />
        }
        .into_any(),
    };
    view! { <span>{action} " on " {move || count()} {place}</span> }.into_any()
}

fn short(payload: &str) -> String {
    if payload.chars().count() <= SHORT {
        return payload.to_owned();
    }
    let mut cut: String = payload.chars().take(SHORT).collect();
    cut.push('…');
    cut
}

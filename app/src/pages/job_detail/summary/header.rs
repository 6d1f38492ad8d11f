//! Name, state, id, what the job does in a sentence, its origin, and its buttons.

use console_wire::{access::Action, job::JobSummary};
use leptos::prelude::*;

use super::{
    super::{
        context::{JobPage, use_job_page},
        rollout::{ApprovedBy, RolloutButtons},
    },
    actions::{CopyAs, Export, RerunButtons, StopButton},
};
use crate::{
    account::use_account,
    format::{
        job::{self, sentence},
        number, origin, rerun as words,
    },
    kit::{BadgeView, Condition, CopyButton, Icon, JobLink, Json, TimeFormat, TimeText, dom},
    paths,
};

/// Longest payload in the sentence, in characters.
const SHORT: usize = 200;

/// The top of the page.
#[component]
pub(in crate::pages::job_detail) fn Header() -> impl IntoView {
    let job = use_job_page().job;
    // An edit before the start changes what is fixed otherwise.
    let described = Memo::new_with_compare(
        move |_| job.get(),
        |before, now| before.map(description) != now.map(description),
    );
    move || view! { <HeaderOf first=described.get() /> }
}

/// What an edit can change of the parts that do not change otherwise.
fn description(job: &JobSummary) -> impl PartialEq + '_ {
    let action = (&job.cloud_to_device_method, &job.update_twin);
    let target = (&job.query_condition, job.target_devices, &job.group, &job.scope);
    (&job.name, &job.reason, action, target)
}

#[component]
fn HeaderOf(first: JobSummary) -> impl IntoView {
    let JobPage { job, as_of, .. } = use_job_page();
    let job_id = first.job_id.clone();
    let start = Memo::new(move |_| job.with(sentence::when));
    let when = move || {
        let sentence::When { words, at } = start.get();
        view! {
            {words}
            " "
            {at.map(|at| view! { <TimeText at as_of style=TimeFormat::Clock /> })}
        }
    };
    let origin = origin::phrase(first.origin, first.created_by.as_ref());
    let cancelled_by = Memo::new(move |_| job.with(|job| job.cancelled_by.clone()));
    let cancelled =
        move || cancelled_by.get().map(|person| view! { <span>"cancelled by " {person.name}</span> });
    let cancel_reason = Memo::new(move |_| job.with(|job| job.cancel_reason.clone()));
    let cancel_reason = move || {
        cancel_reason.get().map(|reason| view! { <span>"Cancelled by the console: " {reason}</span> })
    };
    let scope = first.scope.clone().map(|scope| {
        view! {
            <span>
                "limited to "
                <Condition text=scope />
            </span>
        }
    });
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
                    <h1>{first.name.clone()}</h1>
                    <BadgeView badge=Signal::derive(move || job.with(job::badge)) is_filled=true />
                    <WaveOf />
                    <span class="run__id">
                        <code>{job_id.clone()}</code>
                        <CopyButton text=job_id.clone() what=job_id.clone() />
                        <CopyButton text=Signal::derive(dom::page_url) what="link to this view" icon="link" />
                    </span>
                </div>
                <p class="page__lead">
                    <Sentence first=first.clone() />
                    <span>{when} " " {origin}</span>
                    {scope}
                    {cancelled}
                    <ApprovedBy />
                    {cancel_reason}
                    <Parent first=first.clone() />
                    <Compare />
                    {first
                        .schedule
                        .clone()
                        .map(|schedule| {
                            view! {
                                <span>
                                    "started by the schedule "
                                    <a class="link" href=paths::schedule(&schedule.schedule_id)>
                                        {schedule.name}
                                    </a>
                                </span>
                            }
                        })}
                    {first.reason.clone().map(|reason| view! { <span>"Reason: " {reason}</span> })}
                </p>
                <Reruns />
            </div>
            <div class="page__actions">
                <RerunButtons />
                <Export />
                <CopyAs job=first />
                <a class="button" href=paths::job_new_from(&job_id)>
                    "Start another like this"
                </a>
                <EditLink />
                <RolloutButtons />
                <StopButton />
            </div>
        </div>
    }
    .into_any()
}

/// The link to the form that changes a rollout, until it begins.
#[component]
fn EditLink() -> impl IntoView {
    let job = use_job_page().job;
    let is_allowed = use_account().may(Action::JobCreate);
    let can_edit = Memo::new(move |_| is_allowed && job.with(job::can_be_edited));
    move || {
        can_edit.get().then(|| {
            view! {
                <a class="button" href=move || job.with(|job| paths::job_edit(&job.job_id))>
                    "Edit"
                </a>
            }
        })
    }
}

/// The current wave of a rollout that has begun and has not ended.
#[component]
fn WaveOf() -> impl IntoView {
    let job = use_job_page().job;
    let words = Memo::new(move |_| job.with(job::current_wave));
    move || words.get().map(|words| view! { <span class="panel__note">{words}</span> })
}

/// The job that this one reruns.
#[component]
fn Parent(first: JobSummary) -> impl IntoView {
    first.parent.map(|parent| {
        view! {
            <span>
                "rerun of "
                <JobLink job_id=parent.job_id name=parent.name />
                {format!(", its devices {}", words::subset(&parent.subset))}
            </span>
        }
    })
}

/// The way to what has changed since the run before.
#[component]
fn Compare() -> impl IntoView {
    let JobPage { insight, job, .. } = use_job_page();
    let is_comparable = Memo::new(move |_| insight.with(|insight| insight.is_comparable));
    move || {
        is_comparable.get().then(|| {
            let href = paths::job_compare(&job.with_untracked(|job| job.job_id.clone()), "", "", "", "");
            view! {
                <a class="link" href=href>
                    "Compare with the run before"
                </a>
            }
        })
    }
}

/// The reruns of this job.
#[component]
fn Reruns() -> impl IntoView {
    let insight = use_job_page().insight;
    let reruns = Memo::new(move |_| insight.with(|insight| insight.reruns.clone()));
    let links = move || {
        let reruns = reruns.get();
        (!reruns.is_empty()).then(|| {
            let links: Vec<_> = reruns
                .into_iter()
                .enumerate()
                .map(|(index, rerun)| {
                    view! {
                        <span>
                            {(index == 0).then_some("Reruns: ")}
                            <JobLink job_id=rerun.job_id name=rerun.name />
                            {format!(" on {}", number::devices(rerun.devices))}
                            {rerun.by.map(|name| format!(" by {name}"))}
                        </span>
                    }
                })
                .collect();
            view! { <p class="page__lead run__reruns">{links}</p> }
        })
    };
    view! { {links} }.into_any()
}

/// What is sent to how many devices, and which.
#[component]
fn Sentence(first: JobSummary) -> impl IntoView {
    let job = use_job_page().job;
    let (_, kind) = job::action_kind(&first);
    let payload = job::payload(&first);
    let whom = Memo::new(move |_| job.with(sentence::whom));
    let has_condition = first.target_devices.is_none() && !job::is_every_device(&first.query_condition);
    let action = if first.cloud_to_device_method.is_some() {
        view! {
            <code>{first.action()}</code>
            {(payload != "null").then(|| view! { " with " <Json text=short(&payload) /> })}
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
    let place = has_condition.then(|| {
        view! {
            " where "
            <Condition text=first.query_condition.clone() />
        }
    });
    let group = first.group.clone().map(|group| {
        view! {
            " of group "
            <a class="link" href=paths::group(&group.group_id)>
                {group.name}
            </a>
        }
    });
    view! { <span>{action} " on " {move || whom.get()} {group} {place}</span> }.into_any()
}

fn short(payload: &str) -> String {
    if payload.chars().count() <= SHORT {
        return payload.to_owned();
    }
    let mut cut: String = payload.chars().take(SHORT).collect();
    cut.push('…');
    cut
}

//! One request: what is asked, why, how it is sent, and the decision.

use console_wire::{
    access::Action,
    rollout::{ApprovalRequest, ApprovalResult, MAX_COMMENT, Rollout},
};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::rollout::{DecideApproval, read_rollout},
    data::read::{ReadOptions, use_read_from},
    format::{
        job::{self, is_every_device},
        number::devices,
        rollout::{self as words, approval},
        sentence,
    },
    forms::PostForm,
    kit::{BadgeView, Condition, ErrorPanel, Icon, JobLink, Json, PermissionNote, TimeFormat, TimeText},
    paths,
};

/// The request that is chosen.
#[component]
pub(super) fn Request(
    chosen: Memo<Option<ApprovalRequest>>,
    as_of: Timestamp,
    decide: ServerAction<DecideApproval>,
) -> impl IntoView {
    let request = move || chosen.get().map(|request| view! { <One request as_of decide /> });
    view! { {request} }.into_any()
}

#[component]
fn One(request: ApprovalRequest, as_of: Timestamp, decide: ServerAction<DecideApproval>) -> impl IntoView {
    let ApprovalRequest { approval: asked, job } = request.clone();
    let payload = job::payload(&job);
    let is_waiting = asked.result == ApprovalResult::Waiting;
    let place = if let Some(group) = job.group.clone() {
        view! {
            " of "
            <a class="link" href=paths::group(&group.group_id)>
                {group.name}
            </a>
        }
        .into_any()
    } else if job.target_devices.is_some() || is_every_device(&job.query_condition) {
        ().into_any()
    } else {
        view! {
            " where "
            <Condition text=job.query_condition.clone() />
        }
        .into_any()
    };
    let waves = job.rollout.as_ref().map_or(1, |rollout| rollout.waves);
    let in_waves = (waves > 1).then(|| view! { ", in " <strong>{format!("{waves} waves")}</strong> });
    let by = asked.asked_by.as_ref().map(|person| format!("asked by {} ", person.name));
    let decided = (!is_waiting).then(|| approval::in_lead(&asked));
    view! {
        <article class="approvals__one" aria-labelledby="request-title">
            <p class="approvals__back">
                <a class="link" href=paths::APPROVALS>
                    "All requests"
                </a>
            </p>
            <div class="page__title">
                <h2 id="request-title" class="approvals__title">
                    {job.name.clone()}
                </h2>
                <BadgeView badge=approval::badge(asked.result) is_filled=true />
            </div>
            <p class="page__lead">
                <span>{by} <TimeText at=asked.asked_at as_of style=TimeFormat::Relative /></span>
                {is_waiting
                    .then(|| {
                        view! { <span>"lapses " <TimeText at=asked.lapses_at as_of style=TimeFormat::Clock /></span> }
                    })}
                {decided.map(|words| view! { <span>{words}</span> })}
                <span>
                    <JobLink job_id=job.job_id.clone() name="Open the job".to_owned() />
                </span>
                <span>
                    <a class="link" href=paths::job_new_from(&job.job_id)>
                        "Open as a form"
                    </a>
                </span>
            </p>
            <p class="approvals__sentence">
                <code>{job.action()}</code>
                {(!payload.is_empty() && payload != "null").then(|| view! { " with " <Json text=payload.clone() /> })}
                " goes to "
                <strong>{devices(asked.devices)}</strong>
                {place}
                {in_waves}
                "."
            </p>
            {job.reason.clone().map(|reason| view! { <blockquote class="approvals__why">"“" {reason} "”"</blockquote> })}
            <HowItIsSent job_id=job.job_id.clone() count=asked.devices />
            <p class="field__hint">
                "Counted when it was asked for. An approval holds for a tenth more devices; an edit voids it. Request "
                <code>{asked.hash.chars().take(12).collect::<String>()}</code>
            </p>
            {if is_waiting { view! { <Decision request decide /> }.into_any() } else { ().into_any() }}
        </article>
    }
    .into_any()
}

/// The settings, a sentence each.
#[component]
fn HowItIsSent(job_id: String, count: u64) -> impl IntoView {
    let read = use_read_from(
        Signal::stored(Some(job_id)),
        None::<Result<Rollout, crate::error::ApiError>>,
        ReadOptions::once(),
        read_rollout,
    );
    let facts = Memo::new(move |_| {
        read.good().with(|good| good.as_ref().map(|good| words::facts(&good.value.settings, Some(count))))
    });
    let rows = move || {
        facts.get().map(|facts| {
            let row = |(name, sentence): (&'static str, String)| view! { <dt>{name}</dt><dd>{sentence}</dd> };
            facts.into_iter().map(row).collect_view()
        })
    };
    let failed = move || read.error().map(|error| view! { <ErrorPanel error retry=read.retry() /> });
    view! {
        <section class="panel" aria-labelledby="how-title">
            <div class="panel__header">
                <h3 class="panel__title" id="how-title">
                    "How it is sent"
                </h3>
            </div>
            {failed}
            <dl class="facts approvals__facts" hidden=move || facts.with(Option::is_none)>
                {rows}
            </dl>
        </section>
    }
    .into_any()
}

/// Approve or reject; who asked cannot.
#[component]
fn Decision(request: ApprovalRequest, decide: ServerAction<DecideApproval>) -> impl IntoView {
    let account = use_account();
    let ApprovalRequest { approval: asked, job } = request;
    let me = account.person().map(|person| person.user_id);
    let is_own = me.is_some() && asked.asked_by.as_ref().map(|person| person.user_id.clone()) == me;
    if is_own {
        return view! {
            <div class="decision">
                <p class="with-icon">
                    <Icon name="lock" />
                    <span>"You asked for this job: " <strong>"another person decides"</strong> "."</span>
                </p>
                <a class="button" href=paths::job_cancel(&job.job_id)>
                    "Withdraw…"
                </a>
            </div>
        }
        .into_any();
    }
    let is_allowed = account.may(Action::JobApprove);
    let comment = RwSignal::new(String::new());
    let error = move || decide.value().get().and_then(Result::err);
    let problem = move || {
        error().map(|error| match error.field("comment") {
            Some(field) => view! {
                <span class="field__error" id="decision-problem" role="alert">
                    <Icon name="circle-x" />
                    {sentence::of_field(&field.message)}
                </span>
            }
            .into_any(),
            None => view! { <ErrorPanel error=error.clone() /> }.into_any(),
        })
    };
    view! {
        <PostForm action=decide attr:class="decision">
            <input type="hidden" name="job_id" value=job.job_id />
            <input type="hidden" name="hash" value=asked.hash />
            <div class="field">
                <label class="field__label" for="decision-comment">
                    "Comment"
                </label>
                <input
                    class="input"
                    type="text"
                    id="decision-comment"
                    name="comment"
                    maxlength=MAX_COMMENT.to_string()
                    autocomplete="off"
                    placeholder="Optional to approve, needed to reject"
                    aria-describedby="decision-problem"
                    prop:value=move || comment.get()
                    on:input:target=move |event| comment.set(event.target().value())
                />
                {problem}
            </div>
            <div class="decision__buttons">
                <button
                    class="button button--primary"
                    type="submit"
                    name="decision"
                    value="approve"
                    disabled=move || !is_allowed || decide.pending().get()
                >
                    {format!("Approve for {}", devices(asked.devices))}
                </button>
                <button
                    class="button button--warns"
                    type="submit"
                    name="decision"
                    value="reject"
                    disabled=move || !is_allowed || decide.pending().get()
                >
                    "Reject"
                </button>
                <span class="field__hint">"You are named in the job and in the audit log."</span>
            </div>
            <PermissionNote action=Action::JobApprove />
        </PostForm>
    }
    .into_any()
}

//! A rollout that is paused: what happened, and what can be done now.

use console_wire::{
    access::Action,
    rollout::{MAX_COMMENT, PauseReason, Phase},
};
use leptos::prelude::*;

use super::super::{
    context::{JobPage, use_job_page},
    rerun_dialog::RerunForm,
};
use crate::{
    account::use_account,
    format::{
        number::{devices, grouped},
        rerun::Part,
        rollout::run,
    },
    forms::PostForm,
    kit::{ErrorPanel, PermissionNote, TimeFormat, TimeText},
    paths,
};

/// The panel; nothing while the rollout is not paused.
#[component]
pub(super) fn PausedPanel() -> impl IntoView {
    let rollout = use_job_page().rollout;
    let reason = Memo::new(move |_| {
        rollout.with(|rollout| match rollout.as_ref()?.summary.phase {
            Phase::Paused(reason) => Some(reason),
            _ => None,
        })
    });
    move || reason.get().map(|reason| view! { <Panel reason /> })
}

#[component]
fn Panel(reason: PauseReason) -> impl IntoView {
    let JobPage { rollout, as_of, job, .. } = use_job_page();
    let what = Memo::new(move |before: Option<&String>| {
        let now = rollout.with(|rollout| rollout.as_ref().and_then(run::pause));
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let since = rollout.with_untracked(|rollout| rollout.as_ref().map(|rollout| rollout.summary.phase_since));
    let since = since.map(|at| view! { "At " <TimeText at as_of style=TimeFormat::Clock /> ". " });
    let in_flight = Memo::new(move |_| job.with(|job| job.outcomes.in_flight));
    let flying = move || {
        let count = in_flight.get();
        (count > 0).then(|| format!(" {} still in flight; they go on.", devices(count)))
    };
    let needs_approval = reason == PauseReason::TargetGrew;
    view! {
        <div class="paused">
            <section aria-labelledby="what-title">
                <h2 id="what-title">"What happened"</h2>
                <p class="paused__sentence">{since} {move || what.get()} {flying}</p>
            </section>
            <section aria-labelledby="then-title">
                <h2 id="then-title">"What next"</h2>
                {if needs_approval {
                    view! {
                        <a class="link" href=move || job.with(|job| paths::approval(&job.job_id))>
                            "Open the request"
                        </a>
                    }
                        .into_any()
                } else {
                    view! { <Resume /> }.into_any()
                }}
                <Others />
            </section>
        </div>
    }
    .into_any()
}

/// Resumes, with how stop rules count from now.
#[component]
fn Resume() -> impl IntoView {
    let JobPage { rollout, job, commands, .. } = use_job_page();
    let resume = commands.resume;
    let is_allowed = use_account().may(Action::JobHandle);
    let job_id = move || job.with(|job| job.job_id.clone());
    let queued = Memo::new(move |_| job.with(|job| job.outcomes.queued));
    let has_rules =
        Memo::new(move |_| rollout.with(|it| it.as_ref().is_some_and(|it| !it.stop_rules.is_empty())));
    let from_start = Memo::new(move |_| {
        rollout.with(|rollout| {
            let gauges: Vec<_> = rollout.iter().flat_map(|it| &it.stop_rules).map(run::gauge).collect();
            match gauges.iter().find(|gauge| gauge.is_over) {
                Some(gauge) => {
                    format!("Count from the start: {} {} now, fires at once", gauge.share, gauge.counted)
                }
                None => "Count from the start of the job".to_owned(),
            }
        })
    });
    let failed =
        move || resume.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> });
    view! {
        <PostForm action=resume attr:class="stack stack--tight">
            <input type="hidden" name="job_id" value=untrack(job_id) prop:value=job_id />
            <div class="field-row">
                <div class="field" hidden=move || !has_rules.get()>
                    <label class="field__label" for="resume-counting">
                        "Stop rules after resuming"
                    </label>
                    <select class="input" id="resume-counting" name="counting">
                        <option value="afresh">"Count afresh from here"</option>
                        <option value="fromStart">{move || from_start.get()}</option>
                    </select>
                </div>
                <div class="field">
                    <label class="field__label" for="resume-comment">
                        "Comment (optional)"
                    </label>
                    <input
                        class="input"
                        type="text"
                        id="resume-comment"
                        name="comment"
                        maxlength=MAX_COMMENT.to_string()
                        autocomplete="off"
                        placeholder="Shown in the history"
                    />
                </div>
            </div>
            {failed}
            <div class="cluster">
                <button
                    class="button button--primary"
                    type="submit"
                    disabled=move || !is_allowed || resume.pending().get()
                >
                    {move || match queued.get() {
                        0 => "Resume".to_owned(),
                        count => format!("Resume {}", devices(count)),
                    }}
                </button>
                <PermissionNote action=Action::JobHandle />
            </div>
        </PostForm>
    }
    .into_any()
}

/// Runs the failed devices again first, or cancels the rest.
#[component]
fn Others() -> impl IntoView {
    let JobPage { job, rerun, to_cancel, .. } = use_job_page();
    let account = use_account();
    let (may_rerun, may_cancel) = (account.may(Action::JobRerun), account.may(Action::JobCancel));
    let failed = Memo::new(move |_| job.with(|job| job.outcomes.failed));
    let queued = Memo::new(move |_| job.with(|job| job.outcomes.queued));
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        to_cancel.set(Some(job.get_untracked()));
    };
    view! {
        <div class="cluster paused__others">
            {move || {
                (failed.get() > 0)
                    .then(|| {
                        view! {
                            <RerunForm part=Part::State("failed") count=failed>
                                <button class="button" type="submit" disabled=move || !may_rerun || rerun.pending().get()>
                                    {move || format!("Rerun the {} failed first", grouped(failed.get()))}
                                </button>
                            </RerunForm>
                        }
                    })
            }}
            <form method="get" action=move || job.with(|job| paths::job(&job.job_id))>
                <input type="hidden" name="cancel" value="ask" />
                <button class="button button--warns" type="submit" disabled=!may_cancel on:click=ask>
                    {move || format!("Cancel the other {}…", devices(queued.get()))}
                </button>
            </form>
            <PermissionNote action=Action::JobRerun />
        </div>
        <p class="field__hint">"A rerun is a new job on exactly the failed devices. This job stays paused."</p>
    }
    .into_any()
}

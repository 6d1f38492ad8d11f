//! What uses the group: the newest jobs on it, templates, schedules and scopes.

use leptos::prelude::*;

use crate::{
    api::groups::GroupView,
    format::{group::used_by, job},
    kit::{BadgeView, JobLink, TimeFormat, TimeText},
    paths,
};

/// The jobs, templates and schedules; how many scopes.
#[component]
pub(super) fn Uses(view: GroupView) -> impl IntoView {
    let GroupView { group, jobs, as_of, .. } = view;
    let words = used_by(&group.used_by);
    let jobs: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let badge = job::state::State::of(&job).short_badge();
            view! {
                <li>
                    <JobLink job_id=job.job_id name=job.name />
                    <span class="group__use">
                        <BadgeView badge=Signal::stored(badge) />
                        " "
                        <TimeText at=job.created_time as_of style=TimeFormat::Relative />
                    </span>
                </li>
            }
        })
        .collect();
    let templates: Vec<_> = group
        .used_by
        .templates
        .iter()
        .map(|name| {
            view! {
                <li>
                    <a class="link" href=paths::job_new_template(name)>
                        {name.clone()}
                    </a>
                    <span class="group__use">"template"</span>
                </li>
            }
        })
        .collect();
    let schedules: Vec<_> = group
        .used_by
        .schedules
        .iter()
        .map(|schedule| {
            view! {
                <li>
                    <a class="link" href=paths::schedule(&schedule.schedule_id)>
                        {schedule.name.clone()}
                    </a>
                    <span class="group__use">"schedule"</span>
                </li>
            }
        })
        .collect();
    let is_unused = jobs.is_empty() && templates.is_empty() && schedules.is_empty();
    let note = if group.used_by.scopes > 0 {
        "It is the scope of people: only an administrator changes its devices, and they have to sign in anew then. It cannot be deleted."
    } else if group.used_by.keeps_it() {
        "It cannot be deleted while a job that has not ended, a template or a schedule uses it. A change applies to jobs that are created later."
    } else {
        "A change applies to jobs that are created later."
    };
    view! {
        <section class="panel" aria-labelledby="uses-title">
            <div class="panel__header">
                <h2 class="panel__title" id="uses-title">
                    "Used by"
                </h2>
                <span class="panel__note">{words}</span>
            </div>
            {(!is_unused).then(|| view! { <ul class="group__uses" aria-labelledby="uses-title">{jobs} {templates} {schedules}</ul> })}
            <p class="field__hint">{note}</p>
        </section>
    }
    .into_any()
}

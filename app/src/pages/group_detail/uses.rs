//! What uses the group: the newest jobs on it, and templates.

use leptos::prelude::*;

use crate::{
    api::groups::GroupView,
    format::{group::used_by, job},
    kit::{BadgeView, JobLink, TimeFormat, TimeText},
    paths,
};

/// The jobs and templates.
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
    let is_unused = jobs.is_empty() && templates.is_empty();
    let note = if group.used_by.keeps_it() {
        "It cannot be deleted while a job that has not ended or a template uses it. A change applies to jobs that are created later."
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
            {(!is_unused).then(|| view! { <ul class="group__uses" aria-labelledby="uses-title">{jobs} {templates}</ul> })}
            <p class="field__hint">{note}</p>
        </section>
    }
    .into_any()
}

//! A link to a job by its name.

use leptos::prelude::*;

use crate::paths;

/// The link. Names need not be unique, so its accessible name and its tooltip have the id too.
#[component]
pub(crate) fn JobLink(
    job_id: String,
    name: String,
    #[prop(default = "link")] class: &'static str,
) -> impl IntoView {
    let label = format!("{name}, {job_id}");
    view! {
        <a class=class href=paths::job(&job_id) title=job_id aria-label=label>
            {name}
        </a>
    }
    .into_any()
}

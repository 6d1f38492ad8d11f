//! The page without jobs to list.

use leptos::prelude::*;

use super::{first_job::FirstJobOffer, no_matches::NothingMatches, state::Jobs};
use crate::{api::job_list::JobsView, jobs_query::JobsQuery, kit::ErrorPanel};

/// Offers a first job, or says why no job is listed.
#[component]
pub(super) fn EmptyList(read: JobsView, shown: JobsQuery, jobs: Jobs) -> impl IntoView {
    match (read.unknown, read.first) {
        (Some(error), _) => view! { <ErrorPanel error retry=jobs.read.retry() /> }.into_any(),
        (None, Some(first)) => view! { <FirstJobOffer first /> }.into_any(),
        (None, None) => view! { <NothingMatches shown longest=read.longest as_of=read.as_of /> }.into_any(),
    }
}

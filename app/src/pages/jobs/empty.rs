//! What stands where a list of jobs would be. Its program comes when a list is empty; most are not.

use leptos::{lazy, prelude::*};

use super::{first_job::FirstJobOffer, nothing::NothingMatches};
use crate::{api::job_list::JobsView, jobs_query::JobsQuery};

/// Whether the document is a page of jobs without a list.
#[cfg(feature = "hydrate")]
pub(crate) fn is_in_document() -> bool {
    use crate::{browser, paths};

    browser::path() == paths::JOBS && browser::page::has(".empty-state")
}

/// Fetches it, before one is taken over from the server.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_part() {
    __preload_empty_part().await;
}

/// Says why there is no list, and what to do: for what was read without a job, in the view that shows none.
#[lazy]
pub(super) fn empty_part(read: JobsView, shown: JobsQuery) -> AnyView {
    match read.first {
        Some(first) => view! { <FirstJobOffer first /> }.into_any(),
        None => view! { <NothingMatches shown longest=read.longest as_of=read.as_of /> }.into_any(),
    }
}

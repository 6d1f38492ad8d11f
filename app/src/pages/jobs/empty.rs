//! What stands where a list of jobs would be. Its program comes when a list is empty; most are not.

use leptos::{lazy, prelude::*};

use super::{first_job::FirstJobOffer, nothing::NothingMatches};
use crate::{api::job_list::JobsView, jobs_query::JobsQuery};

/// Says why there is no list, and what to do.
#[component]
pub(super) fn Empty(
    /// What was read: no jobs.
    read: JobsView,
    /// The view that shows nothing.
    shown: JobsQuery,
) -> impl IntoView {
    Suspend::new(empty_part(read, shown)).into_any()
}

/// Whether the document at an address is a page of jobs without a list.
#[cfg(feature = "hydrate")]
pub(crate) fn is_first(address: &str) -> bool {
    address.split('?').next() == Some(crate::paths::JOBS) && crate::browser::page::has(".empty-state")
}

/// Fetches it, before one is taken over from the server.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_part() {
    __preload_empty_part().await;
}

#[lazy]
fn empty_part(read: JobsView, shown: JobsQuery) -> AnyView {
    match read.first {
        Some(first) => view! { <FirstJobOffer first /> }.into_any(),
        None => view! { <NothingMatches shown longest=read.longest as_of=read.as_of /> }.into_any(),
    }
}

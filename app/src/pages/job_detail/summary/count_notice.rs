//! A notice in a job's first minute that it runs on more or fewer devices than the form had announced. The hub counts
//! them when the job begins, and devices may have been added or removed by then.

use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::{
    format::job,
    kit::{Icon, clock::use_clock},
};

/// The notice. Once shown it stays, so that nothing moves when the minute is over.
#[component]
pub(in crate::pages::job_detail) fn CountNotice() -> impl IntoView {
    let JobPage { job, as_of, .. } = use_job_page();
    let clock = use_clock();
    let words = Memo::new(move |before: Option<&Option<(String, String)>>| {
        before.cloned().flatten().or_else(|| job.with(|job| job::count_difference(job, clock.now_or(as_of))))
    });
    let notice = move || {
        words.get().map(|(what, why)| {
            view! {
                <div class="notice page__notice" role="status">
                    <Icon name="info" />
                    <span>
                        <strong>{what}</strong>
                        " "
                        {why}
                    </span>
                </div>
            }
        })
    };
    view! { {notice} }.into_any()
}

//! An error in place of what could not be shown: what happened, a button that tries again where that may help, and the
//! request's id.

use leptos::prelude::*;

use super::Icon;
use crate::error::ApiError;

/// How a failed read is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    /// Tries now.
    pub(crate) run: Callback<()>,
    /// Seconds until it is tried by itself; `None` while it is being tried, or if it is not.
    pub(crate) seconds: Signal<Option<u32>>,
}

/// An error of the console.
#[component]
pub(crate) fn ErrorPanel(
    /// The error.
    error: ApiError,
    /// How to read again. A form that was refused has its own button.
    #[prop(optional, into)]
    retry: Option<Retry>,
) -> impl IntoView {
    let problem = *error.0;
    let request = (!problem.request_id.is_empty()).then(|| {
        view! {
            <br />
            <span class="notice__request">"Request " <code>{problem.request_id}</code></span>
        }
    });
    let again = retry.filter(|_| problem.retryable).map(|Retry { run, seconds }| {
        view! {
            <span class="notice__tools">
                <button class="button button--small needs-scripts" type="button" on:click=move |_| run.run(())>
                    <Icon name="refresh-cw" />
                    "Try again"
                </button>
                // Without scripts a load of the page is the same.
                <a class="button button--small only-without-scripts" href="">
                    "Try again"
                </a>
                // Changes each second: a screen reader would read it out each time.
                <span class="notice__next" aria-hidden="true">
                    {move || seconds.get().map(|seconds| format!("in {seconds} s"))}
                </span>
            </span>
        }
    });
    view! {
        <div class="notice" data-tone="error" role="alert">
            <Icon name="circle-x" />
            <span>
                <strong>{problem.title} "."</strong>
                " "
                {problem.detail}
                {request}
            </span>
            {again}
        </div>
    }
    .into_any()
}

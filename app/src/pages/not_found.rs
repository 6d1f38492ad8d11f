//! An address without a page, and a thing that does not exist.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::paths;

/// There is no page at this address.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    view! {
        <NotThere
            title="Page not found"
            text="The address may be misspelt, or from a later version."
        />
    }
    .into_any()
}

/// A page that says what is not there, with status 404.
#[component]
pub(crate) fn NotThere(
    /// What is missing.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(into)]
    text: String,
    /// What may help, under it.
    #[prop(optional)]
    more: Option<AnyView>,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=title.clone() />
        <main class="page" id="main" tabindex="-1">
            <section class="empty-state" aria-labelledby="missing-title">
                <h1 id="missing-title">{title}</h1>
                <p class="empty-state__text">{text}</p>
                {more}
                <p>
                    <a class="link" href=paths::JOBS>
                        "All jobs"
                    </a>
                    ", "
                    <a class="link" href=paths::DEVICES>
                        "all devices"
                    </a>
                </p>
            </section>
        </main>
    }
    .into_any()
}

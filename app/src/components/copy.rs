//! A button that copies a text. It needs the clipboard, so it is there once the page is interactive.

use leptos::prelude::*;

use super::Icon;
use crate::browser;

/// Copies `text`; the tick shows that it did.
#[component]
pub(crate) fn Copy(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, to follow "Copy".
    #[prop(into)]
    what: Signal<String>,
) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let (is_done, set_done) = signal(false);
    let copy = move |_| {
        browser::copy(&text.get());
        set_done.set(true);
        set_timeout(
            move || {
                set_done.try_set(false);
            },
            std::time::Duration::from_millis(1500),
        );
    };
    view! {
        <button
            class="copy"
            type="button"
            aria-label=move || format!("Copy {}", what.get())
            on:click=copy
            hidden=move || !is_interactive.get()
        >
            <Icon name=Signal::derive(move || if is_done.get() { "check" } else { "copy" }) />
        </button>
    }
    .into_any()
}

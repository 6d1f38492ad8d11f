//! A button that copies a text. It needs scripts; without them it is not offered.

use leptos::prelude::*;

use super::Icon;
use crate::browser;

/// How long the tick shows, in milliseconds.
const TICK: u64 = 1500;

/// Copies `text`; the tick, and the button's name, say that it did.
#[component]
pub(crate) fn Copy(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, to follow "Copy".
    #[prop(into)]
    what: Signal<String>,
) -> impl IntoView {
    let (is_done, set_done) = signal(false);
    let copy = move |_| {
        browser::copy(&text.get());
        set_done.set(true);
        set_timeout(
            move || {
                set_done.try_set(false);
            },
            std::time::Duration::from_millis(TICK),
        );
    };
    let name = move || format!("{} {}", if is_done.get() { "Copied" } else { "Copy" }, what.get());
    view! {
        <button class="copy needs-scripts" type="button" aria-label=move || name() on:click=copy>
            <Icon name=Signal::derive(move || if is_done.get() { "check" } else { "copy" }) />
        </button>
    }
    .into_any()
}

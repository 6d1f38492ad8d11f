//! A button that copies a text, such as an id or a link. It is hidden without scripts.

use leptos::prelude::*;

use super::Icon;
use crate::kit::dom;

/// How long the tick is shown, in milliseconds.
const TICK: u64 = 1500;

/// Copies `text`, then shows a tick and "Copied" as its name.
#[component]
pub(crate) fn CopyButton(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
    /// What it is; follows "Copy" in the button's name.
    #[prop(into)]
    what: Signal<String>,
    /// Its icon.
    #[prop(default = "copy")]
    icon: &'static str,
) -> impl IntoView {
    let (is_done, set_done) = signal(false);
    let copy = move |_| {
        dom::copy_to_clipboard(&text.get());
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
        <button class="copy needs-scripts" type="button" aria-label=name on:click=copy>
            <Icon name=Signal::derive(move || if is_done.get() { "check" } else { icon }) />
        </button>
    }
}

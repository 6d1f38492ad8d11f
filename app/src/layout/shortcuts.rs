//! The list of keyboard shortcuts, and the switch for single-key shortcuts.

use leptos::{html::Dialog, prelude::*};

use super::state::use_layout;
use crate::kit::dom;

/// Keys and their action. Two keys are pressed one after the other or together, or stand for two actions.
const KEYS: &[(&[&str], &str)] = &[
    (&["/"], "Go to job or device"),
    (&["n"], "New job"),
    (&["j", "k"], "Next, previous row"),
    (&["↵"], "Open the row"),
    (&["s"], "Search in this list"),
    (&["f"], "Next failure"),
    (&["x"], "Select the row"),
    (&["Shift", "x"], "Select up to the row"),
    (&["Esc"], "Close, then clear filter"),
    (&["g", "o"], "Overview"),
    (&["g", "j"], "Jobs"),
    (&["g", "d"], "Devices"),
    (&["g", "g"], "Groups"),
    (&["g", "a"], "Approvals"),
    (&["g", "s"], "Simulator"),
    (&["Ctrl", "↵"], "Run"),
    (&["Ctrl", "k"], "Go to job or device"),
    (&["?"], "This list"),
];

/// The dialog.
#[component]
pub(super) fn Shortcuts() -> impl IntoView {
    let layout = use_layout();
    let dialog = NodeRef::<Dialog>::new();
    dom::sync_dialog(dialog, layout.shortcuts.into());
    let rows = KEYS.iter().copied().map(|(keys, does)| {
        let keys: Vec<_> = keys.iter().map(|key| view! { <kbd class="key">{*key}</kbd> " " }).collect();
        view! {
            <div>
                <dt>{keys}</dt>
                <dd>{does}</dd>
            </div>
        }
    });
    view! {
        <dialog
            class="dialog shortcuts"
            aria-labelledby="shortcuts-title"
            node_ref=dialog
            on:close=dom::deferred(move |_| layout.shortcuts.set(false))
        >
            <div class="dialog__body">
                <h2 class="dialog__title" id="shortcuts-title">
                    "Keyboard shortcuts"
                </h2>
                <dl class="shortcuts__keys">{rows.into_iter().collect_view()}</dl>
                <label class="shortcuts__switch">
                    <input
                        class="switch"
                        type="checkbox"
                        role="switch"
                        prop:checked=move || layout.single_keys.get()
                        on:change=move |event| layout.set_single_keys(event_target_checked(&event))
                    />
                    "Single-key shortcuts"
                    <span class="field__hint">"never while typing; this browser remembers it"</span>
                </label>
            </div>
            <form class="dialog__foot" method="dialog">
                <button class="button" autofocus>
                    "Close"
                </button>
            </form>
        </dialog>
    }
    .into_any()
}

//! The list of keys, and the switch that turns those without Ctrl off.

use leptos::{html::Dialog, prelude::*};

use super::use_frame;
use crate::browser;

/// Keys and what they do. Two keys of one entry are pressed after or with each other, or are two ways, as the words say.
const KEYS: [(&[&str], &str); 16] = [
    (&["/"], "Go to job or device"),
    (&["n"], "New job"),
    (&["j", "k"], "Next, previous row"),
    (&["↵"], "Open the row"),
    (&["s"], "Search in this list"),
    (&["f"], "Next failure"),
    (&["x"], "Select the row"),
    (&["Shift", "x"], "Select up to the row"),
    (&["Esc"], "Close, then clear"),
    (&["[", "]"], "Attempt before, after"),
    (&["g", "j"], "Jobs"),
    (&["g", "d"], "Devices"),
    (&["g", "s"], "Simulator"),
    (&["Ctrl", "↵"], "Run"),
    (&["Ctrl", "k"], "Go to job or device"),
    (&["?"], "This list"),
];

/// The dialog.
#[component]
pub(super) fn Shortcuts() -> impl IntoView {
    let frame = use_frame();
    let dialog = NodeRef::<Dialog>::new();
    browser::follow_dialog(dialog, frame.shortcuts);
    let rows = KEYS.map(|(keys, does)| {
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
            on:close=move |_| frame.shortcuts.set(false)
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
                        prop:checked=move || frame.single_keys.get()
                        on:change=move |event| frame.set_single_keys(event_target_checked(&event))
                    />
                    "Keys without Ctrl"
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

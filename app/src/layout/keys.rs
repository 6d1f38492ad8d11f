//! Keyboard shortcuts, the same on every page: keys act on roles and on `data-key`, which names the key of a control. A
//! component that handles a key itself prevents the default, and nothing happens here.
//!
//! Single-key shortcuts are off while the user types, while a dialog is open, and when the user has turned them off.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::KeyboardEvent;

use super::state::Layout;
use crate::{
    kit::dom::{self, keyboard},
    paths,
};

/// How long after `g` the second key may come, in milliseconds.
const SECOND_KEY: i64 = 1500;

/// Listens to keys until the owner is disposed.
pub(super) fn listen(layout: Layout) {
    let navigate = use_navigate();
    let went_at = StoredValue::new(None::<i64>);
    let handle = window_event_listener(ev::keydown, move |event| {
        // Autofill sends such events without a key.
        if event.default_prevented() || event.is_composing() || event.alt_key() || event.key().is_empty() {
            return;
        }
        let go = |address: &str| {
            if !dom::is_guarded(address) {
                navigate(address, NavigateOptions::default());
            }
            true
        };
        let is_done = if event.ctrl_key() || event.meta_key() {
            with_ctrl(&event, layout)
        } else if keyboard::is_dialog_open() {
            false
        } else if event.key() == "Escape" {
            keyboard::dismiss()
        } else if keyboard::is_typing() || !layout.single_keys.get_untracked() {
            false
        } else {
            let is_second =
                went_at.try_update_value(Option::take).flatten().is_some_and(|at| now() - at < SECOND_KEY);
            if is_second { second(&event.key(), go) } else { single(&event, layout, went_at, go) }
        };
        if is_done {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

fn now() -> i64 {
    dom::now_millis().unwrap_or_default()
}

/// Shortcuts with Ctrl; they work while the user types too.
fn with_ctrl(event: &KeyboardEvent, layout: Layout) -> bool {
    match event.key().as_str() {
        "k" | "K" if !event.shift_key() => {
            layout.palette.update(|is_open| *is_open = !*is_open);
            true
        }
        "Enter" if !keyboard::is_dialog_open() => keyboard::submit(),
        _ => false,
    }
}

/// The second key after `g`: navigates to a page.
fn second(key: &str, go: impl Fn(&str) -> bool) -> bool {
    match key {
        "o" => go(paths::OVERVIEW),
        "j" => go(paths::JOBS),
        "d" => go(paths::DEVICES),
        "g" => go(paths::GROUPS),
        "a" if keyboard::has_link(paths::APPROVALS) => go(paths::APPROVALS),
        // Without simulated devices the top bar has no such link.
        "s" if keyboard::has_link(paths::SIMULATOR) => go(paths::SIMULATOR),
        _ => false,
    }
}

fn single(
    event: &KeyboardEvent,
    layout: Layout,
    went_at: StoredValue<Option<i64>>,
    go: impl Fn(&str) -> bool,
) -> bool {
    let key = event.key();
    match key.as_str() {
        "g" => {
            went_at.set_value(Some(now()));
            true
        }
        "/" => {
            layout.palette.set(true);
            true
        }
        "?" => {
            layout.shortcuts.set(true);
            true
        }
        _ if keyboard::press(&key) => true,
        "n" => go(paths::JOB_NEW),
        "j" => keyboard::move_row(1),
        "k" => keyboard::move_row(-1),
        "s" => keyboard::search(),
        "f" => keyboard::next_failure(),
        "x" => keyboard::select_row(),
        "X" => keyboard::select_row_range(),
        _ => false,
    }
}

//! The keyboard map, on every page alike. It knows no page: keys act on roles and on `data-key`, which names the key
//! that stands for a control. A component that handles a key itself prevents its default, and nothing happens here.
//!
//! Keys without Ctrl are off while typing, while a dialog is open, and where the viewer has turned them off.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::KeyboardEvent;

use super::Frame;
use crate::{
    browser::{self, page},
    paths,
};

/// How long after `g` the second key may come, in milliseconds.
const SECOND_KEY: i64 = 1500;

/// Listens for as long as the app lives.
pub(super) fn listen(frame: Frame) {
    let navigate = use_navigate();
    let went_at = StoredValue::new(None::<i64>);
    let handle = window_event_listener(ev::keydown, move |event| {
        // What a browser fills in by itself comes as such an event too, without a key.
        if event.default_prevented() || event.is_composing() || event.alt_key() || event.key().is_empty() {
            return;
        }
        let go = |address: &str| {
            navigate(address, NavigateOptions::default());
            true
        };
        let is_done = if event.ctrl_key() || event.meta_key() {
            with_ctrl(&event, frame)
        } else if page::is_dialog_open() {
            false
        } else if event.key() == "Escape" {
            page::step_back()
        } else if page::is_typing() || !frame.single_keys.get_untracked() {
            false
        } else {
            let is_second =
                went_at.try_update_value(Option::take).flatten().is_some_and(|at| now() - at < SECOND_KEY);
            if is_second { second(&event.key(), go) } else { single(&event, frame, went_at, go) }
        };
        if is_done {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

fn now() -> i64 {
    browser::now_millis().unwrap_or_default()
}

/// Works while typing too.
fn with_ctrl(event: &KeyboardEvent, frame: Frame) -> bool {
    match event.key().as_str() {
        "k" | "K" if !event.shift_key() => {
            frame.palette.update(|is_open| *is_open = !*is_open);
            true
        }
        "Enter" if !page::is_dialog_open() => page::run(),
        _ => false,
    }
}

/// After `g`: where to go.
fn second(key: &str, go: impl Fn(&str) -> bool) -> bool {
    match key {
        "j" => go(paths::JOBS),
        "d" => go(paths::DEVICES),
        // Where no pool runs there is no such page in the bar.
        "s" if page::has_link(paths::SIMULATOR) => go(paths::SIMULATOR),
        _ => false,
    }
}

fn single(
    event: &KeyboardEvent,
    frame: Frame,
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
            frame.palette.set(true);
            true
        }
        "?" => {
            frame.shortcuts.set(true);
            true
        }
        _ if page::press(&key) => true,
        "n" => go(paths::JOB_NEW),
        "j" => page::move_row(1),
        "k" => page::move_row(-1),
        "s" => page::search(),
        "f" => page::next_failure(),
        "x" => page::select_row(),
        "X" => page::select_rows(),
        _ => false,
    }
}

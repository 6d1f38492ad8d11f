//! Where the user was on each page of the tab's history: how far it was scrolled, and which link had the focus.
//!
//! A browser restores the scroll position of a document that it loads. Within one document it tries before the page's
//! content is there, and fails. So its own restoring is switched off while the document is open.

use std::{cell::RefCell, collections::HashMap};

use js_sys::{Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::ScrollRestoration;

/// The member of an entry's state that tells entries apart.
const KEY: &str = "entry";
/// Most entries remembered; beyond that all are forgotten.
const MOST: usize = 500;

/// A place on a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Place {
    /// Pixels that the page is scrolled down.
    pub(super) scroll: f64,
    /// The address of the link in the page's content that has the focus.
    pub(super) link: Option<String>,
}

thread_local! {
    static PLACES: RefCell<HashMap<String, Place>> = RefCell::default();
}

/// Takes the restoring of scroll positions over from the browser, and gives it back when the document is left.
pub(super) fn take_over() {
    let set = |restoration| {
        if let Ok(history) = window().history() {
            let _ = history.set_scroll_restoration(restoration);
        }
    };
    set(ScrollRestoration::Manual);
    let handles = [
        window_event_listener_untyped("pagehide", move |_| set(ScrollRestoration::Auto)),
        // A page that the browser has kept and shows again.
        window_event_listener_untyped("pageshow", move |_| set(ScrollRestoration::Manual)),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
}

/// Remembers the place on the current page.
pub(super) fn remember() {
    let Some(entry) = entry().or_else(new_entry) else { return };
    let place = Place { scroll: scrolled(), link: focused_link() };
    PLACES.with_borrow_mut(|places| {
        if places.len() >= MOST && !places.contains_key(&entry) {
            places.clear();
        }
        places.insert(entry, place);
    });
}

/// The place on the current page when it was left.
pub(super) fn recall() -> Option<Place> {
    let entry = entry()?;
    PLACES.with_borrow(|places| places.get(&entry).cloned())
}

/// The path of the current history entry.
pub(super) fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Whether the current history entry has this path. The router writes some characters decoded.
pub(super) fn is_at(path: &str) -> bool {
    let decoded = |path: &str| js_sys::decode_uri_component(path).ok().map(String::from);
    let here = self::path();
    here == path || decoded(&here).is_some_and(|here| decoded(path) == Some(here))
}

/// Pixels that the window is scrolled down.
pub(super) fn scrolled() -> f64 {
    window().scroll_y().unwrap_or_default()
}

fn focused_link() -> Option<String> {
    let link = document().active_element()?.closest("main a[href]").ok()??;
    link.get_attribute("href")
}

/// The key of the current history entry.
fn entry() -> Option<String> {
    let state = window().history().ok()?.state().ok()?;
    Reflect::get(&state, &KEY.into()).ok()?.as_string()
}

/// Gives the current history entry a key. Its address stays.
fn new_entry() -> Option<String> {
    thread_local! {
        static NUMBER: RefCell<u32> = const { RefCell::new(0) };
    }
    let number = NUMBER.with_borrow_mut(|number| {
        *number += 1;
        *number
    });
    // Entries of an earlier document in this tab have keys too.
    let key = format!("{}-{number}", js_sys::Date::now());
    let state = Object::new();
    Reflect::set(&state, &KEY.into(), &JsValue::from_str(&key)).ok()?;
    window().history().ok()?.replace_state(&state, "").ok()?;
    Some(key)
}

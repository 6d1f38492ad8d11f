//! The browser, seen from our side: clock, storage, clipboard, dialogs. On the server each function answers as a
//! browser would that remembers nothing and cannot do anything, so that both render the same first frame.

mod dom;
pub(crate) mod field;
mod form;
#[cfg(feature = "hydrate")]
pub(crate) mod page;

use leptos::prelude::*;

use crate::reactive::effect;

pub(crate) use self::{
    dom::{
        Stand, capture_pointer, close_details, enter_row, focus_selected_row, is_busy, leave_rows, on_hand,
        on_press_outside, on_view_change, place_within, rem, row_in_focus, scroll_by, set_length, stand,
        turn_rows,
    },
    form::{absolute, focus, on_leave, read_chosen_file},
};

/// The browser's clock, in milliseconds since the Unix epoch; `None` on the server, where pages use the time that came
/// with their data.
#[cfg_attr(feature = "hydrate", expect(clippy::unnecessary_wraps, reason = "the server has no answer"))]
pub(crate) fn now_millis() -> Option<i64> {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds stay far below 2^53")]
        Some(js_sys::Date::now() as i64)
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// The document's title; none on the server.
#[cfg_attr(feature = "hydrate", expect(clippy::unnecessary_wraps, reason = "the server has no answer"))]
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn title() -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        Some(document().title())
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// Minutes that the viewer's zone is ahead of UTC at an instant; 0 on the server.
pub(crate) fn zone_offset_minutes(unix_millis: i64) -> i32 {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds stay far below 2^53")]
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(unix_millis as f64));
        #[expect(clippy::cast_possible_truncation, reason = "a zone is at most 14 hours away")]
        let behind = date.get_timezone_offset() as i32;
        -behind
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = unix_millis;
        0
    }
}

/// Minutes that the viewer's zone is ahead of UTC at a local wall time such as `2026-09-17T18:00`; 0 on the server.
pub(crate) fn zone_offset_at_local(local: &str) -> i32 {
    #[cfg(feature = "hydrate")]
    {
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(local));
        let behind = date.get_timezone_offset();
        if behind.is_nan() {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a zone is at most 14 hours away")]
        let behind = behind as i32;
        -behind
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = local;
        0
    }
}

/// A number as JSON writes it, or one like `.5`, `+2` or `1.`. The browser reads it itself: what Rust's own parser needs
/// is a good part of a page's program.
pub(crate) fn number(text: &str) -> Option<f64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte)) || text.is_empty() {
        return None;
    }
    #[cfg(feature = "hydrate")]
    let number = wasm_bindgen::JsValue::from_str(text).unchecked_into_f64();
    #[cfg(not(feature = "hydrate"))]
    let number = text.parse::<f64>().ok()?;
    number.is_finite().then_some(number)
}

/// A text in small letters, to compare by. The browser lowers what is not ASCII: Rust's own tables of it would be a part
/// of every page.
pub(crate) fn lowered(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    #[cfg(feature = "hydrate")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(feature = "hydrate"))]
    text.to_lowercase()
}

/// A remembered word; `None` on the server and where storage is off.
pub(crate) fn remembered(name: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        window().local_storage().ok()??.get_item(name).ok()?
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        None
    }
}

/// Remembers a word in this browser; nothing where storage is off.
pub(crate) fn remember(name: &str, word: &str) {
    #[cfg(feature = "hydrate")]
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, word);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, word);
}

/// Sets the theme on the document; `system` takes the override away.
pub(crate) fn apply_theme(theme: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(root) = document().document_element() {
        let _ = if theme == "system" {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", theme)
        };
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = theme;
}

/// Whether nobody can see the page; false on the server.
pub(crate) fn is_hidden() -> bool {
    #[cfg(feature = "hydrate")]
    {
        document().visibility_state() == web_sys::VisibilityState::Hidden
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Puts text on the clipboard. Nothing happens where the browser does not allow it.
pub(crate) fn copy(text: &str) {
    #[cfg(feature = "hydrate")]
    {
        let _ = window().navigator().clipboard().write_text(text);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = text;
}

/// Loads the page anew.
#[cfg(feature = "hydrate")]
pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Opens a dialog over the page; one that the server rendered open becomes modal.
pub(crate) fn show_dialog(dialog: NodeRef<leptos::html::Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.get_untracked() {
        // Not by `close`, which would say that the person has closed it.
        let _ = dialog.remove_attribute("open");
        let _ = dialog.show_modal();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// Closes a dialog; the browser returns the focus to where it was.
pub(crate) fn close_dialog(dialog: NodeRef<leptos::html::Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// Opens and closes a dialog as the signal says. The browser's own ways to close it, the Escape key and a click beside
/// it, have to tell the signal.
pub(crate) fn follow_dialog(dialog: NodeRef<leptos::html::Dialog>, is_open: RwSignal<bool>) {
    Effect::new(move |was_open: Option<bool>| {
        // One that comes when it is first wanted may be asked to open a moment before it is there.
        let is_open = is_open.get() && dialog.get().is_some();
        if is_open && was_open != Some(true) {
            #[cfg(feature = "hydrate")]
            if let Some(dialog) = dialog.get_untracked() {
                let _ = dialog.set_attribute("closedby", "any");
            }
            show_dialog(dialog);
        } else if !is_open && was_open == Some(true) {
            close_dialog(dialog);
        }
        is_open
    });
}

/// Brings an element into sight, as little as is needed; nothing on the server.
pub(crate) fn reveal(id: &str) {
    #[cfg(feature = "hydrate")]
    page::reveal_id(id);
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// Whether the page links to an address; false on the server.
pub(crate) fn has_link(address: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        page::has_link(address)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = address;
        false
    }
}

/// The address of the page; empty on the server.
pub(crate) fn address() -> String {
    #[cfg(feature = "hydrate")]
    {
        window().location().href().unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// The path of the page's address.
#[cfg(feature = "hydrate")]
pub(crate) fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Shows an SVG as the page's icon; the document's own with none.
pub(crate) fn set_icon(svg: Option<&str>) {
    #[cfg(feature = "hydrate")]
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]") {
        let href = svg.map_or_else(
            || "/favicon.svg".to_owned(),
            |svg| format!("data:image/svg+xml,{}", crate::paths::encode(svg)),
        );
        let _ = link.set_attribute("href", &href);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = svg;
}

/// Calls back whenever somebody looks at the page again, until the owner goes; never on the server.
pub(crate) fn on_look(callback: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            if !is_hidden() {
                callback();
            }
        });
        on_cleanup(move || handle.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = callback;
}

/// Calls back every so many milliseconds until the owner goes, once the page is alive; never on the server.
pub(crate) fn every(millis: u64, callback: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        // Boxed, so that the program holds this once.
        #[inline(never)]
        fn start(millis: u64, callback: Box<dyn Fn()>) {
            let callback = move || {
                if untrack(is_alive) {
                    callback();
                }
            };
            if let Ok(handle) = set_interval_with_handle(callback, std::time::Duration::from_millis(millis)) {
                on_cleanup(move || handle.clear());
            }
        }
        start(millis, Box::new(callback));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (millis, callback);
}

/// Whether the page is interactive: false on the server and in the first frame, true once the browser has taken over.
pub(crate) fn use_interactive() -> ReadSignal<bool> {
    let (interactive, set_interactive) = signal(false);
    effect(move || {
        if is_alive() {
            set_interactive.set(true);
        }
    });
    interactive
}

#[cfg(feature = "hydrate")]
thread_local! {
    static ALIVE: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Whether the browser's program has taken over the whole document. The page's own program comes a moment after the
/// frame's: until then nothing that is shown may change, or what is taken over later is not what the server has drawn.
/// Every effect that changes what is shown asks this first and runs again when it turns true; false on the server.
pub(crate) fn is_alive() -> bool {
    #[cfg(feature = "hydrate")]
    return ALIVE.with(ArcRwSignal::get);
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Tells that the whole document is taken over.
#[cfg(feature = "hydrate")]
pub(crate) fn come_alive() {
    ALIVE.with(|alive| alive.set(true));
}

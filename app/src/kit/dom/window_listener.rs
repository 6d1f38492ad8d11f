//! Listeners of the window that are called before those of the elements.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Event;

/// Calls back when an event is on its way to its target, until the owner is disposed.
pub(super) fn on_window_capture(event: &'static str, callback: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(callback);
    let function: js_sys::Function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let _ = window().add_event_listener_with_callback_and_bool(event, &function, true);
    let kept = StoredValue::new_local((listener, function));
    on_cleanup(move || {
        kept.try_with_value(|(_, function)| {
            let _ = window().remove_event_listener_with_callback_and_bool(event, function, true);
        });
    });
}

//! What forms need of the browser: the focus, a file's text, and a word before somebody leaves.

use leptos::prelude::*;

/// Puts the focus on an element; nothing on the server.
pub(crate) fn focus(id: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let element = document().get_element_by_id(id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// A path as an address to give to somebody; the path itself on the server.
pub(crate) fn absolute(path: &str) -> String {
    #[cfg(feature = "hydrate")]
    {
        format!("{}{path}", window().location().origin().unwrap_or_default())
    }
    #[cfg(not(feature = "hydrate"))]
    path.to_owned()
}

/// Calls back with the name and the text of the file that was chosen; the field is empty again afterwards, so that the
/// same file can be chosen twice.
pub(crate) fn read_chosen_file(event: &leptos::ev::Event, callback: impl Fn(String, String) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::{JsCast, JsValue, closure::Closure};

        let field = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let Some(field) = field else { return };
        let Some(file) = field.files().and_then(|files| files.item(0)) else { return };
        let name = file.name();
        let done = Closure::once_into_js(move |text: JsValue| {
            callback(name, text.as_string().unwrap_or_default());
            field.set_value("");
        });
        let text = file.text();
        let _ = js_sys::Reflect::get(&text, &JsValue::from_str("then"))
            .ok()
            .and_then(|then| then.dyn_into::<js_sys::Function>().ok())
            .map(|then| then.call1(&text, &done));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (event, callback);
}

/// While `is_dirty`, keeps links from leading away, and calls back with where they lead; the browser asks by itself
/// when the tab is closed or loaded anew. Until the owner goes; never on the server.
pub(crate) fn on_leave(is_dirty: Signal<bool>, callback: impl Fn(String) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::ev::MouseEvent;
        use wasm_bindgen::{JsCast, closure::Closure};

        let unload = window_event_listener_untyped("beforeunload", move |event| {
            if is_dirty.try_get_untracked() == Some(true) {
                event.prevent_default();
            }
        });
        // In the capture phase, before the router hears of the click.
        let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
            let has_modifier = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
            if event.button() != 0 || has_modifier || is_dirty.try_get_untracked() != Some(true) {
                return;
            }
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let Some(link) = target.and_then(|target| target.closest("a[href]").ok().flatten()) else {
                return;
            };
            let href = link.get_attribute("href").unwrap_or_default();
            if !href.starts_with('/') || link.has_attribute("download") || link.has_attribute("target") {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            callback(href);
        });
        let function: js_sys::Function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
        let _ = window().add_event_listener_with_callback_and_bool("click", &function, true);
        let kept = StoredValue::new_local((listener, function));
        on_cleanup(move || {
            unload.remove();
            kept.try_with_value(|(_, function)| {
                let _ = window().remove_event_listener_with_callback_and_bool("click", function, true);
            });
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (is_dirty, callback);
}

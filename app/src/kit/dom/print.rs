//! Printing.

/// Calls back with true before the page is printed and with false afterwards, until the owner is disposed; never on the
/// server.
pub(crate) fn on_print(callback: impl Fn(bool) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::*;
        use wasm_bindgen::{JsCast, closure::Closure};

        // Unlike `beforeprint` it is also sent where the print style is shown on the screen.
        let Ok(Some(query)) = window().match_media("print") else { return };
        let listener = Closure::<dyn FnMut(web_sys::MediaQueryListEvent)>::new(
            move |event: web_sys::MediaQueryListEvent| callback(event.matches()),
        );
        let _ = query.add_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
        let held = StoredValue::new_local((query, listener));
        on_cleanup(move || {
            held.try_update_value(|(query, listener)| {
                let _ =
                    query.remove_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
            });
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = callback;
}

//! Keeps the user from leaving a form with unsaved changes by accident.

use leptos::prelude::*;

/// How the user is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// To an address, by a link or a key.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server does not navigate"))]
    To(String),
    /// By the browser's Back or Forward.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server does not navigate"))]
    History,
}

/// Asks the user about leaving; returns the address of the page, or `None` where nothing is lost and nothing was asked.
#[cfg(feature = "hydrate")]
type Guard = std::rc::Rc<dyn Fn(Leaving) -> Option<String>>;

#[cfg(feature = "hydrate")]
thread_local! {
    /// The guard of the open form, for navigation that is not a click on a link.
    static GUARD: std::cell::RefCell<Option<Guard>> = const { std::cell::RefCell::new(None) };
}

#[cfg(feature = "hydrate")]
fn ask(leaving: Leaving) -> Option<String> {
    GUARD.with_borrow(Clone::clone)?(leaving)
}

/// Whether the open form has unsaved changes. If so, it asks the user, and navigates to this address itself.
pub(crate) fn is_guarded(address: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        ask(Leaving::To(address.to_owned())).is_some()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = address;
        false
    }
}

/// Undoes Back and Forward while the open form has unsaved changes, and asks the user: the form becomes the newest entry of
/// the history again, and the one that the user wanted comes before it. Called before the router listens, since a window
/// calls its listeners in the order in which they were added. Never on the server.
pub(crate) fn guard_history() {
    #[cfg(feature = "hydrate")]
    {
        let listener = window_event_listener(leptos::ev::popstate, |event| {
            let Some(here) = ask(Leaving::History) else { return };
            event.stop_immediate_propagation();
            if let Ok(history) = window().history() {
                let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&here));
            }
        });
        on_cleanup(move || listener.remove());
    }
}

/// Goes back in the browser's history.
pub(crate) fn go_back() {
    #[cfg(feature = "hydrate")]
    if let Ok(history) = window().history() {
        let _ = history.back();
    }
}

/// While `is_dirty`, blocks clicks on links, shortcuts, Back and Forward, and calls back instead; `here` is the page's
/// address. The browser itself asks when the tab is closed or reloaded. Until the owner is disposed; never on the server.
pub(crate) fn guard_navigation(
    is_dirty: Signal<bool>,
    here: impl Fn() -> String + 'static,
    callback: impl Fn(Leaving) + Clone + 'static,
) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::ev::MouseEvent;
        use wasm_bindgen::{JsCast, closure::Closure};

        let is_dirty = move || is_dirty.try_get_untracked() == Some(true);
        let unload = window_event_listener_untyped("beforeunload", move |event| {
            if is_dirty() {
                event.prevent_default();
            }
        });
        let ask_user = callback.clone();
        // In the capture phase, before the router handles the click.
        let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
            let has_modifier = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
            if event.button() != 0 || has_modifier || !is_dirty() {
                return;
            }
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let Some(link) = target.and_then(|target| target.closest("a[href]").ok().flatten()) else {
                return;
            };
            let href = link.get_attribute("href").unwrap_or_default();
            // A row of the palette navigates by itself, see `is_guarded`.
            let is_option = link.get_attribute("role").as_deref() == Some("option");
            let is_elsewhere = link.has_attribute("download") || link.has_attribute("target");
            if !href.starts_with('/') || is_elsewhere || is_option {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            ask_user(Leaving::To(href));
        });
        let function: js_sys::Function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
        let _ = window().add_event_listener_with_callback_and_bool("click", &function, true);
        let kept = StoredValue::new_local((listener, function));
        // After its owner is disposed it finds nothing to guard.
        GUARD.set(Some(std::rc::Rc::new(move |leaving| {
            is_dirty().then(|| {
                callback(leaving);
                here()
            })
        })));
        on_cleanup(move || {
            unload.remove();
            kept.try_with_value(|(_, function)| {
                let _ = window().remove_event_listener_with_callback_and_bool("click", function, true);
            });
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (is_dirty, here, callback);
}

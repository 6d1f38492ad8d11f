//! User input and the pointer's position.

use leptos::{html::Div, prelude::*};

/// Calls back on every wheel, key or pointer event, until the owner is disposed, except on the control that `except`
/// selects.
pub(crate) fn on_user_input(except: &'static str, callback: impl Fn() + Clone + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let is_excepted = move |event: &web_sys::Event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            target.is_some_and(|target| target.closest(except).is_ok_and(|found| found.is_some()))
        };
        let (turned, pressed) = (callback.clone(), callback.clone());
        let handles = [
            window_event_listener(leptos::ev::wheel, move |_| turned()),
            window_event_listener(leptos::ev::keydown, move |event| {
                // The space bar presses the control; any other key leaves it.
                if event.key() != " " || !is_excepted(&event) {
                    pressed();
                }
            }),
            window_event_listener(leptos::ev::pointerdown, move |event| {
                if !is_excepted(&event) {
                    callback();
                }
            }),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (except, callback);
}

/// Sends all further events of a pressed pointer to this element, until it is released.
pub(crate) fn capture_pointer(element: NodeRef<Div>, event: &leptos::ev::PointerEvent) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = element.try_get_untracked().flatten() {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (element, event);
}

/// A point of the window as fractions of an element's width and height; `None` when the element has no size.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn position_within(element: NodeRef<Div>, x: i32, y: i32) -> Option<(f64, f64)> {
    #[cfg(feature = "hydrate")]
    {
        let place = element.try_get_untracked().flatten()?.get_bounding_client_rect();
        let share =
            |at: i32, start: f64, extent: f64| (extent > 0.0).then(|| (f64::from(at) - start) / extent);
        Some((share(x, place.left(), place.width())?, share(y, place.top(), place.height())?))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (element, x, y);
        None
    }
}

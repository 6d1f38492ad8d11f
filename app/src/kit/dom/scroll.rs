//! Scrolling, and lengths in rem.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Calls back when the window is scrolled or resized, until the owner is disposed; never on the server.
pub(crate) fn on_scroll_or_resize(callback: impl Fn() + Clone + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let scrolled = callback.clone();
        let handles = [
            window_event_listener(leptos::ev::scroll, move |_| scrolled()),
            window_event_listener(leptos::ev::resize, move |_| callback()),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = callback;
}

/// Scrolls the window down by a number of CSS pixels, or up when it is negative.
pub(crate) fn scroll_by(pixels: f64) {
    #[cfg(feature = "hydrate")]
    window().scroll_by_with_x_and_y(0.0, pixels);
    #[cfg(not(feature = "hydrate"))]
    let _ = pixels;
}

/// Scrolls an element into view, by as little as needed; nothing on the server.
pub(crate) fn scroll_into_view(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// Sets a custom property of the document to a length in rem.
pub(crate) fn set_root_length(name: &str, rem: f64) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let root =
            document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(root) = root {
            let _ = web_sys::HtmlElement::style(&root)
                .set_property(name, &format!("{}rem", crate::format::number::trimmed(rem, 4)));
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, rem);
}

/// How many CSS pixels a rem has: the document's font size.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn root_font_size() -> f64 {
    /// The default of all browsers.
    const DEFAULT: f64 = 16.0;

    #[cfg(feature = "hydrate")]
    {
        let root = document().document_element();
        let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
        let size = style.and_then(|style| style.get_property_value("font-size").ok());
        size.and_then(|size| crate::format::number::parse(size.trim_end_matches("px"))).unwrap_or(DEFAULT)
    }
    #[cfg(not(feature = "hydrate"))]
    DEFAULT
}

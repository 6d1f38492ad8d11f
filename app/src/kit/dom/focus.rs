//! The focus and the text selection.

use leptos::{html::Section, prelude::*};

/// Focuses an element by its id; nothing on the server.
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

/// Whether the user is working in an element: the focus is in it, or text is selected on the page.
pub(crate) fn has_focus_or_selection(element: NodeRef<Section>) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let Some(element) = element.try_get_untracked().flatten() else { return false };
        let has_focus = document().active_element().is_some_and(|active| element.contains(Some(&active)));
        let selects =
            window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        has_focus || selects
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = element;
        false
    }
}

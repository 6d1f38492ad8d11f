//! Native dialogs and disclosures.

use leptos::{
    html::{Details, Dialog},
    prelude::*,
};

/// Opens a modal dialog. One that the server rendered open becomes modal.
fn show_dialog(dialog: NodeRef<Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.try_get_untracked().flatten() {
        // Not by `close`, which would send a `close` event as if the user had closed it.
        let _ = dialog.remove_attribute("open");
        let _ = dialog.show_modal();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// Closes a dialog; the browser returns the focus to where it was.
fn close_dialog(dialog: NodeRef<Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.try_get_untracked().flatten() {
        dialog.close();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// Opens and closes a dialog when the signal changes. The dialog must set the signal to false in its `close` event, since
/// Escape and a click outside close it too.
pub(crate) fn sync_dialog(dialog: NodeRef<Dialog>, is_open: Signal<bool>) {
    Effect::new(move |was_open: Option<bool>| {
        // The signal may be set before the dialog is rendered.
        let is_open = is_open.get() && dialog.get().is_some();
        if is_open && was_open != Some(true) {
            #[cfg(feature = "hydrate")]
            if let Some(dialog) = dialog.try_get_untracked().flatten() {
                let _ = dialog.set_attribute("closedby", "any");
            }
            show_dialog(dialog);
        } else if !is_open && was_open == Some(true) {
            close_dialog(dialog);
        }
        is_open
    });
}

/// Closes a `details` element and returns the focus to its summary. Returns whether it was open.
pub(crate) fn close_details(details: NodeRef<Details>) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let Some(details) = details.try_get_untracked().flatten().filter(web_sys::HtmlDetailsElement::open)
        else {
            return false;
        };
        let is_inside = document().active_element().is_some_and(|active| details.contains(Some(&active)));
        details.set_open(false);
        let summary = details.query_selector("summary").ok().flatten();
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<web_sys::HtmlElement>().ok())
            && is_inside
        {
            let _ = summary.focus();
        }
        true
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = details;
        false
    }
}

/// Calls back when the pointer is pressed outside an element, until the owner is disposed; never on the server.
pub(crate) fn on_press_outside(element: NodeRef<Details>, callback: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener(leptos::ev::pointerdown, move |event| {
            use wasm_bindgen::JsCast;

            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let is_inside = element
                .try_get_untracked()
                .flatten()
                .is_some_and(|element| element.contains(target.as_ref()));
            if !is_inside {
                callback();
            }
        });
        on_cleanup(move || handle.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (element, callback);
}

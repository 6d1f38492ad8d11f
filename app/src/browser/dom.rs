//! Elements as they stand in the window: places, focus, disclosures. On the server nothing stands anywhere.

use leptos::{
    html::{Details, Div, Section, Tbody},
    prelude::*,
};

/// How rows stand in the window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stand {
    /// Their upper edge, from the window's; negative above it.
    pub(crate) top: f64,
    /// Their height, all together.
    pub(crate) height: f64,
    /// The window's height.
    pub(crate) window: f64,
}

/// How the rows of a table stand; `None` on the server, and while they are not on the page.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn stand(rows: NodeRef<Tbody>) -> Option<Stand> {
    #[cfg(feature = "hydrate")]
    {
        let place = rows.get_untracked()?.get_bounding_client_rect();
        let window = window().inner_height().ok()?.as_f64()?;
        Some(Stand { top: place.top(), height: place.height(), window })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = rows;
        None
    }
}

/// The row of a table that has the focus, by its `aria-rowindex`; none on the server.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn row_in_focus(rows: NodeRef<Tbody>) -> Option<u64> {
    #[cfg(feature = "hydrate")]
    {
        let row = document().active_element()?.closest("[aria-rowindex]").ok()??;
        let is_here = rows.get_untracked()?.contains(Some(&row));
        row.get_attribute("aria-rowindex").filter(|_| is_here)?.parse().ok()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = rows;
        None
    }
}

/// Moves that many of a table's first rows behind its last one; a negative count, the last ones before the first. A row
/// that is moved loses the focus.
pub(crate) fn turn_rows(rows: NodeRef<Tbody>, count: i64) {
    #[cfg(feature = "hydrate")]
    if let Some(body) = rows.get_untracked() {
        for _ in 0..count.unsigned_abs() {
            let (Some(first), Some(last)) = (body.first_element_child(), body.last_element_child()) else {
                return;
            };
            let _ = if count > 0 {
                // What the framework knows the list's end by stays behind the rows.
                body.insert_before(&first, last.next_sibling().as_ref())
            } else {
                body.insert_before(&last, Some(&first))
            };
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (rows, count);
}

/// Takes the focus from the rows of a table.
pub(crate) fn leave_rows(rows: NodeRef<Tbody>) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let focused =
            document().active_element().and_then(|focused| focused.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some((body, focused)) = rows.get_untracked().zip(focused)
            && body.contains(Some(&focused))
        {
            let _ = focused.blur();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = rows;
}

/// Gives the focus to the link of the row with this `aria-rowindex`, and follows the link if told to.
pub(crate) fn enter_row(rows: NodeRef<Tbody>, index: u64, follows: bool) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let link = rows.get_untracked().and_then(|rows| {
            rows.query_selector(&format!("[aria-rowindex=\"{index}\"] a[href]")).ok().flatten()
        });
        if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = link.focus();
            if follows {
                link.click();
            }
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (rows, index, follows);
}

/// Calls back when the window is scrolled or its size changes, until the owner goes; never on the server.
pub(crate) fn on_view_change(callback: impl Fn() + Clone + 'static) {
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

/// Calls back when somebody turns the wheel, presses a key or presses anything, until the owner goes; but not for what is
/// done to the control that `except` names.
pub(crate) fn on_hand(except: &'static str, callback: impl Fn() + Clone + 'static) {
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
                // The space bar is how a control is pressed; any other key goes somewhere else from there.
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

/// Sets a length of the document's style, in rem.
pub(crate) fn set_length(name: &str, rem: f64) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let root =
            document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(root) = root {
            let _ = web_sys::HtmlElement::style(&root)
                .set_property(name, &format!("{}rem", crate::present::number::trimmed(rem, 4)));
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, rem);
}

/// How many CSS pixels a rem has, by the letters of the document.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn rem() -> f64 {
    /// What browsers begin with.
    const USUAL: f64 = 16.0;

    #[cfg(feature = "hydrate")]
    {
        let root = document().document_element();
        let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
        let size = style.and_then(|style| style.get_property_value("font-size").ok());
        size.and_then(|size| super::number(size.trim_end_matches("px"))).unwrap_or(USUAL)
    }
    #[cfg(not(feature = "hydrate"))]
    USUAL
}

/// All that a pointer does from its press on belongs to this element, until it is released.
pub(crate) fn capture_pointer(element: NodeRef<Div>, event: &leptos::ev::PointerEvent) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = element.get_untracked() {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (element, event);
}

/// Moves the window up or down by so many CSS pixels.
pub(crate) fn scroll_by(pixels: f64) {
    #[cfg(feature = "hydrate")]
    window().scroll_by_with_x_and_y(0.0, pixels);
    #[cfg(not(feature = "hydrate"))]
    let _ = pixels;
}

/// A point of the window as shares of an element's width and height; `None` without an extent.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn place_within(element: NodeRef<Div>, x: i32, y: i32) -> Option<(f64, f64)> {
    #[cfg(feature = "hydrate")]
    {
        let place = element.get_untracked()?.get_bounding_client_rect();
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

/// Whether somebody is busy inside an element: the focus is in it, or text is selected on the page.
pub(crate) fn is_busy(element: NodeRef<Section>) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let Some(element) = element.get_untracked() else { return false };
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

/// Closes a disclosure and gives the focus back to its button; says whether it was open.
pub(crate) fn close_details(details: NodeRef<Details>) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let Some(details) = details.get_untracked().filter(web_sys::HtmlDetailsElement::open) else {
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

/// Calls back on a press outside of an element, until the owner goes; never on the server.
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

/// Gives the focus to the link of the row whose device is open, before the drawer goes.
pub(crate) fn focus_selected_row() {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let link = document().query_selector("main tr[aria-selected=true] th a[href]").ok().flatten();
        if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = link.focus();
        }
    }
}

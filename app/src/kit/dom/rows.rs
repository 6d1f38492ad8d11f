//! The rows of a table: where they are, their order and their focus.

use leptos::{html::Tbody, prelude::*};

/// The position of a table's rows in the window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RowMetrics {
    /// Their upper edge, relative to the window's; negative when it is scrolled out.
    pub(crate) top: f64,
    /// Height of all rows together.
    pub(crate) height: f64,
    /// The window's height.
    pub(crate) window: f64,
}

/// The position of a table's rows; `None` on the server and while they are not on the page.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn row_metrics(rows: NodeRef<Tbody>) -> Option<RowMetrics> {
    #[cfg(feature = "hydrate")]
    {
        let place = rows.try_get_untracked().flatten()?.get_bounding_client_rect();
        let window = window().inner_height().ok()?.as_f64()?;
        Some(RowMetrics { top: place.top(), height: place.height(), window })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = rows;
        None
    }
}

/// The row of a table that has the focus, by its `aria-rowindex`; `None` on the server.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn focused_row(rows: NodeRef<Tbody>) -> Option<u64> {
    #[cfg(feature = "hydrate")]
    {
        let row = document().active_element()?.closest("[aria-rowindex]").ok()??;
        let is_here = rows.try_get_untracked().flatten()?.contains(Some(&row));
        row.get_attribute("aria-rowindex").filter(|_| is_here)?.parse().ok()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = rows;
        None
    }
}

/// Moves the first `count` rows of a table behind the last one, or with a negative count the last ones before the first.
/// A row that is moved loses the focus.
pub(crate) fn rotate_rows(rows: NodeRef<Tbody>, count: i64) {
    #[cfg(feature = "hydrate")]
    if let Some(body) = rows.try_get_untracked().flatten() {
        for _ in 0..count.unsigned_abs() {
            let (Some(first), Some(last)) = (body.first_element_child(), body.last_element_child()) else {
                return;
            };
            let _ = if count > 0 {
                // Leptos marks the end of the list with a node, which has to stay last.
                body.insert_before(&first, last.next_sibling().as_ref())
            } else {
                body.insert_before(&last, Some(&first))
            };
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (rows, count);
}

/// Removes the focus from the rows of a table.
pub(crate) fn blur_rows(rows: NodeRef<Tbody>) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let focused =
            document().active_element().and_then(|focused| focused.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some((body, focused)) = rows.try_get_untracked().flatten().zip(focused)
            && body.contains(Some(&focused))
        {
            let _ = focused.blur();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = rows;
}

/// Focuses the link of the row with this `aria-rowindex`, and clicks it if `follows`.
pub(crate) fn focus_row(rows: NodeRef<Tbody>, index: u64, follows: bool) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let link = rows.try_get_untracked().flatten().and_then(|rows| {
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

/// Focuses the link of the selected row, before the drawer that shows its device closes.
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

/// Where a row was in the window, to find out how far it has moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RowPlace {
    /// Its `aria-rowindex`.
    pub(crate) index: u64,
    /// Its upper edge, relative to the window's, in CSS pixels.
    pub(crate) top: f64,
}

/// The place of the row with this `aria-rowindex`; without one of the row that has the focus, else of the selected one.
#[cfg_attr(not(feature = "hydrate"), expect(clippy::missing_const_for_fn, reason = "the browser's is not"))]
pub(crate) fn row_place(rows: NodeRef<Tbody>, index: Option<u64>) -> Option<RowPlace> {
    #[cfg(feature = "hydrate")]
    {
        let rows = rows.get_untracked()?;
        let find = |selector: &str| rows.query_selector(selector).ok().flatten();
        let row = match index {
            Some(index) => find(&format!("[aria-rowindex=\"{index}\"]")),
            None => find("tr:focus-within").or_else(|| find("tr[aria-selected=true]")),
        }?;
        let index = row.get_attribute("aria-rowindex")?.parse().ok()?;
        Some(RowPlace { index, top: row.get_bounding_client_rect().top() })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (rows, index);
        None
    }
}

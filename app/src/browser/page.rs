//! What keys do to the page that is open, whichever it is: by roles, by what stands in the markup, and by `data-key`,
//! which names the key that stands for a control. Each says whether there was something to do.

use std::cell::RefCell;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Rows of lists and grids: those that lead somewhere.
const ROWS: &str = "main [data-row], main tbody tr:has(a[href]), main [role=row]:has(a[href])";
/// One of them, from something inside it.
const ROW: &str = "[data-row], tr, [role=row]";
/// States of devices that somebody has to look into.
const FAILURES: &str =
    "[data-status=failed], [data-status=timedOut], [data-status=notOnline], [data-status=interrupted]";

thread_local! {
    /// The row whose box was ticked last: where a range begins.
    static ANCHOR: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Whether keys are text now.
pub(crate) fn is_typing() -> bool {
    const FIELDS: &str = "textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], \
         input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range])";
    // A field of a dialog that has just been closed keeps the focus until the next frame.
    document().active_element().is_some_and(|focused| {
        focused.matches(FIELDS).unwrap_or(false)
            && focused.closest("dialog:not([open])").ok().flatten().is_none()
    })
}

/// Whether a dialog is open, over the page or in it.
pub(crate) fn is_dialog_open() -> bool {
    has("dialog[open]")
}

/// Whether the page shows what a selector names.
pub(crate) fn has(selector: &str) -> bool {
    first(selector).is_some()
}

/// Whether the page links to an address.
pub(crate) fn has_link(address: &str) -> bool {
    has(&format!("a[href=\"{address}\"]"))
}

/// Presses the control that stands for a key.
pub(crate) fn press(key: &str) -> bool {
    // Quotes and backslashes are keys too.
    !key.contains(['"', '\\']) && click(first(&format!("[data-key=\"{key}\"]")))
}

/// Runs what the page is about: the control for it, or the form's primary button.
pub(crate) fn run() -> bool {
    press("Ctrl+Enter") || click(first("main form button.button--primary[type=submit]:not(:disabled)"))
}

/// One step back: closes a menu, else the drawer, else takes a filter away.
pub(crate) fn step_back() -> bool {
    if let Some(menu) = first("details.menu[open]") {
        let _ = menu.remove_attribute("open");
        if let Ok(Some(summary)) = menu.query_selector("summary") {
            focus(&summary);
        }
        return true;
    }
    if is_typing() {
        return false;
    }
    if let Some(close) = first("aside.drawer [data-key=Escape], aside.drawer [aria-label^=Close]") {
        // The row that it belongs to is where the focus came from.
        let row = first("main [aria-selected=true] a[href], main [aria-current=true] a[href]");
        click(Some(close));
        if let Some(row) = row {
            focus(&row);
        }
        return true;
    }
    press("Escape")
}

/// Focuses the row after or before the one that has the focus; the first one when none has.
pub(crate) fn move_row(step: isize) -> bool {
    let rows = all(ROWS);
    let to = match row_in_focus().and_then(|row| rows.iter().position(|other| *other == row)) {
        Some(at) => at.saturating_add_signed(step).min(rows.len().saturating_sub(1)),
        None => 0,
    };
    rows.get(to).is_some_and(enter)
}

/// Focuses the search of this list.
pub(crate) fn search() -> bool {
    let Some(field) =
        first("main [data-search], main [role=search] input:not([type=hidden]), main input[type=search]")
    else {
        return false;
    };
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.select();
    }
    focus(&field)
}

/// Focuses the next row of a device that did not do it, from the top again after the last. With a device open it is
/// opened too.
pub(crate) fn next_failure() -> bool {
    let rows = all(ROWS);
    let open = first("main tr[aria-selected=true], main [role=row][aria-selected=true]");
    let from = row_in_focus().or(open.clone()).and_then(|row| rows.iter().position(|other| *other == row));
    let (before, after) = rows.split_at(from.map_or(0, |at| at + 1));
    let is_failure = |row: &&Element| row.query_selector(FAILURES).is_ok_and(|found| found.is_some());
    let Some(row) = after.iter().chain(before).find(is_failure) else { return false };
    let has_focus = enter(row);
    if open.is_some() { click(link_of(row)) } else { has_focus }
}

/// Ticks the box of the row that has the focus.
pub(crate) fn select_row() -> bool {
    let Some(row) = row_in_focus() else { return false };
    let is_done = click(box_of(&row).map(Into::into));
    if is_done {
        ANCHOR.set(Some(row));
    }
    is_done
}

/// Makes the rows from the one ticked last to the one that has the focus as the former.
pub(crate) fn select_rows() -> bool {
    let (Some(row), Some(anchor)) = (row_in_focus(), ANCHOR.with_borrow(Clone::clone)) else {
        return select_row();
    };
    let rows = all(ROWS);
    let place = |wanted: &Element| rows.iter().position(|row| row == wanted);
    let (Some(here), Some(there)) = (place(&row), place(&anchor)) else { return select_row() };
    let Some(is_ticked) = box_of(&anchor).map(|tick| tick.checked()) else { return false };
    for row in &rows[here.min(there)..=here.max(there)] {
        if let Some(tick) = box_of(row).filter(|tick| tick.checked() != is_ticked) {
            tick.click();
        }
    }
    true
}

/// Brings something into sight, by its id, as little as is needed.
pub(crate) fn reveal_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

fn row_in_focus() -> Option<Element> {
    document().active_element()?.closest(ROW).ok()?
}

fn link_of(row: &Element) -> Option<Element> {
    row.query_selector("a[href]").ok()?
}

fn box_of(row: &Element) -> Option<HtmlInputElement> {
    row.query_selector("input[type=checkbox]").ok()??.dyn_into().ok()
}

/// Focuses the row's link, or the row where it has none.
fn enter(row: &Element) -> bool {
    focus(&link_of(row).unwrap_or_else(|| row.clone()))
}

fn focus(element: &Element) -> bool {
    element.dyn_ref::<HtmlElement>().is_some_and(|element| element.focus().is_ok())
}

fn click(element: Option<Element>) -> bool {
    let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    element.click();
    true
}

/// The first that can be seen.
fn first(selector: &str) -> Option<Element> {
    all(selector).into_iter().next()
}

/// Those that can be seen, in the page's order.
fn all(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<Element>().ok());
    elements.filter(|element| element.get_client_rects().length() > 0).collect()
}

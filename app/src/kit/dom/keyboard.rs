//! Keyboard actions on the open page, whichever it is. They find elements by role and by `data-key`, which names the key
//! of a control. Each returns whether it found something to do.

use std::cell::RefCell;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement};

/// Rows of lists and grids that have a link.
const ROWS: &str = "main [data-row], main tbody tr:has(a[href]), main [role=row]:has(a[href])";
/// The table that a page is about, where it has others before it.
const MAIN_TABLE: &str = "main table.results-table";
/// Fields for words to look for. Escape empties one before it does anything else.
const SEARCHES: &str = "input[type=search]";
/// The row around an element.
const ROW: &str = "[data-row], tr, [role=row]";
/// States of devices that failed.
const FAILURES: &str =
    "[data-status=failed], [data-status=timedOut], [data-status=notOnline], [data-status=interrupted]";

thread_local! {
    /// The row whose checkbox was clicked last: where a range begins.
    static ANCHOR: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Whether keys are typed into a field.
pub(crate) fn is_typing() -> bool {
    const FIELDS: &str = "textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], \
         input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range])";
    // A field of a dialog that has just been closed keeps the focus until the next frame.
    document().active_element().is_some_and(|focused| {
        focused.matches(FIELDS).unwrap_or(false)
            && focused.closest("dialog:not([open])").ok().flatten().is_none()
    })
}

/// Whether a dialog is open.
pub(crate) fn is_dialog_open() -> bool {
    has("dialog[open]")
}

/// Whether the page has a visible element that a selector matches.
pub(crate) fn has(selector: &str) -> bool {
    first(selector).is_some()
}

/// Whether the page has a visible link to an address.
pub(crate) fn has_link(address: &str) -> bool {
    has(&format!("a[href=\"{address}\"]"))
}

/// Clicks the control of a key.
pub(crate) fn press(key: &str) -> bool {
    // Quotes and backslashes are keys too.
    !key.contains(['"', '\\']) && click(first(&format!("[data-key=\"{key}\"]")))
}

/// Clicks the control for Ctrl+Enter, or the form's primary button.
pub(crate) fn submit() -> bool {
    press("Ctrl+Enter") || click(first("main form button.button--primary[type=submit]:not(:disabled)"))
}

/// Closes a menu, else empties the search field that is typed in, else closes the drawer, else clicks the control for
/// Escape.
pub(crate) fn dismiss() -> bool {
    if let Some(menu) = first("details.menu[open]") {
        let _ = menu.remove_attribute("open");
        if let Ok(Some(summary)) = menu.query_selector("summary") {
            focus(&summary);
        }
        return true;
    }
    if is_typing() {
        return clear_search();
    }
    if let Some(close) = first("aside.drawer [data-key=Escape], aside.drawer [aria-label^=Close]") {
        // The focus came from the selected row.
        let row = first("main [aria-selected=true] a[href], main [aria-current=true] a[href]");
        click(Some(close));
        if let Some(row) = row {
            focus(&row);
        }
        return true;
    }
    press("Escape")
}

/// Empties the search field that has the focus, or leaves it if it is empty.
fn clear_search() -> bool {
    let Some(focused) = document().active_element() else { return false };
    let Some(field) =
        focused.dyn_ref::<HtmlInputElement>().filter(|_| focused.matches(SEARCHES).unwrap_or(false))
    else {
        return false;
    };
    if field.value().is_empty() {
        return field.blur().is_ok();
    }
    field.set_value("");
    // As if the user had deleted the text.
    let init = EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
        let _ = field.dispatch_event(&event);
    }
    true
}

/// Moves the focus by a number of rows. Without a focused row it goes to the first one: of the table that the page is
/// about, or of the page.
pub(crate) fn move_row(step: isize) -> bool {
    let rows = all(ROWS);
    let to = match focused_row().and_then(|row| rows.iter().position(|other| *other == row)) {
        Some(at) => at.saturating_add_signed(step).min(rows.len().saturating_sub(1)),
        None => first_of_main_table(&rows),
    };
    rows.get(to).is_some_and(focus_row)
}

fn first_of_main_table(rows: &[Element]) -> usize {
    let table = first(MAIN_TABLE);
    let is_in_table = |row: &Element| table.as_ref().is_some_and(|table| table.contains(Some(row)));
    rows.iter().position(is_in_table).unwrap_or(0)
}

/// Focuses the search field of the list.
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

/// Focuses the next row of a failed device, from the top again after the last. When a device is open, opens it too.
pub(crate) fn next_failure() -> bool {
    let rows = all(ROWS);
    let open = first("main tr[aria-selected=true], main [role=row][aria-selected=true]");
    let from = focused_row().or(open.clone()).and_then(|row| rows.iter().position(|other| *other == row));
    let (before, after) = rows.split_at(from.map_or(0, |at| at + 1));
    let is_failure = |row: &&Element| row.query_selector(FAILURES).is_ok_and(|found| found.is_some());
    let Some(row) = after.iter().chain(before).find(is_failure) else { return false };
    let has_focus = focus_row(row);
    if open.is_some() { click(link_of(row)) } else { has_focus }
}

/// Clicks the checkbox of the focused row.
pub(crate) fn select_row() -> bool {
    let Some(row) = focused_row() else { return false };
    let is_done = click(checkbox_of(&row).map(Into::into));
    if is_done {
        ANCHOR.set(Some(row));
    }
    is_done
}

/// Sets the checkboxes from the row that was clicked last to the focused one to the state of the former.
pub(crate) fn select_row_range() -> bool {
    let (Some(row), Some(anchor)) = (focused_row(), ANCHOR.with_borrow(Clone::clone)) else {
        return select_row();
    };
    let rows = all(ROWS);
    let place = |wanted: &Element| rows.iter().position(|row| row == wanted);
    let (Some(here), Some(there)) = (place(&row), place(&anchor)) else { return select_row() };
    let Some(is_ticked) = checkbox_of(&anchor).map(|tick| tick.checked()) else { return false };
    for row in &rows[here.min(there)..=here.max(there)] {
        if let Some(tick) = checkbox_of(row).filter(|tick| tick.checked() != is_ticked) {
            tick.click();
        }
    }
    true
}

fn focused_row() -> Option<Element> {
    document().active_element()?.closest(ROW).ok()?
}

fn link_of(row: &Element) -> Option<Element> {
    row.query_selector("a[href]").ok()?
}

fn checkbox_of(row: &Element) -> Option<HtmlInputElement> {
    row.query_selector("input[type=checkbox]").ok()??.dyn_into().ok()
}

/// Focuses the row's link, or the row where it has none.
fn focus_row(row: &Element) -> bool {
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

/// The first visible element that a selector matches.
fn first(selector: &str) -> Option<Element> {
    all(selector).into_iter().next()
}

/// The visible elements that a selector matches, in the page's order.
fn all(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<Element>().ok());
    elements.filter(|element| element.get_client_rects().length() > 0).collect()
}

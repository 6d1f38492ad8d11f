//! Arriving at a page without a load: what the browser does when it loads one is done here.
//!
//! A new page gets the focus on its heading, and is announced. Back or forward restores the place: scroll position and
//! focused link, as soon as the page's content is there. Any input of the user ends that: then the user decides.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, FocusOptions, HtmlElement, MutationObserver, MutationObserverInit};

use super::{
    places::{self, Place},
    window_listener::on_window_capture,
};

/// How long a page's content may take until the page counts as complete, in milliseconds. It is looked at only when the
/// document changes.
const PATIENCE: f64 = 10_000.0;

/// A page that is being arrived at.
#[derive(Debug)]
struct Arrival {
    /// Where the user was on it, on the way back or forward.
    place: Option<Place>,
    /// The content of the page that is left, until the new one replaces it; none where the page stays.
    left: Option<Element>,
    /// What has been focused. The page may replace it when its data has come.
    focused: Option<HtmlElement>,
    is_scrolled: bool,
    until: f64,
}

thread_local! {
    static ARRIVAL: RefCell<Option<Arrival>> = const { RefCell::new(None) };
    /// The content of the page when the user last did something: a navigation begins with that.
    static CONTENT: RefCell<Option<Element>> = const { RefCell::new(None) };
    /// The path of the page that is shown. The history's entry follows later.
    static PATH: RefCell<String> = RefCell::default();
    /// Whether the focus is being moved here.
    static IS_MOVING_FOCUS: Cell<bool> = const { Cell::new(false) };
    /// Whether the user has gone back or forward, until the page of that address is shown.
    static IS_TRAVERSAL: Cell<bool> = const { Cell::new(false) };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What is called when the document changes.
struct Watch {
    observer: MutationObserver,
    step: Rc<dyn Fn()>,
    _callback: Closure<dyn Fn()>,
}

/// Follows what the user does, until the owner is disposed. `on_arrival` is called when a new page has the focus.
pub(crate) fn listen(on_arrival: impl Fn() + 'static) {
    places::take_over();
    PATH.set(places::path());
    let step: Rc<dyn Fn()> = Rc::new(move || step(&on_arrival));
    let callback = {
        let step = Rc::clone(&step);
        Closure::<dyn Fn()>::new(move || step())
    };
    if let Ok(observer) = MutationObserver::new(callback.as_ref().unchecked_ref()) {
        WATCH.set(Some(Watch { observer, step, _callback: callback }));
    }
    on_cleanup(|| {
        end();
        WATCH.set(None);
    });
    // In the capture phase: before a handler begins a navigation.
    for event in ["wheel", "touchmove", "pointerdown", "keydown", "click"] {
        on_window_capture(event, move |_| {
            end();
            leave();
        });
    }
    on_window_capture("scroll", |_| remember());
    on_window_capture("focusin", |_| remember());
    // Before the router follows the address. The browser has changed the history's entry already.
    on_window_capture("popstate", |_| {
        CONTENT.set(content());
        IS_TRAVERSAL.set(true);
        match places::recall() {
            Some(place) => begin(Some(place), None),
            None => end(),
        }
    });
}

/// Another page, at this path, is shown in place of the current one.
pub(crate) fn at_new_page(path: String) {
    PATH.set(path);
    let place = ARRIVAL.take().and_then(|arrival| arrival.place);
    // Of a page from before a reload nothing is known: it begins at its top, as after a link.
    let place = if IS_TRAVERSAL.take() { place.or_else(|| Some(Place::default())) } else { None };
    begin(place, CONTENT.take().or_else(content));
}

/// Remembers the place on a page that may be left now.
fn leave() {
    CONTENT.set(content());
    IS_TRAVERSAL.set(false);
    remember();
}

fn remember() {
    // Until the page is there, scroll position and focus are not the user's.
    let is_arriving =
        ARRIVAL.with_borrow(|arrival| arrival.as_ref().is_some_and(|arrival| !arrival.is_there()));
    // Nor do they belong to the entry of the page that was left.
    let is_of_entry = PATH.with_borrow(|path| places::is_at(path));
    if !is_arriving && is_of_entry && !IS_MOVING_FOCUS.get() {
        places::remember();
    }
}

fn begin(place: Option<Place>, left: Option<Element>) {
    let until = js_sys::Date::now() + PATIENCE;
    let is_scrolled = place.is_none();
    ARRIVAL.set(Some(Arrival { place, left, focused: None, is_scrolled, until }));
    let changes = MutationObserverInit::new();
    changes.set_child_list(true);
    changes.set_subtree(true);
    // The rows of a long list stay and show others.
    changes.set_attribute_filter(&js_sys::Array::of1(&"href".into()));
    WATCH.with_borrow(|watch| {
        if let (Some(watch), Some(body)) = (watch, document().body()) {
            let _ = watch.observer.observe_with_options(&body, &changes);
            // The page may be there already.
            let step = Rc::clone(&watch.step);
            request_animation_frame(move || step());
        }
    });
}

fn end() {
    if ARRIVAL.take().is_some() {
        WATCH.with_borrow(|watch| {
            if let Some(watch) = watch {
                watch.observer.disconnect();
            }
        });
    }
}

/// Goes on after a change of the document.
fn step(on_arrival: &impl Fn()) {
    let Some(mut arrival) = ARRIVAL.take() else { return };
    let was_there = arrival.focused.is_some();
    if js_sys::Date::now() > arrival.until {
        ARRIVAL.set(Some(arrival));
        return end();
    }
    arrival.go_on();
    let is_new = arrival.left.is_some() && !was_there && arrival.focused.is_some();
    ARRIVAL.set(Some(arrival));
    if is_new {
        on_arrival();
    }
}

impl Arrival {
    /// Whether the page is there: from now on the place on it is the user's.
    fn is_there(&self) -> bool {
        self.is_scrolled && (self.left.is_none() || self.focused.is_some())
    }

    fn go_on(&mut self) {
        let Some(content) = content().filter(|content| self.left.as_ref() != Some(content)) else { return };
        if self.left.is_some() {
            self.focus_within(&content);
        } else if is_focus_lost() {
            self.focus_link(&content);
        }
        if let Some(place) = self.place.as_ref().filter(|_| !self.is_scrolled) {
            window().scroll_to_with_x_and_y(0.0, place.scroll);
            // A page that is still too short grows with its data.
            self.is_scrolled = (places::scrolled() - place.scroll).abs() < 2.0;
        }
    }

    /// Focuses the link that had the focus, else the heading. A dialog, or a field of the page that has focused itself,
    /// keeps the focus.
    fn focus_within(&mut self, content: &Element) {
        let active = document().active_element();
        let is_ours = self.focused.as_ref().is_some_and(|focused| active.as_ref() == Some(&**focused));
        let is_taken = active.is_some_and(|active| {
            content.contains(Some(&active)) && active != *content
                || active.closest("dialog[open]").is_ok_and(|dialog| dialog.is_some())
        });
        if is_taken && !is_ours {
            return;
        }
        if self.focus_link(content) || is_ours {
            return;
        }
        let Ok(Some(heading)) = content.query_selector("h1") else { return };
        let _ = heading.set_attribute("tabindex", "-1");
        self.focus(heading);
    }

    /// Focuses the link that had the focus, if it is there.
    fn focus_link(&mut self, content: &Element) -> bool {
        let Some(address) = self.place.as_ref().and_then(|place| place.link.as_ref()) else { return false };
        let Ok(links) = content.query_selector_all("a[href]") else { return false };
        let mut links = (0..links.length()).filter_map(|at| links.item(at)?.dyn_into::<Element>().ok());
        let link = links.find(|link| link.get_attribute("href").as_ref() == Some(address));
        let Some(link) = link else { return false };
        if self.focused.as_ref().is_none_or(|focused| **focused != link) {
            self.focus(link);
        }
        true
    }

    fn focus(&mut self, element: Element) {
        if let Ok(element) = element.dyn_into::<HtmlElement>() {
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            IS_MOVING_FOCUS.set(true);
            let _ = element.focus_with_options(&options);
            IS_MOVING_FOCUS.set(false);
            self.focused = Some(element);
        }
    }
}

fn content() -> Option<Element> {
    document().get_element_by_id("main")
}

/// Whether the element that had the focus is gone.
fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

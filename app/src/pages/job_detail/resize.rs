//! The edge between the list and the drawer: moved by hand or by key, from 20 to 40 rem, and remembered by this
//! browser. Where the drawer is a sheet there is no edge.
//!
//! The width is a property of the document, so that the remembered one is there before the first paint (see
//! `shell/theme.js`), and the first frame does not have to know it.

use leptos::{ev::PointerEvent, html::Div, prelude::*};

use crate::{
    browser,
    present::number::{fixed, trimmed},
    reactive::effect,
};

/// Widths, in rem. The one in the middle is the style's own.
const NARROWEST: f64 = 20.0;
const USUAL: f64 = 26.0;
const WIDEST: f64 = 40.0;
/// What an arrow key moves, in rem.
const STEP: f64 = 1.0;
/// What the browser remembers it by.
const NAME: &str = "drawer";

/// The edge.
#[component]
pub(super) fn Edge() -> impl IntoView {
    let width = RwSignal::new(USUAL);
    let node = NodeRef::<Div>::new();
    // Where the edge was taken hold of, how wide the drawer was then, and how many pixels a rem has.
    let held = StoredValue::new(None::<(i32, f64, f64)>);
    effect(move || {
        if browser::is_alive()
            && let Some(remembered) = browser::remembered(NAME).and_then(|text| browser::number(&text))
        {
            width.set(within(remembered));
        }
    });
    let set = move |rem: f64| {
        let rem = within(rem);
        if rem.to_bits() != width.get_untracked().to_bits() {
            width.set(rem);
            browser::set_length("--width-drawer", rem);
        }
    };
    let keep = move || browser::remember(NAME, &trimmed(width.get_untracked(), 4));
    let press = move |event: leptos::ev::KeyboardEvent| {
        let Some(rem) = by_key(&event.key(), width.get_untracked()) else { return };
        event.prevent_default();
        set(rem);
        keep();
    };
    let take = move |event: PointerEvent| {
        if event.button() == 0 {
            // Else the browser would begin to select text.
            event.prevent_default();
            browser::capture_pointer(node, &event);
            held.set_value(Some((event.client_x(), width.get_untracked(), browser::rem())));
        }
    };
    let drag = move |event: PointerEvent| {
        if let Some((x, rem, pixels)) = held.get_value() {
            set(rem + f64::from(x - event.client_x()) / pixels);
        }
    };
    let release = move |_: PointerEvent| {
        if held.get_value().is_some() {
            held.set_value(None);
            keep();
        }
    };
    view! {
        <div
            class="run__edge needs-scripts"
            role="separator"
            tabindex="0"
            aria-label="Width of the device panel"
            aria-orientation="vertical"
            aria-valuemin=fixed(NARROWEST, 0)
            aria-valuemax=fixed(WIDEST, 0)
            aria-valuenow=move || fixed(width.get(), 0)
            node_ref=node
            on:keydown=press
            on:pointerdown=take
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=release
        ></div>
    }
    .into_any()
}

/// A width that the drawer may have, in whole sixteenths: what a pixel mostly is.
fn within(rem: f64) -> f64 {
    if rem.is_nan() { USUAL } else { (rem * 16.0).round() / 16.0 }.clamp(NARROWEST, WIDEST)
}

/// Where a key moves the edge: the drawer is right of it.
fn by_key(key: &str, rem: f64) -> Option<f64> {
    match key {
        "ArrowLeft" => Some(rem + STEP),
        "ArrowRight" => Some(rem - STEP),
        "Home" => Some(NARROWEST),
        "End" => Some(WIDEST),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        for (asked, rem) in
            [(26.0, 26.0), (19.0, 20.0), (41.5, 40.0), (30.03, 30.0), (30.04, 30.0625), (f64::NAN, 26.0)]
        {
            assert!((within(asked) - rem).abs() < 1e-9, "{asked}");
        }
    }

    #[test]
    fn keys() {
        for (key, rem) in [
            ("ArrowLeft", Some(27.0)),
            ("ArrowRight", Some(25.0)),
            ("Home", Some(20.0)),
            ("End", Some(40.0)),
            ("Enter", None),
        ] {
            assert_eq!(by_key(key, 26.0), rem, "{key}");
        }
    }
}

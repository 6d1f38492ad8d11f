//! The handle between the list and the drawer: dragged or moved by arrow keys, from 20 to 40 rem, and remembered by this
//! browser. It is hidden where the drawer covers the page.
//!
//! The width is a CSS property of the document: `shell/theme.js` sets the remembered one before the first paint, so the
//! server does not have to know it.

use leptos::{ev::PointerEvent, html::Div, prelude::*};

use crate::{
    format::number::{self, fixed, trimmed},
    kit::dom,
};

/// Widths, in rem. The default is that of the style sheet.
const NARROWEST: f64 = 20.0;
const DEFAULT: f64 = 26.0;
const WIDEST: f64 = 40.0;
/// How far an arrow key moves it, in rem.
const STEP: f64 = 1.0;
/// The key in the browser's storage.
const NAME: &str = "drawer";

/// The handle.
#[component]
pub(in crate::pages::job_detail) fn ResizeHandle() -> impl IntoView {
    let width = RwSignal::new(DEFAULT);
    let node = NodeRef::<Div>::new();
    // At the start of a drag: the pointer's x, the width of the drawer, and the pixels in a rem.
    let held = StoredValue::new(None::<(i32, f64, f64)>);
    Effect::new(move |_| {
        if dom::is_hydrated()
            && let Some(remembered) = dom::load_setting(NAME).and_then(|text| number::parse(&text))
        {
            width.set(within(remembered));
        }
    });
    let set = move |rem: f64| {
        let rem = within(rem);
        if rem.to_bits() != width.get_untracked().to_bits() {
            width.set(rem);
            dom::set_root_length("--width-drawer", rem);
        }
    };
    let keep = move || dom::save_setting(NAME, &trimmed(width.get_untracked(), 4));
    let press = move |event: leptos::ev::KeyboardEvent| {
        let Some(rem) = by_key(&event.key(), width.get_untracked()) else { return };
        event.prevent_default();
        set(rem);
        keep();
    };
    let grab = move |event: PointerEvent| {
        if event.button() == 0 {
            // Else the browser would begin to select text.
            event.prevent_default();
            dom::capture_pointer(node, &event);
            held.set_value(Some((event.client_x(), width.get_untracked(), dom::root_font_size())));
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
            on:pointerdown=grab
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=release
        ></div>
    }
    .into_any()
}

/// The nearest allowed width, in sixteenths of a rem: a pixel at the default font size.
fn within(rem: f64) -> f64 {
    if rem.is_nan() { DEFAULT } else { (rem * 16.0).round() / 16.0 }.clamp(NARROWEST, WIDEST)
}

/// The width after a key press. The drawer is at the right of the handle.
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
        for (given, rem) in
            [(26.0, 26.0), (19.0, 20.0), (41.5, 40.0), (30.03, 30.0), (30.04, 30.0625), (f64::NAN, 26.0)]
        {
            assert!((within(given) - rem).abs() < 1e-9, "{given}");
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

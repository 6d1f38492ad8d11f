//! What every page stands in: the top bar and the status bar with the hub's state, the palette, the keys and their list,
//! toasts, and what the browser's tab says. All of it is one [`Frame`], so that keys, palette and buttons agree.

mod commands;
mod hub;
#[cfg(feature = "hydrate")]
mod keys;
mod palette;
mod shortcuts;
mod status_bar;
mod tab;
mod theme;
mod top_bar;
mod zone_switch;

use leptos::{lazy, prelude::*};

pub(crate) use status_bar::StatusBar;
pub(crate) use tab::{Tab, TabProgress, first_title, title_of, use_tab};
pub(crate) use top_bar::TopBar;

use crate::{
    browser,
    components::{OnFirstUse, ToastRegion, Toasts},
    reactive::effect,
};
use palette::Palette;
use shortcuts::Shortcuts;
use theme::Theme;

/// The frame's own state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// Whether the palette is open.
    palette: RwSignal<bool>,
    /// Whether the list of keys is open.
    shortcuts: RwSignal<bool>,
    /// Whether keys without Ctrl do something.
    single_keys: RwSignal<bool>,
    /// The theme.
    theme: Theme,
}

/// Makes the frame's state; pages and their parts find it in the context.
pub(crate) fn provide() {
    Toasts::provide();
    Tab::provide();
    let frame = Frame {
        palette: RwSignal::new(false),
        shortcuts: RwSignal::new(false),
        single_keys: RwSignal::new(true),
        theme: Theme::remembered(),
    };
    effect(move || {
        if !browser::is_alive() {
            return;
        }
        frame.single_keys.set(browser::remembered(SINGLE_KEYS).as_deref() != Some("off"));
    });
    provide_context(frame);
}

/// Under which name the browser remembers whether single keys are on.
const SINGLE_KEYS: &str = "single-keys";

fn use_frame() -> Frame {
    expect_context()
}

impl Frame {
    /// Turns keys without Ctrl on or off, and remembers it in this browser.
    fn set_single_keys(self, are_on: bool) {
        browser::remember(SINGLE_KEYS, if are_on { "on" } else { "off" });
        self.single_keys.set(are_on);
    }
}

/// What floats over every page, and the keys. Stands inside the router, since both lead to pages.
#[component]
pub(crate) fn Overlays() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    keys::listen(use_frame());
    let frame = use_frame();
    view! {
        <ToastRegion />
        <OnFirstUse wanted=frame.palette part=Box::new(|| Box::pin(palette_part())) />
        <OnFirstUse wanted=frame.shortcuts part=Box::new(|| Box::pin(shortcuts_part())) />
    }
    .into_any()
}

#[lazy]
fn palette_part() -> AnyView {
    view! { <Palette /> }.into_any()
}

#[lazy]
fn shortcuts_part() -> AnyView {
    view! { <Shortcuts /> }.into_any()
}

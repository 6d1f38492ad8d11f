//! What surrounds every page: top bar, status bar with the hub's state, command palette, keyboard shortcuts and toasts.
//! They share one [`state::Layout`], so that keys, palette and buttons agree.

mod account_menu;
mod approvals_link;
mod commands;
mod hub;
#[cfg(feature = "hydrate")]
mod keys;
mod live_badge;
#[cfg(feature = "hydrate")]
mod navigation;
mod notices;
mod palette;
mod session_dialog;
mod shortcuts;
mod stale_notice;
mod state;
mod status_bar;
mod theme;
mod theme_switch;
mod top_bar;
mod zone_switch;

use leptos::prelude::*;

pub(crate) use live_badge::LiveBadge;
pub(crate) use notices::Notices;
pub(crate) use stale_notice::StaleNotice;
pub(crate) use state::provide;
pub(crate) use status_bar::StatusBar;
pub(crate) use top_bar::TopBar;

use crate::kit::ToastRegion;
use palette::Palette;
use session_dialog::SessionDialog;
use shortcuts::Shortcuts;

/// What appears above every page, the announcements of pages, and the keyboard shortcuts. Has to be inside the router, since both navigate.
#[component]
pub(crate) fn Overlays() -> impl IntoView {
    let layout = state::use_layout();
    #[cfg(feature = "hydrate")]
    {
        keys::listen(layout);
        navigation::follow(layout);
    }
    view! {
        <p class="visually-hidden" role="status">
            {move || layout.announced.get()}
        </p>
        <ToastRegion />
        <Palette />
        <Shortcuts />
        <SessionDialog />
    }
    .into_any()
}

//! What a user who does not look at the screen learns of a navigation: the focus goes to the new page, and its title is
//! announced.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::state::Layout;
use crate::kit::dom::{self, arrival};

/// Follows the address until the owner is disposed. A change of its parameters only is no other page.
pub(super) fn follow(layout: Layout) {
    let path = use_location().pathname;
    // The page sets its title when it is rendered, with the next frame at the latest.
    let announce = move || {
        request_animation_frame(move || {
            layout.announced.try_set(dom::page_title().unwrap_or_default());
        });
    };
    arrival::listen(announce);
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            arrival::at_new_page(path.clone());
        }
        path
    });
}

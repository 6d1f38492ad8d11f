//! A state as icon and label in one colour.

use hub_wire::device::ConnectionState;
use leptos::prelude::*;

use super::Icon;
use crate::format::{Badge, device};

/// A state's icon and label.
#[component]
pub(crate) fn BadgeView(
    /// The state.
    #[prop(into)]
    badge: Signal<Badge>,
    /// On a tinted background, for page headers.
    #[prop(optional)]
    is_filled: bool,
) -> impl IntoView {
    let class = if is_filled { "status status--badge" } else { "status" };
    view! {
        <span class=class data-status=move || badge.get().status>
            <Icon name=Signal::derive(move || badge.get().icon) />
            {move || badge.get().label.to_owned()}
        </span>
    }
}

/// The connection state of a device.
#[component]
pub(crate) fn ConnectionBadge(
    /// The state.
    state: ConnectionState,
    /// On a tinted background, for page headers.
    #[prop(optional)]
    is_filled: bool,
) -> impl IntoView {
    view! { <BadgeView badge=device::connection(state) is_filled /> }
}

//! A state: icon and word in one colour.

use hub_wire::device::ConnectionState;
use leptos::prelude::*;

use super::Icon;
use crate::present::{Badge, device};

/// A state's icon and word.
#[component]
pub(crate) fn BadgeView(
    /// The state.
    #[prop(into)]
    badge: Signal<Badge>,
    /// On a tint, for page headers.
    #[prop(optional)]
    is_filled: bool,
) -> impl IntoView {
    let class = if is_filled { "status status--badge" } else { "status" };
    view! {
        <span class=class data-status=move || badge.get().status>
            <Icon name=Signal::derive(move || badge.get().icon) />
            {move || badge.get().word.to_owned()}
        </span>
    }
    .into_any()
}

/// Whether a device is connected.
#[component]
pub(crate) fn Connection(
    /// The state.
    state: ConnectionState,
    /// On a tint, for page headers.
    #[prop(optional)]
    is_filled: bool,
) -> impl IntoView {
    view! { <BadgeView badge=device::connection(state) is_filled /> }.into_any()
}

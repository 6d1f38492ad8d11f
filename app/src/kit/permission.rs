//! Why a button is disabled: the permission that the user lacks, or a device outside of the user's scope.

use console_wire::access::Action;
use leptos::prelude::*;

use super::Condition;
use crate::account::use_account;

/// Names the permission below a disabled button; nothing where the user has it.
#[component]
pub(crate) fn PermissionNote(
    /// What the button does.
    action: Action,
    /// Element id, for the button's `aria-describedby`.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    use_account().missing(action).map(|missing| {
        let role = missing.role.map(|role| format!(". Your role is {role}."));
        view! {
            <p class="permission-note" id=id>
                "Needs "
                <code>{action.as_str()}</code>
                {role}
            </p>
        }
    })
}

/// Says below a disabled button that the device is outside of the operator's scope.
#[component]
pub(crate) fn ScopeNote(
    /// Whether the device is inside.
    is_inside: Signal<bool>,
) -> impl IntoView {
    let scope = StoredValue::new(use_account().scope());
    move || {
        let scope = scope.get_value().filter(|_| !is_inside.get())?;
        Some(view! {
            <p class="permission-note">
                "Outside your scope: "
                <Condition text=scope />
            </p>
        })
    }
}

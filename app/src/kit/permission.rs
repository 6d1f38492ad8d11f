//! Why a button is disabled: the permission that the user lacks.

use console_wire::access::Action;
use leptos::prelude::*;

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

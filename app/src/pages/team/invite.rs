//! Inviting a person, and the link that is shown once.

use console_wire::access::{Action, Invitation, MAX_NAME, MAX_USER_NAME, Role};
use leptos::prelude::*;

use super::invitation_address;
use crate::{
    api::team::Invite,
    forms::{FormErrors, PostForm},
    kit::{CopyButton, Field, Icon, NameField, PermissionNote, dom},
};

/// The form.
#[component]
pub(super) fn InviteForm(invite: ServerAction<Invite>, is_allowed: bool) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let user_name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(invite.value().get(), Some(Ok(_))) {
            name.set(String::new());
            user_name.set(String::new());
        }
    });
    let errors = FormErrors::of(move || invite.value().get().and_then(Result::err));
    let roles = Role::ALL.map(|role| {
        view! {
            <option value=role.as_str() selected=role == Role::Operator>
                {format!("{role}: {}", role.summary())}
            </option>
        }
    });
    view! {
        <section class="panel" aria-labelledby="invite-title">
            <div class="panel__header">
                <h2 class="panel__title" id="invite-title">
                    "Invite a person"
                </h2>
            </div>
            <PostForm action=invite>
                <div class="team__invite">
                    <NameField id="invite-name" label="Name" name="name" text=name max=MAX_NAME error=errors.field("name") />
                    <NameField id="invite-user-name" label="User name" name="user_name" text=user_name max=MAX_USER_NAME error=errors.field("userName") is_identifier=true />
                    <Field id="invite-role" label="Role" error=errors.field("role")>
                        <select class="input" id="invite-role" name="role">
                            {roles.into_iter().collect_view()}
                        </select>
                    </Field>
                    <button
                        class="button button--primary"
                        type="submit"
                        disabled=move || !is_allowed || invite.pending().get()
                    >
                        <Icon name="plus" />
                        "Invite"
                    </button>
                </div>
                <PermissionNote action=Action::UserWrite />
                {errors.panel()}
            </PostForm>
        </section>
    }
    .into_any()
}

/// The link that was just made. It is stored as a hash, so it is shown only now.
#[component]
pub(super) fn LinkNotice(made: Invitation) -> impl IntoView {
    let path = crate::paths::invitation(made.link.expose());
    let is_interactive = dom::use_interactive();
    // Until the page is hydrated the address has no host: the server does not know under which name it is reached.
    let address = {
        let made = made.clone();
        Signal::derive(move || if is_interactive.get() { invitation_address(&made) } else { path.clone() })
    };
    view! {
        <div class="notice page__notice" data-tone="good" role="status">
            <Icon name="circle-check" />
            <div class="stack stack--tight team__link">
                <span>
                    <strong>{format!("Link for {} is made.", made.person.name)}</strong>
                    " Send it now: it is stored as a hash and never shown again. It works once, for 7 days."
                </span>
                <div class="secret">
                    <code>{move || address.get()}</code>
                    <CopyButton text=address what="link" />
                </div>
            </div>
        </div>
    }
    .into_any()
}

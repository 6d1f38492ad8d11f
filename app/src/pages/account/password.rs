//! A new password.

use leptos::prelude::*;

use crate::{
    api::access::ChangePassword,
    error::ApiError,
    forms::{FormErrors, PostForm},
    kit::{Field, Icon},
};

/// Takes the current password and a new one.
#[component]
pub(super) fn PasswordForm(
    change: ServerAction<ChangePassword>,
    /// For password managers.
    user_name: String,
    /// Why the plain form was refused.
    refused: Option<ApiError>,
) -> impl IntoView {
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let errors = FormErrors::of(move || match change.value().get() {
        Some(answered) => answered.err(),
        None => refused.clone(),
    });
    let is_done = move || matches!(change.value().get(), Some(Ok(_)));
    Effect::new(move |_| {
        if is_done() {
            current.set(String::new());
            new.set(String::new());
        }
    });
    let done = move || {
        is_done().then(|| {
            view! {
                <p class="notice" data-tone="good" role="status">
                    <Icon name="circle-check" />
                    "The password is changed, and all other sessions have ended. API tokens go on."
                </p>
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="password-title">
            <div class="panel__header">
                <h2 class="panel__title" id="password-title">
                    "Password"
                </h2>
            </div>
            <PostForm action=change>
                <input class="visually-hidden" type="text" autocomplete="username" value=user_name readonly tabindex="-1" aria-hidden="true" />
                <div class="team__invite">
                    <Field id="current-password" label="Current password" error=errors.field("currentPassword")>
                        <input
                            class="input"
                            type="password"
                            id="current-password"
                            name="current_password"
                            required
                            autocomplete="current-password"
                            aria-describedby="current-password-problem"
                            prop:value=move || current.get()
                            on:input:target=move |event| current.set(event.target().value())
                        />
                    </Field>
                    <Field
                        id="new-password"
                        label="New password"
                        error=errors.field("password")
                        hint=Signal::stored("At least 12 characters.".to_owned())
                    >
                        <input
                            class="input"
                            type="password"
                            id="new-password"
                            name="password"
                            required
                            autocomplete="new-password"
                            aria-describedby="new-password-problem new-password-hint"
                            prop:value=move || new.get()
                            on:input:target=move |event| new.set(event.target().value())
                        />
                    </Field>
                    <button class="button" type="submit" disabled=move || change.pending().get()>
                        "Change password"
                    </button>
                </div>
                {errors.panel()}
                {done}
            </PostForm>
        </section>
    }
    .into_any()
}

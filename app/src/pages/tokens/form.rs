//! Making a token.

use console_wire::access::{Action, MAX_NAME, Role, ServiceAccount};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::tokens::CreateToken,
    forms::PostForm,
    kit::{ErrorPanel, Field, Icon},
};

/// What may be chosen as the life of a token, in days.
const LIVES: [(u16, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "one year")];

/// The form: for oneself, or for one of the service accounts.
#[component]
pub(crate) fn TokenForm(
    create: ServerAction<CreateToken>,
    /// The service accounts, where the token is for one of them.
    #[prop(optional, into)]
    accounts: Option<Signal<Vec<ServiceAccount>>>,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(create.value().get(), Some(Ok(_))) {
            name.set(String::new());
        }
    });
    let fault = move |field: &'static str| {
        Signal::derive(move || match create.value().get() {
            Some(Err(error)) => error.field(field).cloned(),
            _ => None,
        })
    };
    let refused = move || match create.value().get() {
        Some(Err(error)) if error.0.errors.is_empty() => Some(view! { <ErrorPanel error /> }),
        _ => None,
    };
    let own = use_account().person().map(|person| person.role).filter(|_| accounts.is_none());
    let roles = Role::ALL.into_iter().filter(move |role| own.is_none_or(|own| own.covers(*role)));
    let roles = roles.map(|role| {
        view! { <option value=role.as_str()>{format!("{role}: {}", role.summary())}</option> }
    });
    let lives = LIVES.map(|(days, text)| {
        view! {
            <option value=days.to_string() selected=days == 90>
                {text}
            </option>
        }
    });
    let is_off = move || accounts.is_some_and(|accounts| accounts.with(Vec::is_empty));
    let account = accounts.map(|accounts| view! { <AccountField accounts /> });
    view! {
        <PostForm action=create>
            <div class="team__invite">
                {account}
                <Field id="token-name" label="Token name" error=fault("name")>
                    <input
                        class="input"
                        type="text"
                        id="token-name"
                        name="name"
                        required
                        maxlength=MAX_NAME.to_string()
                        autocomplete="off"
                        aria-describedby="token-name-problem"
                        prop:value=move || name.get()
                        on:input:target=move |event| name.set(event.target().value())
                    />
                </Field>
                <Field id="token-role" label="Role of the token" error=fault("role")>
                    <select class="input" id="token-role" name="role" aria-describedby="token-role-problem">
                        {roles.collect_view()}
                    </select>
                </Field>
                <Field id="token-days" label="Ends after" error=fault("days")>
                    <select class="input" id="token-days" name="days">
                        {lives.into_iter().collect_view()}
                    </select>
                </Field>
                <button class="button" type="submit" disabled=move || is_off() || create.pending().get()>
                    <Icon name="plus" />
                    "Make token"
                </button>
            </div>
            {refused}
        </PostForm>
    }
    .into_any()
}

/// Which service account a token is for.
#[component]
fn AccountField(accounts: Signal<Vec<ServiceAccount>>) -> impl IntoView {
    let options = move || {
        let active = accounts.get().into_iter().filter(|account| account.is_active);
        let option = |account: ServiceAccount| {
            view! { <option value=account.account.user_id>{account.account.name}</option> }
        };
        active.map(option).collect_view()
    };
    let is_allowed = use_account().may(Action::TokenCreate);
    view! {
        <Field id="token-account" label="For">
            <select class="input" id="token-account" name="user_id" required disabled=!is_allowed>
                {options}
            </select>
        </Field>
    }
    .into_any()
}

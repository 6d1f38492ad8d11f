//! Making a token.

use console_wire::access::{Action, MAX_NAME, Role, ServiceAccount};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::tokens::CreateToken,
    forms::{FormErrors, PostForm},
    kit::{Field, Icon, NameField},
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
    let errors = FormErrors::of(move || create.value().get().and_then(Result::err));
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
                <NameField id="token-name" label="Token name" name="name" text=name max=MAX_NAME error=errors.field("name") />
                <Field id="token-role" label="Role of the token" error=errors.field("role")>
                    <select class="input" id="token-role" name="role" aria-describedby="token-role-problem">
                        {roles.collect_view()}
                    </select>
                </Field>
                <Field id="token-days" label="Ends after" error=errors.field("days")>
                    <select class="input" id="token-days" name="days">
                        {lives.into_iter().collect_view()}
                    </select>
                </Field>
                <button class="button" type="submit" disabled=move || is_off() || create.pending().get()>
                    <Icon name="plus" />
                    "Make token"
                </button>
            </div>
            {errors.panel()}
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

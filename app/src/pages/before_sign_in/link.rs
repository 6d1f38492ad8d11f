//! `/setup` and `/invitation`: a one-time link, by which the first administrator is created or a person chooses a password.
//! The server has moved the link's token from the address into a cookie.

use console_wire::access::Person;
use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::use_query_map;

use super::{DeadLink, Frame, Kind, TextField, fault, refusal};
use crate::{
    api::access::{AcceptInvitation, LinkView, RefusedForm, SetUp, read_link, read_refused_form},
    data::page_data::page_data,
    format::time,
    forms::PlainForm,
};

/// The page that a link leads to. The link itself says what it is for.
#[component]
pub(crate) fn LinkPage() -> impl IntoView {
    let params = use_query_map().get_untracked();
    let refused = params.get("refused").unwrap_or_default();
    let read = page_data(
        move || refused.clone(),
        |refused| async move {
            let link = read_link().await;
            let form = if refused.is_empty() { None } else { read_refused_form(refused).await.ok() };
            (link, form.unwrap_or_default())
        },
    );
    view! {
        <Suspense>
            {move || {
                Suspend::new(async move {
                    match read.await {
                        (Ok(LinkView { person: Some(person), ends, as_of }), form) => {
                            let ends = time::relative(ends, as_of);
                            view! { <PasswordForm person ends form /> }.into_any()
                        }
                        (Ok(link), form) => {
                            let ends = time::relative(link.ends, link.as_of);
                            view! { <AdministratorForm ends form /> }.into_any()
                        }
                        (Err(error), _) => view! { <DeadLink error /> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// Creates the first administrator.
#[component]
fn AdministratorForm(
    /// When the link ends, in words.
    ends: String,
    form: RefusedForm,
) -> impl IntoView {
    let lead = format!("This link works once and ends {ends}. The next start prints a new one.");
    let refused = refusal(&form);
    let (name_fault, user_name_fault) = (fault(&form, "name"), fault(&form, "userName"));
    let password_fault = fault(&form, "password");
    view! {
        <Frame title="Create the first administrator" lead>
            <PlainForm to=SetUp::PATH>
                <div class="stack">
                    {refused}
                    <TextField
                        id="name"
                        name="name"
                        label="Name"
                        kind=Kind::Text
                        autocomplete="name"
                        value=form.name
                        fault=name_fault
                    />
                    <TextField
                        id="user-name"
                        name="user_name"
                        label="User name"
                        kind=Kind::Text
                        autocomplete="username"
                        value=form.user_name
                        fault=user_name_fault
                    />
                    <NewPassword fault=password_fault />
                    <button class="button button--primary button--tall button--wide" type="submit">
                        "Create administrator and sign in"
                    </button>
                </div>
            </PlainForm>
        </Frame>
    }
    .into_any()
}

/// Sets the password of a person.
#[component]
fn PasswordForm(
    person: Person,
    /// When the link ends, in words.
    ends: String,
    form: RefusedForm,
) -> impl IntoView {
    let Person { name, user_name, role, .. } = person;
    let lead = format!("{name}, you are {role}: {}. This link works once and ends {ends}.", role.summary());
    let refused = refusal(&form);
    let password_fault = fault(&form, "password");
    view! {
        <Frame title="Choose a password" lead>
            <PlainForm to=AcceptInvitation::PATH>
                <div class="stack">
                    {refused}
                    // Password managers keep it with the password.
                    <div class="field">
                        <label class="field__label" for="user-name">
                            "User name"
                        </label>
                        <input
                            class="input"
                            type="text"
                            id="user-name"
                            readonly
                            autocomplete="username"
                            value=user_name
                        />
                    </div>
                    <NewPassword fault=password_fault />
                    <button class="button button--primary button--tall button--wide" type="submit">
                        "Set password and sign in"
                    </button>
                </div>
            </PlainForm>
        </Frame>
    }
    .into_any()
}

#[component]
fn NewPassword(fault: Option<console_wire::problem::FieldError>) -> impl IntoView {
    view! {
        <TextField
            id="password"
            name="password"
            label="Password"
            kind=Kind::Password
            autocomplete="new-password"
            hint="At least 12 characters."
            fault
        />
    }
    .into_any()
}

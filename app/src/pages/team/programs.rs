//! Accounts of programs, and everybody's tokens.

use console_wire::access::{Action, MAX_NAME, MAX_USER_NAME, Role, ServiceAccount};
use leptos::prelude::*;

use super::{Changes, people::RoleForm};
use crate::{
    account::use_account,
    api::tokens::{CreateServiceAccount, CreateToken, ProgramsView, RevokeToken},
    data::read::Reading,
    forms::{FormErrors, PostForm},
    kit::{ErrorPanel, Field, Icon, NameField, PermissionNote, ToolTable},
    pages::tokens::{TokenForm, TokenNotice, TokenTable},
};

/// Service accounts and tokens, with data of their own.
#[component]
pub(super) fn Programs(
    read: Reading<String, ProgramsView>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let create_account = ServerAction::<CreateServiceAccount>::new();
    let create_token = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    read.refetch_when(move || {
        changes.version()
            + create_account.version().get()
            + create_token.version().get()
            + revoke.version().get()
    });
    let view = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let tokens = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.tokens.clone())));
    let accounts = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.accounts.items.clone())).unwrap_or_default()
    });
    let of_form = view.with_untracked(|view| view.as_ref().and_then(|view| view.made.clone()));
    let made = move || create_token.value().get().and_then(Result::ok).or_else(|| of_form.clone());
    let failed = move || {
        let error = revoke.value().get().and_then(Result::err).or_else(|| read.error());
        error.map(|error| view! { <ErrorPanel error /> })
    };
    view! {
        <ServiceAccounts accounts create=create_account changes is_allowed />
        {move || made().map(|made| view! { <TokenNotice made /> })}
        {failed}
        <TokenTable tokens revoke back="team" has_owners=true>
            <TokenForm create=create_token accounts />
        </TokenTable>
    }
    .into_any()
}

/// The form and the table of service accounts.
#[component]
fn ServiceAccounts(
    accounts: Memo<Vec<ServiceAccount>>,
    create: ServerAction<CreateServiceAccount>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let rows = move || {
        accounts.get().into_iter().map(|account| view! { <Row account changes is_allowed /> }).collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="service-title">
            <div class="panel__header">
                <h2 class="panel__title" id="service-title">
                    "Service accounts "
                    <span class="panel__note">"for programs: they have tokens and cannot sign in"</span>
                </h2>
            </div>
            <AccountForm create is_allowed />
            <ToolTable labelled_by="service-title" heads=vec!["Service account", "Role"] is_empty=Signal::derive(move || accounts.with(Vec::is_empty))>
                {rows}
            </ToolTable>
        </section>
    }
    .into_any()
}

#[component]
fn AccountForm(create: ServerAction<CreateServiceAccount>, is_allowed: bool) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let short_name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(create.value().get(), Some(Ok(_))) {
            name.set(String::new());
            short_name.set(String::new());
        }
    });
    let errors = FormErrors::of(move || create.value().get().and_then(Result::err));
    let roles = Role::ALL.map(|role| {
        view! { <option value=role.as_str()>{format!("{role}: {}", role.summary())}</option> }
    });
    view! {
        <PostForm action=create>
            <div class="team__invite">
                <NameField id="service-name" label="Service account" name="name" text=name max=MAX_NAME error=errors.field("name") />
                <NameField id="service-short-name" label="Unique short name" name="user_name" text=short_name max=MAX_USER_NAME error=errors.field("userName") is_identifier=true />
                <Field id="service-role" label="Highest role of its tokens" error=errors.field("role")>
                    <select class="input" id="service-role" name="role">
                        {roles.into_iter().collect_view()}
                    </select>
                </Field>
                <button
                    class="button"
                    type="submit"
                    disabled=move || !is_allowed || create.pending().get()
                >
                    <Icon name="plus" />
                    "Add"
                </button>
            </div>
            <PermissionNote action=Action::UserWrite />
            {errors.panel()}
        </PostForm>
    }
    .into_any()
}

#[component]
fn Row(account: ServiceAccount, changes: Changes, is_allowed: bool) -> impl IntoView {
    let ServiceAccount { account: person, is_active, .. } = account;
    let (word, active) = if is_active { ("Deactivate", "false") } else { ("Activate", "true") };
    let label = format!("{word} {}", person.name);
    let is_off = !is_allowed || !use_account().may(Action::UserWrite);
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{person.name.clone()}</span>
                <span class="data-table__sub">
                    {person.user_name.clone()} {(!is_active).then_some(", deactivated")}
                </span>
            </th>
            <td>
                <RoleForm user_id=person.user_id.clone() name=person.name role=person.role changes is_off />
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <PostForm action=changes.set_active>
                        <input type="hidden" name="user_id" value=person.user_id />
                        <input type="hidden" name="active" value=active />
                        <button
                            class="button button--small button--quiet"
                            type="submit"
                            aria-label=label
                            disabled=is_off
                        >
                            {word}
                        </button>
                    </PostForm>
                </div>
            </td>
        </tr>
    }
    .into_any()
}

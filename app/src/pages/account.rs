//! `/account`: one's own API tokens, sessions and password. Everything on it works without scripts too.

mod password;
mod sessions;

use console_wire::access::Person;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    not_found::NotFound,
    tokens::{TokenForm, TokenNotice, TokenTable},
};
use crate::{
    account::use_account,
    api::{
        access::ChangePassword,
        team::RevokeSession,
        tokens::{AccountView, CreateToken, RevokeToken, read_account},
    },
    data::read::{ReadOptions, Reading, use_read},
    kit::{ErrorPanel, UnknownParams},
    paths,
};
use password::PasswordForm;
use sessions::OwnSessions;

/// What the page's forms call.
#[derive(Clone, Copy)]
struct Changes {
    create_token: ServerAction<CreateToken>,
    revoke_token: ServerAction<RevokeToken>,
    revoke_session: ServerAction<RevokeSession>,
    change_password: ServerAction<ChangePassword>,
}

impl Changes {
    /// Moves with every change that was answered.
    fn version(self) -> usize {
        self.create_token.version().get()
            + self.revoke_token.version().get()
            + self.revoke_session.version().get()
            + self.change_password.version().get()
    }
}

/// What is read: the key of a token that was just made, and of a form that was refused.
type Keys = (String, String);

/// The page.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let Some(person) = use_account().person() else { return view! { <NotFound /> }.into_any() };
    let params = use_query_map();
    let kept = |name: &str| params.get_untracked().get(name).unwrap_or_default();
    let keys: Keys = (kept("made"), kept("refused"));
    let unknown =
        Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["made", "refused"])));
    let read = use_read(Signal::stored(Some(keys)), ReadOptions::once(), |(made, refused)| {
        read_account(made, refused)
    });
    let changes = Changes {
        create_token: ServerAction::new(),
        revoke_token: ServerAction::new(),
        revoke_session: ServerAction::new(),
        change_password: ServerAction::new(),
    };
    read.refetch_when(move || changes.version());
    // In place of the page; once there is data the page stays, whatever fails later.
    let failed = Memo::new(move |_| read.error().filter(|_| read.good().with(Option::is_none)));
    view! {
        <Title text="Your account" />
        <main class="page" id="main" tabindex="-1">
            <Header person=person.clone() />
            <UnknownParams params=unknown noun="parameter" />
            <Suspense>
                {move || {
                    let person = person.clone();
                    Suspend::new(async move {
                        read.ready().await;
                        move || match failed.get() {
                            Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                            None => view! { <Loaded read changes person=person.clone() /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Header(person: Person) -> impl IntoView {
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Your account"</h1>
                </div>
                <p class="page__lead">
                    <span>{person.name}</span>
                    <span>{person.user_name}</span>
                    <span>{format!("{}: {}", person.role, person.role.summary())}</span>
                </p>
            </div>
        </div>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(read: Reading<Keys, AccountView>, changes: Changes, person: Person) -> impl IntoView {
    let view = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let tokens = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.tokens.clone())));
    let sessions =
        Memo::new(move |_| view.with(|view| view.as_ref().map(|view| (view.sessions.clone(), view.as_of))));
    let (of_form, refused) = view
        .with_untracked(|view| view.as_ref().map(|view| (view.made.clone(), view.refused.clone())))
        .unwrap_or_default();
    let made = move || changes.create_token.value().get().and_then(Result::ok).or_else(|| of_form.clone());
    let failed = move || {
        let token = changes.revoke_token.value().get().and_then(Result::err);
        let error = token.or_else(|| changes.revoke_session.value().get().and_then(Result::err));
        error.map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
    };
    view! {
        {failed}
        {move || made().map(|made| view! { <TokenNotice made /> })}
        <div class="team">
            <TokenTable tokens revoke=changes.revoke_token back="account">
                <TokenForm create=changes.create_token />
            </TokenTable>
            <OwnSessions sessions revoke=changes.revoke_session />
            <PasswordForm change=changes.change_password user_name=person.user_name refused />
        </div>
    }
    .into_any()
}

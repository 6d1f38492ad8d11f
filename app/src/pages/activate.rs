//! `/activate`: a person lets a command line sign in, by the code that it shows. Works without scripts too.

use console_wire::access::{DeviceLogin, LoginDecision, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotFound;
use crate::{
    account::use_account,
    api::tokens::{DecideDeviceLogin, read_device_login},
    data::read::{ReadOptions, use_read},
    error::ApiError,
    forms::{PostForm, SearchForm},
    kit::{ErrorPanel, Field, Icon, TimeFormat, TimeText, UnknownParams},
    paths,
};

/// The page.
#[component]
pub(crate) fn ActivatePage() -> impl IntoView {
    let Some(person) = use_account().person() else { return view! { <NotFound /> }.into_any() };
    let params = use_query_map();
    let code = Memo::new(move |_| params.with(|params| params.get("user_code").unwrap_or_default()));
    let key = Signal::derive(move || Some(code.get()).filter(|code| !code.trim().is_empty()));
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["user_code"])));
    let read = use_read(key, ReadOptions::once(), read_device_login);
    let decide = ServerAction::<DecideDeviceLogin>::new();
    read.refetch_when(move || decide.version().get());
    view! {
        <Title text="Let a command line sign in" />
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <h1>"Let a command line sign in"</h1>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <Suspense>
                {move || {
                    let role = person.role;
                    Suspend::new(async move {
                        read.ready().await;
                        move || match read.current() {
                            Some(Ok(login)) => view! { <Decision login decide role /> }.into_any(),
                            Some(Err(error)) => view! { <CodeForm typed=code.get() refused=Some(error) /> }.into_any(),
                            None => view! { <CodeForm typed=code.get() refused=None /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </main>
    }
    .into_any()
}

/// Takes the code.
#[component]
fn CodeForm(typed: String, refused: Option<ApiError>) -> impl IntoView {
    let fault = refused.as_ref().and_then(|error| error.field("userCode").cloned());
    let other = refused.filter(|error| error.field("userCode").is_none());
    view! {
        <SearchForm to=Signal::stored(paths::ACTIVATE.to_owned())>
            <div class="stack activate">
                <Field
                    id="user-code"
                    label="Code that the command line shows"
                    error=Signal::stored(fault)
                    hint=Signal::stored("Eight letters, such as WDJB-MJHT.".to_owned())
                >
                    <input
                        class="input"
                        type="text"
                        id="user-code"
                        name="user_code"
                        required
                        maxlength="20"
                        autocomplete="off"
                        autocapitalize="characters"
                        spellcheck="false"
                        aria-describedby="user-code-problem user-code-hint"
                        value=typed
                    />
                </Field>
                {other.map(|error| view! { <ErrorPanel error /> })}
                <div>
                    <button class="button button--primary" type="submit">
                        "Continue"
                    </button>
                </div>
            </div>
        </SearchForm>
    }
    .into_any()
}

/// Asks for a decision, or says which one was made.
#[component]
fn Decision(login: DeviceLogin, decide: ServerAction<DecideDeviceLogin>, role: Role) -> impl IntoView {
    match login.decision {
        None => view! { <Question login decide role /> }.into_any(),
        Some(LoginDecision::Allow(role)) => {
            let text = format!("{} is signed in with the role {role}.", login.machine);
            view! { <Answered tone="good" icon="circle-check" text /> }.into_any()
        }
        Some(LoginDecision::Deny) => {
            let text = format!("{} was denied and got nothing.", login.machine);
            view! { <Answered tone="quiet" icon="circle-slash" text /> }.into_any()
        }
    }
}

#[component]
fn Answered(tone: &'static str, icon: &'static str, text: String) -> impl IntoView {
    view! {
        <div class="notice" data-tone=tone role="status">
            <Icon name=icon />
            <span>
                <strong>{text}</strong>
                " You can go back to the terminal and close this page. Its token is listed under "
                <a class="link" href=paths::ACCOUNT>
                    "Your account"
                </a>
                "."
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn Question(login: DeviceLogin, decide: ServerAction<DecideDeviceLogin>, role: Role) -> impl IntoView {
    let DeviceLogin { user_code, machine, address, ends, as_of, .. } = login;
    let code = user_code.to_string();
    let (shown, to_allow) = (code.clone(), code.clone());
    let from = address.map(|address| format!(" at {address}"));
    let roles = Role::ALL.into_iter().filter(move |each| role.covers(*each)).map(move |each| {
        view! {
            <option value=each.as_str() selected=each == role>
                {format!("{each}: {}", each.summary())}
            </option>
        }
    });
    let refused =
        move || decide.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> });
    let pending = decide.pending();
    view! {
        <div class="stack activate">
            <p>
                "A command line on " <strong>{machine}</strong> {from}
                " asks to act in your name for 90 days. The code ends "
                <TimeText at=ends as_of style=TimeFormat::Relative /> "."
            </p>
            <p class="activate__code">
                <code>{shown}</code>
            </p>
            <p>
                "Allow it only if you started " <code>"fleetcast login"</code>
                " yourself, and it shows this code. Otherwise deny it."
            </p>
            {refused}
            <PostForm action=decide>
                <input type="hidden" name="user_code" value=to_allow />
                <input type="hidden" name="decision" value="allow" />
                <div class="stack">
                    <Field id="login-role" label="Role of its token">
                        <select class="input" id="login-role" name="role">
                            {roles.collect_view()}
                        </select>
                    </Field>
                    <div>
                        <button class="button button--primary" type="submit" disabled=move || pending.get()>
                            "Allow"
                        </button>
                    </div>
                </div>
            </PostForm>
            <PostForm action=decide>
                <input type="hidden" name="user_code" value=code />
                <input type="hidden" name="decision" value="deny" />
                <button class="button" type="submit" disabled=move || pending.get()>
                    "Deny"
                </button>
            </PostForm>
        </div>
    }
    .into_any()
}

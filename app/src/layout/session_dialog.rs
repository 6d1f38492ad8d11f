//! The session has ended while a page is open: a dialog over the page to sign in again. Nothing of the page is lost, and
//! nothing is sent by itself.

use console_wire::access::Person;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    account::use_account,
    api::access::SignIn,
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmQuestion, ErrorPanel, Icon, use_toasts},
    paths,
};

/// The dialog; nothing on a console without sign-in.
#[component]
pub(super) fn SessionDialog() -> impl IntoView {
    use_account().person().map(|person| view! { <Dialog person /> })
}

#[component]
fn Dialog(person: Person) -> impl IntoView {
    let account = use_account();
    let is_asking = account.is_asking();
    let sign_in = ServerAction::<SignIn>::new();
    let typed = RwSignal::new(String::new());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if matches!(sign_in.value().get(), Some(Ok(_))) {
            typed.set(String::new());
            account.go_on();
            toasts.show("Signed in. Nothing was sent meanwhile.", None);
        }
    });
    let close = Callback::new(move |()| is_asking.set(false));
    let refused = move || {
        let error = sign_in.value().get().and_then(Result::err)?;
        Some(view! { <ErrorPanel error /> })
    };
    let confirm = view! {
        <button class="button button--primary" type="submit" disabled=move || sign_in.pending().get()>
            "Sign in and go on"
        </button>
    };
    view! {
        <ConfirmDialog title_id="session-title" is_open=is_asking on_close=close>
            <PostForm action=sign_in>
                <input type="hidden" name="user_name" value=person.user_name.clone() autocomplete="username" />
                <ConfirmQuestion
                    title_id="session-title"
                    title=Signal::stored("Sign in to go on".to_owned())
                    dismiss="Not now"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    <p>
                        "Your session has ended. What you have entered is kept on this page; it is sent only when you send it."
                    </p>
                    <div class="field">
                        <label class="field__label" for="session-password">
                            {format!("Password of {}", person.user_name)}
                        </label>
                        <input
                            class="input"
                            type="password"
                            id="session-password"
                            name="password"
                            required
                            autocomplete="current-password"
                            prop:value=move || typed.get()
                            on:input:target=move |event| typed.set(event.target().value())
                        />
                    </div>
                    {refused}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}

/// Says that what is shown is from before, once signing in was put off.
#[component]
pub(super) fn SessionNotice() -> impl IntoView {
    let account = use_account();
    let is_asking = account.is_asking();
    let location = use_location();
    let here = move || {
        let path = location.pathname.get();
        let search = location.search.get();
        paths::sign_in(&if search.is_empty() { path } else { format!("{path}?{search}") })
    };
    move || {
        (account.has_ended() && !is_asking.get()).then(|| {
            view! {
                <div class="notice" data-tone="warning" role="status">
                    <Icon name="key-round" />
                    <span>
                        <strong>"You are signed out."</strong>
                        " What you see is from before and is not updated."
                    </span>
                    <span class="notice__tools">
                        <button class="button button--small" type="button" on:click=move |_| is_asking.set(true)>
                            "Sign in"
                        </button>
                        " "
                        <a class="link" href=here rel="external">
                            "as another person"
                        </a>
                    </span>
                </div>
            }
        })
    }
}

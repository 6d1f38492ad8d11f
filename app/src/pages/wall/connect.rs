//! Before a screen is connected: it says so, then shows a code. Works without scripts too.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::wall::{BeginWall, ConnectWall, WallPage},
    forms::PostForm,
    kit::{ErrorPanel, Logo, clock::use_clock, dom},
    paths,
};

/// A narrow column with the title.
#[component]
fn Column(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="sign-in" id="main" tabindex="-1">
            <div class="sign-in__form">
                <div class="stack stack--tight sign-in__head">
                    <span class="topbar__brand">
                        <Logo />
                        "Fleetcast"
                    </span>
                    <h1>{title}</h1>
                </div>
                {children()}
            </div>
        </main>
    }
    .into_any()
}

/// The screen shows nothing of the fleet yet, or no more.
#[component]
pub(super) fn NotConnected(page: Memo<Option<WallPage>>, begin: ServerAction<BeginWall>) -> impl IntoView {
    let was_revoked = Memo::new(move |_| {
        page.with(|page| matches!(page, Some(WallPage::NotConnected { was_revoked: true, .. })))
    });
    let refused =
        move || begin.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> });
    view! {
        <Column title="Wall">
            <p role="status">
                {move || {
                    if was_revoked.get() {
                        "This screen is no longer connected: an administrator has revoked it."
                    } else {
                        "This screen is not connected yet."
                    }
                }}
            </p>
            <p class="field__hint">
                "It can show how the fleet is doing, and nothing else. An administrator allows it by the code that it shows next."
            </p>
            {refused}
            <PostForm action=begin>
                <button class="button button--primary" type="submit">
                    "Show a code"
                </button>
            </PostForm>
        </Column>
    }
    .into_any()
}

/// The code, until an administrator has typed it.
#[component]
pub(super) fn Code(page: Memo<Option<WallPage>>, connect: ServerAction<ConnectWall>) -> impl IntoView {
    let clock = use_clock();
    let code = Memo::new(move |_| {
        page.with(|page| match page {
            Some(WallPage::Code { code, as_of }) => Some((code.clone(), *as_of)),
            _ => None,
        })
    });
    // Without scripts the button does it. With each read anew, so that a lost request is sent again.
    Effect::new(move |_| {
        let is_allowed = code.with(|code| code.as_ref().is_some_and(|(code, _)| code.is_allowed));
        if is_allowed && dom::is_hydrated() && !connect.pending().get_untracked() {
            connect.dispatch(ConnectWall {});
        }
    });
    let shown =
        Memo::new(move |_| code.with(|code| code.as_ref().map(|(code, _)| code.user_code.to_string())));
    let minutes = Memo::new(move |_| {
        code.with(|code| {
            let (code, as_of) = code.as_ref()?;
            Some(minutes_left(code.ends, clock.now_or(*as_of)))
        })
    });
    view! {
        <Column title="Connect this screen">
            <p>
                "An administrator opens " <strong>{paths::WALLS}</strong>
                " on another device, in the account menu under Wall screens, and types this code:"
            </p>
            <p class="wall-code">
                <code>{move || shown.get()}</code>
            </p>
            <p class="field__hint">
                {move || minutes.get().map(|minutes| format!("It works for {minutes} min more. Then a new one is needed."))}
            </p>
            <div class="without-scripts">
                <PostForm action=connect>
                    <button class="button" type="submit">
                        "Go on"
                    </button>
                </PostForm>
            </div>
        </Column>
    }
    .into_any()
}

/// Whole minutes, at least 1.
fn minutes_left(ends: Timestamp, now: Timestamp) -> u128 {
    ends.since(now).as_millis().div_ceil(60_000).max(1)
}

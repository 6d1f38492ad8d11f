//! `/sign-in`: user name and password. Says neither which of them was wrong nor anything of the fleet.

use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::{Frame, Kind, TextField, refusal};
use crate::{
    api::access::{RefusedForm, SignIn, read_refused_form},
    data::page_data::page_data,
    forms::PlainForm,
    paths,
};

/// The page.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let params = use_query_map().get_untracked();
    let next = params.get("next").unwrap_or_default();
    let next = paths::next_page(&next).to_owned();
    let refused = params.get("refused").unwrap_or_default();
    let form = page_data(|| (), move |()| read(refused.clone()));
    view! {
        <Suspense>
            {move || {
                let next = next.clone();
                Suspend::new(async move {
                    let SignInView { form, provider } = form.await;
                    view! { <Form form provider next /> }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// What the page is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SignInView {
    /// The form, as it was refused before.
    form: RefusedForm,
    /// What the provider is called at which people can sign in too.
    provider: Option<String>,
}

async fn read(refused: String) -> SignInView {
    let provider = provider_of_request();
    let form = if refused.is_empty() {
        RefusedForm::default()
    } else {
        read_refused_form(refused).await.unwrap_or_default()
    };
    SignInView { form, provider }
}

/// The browser gets it with the page, which is always loaded anew.
fn provider_of_request() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let parts = use_context::<http::request::Parts>()?;
        parts.extensions.get::<crate::RequestAccess>()?.provider.as_deref().map(str::to_owned)
    }
    #[cfg(not(feature = "ssr"))]
    None
}

#[component]
fn Form(form: RefusedForm, provider: Option<String>, next: String) -> impl IntoView {
    let refused = refusal(&form);
    let lead = match &provider {
        Some(provider) => {
            format!("With your account at {provider}, or one that an administrator has made for you.")
        }
        None => "With the account that an administrator has made for you.".to_owned(),
    };
    // A link, since the policy of the page lets forms lead to our own pages only.
    let provider = provider.map(|provider| {
        view! {
            <a
                class="button button--primary button--tall button--wide"
                href=paths::sign_in_at_provider(&next)
                rel="external"
            >
                {format!("Sign in with {provider}")}
            </a>
            <p class="sign-in__or">"or with an account of this console"</p>
        }
    });
    let own = if provider.is_some() { "button" } else { "button button--primary" };
    view! {
        <Frame title="Sign in" lead>
            {provider}
            <PlainForm to=SignIn::PATH>
                <div class="stack">
                    <input type="hidden" name="next" value=next />
                    {refused}
                    <TextField
                        id="user-name"
                        name="user_name"
                        label="User name"
                        kind=Kind::Text
                        autocomplete="username"
                        value=form.user_name
                    />
                    <TextField
                        id="password"
                        name="password"
                        label="Password"
                        kind=Kind::Password
                        autocomplete="current-password"
                    />
                    <button class=format!("{own} button--tall button--wide") type="submit">
                        "Sign in"
                    </button>
                </div>
            </PlainForm>
            <p class="field__hint">
                "No account, or a forgotten password? An administrator can send you a link."
            </p>
        </Frame>
    }
    .into_any()
}

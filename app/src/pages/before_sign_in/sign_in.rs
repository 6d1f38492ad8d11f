//! `/sign-in`: user name and password. Says neither which of them was wrong nor anything of the fleet.

use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::use_query_map;

use super::{Frame, Kind, TextField, refusal};
use crate::{
    api::access::{RefusedForm, SignIn, read_refused_form},
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
    let form = Resource::new(|| (), move |()| read(refused.clone()));
    view! {
        <Suspense>
            {move || {
                let next = next.clone();
                Suspend::new(async move {
                    let form = form.await;
                    view! { <Form form next /> }
                })
            }}
        </Suspense>
    }
    .into_any()
}

async fn read(refused: String) -> RefusedForm {
    if refused.is_empty() {
        RefusedForm::default()
    } else {
        read_refused_form(refused).await.unwrap_or_default()
    }
}

#[component]
fn Form(form: RefusedForm, next: String) -> impl IntoView {
    let refused = refusal(&form);
    view! {
        <Frame title="Sign in" lead="With the account that an administrator has made for you.">
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
                    <button class="button button--primary button--tall button--wide" type="submit">
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

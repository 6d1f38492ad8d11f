//! Forms that also work before the page is hydrated. Afterwards they do the same without leaving the page. Like the forms
//! of Leptos and its router, but with our form token, and with our server functions' protocol.

use leptos::{
    ev::SubmitEvent,
    form::{FromFormData as _, form_data_from_event},
    html::Form,
    logging,
    prelude::*,
    server_fn::ServerFn,
    web_sys,
};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde::de::DeserializeOwned;

use crate::{account::use_account, error::ApiError};

/// The field that proves to the server that it rendered this plain form for this browser. It is the first field.
pub(crate) const FORM_TOKEN: &str = "form_token";

/// The token of a form that is posted to this path. The browser has none: it keeps the value that the server rendered, and
/// needs none for a server function that it calls by itself.
fn form_token(to: &str) -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        use_context::<http::request::Parts>()
            .and_then(|parts| parts.extensions.get::<crate::FormToken>().map(|token| (token.0)(to)))
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = to;
        None
    }
}

/// A form that calls a server function with its fields, which are named like the function's arguments.
#[component]
pub(crate) fn PostForm<F>(
    /// Calls the server function.
    action: ServerAction<F>,
    /// The form itself.
    #[prop(optional)]
    node_ref: NodeRef<Form>,
    children: Children,
) -> impl IntoView
where
    F: ServerFn<Error = ApiError> + DeserializeOwned + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
{
    let account = use_account();
    Effect::new(move |_| {
        action.value().with(|value| {
            if let Some(Err(error)) = value {
                account.learn_from(error);
            }
        });
    });
    let send = move |event: &SubmitEvent| match F::from_event(event) {
        Ok(call) => {
            action.dispatch(call);
        }
        Err(error) => logging::error!("{error}"),
    };
    posted_form(F::url(), node_ref, Box::new(send), children())
}

/// The form without the type of what it calls, so that it is compiled once.
fn posted_form(
    to: &'static str,
    node_ref: NodeRef<Form>,
    send: Box<dyn Fn(&SubmitEvent)>,
    fields: AnyView,
) -> AnyView {
    let submit = move |event: SubmitEvent| {
        if !event.default_prevented() {
            event.prevent_default();
            send(&event);
        }
    };
    view! {
        <form action=to method="post" node_ref=node_ref on:submit=submit>
            <input type="hidden" name=FORM_TOKEN value=form_token(to) />
            {fields}
        </form>
    }
    .into_any()
}

/// A form that the browser always sends by itself, so that its answer is a page that is loaded anew: where the person
/// changes. The page has to come from the server, which renders the form's token.
#[component]
pub(crate) fn PlainForm(
    /// Address of the server function; its fields are named like the function's arguments.
    to: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <form action=to method="post">
            <input type="hidden" name=FORM_TOKEN value=form_token(to) />
            {children()}
        </form>
    }
    .into_any()
}

/// A form that navigates to an address with its fields as the query.
#[component]
pub(crate) fn SearchForm(
    /// The address without the query.
    #[prop(into)]
    to: Signal<String>,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        if event.default_prevented() {
            return;
        }
        event.prevent_default();
        let query = form_data_from_event(&event)
            .ok()
            .and_then(|fields| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&fields).ok());
        if let Some(query) = query {
            let address = to.with_untracked(|to| format!("{to}?{}", String::from(query.to_string())));
            navigate(&address, NavigateOptions::default());
        }
    };
    view! {
        <form action=move || to.get() method="GET" on:submit=submit>
            {children()}
        </form>
    }
    .into_any()
}

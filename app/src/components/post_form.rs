//! Forms that also work before the page is alive. Afterwards they do the same without leaving the page. Leptos has such
//! forms too; theirs read the fields by way of a query string and serde, which every page would pay for.

use leptos::{ev::SubmitEvent, form::form_data_from_event, html::Form, prelude::*, web_sys};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// What the fields of a form hold as it is sent.
#[derive(Debug)]
pub(crate) struct Fields(web_sys::FormData);

impl Fields {
    /// The text of the field of that name; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.0.get(name).as_string().unwrap_or_default()
    }

    /// What is sent, unless somebody else has taken care of it.
    fn of(event: &SubmitEvent) -> Option<Self> {
        if event.default_prevented() {
            return None;
        }
        event.prevent_default();
        form_data_from_event(event).ok().map(Self)
    }

    /// As the query of an address.
    fn query(&self) -> String {
        web_sys::UrlSearchParams::new_with_str_sequence_sequence(&self.0)
            .map(|query| query.to_string().into())
            .unwrap_or_default()
    }
}

/// A form that a server function takes.
#[component]
pub(crate) fn PostForm(
    /// Where it goes as a plain form: the server function's address.
    to: &'static str,
    /// Calls the server function with what the fields hold.
    #[prop(into)]
    send: Callback<Fields>,
    /// The form itself.
    #[prop(optional)]
    node_ref: NodeRef<Form>,
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        if let Some(fields) = Fields::of(&event) {
            send.run(fields);
        }
    };
    view! {
        <form action=to method="post" node_ref=node_ref on:submit=submit>
            {children()}
        </form>
    }
    .into_any()
}

/// A form that leads to an address with the fields as its query.
#[component]
pub(crate) fn SearchForm(
    /// The address without the query.
    #[prop(into)]
    to: Signal<String>,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        if let Some(fields) = Fields::of(&event) {
            let address = to.with_untracked(|to| format!("{to}?{}", fields.query()));
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

//! The pages for people who are not signed in: sign in, create the first administrator, accept an invitation. They show
//! nothing of the fleet and have no bars. Their forms are plain ones: the next page belongs to another
//! person and is loaded anew.

mod link;
mod sign_in;

use console_wire::problem::FieldError;
use leptos::prelude::*;
use leptos_meta::Title;

pub(crate) use self::{link::LinkPage, sign_in::SignInPage};
use crate::{
    api::access::RefusedForm,
    error::ApiError,
    kit::{ErrorPanel, FieldProblem, Logo},
    paths,
};

/// A narrow column with the title.
#[component]
fn Frame(
    #[prop(into)] title: String,
    /// Below the title.
    #[prop(into)]
    lead: String,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title.clone() />
        <main class="sign-in" id="main" tabindex="-1">
            <div class="sign-in__form">
                <div class="stack stack--tight sign-in__head">
                    <span class="topbar__brand">
                        <Logo />
                        "Fleetcast"
                    </span>
                    <h1>{title}</h1>
                    <p class="field__hint">{lead}</p>
                </div>
                {children()}
            </div>
        </main>
    }
    .into_any()
}

/// What kind of text a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Password,
}

/// A labelled text field of these forms.
#[component]
fn TextField(
    /// Element id.
    id: &'static str,
    /// Name of the function's argument.
    name: &'static str,
    label: &'static str,
    kind: Kind,
    /// What browsers and password managers fill in.
    autocomplete: &'static str,
    /// The text.
    #[prop(optional, into)]
    value: String,
    /// What to know about it.
    #[prop(optional)]
    hint: &'static str,
    /// What was wrong with it.
    #[prop(optional_no_strip)]
    fault: Option<FieldError>,
) -> impl IntoView {
    let described = match (&fault, hint.is_empty()) {
        (Some(_), _) => Some(format!("{id}-problem")),
        (None, false) => Some(format!("{id}-hint")),
        (None, true) => None,
    };
    let is_wrong = fault.is_some().then_some("true");
    let hint = (fault.is_none() && !hint.is_empty()).then(|| {
        view! {
            <span class="field__hint" id=format!("{id}-hint")>
                {hint}
            </span>
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
            </label>
            <input
                class="input"
                type=if kind == Kind::Password { "password" } else { "text" }
                id=id
                name=name
                required
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=is_wrong
                aria-describedby=described
                value=value
            />
            <FieldProblem id=format!("{id}-problem") error=Signal::stored(fault) />
            {hint}
        </div>
    }
    .into_any()
}

/// Why the form was refused, where no field is at fault.
fn refusal(form: &RefusedForm) -> Option<AnyView> {
    let error = form.error.clone().filter(|error| error.0.errors.is_empty())?;
    Some(view! { <ErrorPanel error /> }.into_any())
}

/// What was wrong with a field.
fn fault(form: &RefusedForm, field: &str) -> Option<FieldError> {
    form.error.as_ref()?.field(field).cloned()
}

/// In place of the form: the link does not work.
#[component]
fn DeadLink(error: ApiError) -> impl IntoView {
    view! {
        <Frame
            title="This link does not work"
            lead="An administrator can send you a new one. While there is no administrator, each start of the server prints one."
        >
            <ErrorPanel error />
            <p>
                <a class="link" href=paths::SIGN_IN rel="external">
                    "Sign in"
                </a>
            </p>
        </Frame>
    }
    .into_any()
}

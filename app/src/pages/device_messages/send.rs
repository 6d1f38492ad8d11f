//! The form that sends a message.

use console_wire::{access::Action, problem::FieldError};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::messages::{SendMessage, SentMessages},
    data::read::Reading,
    forms::PostForm,
    kit::{ErrorPanel, Field, PermissionNote},
};

/// The form.
#[component]
pub(super) fn SendPanel(device_id: String, read: Reading<String, SentMessages>) -> impl IntoView {
    let send = ServerAction::<SendMessage>::new();
    let result = send.value();
    let (body, properties) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        if result.with(|result| matches!(result, Some(Ok(_)))) {
            body.set(String::new());
            read.refetch();
        }
    });
    // A message that the hub refused is in the list.
    Effect::new(move |_| {
        if result.with(|result| matches!(result, Some(Err(error)) if error.0.errors.is_empty())) {
            read.refetch();
        }
    });
    let problem = move |field: &'static str| {
        Signal::derive(move || result.with(|result| result.as_ref()?.as_ref().err()?.field(field).cloned()))
    };
    let whole = move || result.get().and_then(Result::err).filter(|error| error.0.errors.is_empty());
    let is_allowed = use_account().may(Action::MessageSend);
    let label = move || if send.pending().get() { "Sending" } else { "Send message" };
    view! {
        <section class="panel" aria-labelledby="send-title">
            <div class="panel__header">
                <h2 class="panel__title" id="send-title">
                    "Send a message"
                </h2>
                <span class="panel__note">"it waits at the hub while the device is away"</span>
            </div>
            <PostForm action=send>
                <input type="hidden" name="device_id" value=device_id />
                <div class="stack">
                    <Text id="message-body" name="form[body]" label="Body" rows="4" text=body problem=problem("body") />
                    <Text
                        id="message-properties"
                        name="form[properties]"
                        label="Properties"
                        rows="2"
                        text=properties
                        problem=problem("properties")
                        hint="name=value, one a line; names in lower case"
                    />
                    <Expiry problem=problem("minutes") />
                    {move || whole().map(|error| view! { <ErrorPanel error /> })}
                    <div class="cluster">
                        <button
                            class="button button--primary"
                            type="submit"
                            disabled=move || !is_allowed || send.pending().get()
                        >
                            {label}
                        </button>
                        <PermissionNote action=Action::MessageSend />
                    </div>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

#[component]
fn Text(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    rows: &'static str,
    text: RwSignal<String>,
    problem: Signal<Option<FieldError>>,
    #[prop(default = "JSON or any other text, at most 60 KB")] hint: &'static str,
) -> impl IntoView {
    view! {
        <Field id label error=problem hint=Signal::stored(hint.to_owned())>
            <textarea
                class="input input--code message-text"
                id=id
                name=name
                rows=rows
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                aria-describedby=format!("{id}-problem {id}-hint")
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            />
        </Field>
    }
    .into_any()
}

/// How long the device may take.
#[component]
fn Expiry(problem: Signal<Option<FieldError>>) -> impl IntoView {
    view! {
        <Field
            id="message-minutes"
            label="Expires after"
            error=problem
            hint=Signal::stored("at most 48 hours, which are 2880 minutes".to_owned())
        >
            <span class="input-unit message-minutes">
                <input
                    type="text"
                    id="message-minutes"
                    name="form[minutes]"
                    value="60"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-describedby="message-minutes-problem message-minutes-hint"
                />
                <span>"min"</span>
            </span>
        </Field>
    }
    .into_any()
}

//! Creating a webhook, and its secret, which is shown once.

use console_wire::{
    access::Action,
    webhook::{BodyFormat, EventType, MAX_NAME, NewSecret},
};
use leptos::prelude::*;

use crate::{
    api::webhooks::CreateWebhook,
    format::webhook,
    forms::{FormErrors, PostForm},
    kit::{CopyButton, Field, FieldProblem, Icon, NameField, PermissionNote},
};

/// Longest URL that the field takes, in characters; the server's limit.
const MAX_URL: &str = "2000";

/// The form.
#[component]
pub(super) fn CreateForm(create: ServerAction<CreateWebhook>, is_allowed: bool) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let url = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(create.value().get(), Some(Ok(_))) {
            name.set(String::new());
            url.set(String::new());
        }
    });
    let errors = FormErrors::of(move || create.value().get().and_then(Result::err));
    let formats = BodyFormat::ALL.map(|format| {
        view! {
            <option value=format.as_str() selected=format == BodyFormat::Standard>
                {webhook::format_label(format)}
            </option>
        }
    });
    view! {
        <section class="panel" aria-labelledby="create-title">
            <div class="panel__header">
                <h2 class="panel__title" id="create-title">
                    "New webhook"
                </h2>
            </div>
            <PostForm action=create>
                <div class="stack">
                    <div class="webhooks__fields">
                        <NameField id="webhook-name" label="Name" name="name" text=name max=MAX_NAME error=errors.field("name") />
                        <Field
                            id="webhook-url"
                            label="URL"
                            error=errors.field("url")
                            hint=Signal::stored("Kept like a password: shown without its path.".to_owned())
                        >
                            <input
                                class="input"
                                type="url"
                                id="webhook-url"
                                name="url"
                                required
                                maxlength=MAX_URL
                                placeholder="https://example.com/hook"
                                autocomplete="off"
                                spellcheck="false"
                                aria-describedby="webhook-url-problem webhook-url-hint"
                                prop:value=move || url.get()
                                on:input:target=move |event| url.set(event.target().value())
                            />
                        </Field>
                        <Field id="webhook-format" label="Body" error=errors.field("format")>
                            <select class="input" id="webhook-format" name="format">
                                {formats.into_iter().collect_view()}
                            </select>
                        </Field>
                    </div>
                    <fieldset class="webhooks__events" aria-describedby="webhook-events-problem">
                        <legend class="field__label">"Send a message when"</legend>
                        {EventType::SUBSCRIBABLE.map(|event| view! { <EventChoice event /> }).collect_view()}
                        <FieldProblem id="webhook-events-problem" error=errors.field("events") />
                    </fieldset>
                    <div>
                        <button
                            class="button button--primary"
                            type="submit"
                            disabled=move || !is_allowed || create.pending().get()
                        >
                            <Icon name="plus" />
                            "Create webhook"
                        </button>
                    </div>
                    <PermissionNote action=Action::WebhookWrite />
                    {errors.panel()}
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// One event with its box, ticked at first. A receiver that does not answer questions would hold up rollouts, so that event has to
/// be chosen.
#[component]
fn EventChoice(event: EventType) -> impl IntoView {
    view! {
        <label class="webhooks__event">
            <input type="checkbox" name="events[]" value=event.as_str() checked=event != EventType::RolloutGate />
            <span>{webhook::event_label(event)}</span>
            <code>{event.as_str()}</code>
        </label>
    }
}

/// The secret that was just made. It is shown only now.
#[component]
pub(super) fn SecretNotice(made: NewSecret) -> impl IntoView {
    let secret = made.secret.expose().to_owned();
    let rest = if made.old_secret_ends.is_some() {
        " Give it to the receiver within 24 h: until then messages are signed with the old secret too. It is never shown again."
    } else {
        " Give it to the receiver now, which checks signatures with it: it is never shown again."
    };
    view! {
        <div class="notice page__notice" data-tone="good" role="status">
            <Icon name="circle-check" />
            <div class="stack stack--tight team__link">
                <span>
                    <strong>{format!("Signing secret of {} is made.", made.webhook_name)}</strong>
                    {rest}
                </span>
                <div class="secret">
                    <code>{secret.clone()}</code>
                    <CopyButton text=Signal::stored(secret) what="secret" />
                </div>
            </div>
        </div>
    }
    .into_any()
}

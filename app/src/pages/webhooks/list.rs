//! The table of webhooks and what can be done with each.

use console_wire::webhook::{EventType, Webhook, WebhookState};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::Changes;
use crate::{
    format::{number::count_noun, webhook as text},
    forms::PostForm,
    kit::{BadgeView, Icon, Menu, TimeFormat, TimeText, ToolTable},
};

/// The table.
#[component]
pub(super) fn List(
    webhooks: Memo<Vec<Webhook>>,
    as_of: Memo<Option<Timestamp>>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let rows = move || {
        let as_of = as_of.get_untracked()?;
        let rows = webhooks.get().into_iter();
        Some(rows.map(|webhook| view! { <Row webhook as_of changes is_allowed /> }).collect_view())
    };
    let is_empty = move || webhooks.with(Vec::is_empty);
    view! {
        <section class="panel" aria-labelledby="webhooks-title">
            <div class="panel__header">
                <h2 class="panel__title" id="webhooks-title">
                    "Receivers"
                </h2>
            </div>
            <p class="field__hint" hidden=move || !is_empty()>
                "There is no webhook yet."
            </p>
            <ToolTable labelled_by="webhooks-title" heads=vec!["Webhook", "Events", "State"] is_empty=Signal::derive(is_empty)>
                {rows}
            </ToolTable>
        </section>
    }
    .into_any()
}

#[component]
fn Row(webhook: Webhook, as_of: Timestamp, changes: Changes, is_allowed: bool) -> impl IntoView {
    let Webhook { webhook_id, name, receiver, events, format, state, old_secret_ends, pending, .. } = webhook;
    let events: Vec<_> = events.into_iter().map(EventType::as_str).collect();
    let waits = (pending > 0).then(|| {
        let text = format!("{} to be sent", count_noun(pending, "message", "messages"));
        view! { <span class="data-table__sub">{text}</span> }
    });
    let old_secret = old_secret_ends.map(|at| {
        view! {
            <span class="data-table__sub">
                "old secret ends " <TimeText at as_of style=TimeFormat::Relative />
            </span>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{name.clone()}</span>
                <span class="data-table__sub">{receiver}</span>
            </th>
            <td>
                <span class="data-table__main">{events.join(", ")}</span>
                <span class="data-table__sub">{text::format_label(format)}</span>
            </td>
            <td>
                <BadgeView badge=Signal::stored(text::state(state)) />
                {waits}
                {old_secret}
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    {is_allowed.then(|| view! { <Tools webhook_id name state changes /> })}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// What can be done with a webhook.
#[component]
fn Tools(webhook_id: u64, name: String, state: WebhookState, changes: Changes) -> impl IntoView {
    let is_active = state == WebhookState::Active;
    let id = move || view! { <input type="hidden" name="webhook_id" value=webhook_id.to_string() /> };
    let test_label = format!("Send a test to {name}");
    let menu_label = format!("More about {name}");
    let delete_label = format!("Delete {name} and its log");
    let (verb, active) = if is_active { ("Pause", "false") } else { ("Resume", "true") };
    let pending = changes.test.pending();
    view! {
        {is_active
            .then(|| {
                view! {
                    <PostForm action=changes.test>
                        {id()}
                        <button
                            class="button button--small"
                            type="submit"
                            aria-label=test_label
                            disabled=move || pending.get()
                        >
                            "Send a test"
                        </button>
                    </PostForm>
                }
            })}
        <Menu
            label=menu_label
            button="button button--quiet button--icon button--small"
            list="menu__list menu__list--wide"
            summary=view! { <Icon name="ellipsis" is_large=true /> }.into_any()
        >
            <li>
                <PostForm action=changes.set_active>
                    {id()} <input type="hidden" name="active" value=active />
                    <button class="menu__item" type="submit">
                        <Icon name=if is_active { "circle-slash" } else { "play" } />
                        {format!("{verb} {name}")}
                    </button>
                </PostForm>
            </li>
            <li>
                <PostForm action=changes.rotate>
                    {id()}
                    <button class="menu__item" type="submit">
                        <Icon name="key-round" />
                        "Make a new signing secret"
                    </button>
                </PostForm>
            </li>
            <li>
                <PostForm action=changes.delete>
                    {id()}
                    <button class="menu__item" type="submit">
                        <Icon name="x" />
                        {delete_label}
                    </button>
                </PostForm>
            </li>
        </Menu>
    }
    .into_any()
}

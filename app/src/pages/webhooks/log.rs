//! The log: what became of each message.

use console_wire::webhook::{Delivery, DeliveryState, EventType};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Changes;
use crate::{
    format::{number::count_noun, webhook as text},
    forms::PostForm,
    kit::{BadgeView, TimeFormat, TimeText, ToolTable},
    paths,
};

/// The table.
#[component]
pub(super) fn Log(
    deliveries: Memo<Vec<Delivery>>,
    older_than: Memo<Option<u64>>,
    as_of: Memo<Option<Timestamp>>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let rows = move || {
        let as_of = as_of.get_untracked()?;
        let rows = deliveries.get().into_iter();
        Some(rows.map(|delivery| view! { <Row delivery as_of changes is_allowed /> }).collect_view())
    };
    let is_empty = move || deliveries.with(Vec::is_empty);
    let query = use_query_map();
    let none = move || {
        let is_first = query.with(|query| query.get("before").is_none());
        if is_first { "No message was sent yet." } else { "There is no older message." }.to_owned()
    };
    let older = move || {
        older_than.get().map(|before| {
            view! {
                <a class="link" href=paths::webhooks_before(before)>
                    "Older messages"
                </a>
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="log-title">
            <div class="panel__header">
                <h2 class="panel__title" id="log-title">
                    "Messages"
                </h2>
            </div>
            <p class="field__hint" hidden=move || !is_empty()>
                {none}
            </p>
            <ToolTable labelled_by="log-title" heads=vec!["Message", "To", "Result", "Sent"] is_empty=Signal::derive(is_empty)>
                {rows}
            </ToolTable>
            {older}
            <p class="field__hint">
                "A message that was not taken is sent again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. \
                 Questions of jobs in waves are repeated for an hour. The log is kept for 30 days."
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(delivery: Delivery, as_of: Timestamp, changes: Changes, is_allowed: bool) -> impl IntoView {
    let badge = text::delivery(&delivery);
    let attempt = text::last_attempt(&delivery);
    let Delivery { delivery_id, webhook_name, message_id, event, job_id, state, attempts, .. } = delivery;
    let label = format!("Send {event} to {webhook_name} again");
    let job = job_id.map(|job_id| {
        view! {
            <a class="link" href=paths::job(&job_id)>
                {job_id.clone()}
            </a>
        }
    });
    let sent = delivery.last_attempt.map(|at| view! { <TimeText at as_of style=TimeFormat::Clock /> });
    let next = delivery.next_attempt.map(|at| {
        let verb = if attempts == 0 { "due " } else { "again " };
        view! { <span class="data-table__sub">{verb} <TimeText at as_of style=TimeFormat::Relative /></span> }
    });
    let how_often = (attempts > 1).then(|| {
        view! { <span class="data-table__sub">{count_noun(attempts.into(), "attempt", "attempts")}</span> }
    });
    // The job that asked repeats its question by itself.
    let may_send =
        is_allowed && event != EventType::RolloutGate && (state != DeliveryState::Pending || attempts > 0);
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{event.as_str()} " " {job}</span>
                <span class="data-table__sub">
                    <code>{message_id}</code>
                </span>
            </th>
            <td>{webhook_name}</td>
            <td>
                <BadgeView badge=Signal::stored(badge) />
                <span class="data-table__sub">{attempt}</span>
                {delivery.error.map(|error| view! { <span class="data-table__sub">{error}</span> })}
            </td>
            <td>{sent} {how_often} {next}</td>
            <td class="to-end">
                <div class="data-table__tools">
                    {may_send
                        .then(|| {
                            view! {
                                <PostForm action=changes.redeliver>
                                    <input type="hidden" name="delivery_id" value=delivery_id.to_string() />
                                    <button class="button button--small button--quiet" type="submit" aria-label=label>
                                        "Send again"
                                    </button>
                                </PostForm>
                            }
                        })}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

//! The requests, a link each.

use console_wire::rollout::{ApprovalRequest, ApprovalResult};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    account::use_account,
    format::{number::devices, rollout::approval},
    kit::{BadgeView, Icon, TimeFormat, TimeText},
    paths,
};

/// The list.
#[component]
pub(super) fn RequestList(
    shown: Memo<Vec<ApprovalRequest>>,
    as_of: Timestamp,
    chosen_id: Memo<Option<String>>,
    tab_is_waiting: Signal<bool>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| shown.with(Vec::is_empty));
    let none = move || {
        if tab_is_waiting.get() { "Nothing waits for a decision." } else { "There is none." }
    };
    view! {
        <p class="approvals__none" hidden=move || !is_empty.get()>
            {none}
        </p>
        <ul class="requests" hidden=move || is_empty.get()>
            <For each=move || shown.get() key=|request| (request.job.job_id.clone(), request.approval.result as u8) let:request>
                <Row request as_of chosen_id />
            </For>
        </ul>
    }
    .into_any()
}

#[component]
fn Row(request: ApprovalRequest, as_of: Timestamp, chosen_id: Memo<Option<String>>) -> impl IntoView {
    let ApprovalRequest { approval: asked, job } = request;
    let me = use_account().person().map(|person| person.user_id);
    let is_own = me.is_some() && asked.asked_by.as_ref().map(|person| person.user_id.clone()) == me;
    let job_id = job.job_id.clone();
    let by = asked.asked_by.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let below = match asked.result {
        ApprovalResult::Waiting if is_own => view! {
            <span class="with-icon">
                <Icon name="lock" />
                "asked by you, another person decides"
            </span>
        }
        .into_any(),
        ApprovalResult::Waiting => view! {
            {by}
            ", lapses "
            <TimeText at=asked.lapses_at as_of style=TimeFormat::Relative />
        }
        .into_any(),
        result => {
            let badge = approval::badge(result);
            view! {
                <BadgeView badge />
                " "
                {asked.decided_by.as_ref().map(|person| format!("by {}", person.name))}
            }
            .into_any()
        }
    };
    view! {
        <li>
            <a
                class="request"
                href=paths::approval(&job.job_id)
                aria-current=move || (chosen_id.get().as_deref() == Some(job_id.as_str())).then_some("true")
            >
                <span class="request__top">
                    <strong>{job.name.clone()}</strong>
                    <TimeText at=asked.asked_at as_of style=TimeFormat::Relative />
                </span>
                <span class="request__mid">
                    <code>{job.action()}</code>
                    {format!(" on {}", devices(asked.devices))}
                </span>
                <span class="request__sub">{below}</span>
            </a>
        </li>
    }
    .into_any()
}

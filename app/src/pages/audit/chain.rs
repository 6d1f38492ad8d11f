//! Whether the chain of hashes is intact, its head, and a button to check it again.

use console_wire::{access::Action, audit::AuditCheck};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::audit::{AuditView, CheckAudit},
    audit_query::AuditQuery,
    data::read::Reading,
    format::{
        Badge,
        audit::short_hash,
        number::{count_noun, grouped},
    },
    forms::PostForm,
    kit::{BadgeView, CopyButton, ErrorPanel, Icon, TimeFormat, TimeText},
};

const INTACT: Badge = Badge { status: "succeeded", icon: "circle-check", label: "Chain intact" };
const BROKEN: Badge = Badge { status: "failed", icon: "circle-x", label: "Chain broken" };
const UNCHECKED: Badge = Badge { status: "queued", icon: "clock", label: "Not checked yet" };

/// The chain; nothing for who reads only what the person did.
#[component]
pub(super) fn Chain(read: Reading<AuditQuery, AuditView>, check: ServerAction<CheckAudit>) -> impl IntoView {
    let newest = Memo::new(move |_| {
        let checked = check.value().get().and_then(Result::ok);
        checked.or_else(|| read.good().with(|good| good.as_ref()?.value.check.clone()))
    });
    let as_of = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.as_of)));
    let refused = move || check.value().get().and_then(Result::err);
    use_account().may(Action::AuditRead).then(|| {
        view! {
            <section class="chain" aria-label="Chain of hashes">
                {move || view! { <State check=newest.get() as_of=as_of.get() /> }}
                <span class="chain__end">
                    <PostForm action=check>
                        <button class="button button--small" type="submit" disabled=move || check.pending().get()>
                            <Icon name="refresh-cw" />
                            "Check again"
                        </button>
                    </PostForm>
                </span>
                <p class="field__hint chain__note">
                    "A change shows only against an older head. The server's log has the head every hour; compare with "
                    <code>"fleetcast audit verify --head …"</code>
                </p>
                {move || refused().map(|error| view! { <ErrorPanel error /> })}
            </section>
        }
        .into_any()
    })
}

/// What the last check has found.
#[component]
fn State(check: Option<AuditCheck>, as_of: Option<Timestamp>) -> impl IntoView {
    let badge = match &check {
        None => UNCHECKED,
        Some(check) if check.fault.is_none() => INTACT,
        Some(_) => BROKEN,
    };
    let facts = check.map(|check| {
        let fault = check.fault.map(|fault| {
            view! {
                <strong role="alert">
                    {format!("The first bad row is {}: {}.", grouped(fault.row), fault.reason)}
                </strong>
            }
        });
        view! {
            <span>
                {count_noun(check.rows, "good row", "good rows")}
                ", checked "
                <TimeText at=check.checked as_of=as_of.unwrap_or(check.checked) style=TimeFormat::Relative />
            </span>
            <span class="with-icon">
                "head "
                <code>{short_hash(&check.head)}</code>
                <CopyButton text=check.head what="head" />
            </span>
            {fault}
        }
    });
    view! {
        <BadgeView badge=Signal::stored(badge) is_filled=true />
        {facts}
    }
    .into_any()
}

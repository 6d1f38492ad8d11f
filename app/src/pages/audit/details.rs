//! An entry in full: the values before and after, both rows, the request, the hashes.

use console_wire::audit::AuditEntry;
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    format::audit::{LineKind, compared, credential, rows, short_hash},
    kit::{CopyButton, TimeFormat, TimeText},
};

/// The details.
#[component]
pub(super) fn Details(entry: AuditEntry, as_of: Timestamp) -> impl IntoView {
    let subject = entry.subject.clone().map(|id| view! { <Fact name="Subject" value=id is_code=true /> });
    let address = entry.address.clone().map(|it| view! { <Fact name="Address" value=it is_code=true /> });
    let ended = entry.end_time.map(|at| {
        view! {
            <dt>"Ended"</dt>
            <dd>
                <TimeText at as_of style=TimeFormat::Millis />
            </dd>
        }
    });
    let hashes = format!("{} after {}", short_hash(&entry.hash), short_hash(&entry.previous_hash));
    view! {
        <div class="audit__inner">
            <div>
                <p class="audit__cap">"Before and after"</p>
                <Change entry=entry.clone() />
            </div>
            <dl class="facts">
                <Fact name="Row" value=rows(&entry) />
                <dt>"Began"</dt>
                <dd>
                    <TimeText at=entry.time as_of style=TimeFormat::Millis />
                </dd>
                {ended}
                {subject}
                <Fact name="Request" value=entry.request.clone() is_code=true />
                <Fact name="Request id" value=entry.request_id.clone() is_code=true />
                <Fact name="Credential" value=credential(&entry) />
                {address}
                <dt>"Hash"</dt>
                <dd>
                    <span class="with-icon">
                        <code>{hashes}</code>
                        <CopyButton text=entry.hash.clone() what="hash" />
                    </span>
                </dd>
            </dl>
        </div>
    }
    .into_any()
}

/// A fact with its name.
#[component]
fn Fact(name: &'static str, value: String, #[prop(optional)] is_code: bool) -> impl IntoView {
    let value = if is_code { view! { <code>{value}</code> }.into_any() } else { value.into_any() };
    view! {
        <dt>{name}</dt>
        <dd>{value}</dd>
    }
}

/// The values as JSON, line by line.
#[component]
fn Change(entry: AuditEntry) -> impl IntoView {
    let lines = compared(entry.before.as_ref(), entry.after.as_ref());
    if lines.is_empty() {
        return view! { <p class="field__hint">"No values are recorded for this."</p> }.into_any();
    }
    let lines: Vec<_> = lines
        .into_iter()
        .map(|(kind, line)| match kind {
            LineKind::Same => view! { <span>{line}</span> }.into_any(),
            LineKind::Removed => view! { <del>{line}</del> }.into_any(),
            LineKind::Added => view! { <ins>{line}</ins> }.into_any(),
        })
        .collect();
    view! { <div class="change">{lines}</div> }.into_any()
}

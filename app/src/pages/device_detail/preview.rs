//! The changes that a patch would make, and changes made meanwhile by another client.

use hub_wire::twin::Twin;
use leptos::prelude::*;
use serde_json::Value;

use super::section::Section;
use crate::{
    format::{
        number::size as sized,
        patch::{Change, changes},
    },
    kit::{Icon, Json, icon_href},
};

/// Changes shown one by one.
const SHOWN: usize = 8;

/// The changes that a patch would make.
#[component]
pub(super) fn Changes(
    /// In a sentence.
    sentence: String,
    /// How the difference from the reported properties changes.
    drift: Option<String>,
    /// One by one.
    changes: Vec<Change>,
    /// Bytes of the section afterwards.
    size: usize,
    /// Most that it may have.
    limit: usize,
) -> impl IntoView {
    let over = size > limit;
    let sizes = format!("{} of {} afterwards.", sized(size), sized(limit));
    view! {
        <p class="field__hint" data-tone=over.then_some("error")>
            {sentence} " " {drift} " " {sizes}
        </p>
        <List changes />
    }
    .into_any()
}

#[component]
fn List(changes: Vec<Change>) -> impl IntoView {
    let left_out = changes.len().saturating_sub(SHOWN);
    let lines: Vec<_> = changes
        .into_iter()
        .take(SHOWN)
        .map(|change| {
            view! {
                <li class="device__change">
                    <code>{change.path}</code>
                    <del>{shown(change.before, "not set")}</del>
                    <svg class="icon icon--small" role="img" aria-label="becomes">
                        <use href=icon_href("arrow-right")></use>
                    </svg>
                    <ins>{shown(change.after, "removed")}</ins>
                </li>
            }
        })
        .collect();
    view! {
        <ul class="device__changes" aria-label="Changes">
            {lines}
            {(left_out > 0).then(|| view! { <li class="panel__note">{format!("and {left_out} more")}</li> })}
        </ul>
    }
    .into_any()
}

fn shown(value: Option<Value>, none: &'static str) -> AnyView {
    value.map_or_else(
        || view! { <span class="twin-table__none">{none}</span> }.into_any(),
        |value| view! { <Json text=value.to_string() /> }.into_any(),
    )
}

/// Another client has written meanwhile: both versions, and a button to go on.
#[component]
pub(super) fn Conflict(
    /// Which part of the twin.
    section: Section,
    /// As it was when the patch was begun.
    base: Twin,
    /// As it is now.
    newest: Twin,
    /// Goes on with the new version.
    keep: Callback<()>,
) -> impl IntoView {
    let (before, now) = (section.version(&base), section.version(&newest));
    let found = changes(section.of(&base), section.of(&newest));
    let what = match section {
        Section::Desired => "The desired properties were",
        Section::Tags => "The tags were",
    };
    view! {
        <div class="notice" data-tone="warning" role="alert">
            <Icon name="triangle-alert" />
            <div class="stack stack--tight">
                <span>
                    <strong>{format!("{what} changed while you were writing: version {before} is now {now}.")}</strong>
                    " Nothing of yours has been written."
                </span>
                <List changes=found />
                <span>
                    <button class="button button--small" type="button" on:click=move |_| keep.run(())>
                        {format!("Go on with version {now}")}
                    </button>
                </span>
            </div>
        </div>
    }
    .into_any()
}

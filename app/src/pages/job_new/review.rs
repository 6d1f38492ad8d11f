//! What will happen, beside the form: the sentence, who would be addressed, how long it takes, and the one button.

mod counted;
mod run;

use console_wire::target::{Estimate, Preview};
use leptos::prelude::*;

use super::draft::{Draft, PreviewResource};
use crate::{
    api::ApiError,
    browser,
    clock::use_clock,
    components::{Icon, Json},
    job_form::{ActionKind, JobForm, TargetKind},
    present::{
        calls, json,
        number::{self, counted, devices, grouped},
        time,
    },
    reactive::memo,
};
use counted::Counted;
use run::RunButton;

/// The panel.
#[component]
pub(super) fn Review(
    draft: Draft,
    preview: PreviewResource,
    recount: RwSignal<u32>,
    #[prop(into)] pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <aside class="review" aria-label="Review">
            <p class="visually-hidden" role="status">
                <Transition>{move || Suspend::new(async move { announcement(draft, preview.await) })}</Transition>
            </p>
            <Transition>
                {move || Suspend::new(async move {
                    let preview = preview.await;
                    let (count, estimate) = match &preview {
                        Some(Ok(read)) => (Some(read.count + read.unknown_count + read.unchecked_count), read.estimate.clone()),
                        _ => (None, None),
                    };
                    let has_query_error = matches!(&preview, Some(Err(error)) if !error.0.errors.is_empty());
                    view! {
                        <div class="stack stack--tight">
                            <h2>"Review"</h2>
                            <Sentence draft count />
                        </div>
                        <Target draft preview recount />
                        {estimate.map(|estimate| view! { <Duration estimate count=count.unwrap_or_default() /> })}
                        <div class="stack stack--tight">
                            <RunButton draft count has_query_error pending />
                            <SameThing draft />
                        </div>
                    }
                })}
            </Transition>
        </aside>
    }
    .into_any()
}

/// What a screen reader says when the target has been counted: once, not with every second that the count grows older.
fn announcement(draft: Draft, preview: Option<Result<Preview, ApiError>>) -> String {
    match preview {
        None => String::new(),
        Some(Ok(read)) => {
            let whom = draft.fields.with_untracked(|form| who(form, read.count));
            format!("Counted {whom}, {} connected", grouped(read.connected_count))
        }
        Some(Err(error)) => not_counted(&error),
    }
}

fn not_counted(error: &ApiError) -> String {
    format!("Not counted. {}.", error.0.title)
}

/// A count with what it counts.
fn who(form: &JobForm, count: u64) -> String {
    if form.is_on_modules() { counted(count, "module", "modules") } else { devices(count) }
}

/// What is sent to how many devices, and when, in words.
#[component]
fn Sentence(draft: Draft, count: Option<u64>) -> impl IntoView {
    let form = memo(move || draft.form());
    let clock = use_clock();
    let whom = move || {
        form.with(|form| match (count, form.target_kind()) {
            (Some(count), _) => who(form, count),
            (None, TargetKind::All) => "every device".to_owned(),
            (None, TargetKind::List) => "the devices of the list".to_owned(),
            (None, TargetKind::One) => "one device".to_owned(),
            (None, TargetKind::Query) => "the devices that match".to_owned(),
        })
    };
    let what = move || {
        form.with(|form| match form.action() {
            ActionKind::Method if form.method.trim().is_empty() => "a direct method".to_owned(),
            ActionKind::Method => form.method.trim().to_owned(),
            ActionKind::Desired => "a change of desired properties".to_owned(),
            ActionKind::Tags => "a change of tags".to_owned(),
        })
    };
    let when = move || {
        form.with(|form| match (form.when.as_str(), form.start_time()) {
            ("later", Ok(at)) => format!("On {}, ", time::absolute(at, clock.offset_minutes(at))),
            ("later", Err(_)) => "At the time you choose, ".to_owned(),
            _ => "As soon as you press Run, ".to_owned(),
        })
    };
    let payload = move || {
        let text = form.with(|form| form.payload.clone());
        let short = json::compact(&text).filter(|text| text.len() <= 120)?;
        Some(view! {
            " with "
            <Json text=short />
        })
    };
    let waits = move || {
        form.with(|form| match (form.action(), form.connect.trim()) {
            (ActionKind::Method, "0" | "") => " Devices that are not online are not waited for.".to_owned(),
            (ActionKind::Method, seconds) => {
                format!(" A device that is not online has {seconds} s to connect.")
            }
            (ActionKind::Desired, _) => " Devices that are not online get it when they connect.".to_owned(),
            (ActionKind::Tags, _) => " Devices never see tags.".to_owned(),
        })
    };
    view! {
        <p class="review__sentence">
            {move || when()}
            <strong>{move || what()}</strong>
            {move || payload()}
            " goes to "
            <strong>{move || whom()}</strong>
            "."
            {move || waits()}
        </p>
    }
    .into_any()
}

/// Who would be addressed, counted now.
#[component]
fn Target(draft: Draft, preview: Option<Result<Preview, ApiError>>, recount: RwSignal<u32>) -> impl IntoView {
    let body = match preview {
        None => {
            let words = move || {
                draft.fields.with(|form| match form.target_kind() {
                    TargetKind::List => "Paste device ids to see which of them the hub knows.",
                    TargetKind::One => "Write a device id to see the device.",
                    _ => "Write a condition to see which devices it matches.",
                })
            };
            view! { <p class="field__hint">{move || words()}</p> }.into_any()
        }
        Some(Err(error)) => view! { <p class="field__hint">{not_counted(&error)}</p> }.into_any(),
        Some(Ok(preview)) => view! { <Counted draft preview /> }.into_any(),
    };
    view! {
        <section class="review__part" aria-labelledby="target-title">
            <div class="review__heading">
                <h3 id="target-title">"Target"</h3>
                <button
                    class="link field__hint needs-scripts"
                    type="button"
                    on:click=move |_| recount.update(|times| *times += 1)
                >
                    "Count again"
                </button>
            </div>
            {body}
        </section>
    }
    .into_any()
}

/// How long it would take, and why.
#[component]
fn Duration(estimate: Estimate, count: u64) -> impl IntoView {
    let (low, high) = (time::about_seconds(estimate.seconds_low), time::about_seconds(estimate.seconds_high));
    let range = if low == high { format!("about {low}") } else { format!("{low} to {high}") };
    let pace = number::pace(estimate.devices_per_second);
    view! {
        <section class="review__part" aria-labelledby="time-title">
            <div class="review__heading">
                <h3 id="time-title">"Duration"</h3>
                <strong>{range}</strong>
            </div>
            <p class="field__hint">{format!("{} at about {pace}/s: {}.", devices(count), estimate.reason)}</p>
        </section>
    }
    .into_any()
}

/// The same job as a call.
#[component]
fn SameThing(draft: Draft) -> impl IntoView {
    let done = RwSignal::new(None::<calls::Call>);
    let is_ready = memo(move || draft.errors().is_empty());
    let buttons = calls::ALL.map(|call| {
        let copy = move |_| {
            if let Ok(job) = draft.form().to_new_job() {
                browser::copy(&call.text(&job));
                done.set(Some(call));
            }
        };
        let icon = Signal::derive(move || if done.get() == Some(call) { "check" } else { "copy" });
        view! {
            <button
                class="button button--small button--quiet"
                type="button"
                aria-label=format!("Copy as {}", call.name())
                disabled=move || !is_ready.get()
                on:click=copy
            >
                <Icon name=icon />
                {call.name()}
            </button>
        }
    });
    view! {
        <div class="review__copy needs-scripts">
            <span class="field__hint">"Same thing as"</span>
            {buttons.into_iter().collect_view()}
        </div>
    }
    .into_any()
}

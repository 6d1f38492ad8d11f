//! The review beside the form: a summary, the target, the estimated duration, and the Run button.

mod rollout;
mod run;
mod target_preview;

use console_wire::{
    rollout::settings::Offline,
    target::{Estimate, Preview},
};
use hub_wire::direct_method::DEFAULT_RESPONSE_TIMEOUT;
use leptos::prelude::*;

use super::{
    confirm::Question,
    form_state::{FormState, PreviewResource, Previewed},
};
use crate::{
    api::job_create::CreateJob,
    error::ApiError,
    format::{code_samples, estimate, json, number::grouped, rollout as words, time},
    forms::job::{
        ActionKind, JobForm, TargetKind,
        caution::{TargetCount, cautions},
        pasted,
    },
    kit::{ErrorPanel, Field, Icon, Json, clock::use_clock, dom},
    paths,
};
use rollout::RolloutEstimate;
pub(super) use rollout::{EstimateReading, use_estimates};
use run::RunButton;
use target_preview::TargetCount;

/// The review.
#[component]
pub(super) fn Review(
    state: FormState,
    preview: PreviewResource,
    recount: RwSignal<u32>,
    create: ServerAction<CreateJob>,
    question: RwSignal<Option<Question>>,
    rollout_estimates: EstimateReading,
) -> impl IntoView {
    let pending = Signal::from(create.pending());
    // A refusal that belongs to no field is shown beside the button that was pressed.
    let refused = move || {
        let error = create.value().get().and_then(Result::err)?;
        Some(view! { <ErrorPanel error /> })
    };
    view! {
        <aside class="review" aria-label="Review">
            <p class="visually-hidden" role="status">
                <Transition>{move || Suspend::new(async move { announcement(state, preview.await.map(|previewed| previewed.result)) })}</Transition>
            </p>
            <Transition>
                {move || Suspend::new(async move {
                    let preview = preview.await;
                    let counted = preview.as_ref().and_then(Previewed::counted);
                    let count = counted.map(|counted| counted.targets);
                    let estimate = preview.as_ref().and_then(|previewed| previewed.result.as_ref().ok()?.estimate.clone());
                    // Only in the browser: the sections before this one are rendered already.
                    Effect::new(move |_| state.counted.set(count));
                    let result = preview.as_ref().map(|previewed| previewed.result.clone());
                    view! {
                        <div class="stack stack--tight">
                            <h2>"Review"</h2>
                            <Summary state count />
                        </div>
                        <Target state preview=result recount />
                        <RolloutEstimate state rollout_estimates />
                        <Duration state is_counted=counted.is_some() estimate count=count.unwrap_or_default() />
                        <div class="stack stack--tight">
                            {refused}
                            {counted.map(|counted| view! { <TypedNumber state counted /> })}
                            <RunButton state previewed=preview pending question />
                            <CopyAs state />
                        </div>
                    }
                })}
            </Transition>
        </aside>
    }
    .into_any()
}

/// The announcement for screen readers when the target was counted. It does not change while the count grows older.
fn announcement(state: FormState, preview: Option<Result<Preview, ApiError>>) -> String {
    match preview {
        None => String::new(),
        Some(Ok(read)) => {
            let whom = state.fields.with_untracked(|form| form.count_targets(read.targets()));
            format!("Counted {whom}, {} connected", grouped(read.connected_count))
        }
        Some(Err(error)) => not_counted(&error),
    }
}

fn not_counted(error: &ApiError) -> String {
    // The field says what is wrong with it.
    if error.0.errors.is_empty() {
        format!("Not counted. {}.", error.0.title)
    } else if error.field("groupId").is_some() {
        "Not counted. There is no such group.".to_owned()
    } else {
        "Not counted. Fix the query first.".to_owned()
    }
}

/// One sentence: what is sent to how many devices, and when.
#[component]
fn Summary(state: FormState, count: Option<u64>) -> impl IntoView {
    let form = Memo::new(move |_| state.form());
    let clock = use_clock();
    let whom = move || {
        form.with(|form| match (count, form.target_kind()) {
            (Some(count), _) => form.count_targets(count),
            (None, TargetKind::All) => "every device".to_owned(),
            (None, TargetKind::List) => "the devices of the list".to_owned(),
            (None, TargetKind::One) => "one device".to_owned(),
            (None, TargetKind::Group) => "the devices of the group".to_owned(),
            (None, TargetKind::Query) => "the devices that match".to_owned(),
        })
    };
    let what = move || {
        form.with(|form| match form.action() {
            ActionKind::Method if form.method.trim().is_empty() => "a method".to_owned(),
            ActionKind::Method => form.method.trim().to_owned(),
            ActionKind::Desired => "desired properties".to_owned(),
            ActionKind::Tags => "tags".to_owned(),
        })
    };
    let is_done = move || {
        form.with(|form| if form.action() == ActionKind::Method { " is called on " } else { " are set on " })
    };
    let when = move || {
        form.with(|form| match (form.when.as_str(), form.start_time()) {
            ("later", Ok(at)) => format!("On {}, ", time::absolute(at, clock.offset_minutes(at))),
            ("repeats", _) => "At each run, ".to_owned(),
            ("later", Err(_)) => "At the time you choose, ".to_owned(),
            _ => "As soon as you press Run, ".to_owned(),
        })
    };
    let payload = move || {
        let short = form.with(sent_payload).and_then(|text| json::compact(&text))?;
        if short.len() > 120 {
            return None;
        }
        let before = if form.with(|form| form.action() == ActionKind::Method) { " with " } else { " " };
        Some(view! {
            {before}
            <Json text=short />
        })
    };
    let plan = move || {
        let settings = form.with(|form| form.rollout.settings(DEFAULT_RESPONSE_TIMEOUT).ok().flatten())?;
        Some(format!(" {}", words::plan(&settings, count)))
    };
    let waits = move || {
        form.with(|form| match (form.action(), form.connect.trim()) {
            (ActionKind::Method, _) if form.rollout.is_touched() => match form.rollout.read_offline() {
                Offline::WaitMinutes(0) => " Offline devices end at once.".to_owned(),
                offline => format!(" Offline devices: {}.", words::offline(offline)),
            },
            (ActionKind::Method, "0" | "") => " Offline devices fail at once.".to_owned(),
            (ActionKind::Method, seconds) => format!(" Offline devices have {seconds} s to connect."),
            (ActionKind::Desired, _) => " Offline devices get them when they connect.".to_owned(),
            (ActionKind::Tags, _) => " Tags are not sent to devices.".to_owned(),
        })
    };
    view! {
        <p class="review__sentence">
            {move || when()}
            <strong>{move || what()}</strong>
            {move || payload()}
            {is_done}
            <strong>{move || whom()}</strong>
            "."
            {plan}
            {move || waits()}
        </p>
    }
    .into_any()
}

/// The payload as it is sent, see [`pasted`].
fn sent_payload(form: &JobForm) -> Option<String> {
    let value = serde_json::from_str(&form.payload).ok()?;
    let pasted = pasted::read(form.action(), &form.method, value).ok()?;
    // An unchanged payload keeps the order of its members.
    Some(if pasted.notice.is_some() { pasted.value.to_string() } else { form.payload.clone() })
}

/// The target, with its current count.
#[component]
fn Target(
    state: FormState,
    preview: Option<Result<Preview, ApiError>>,
    recount: RwSignal<u32>,
) -> impl IntoView {
    let body = match preview {
        None => {
            let hint = move || {
                state.fields.with(|form| match form.target_kind() {
                    TargetKind::List => "Enter device ids to see which of them exist.",
                    TargetKind::One => "Enter a device id to see the device.",
                    TargetKind::Group => "Choose a group to see its devices.",
                    _ => "Enter a condition to see which devices match.",
                })
            };
            view! { <p class="field__hint">{move || hint()}</p> }.into_any()
        }
        Some(Err(error)) => view! { <p class="field__hint">{not_counted(&error)}</p> }.into_any(),
        Some(Ok(preview)) => view! { <TargetCount state preview /> }.into_any(),
    };
    view! {
        <section class="review__part review__target" aria-labelledby="target-title">
            <div class="review__heading">
                <h3 id="target-title">"Target"</h3>
                <button
                    class="link field__hint needs-scripts"
                    type="button"
                    on:click=move |_| recount.update(|times| *times += 1)
                >
                    "Refresh count"
                </button>
            </div>
            {body}
        </section>
    }
    .into_any()
}

/// The estimated duration, and its reason; without an estimate the time limit.
#[component]
fn Duration(state: FormState, is_counted: bool, estimate: Option<Estimate>, count: u64) -> impl IntoView {
    let is_rollout = Memo::new(move |_| state.fields.with(|form| form.rollout.is_touched()));
    let Some(estimate) = estimate else {
        let limit = move || {
            let minutes = state.fields.with(|form| form.limit.trim().parse::<u64>().ok());
            let limit = minutes.map(|minutes| format!(", {} at most", time::duration(minutes * 60_000)));
            format!("Not known{}", limit.unwrap_or_default())
        };
        return view! {
            <section class="review__part review__duration" aria-labelledby="time-title" hidden=move || is_rollout.get()>
                <div class="review__heading">
                    <h3 id="time-title">"Duration"</h3>
                    <strong>{limit}</strong>
                </div>
                <p class="field__hint">
                    {if is_counted {
                        "There is no earlier run on this hub to estimate it from."
                    } else {
                        "It is estimated when the target is counted."
                    }}
                </p>
            </section>
        }
        .into_any();
    };
    view! {
        <section class="review__part review__duration" aria-labelledby="time-title" hidden=move || is_rollout.get()>
            <div class="review__heading">
                <h3 id="time-title">"Duration"</h3>
                <strong>{estimate::range(&estimate)}</strong>
            </div>
            <p class="field__hint">{estimate::reason(&estimate, count)}</p>
        </section>
    }
    .into_any()
}

/// Without scripts there is no dialog: the number of devices is typed here, and the server checks it.
#[component]
fn TypedNumber(state: FormState, counted: TargetCount) -> impl IntoView {
    let cautions = state.fields.with_untracked(|form| cautions(form, counted));
    if cautions.is_empty() {
        return ().into_any();
    }
    let error = Signal::derive(move || {
        state.refused_before.with(|refused| refused.as_ref()?.field("confirmed").cloned())
    });
    view! {
        <div class="without-scripts">
            <Field
                id="confirmed"
                label=format!("Type {} to confirm", grouped(counted.targets))
                hint=cautions.join(" ")
                error
            >
                <input
                    type="text"
                    class="input"
                    id="confirmed"
                    name="confirmed"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-describedby="confirmed-hint confirmed-problem"
                />
            </Field>
        </div>
    }
    .into_any()
}

/// Buttons that copy the job as code.
#[component]
fn CopyAs(state: FormState) -> impl IntoView {
    let done = RwSignal::new(None::<code_samples::CodeSample>);
    let is_ready = Memo::new(move |_| state.errors().is_empty());
    let is_on_group = Memo::new(move |_| state.fields.with(|form| form.target_kind() == TargetKind::Group));
    let buttons = code_samples::ALL.map(|call| {
        let copy = move |_| {
            if let Ok(job) = state.form().to_new_job() {
                dom::copy_to_clipboard(&call.text(&job, &dom::absolute_url(paths::API_JOBS)));
                done.set(Some(call));
            }
        };
        let icon = Signal::derive(move || if done.get() == Some(call) { "check" } else { "copy" });
        view! {
            <button
                class="button button--small button--quiet"
                type="button"
                aria-label=format!("Copy as {}", call.name())
                disabled=move || !is_ready.get() || is_on_group.get() && !call.knows_groups()
                on:click=copy
            >
                <Icon name=icon />
                {call.name()}
            </button>
        }
    });
    view! {
        <div class="review__copy needs-scripts">
            <span class="field__hint">"Copy as"</span>
            {buttons.into_iter().collect_view()}
        </div>
    }
    .into_any()
}

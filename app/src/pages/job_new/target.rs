//! The target: devices by a query, a list of ids, one id, a group, or every device.

mod group;
mod query;

use console_wire::{
    job::MAX_LISTED_DEVICES,
    target::{Preview, SimilarDevice},
};
use leptos::prelude::*;

use super::{
    form_state::{FormState, PreviewResource, SourcesResource},
    section::Section,
};
use crate::{
    format::{markup, number::grouped},
    forms::{
        ReadFile,
        job::{JobForm, TargetKind, device_list, listed},
    },
    kit::{Field, FieldNotice, FieldProblem},
};
use group::GroupField;
use query::QueryField;

/// The section.
#[component]
pub(super) fn TargetSection(
    state: FormState,
    preview: PreviewResource,
    sources: SourcesResource,
) -> impl IntoView {
    let fields = state.fields;
    let kind = Memo::new(move |_| fields.with(JobForm::target_kind));
    let segments = TargetKind::ALL.map(|(choice, label)| {
        view! {
            <label>
                <input
                    type="radio"
                    name="form[target]"
                    value=choice.as_str()
                    checked=kind.get_untracked() == choice
                    prop:checked=move || kind.get() == choice
                    on:change=move |_| fields.update(|form| form.target = choice.as_str().into())
                />
                {label}
            </label>
        }
    });
    let off = move |choice: TargetKind| move || (kind.get() != choice).then_some("");
    view! {
        <Section title="Target" intro="Which devices. The hub counts again when the job starts.">
            <div class="segmented segmented--self" role="radiogroup" aria-label="Choose devices by">
                {segments.into_iter().collect_view()}
            </div>
            <div class="field" data-off=off(TargetKind::Query)>
                <QueryField state preview />
            </div>
            <GroupField state sources is_off=Signal::derive(move || kind.get() != TargetKind::Group) />
            <div class="field" data-off=off(TargetKind::List)>
                <ListField state preview />
            </div>
            <OneField state preview is_off=Signal::derive(move || kind.get() != TargetKind::One) />
        </Section>
    }
    .into_any()
}

/// A list of ids, typed or from a file, and how many of them the hub knows.
#[component]
fn ListField(state: FormState, preview: PreviewResource) -> impl IntoView {
    let fields = state.fields;
    let problem = state.problem("deviceIds");
    let is_wrong = move || problem.with(Option::is_some);
    // Which column of the file was used, while the field is unchanged since.
    let used_column = RwSignal::new(None::<(String, String)>);
    let on_read = Callback::new(move |(text, note): (String, Option<String>)| {
        used_column.set(note.map(|note| (text.clone(), note)));
        fields.update(|form| form.devices = text);
    });
    let taken = move || {
        fields.with(|form| {
            let from_file = used_column.with(|taken| {
                taken.as_ref().filter(|(text, _)| *text == form.devices).map(|(_, taken)| taken.clone())
            });
            from_file.or_else(|| device_list::read(&form.devices).column_note())
        })
    };
    view! {
        <label class="field__label" for="devices">
            "Device ids"
        </label>
        <div class="editor" data-invalid=move || is_wrong().then_some("")>
            <textarea
                class="editor__code editor__code--plain"
                id="devices"
                name="form[devices]"
                rows="6"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                placeholder="door-0421"
                aria-describedby="devices-hint devices-found devices-problem"
                aria-invalid=move || is_wrong().then_some("true")
                prop:value=move || fields.with(|form| form.devices.clone())
                on:input:target=move |event| fields.update(|form| form.devices = event.target().value())
                inner_html=markup::text_area(&fields.with_untracked(|form| form.devices.clone()))
            />
            <div class="editor__foot">
                <span id="devices-found" role="status">
                    <Transition>
                        {move || Suspend::new(async move {
                            let preview = preview.await.and_then(|previewed| previewed.result.ok());
                            view! { <ListCheck state preview /> }
                        })}
                    </Transition>
                </span>
                <span class="cluster needs-scripts">
                    <ReadFile on_read />
                </span>
            </div>
        </div>
        <FieldProblem id="devices-problem" error=problem />
        <FieldNotice text=Signal::derive(taken) />
        <span class="field__hint" id="devices-hint">
            {format!(
                "One a line, or with commas or spaces between. Of a table the column deviceId or id is read, or the first one. Up to {} ids.",
                grouped(MAX_LISTED_DEVICES as u64),
            )}
        </span>
    }
    .into_any()
}

/// How many ids of the list are devices; before the preview only what the list itself shows.
#[component]
fn ListCheck(state: FormState, preview: Option<Preview>) -> impl IntoView {
    let is_list = state.fields.with_untracked(|form| form.target_kind() == TargetKind::List);
    let Some(preview) = preview.filter(|_| is_list) else {
        let words = move || {
            let ids = state.fields.with(|form| device_list::read(&form.devices).ids);
            listed::typed(ids.len() as u64, device_list::count_repeated(&ids) as u64)
        };
        return view! { <span>{words}</span> }.into_any();
    };
    let summary = listed::summary(&preview);
    let Preview { unknown, unknown_count, similar, duplicates, limit, .. } = preview;
    let outside = limit.map(|limit| limit.outside).filter(|outside| !outside.is_empty());
    let names = unknown.join(", ");
    let more = unknown_count.saturating_sub(unknown.len() as u64);
    let has_surplus = unknown_count + duplicates > 0;
    let is_complete = more == 0;
    let clean = move |_| {
        state.fields.update(|form| form.devices = device_list::without(&form.devices, &unknown));
    };
    view! {
        <span class="device-list__found" data-tone=(unknown_count > 0).then_some("warning")>
            {summary}
        </span>
        {(unknown_count > 0)
            .then(|| {
                view! {
                    <span class="device-list__names">
                        "Do not exist: " <code>{names}</code>
                        {(more > 0).then(|| format!(" and {} more", grouped(more)))}
                    </span>
                }
            })}
        {outside
            .map(|outside| {
                view! {
                    <span class="device-list__names">
                        "Outside your scope: " <code>{outside.join(", ")}</code>
                    </span>
                }
            })}
        {(!similar.is_empty()).then(|| view! { <UseSimilar state similar /> })}
        {(has_surplus && is_complete)
            .then(|| {
                view! {
                    <button class="button button--small button--quiet needs-scripts" type="button" on:click=clean>
                        {if unknown_count > 0 { "Remove these ids" } else { "Remove duplicates" }}
                    </button>
                }
            })}
    }
    .into_any()
}

/// Devices that were meant by ids of the list, with a button that puts them in their place.
#[component]
fn UseSimilar(state: FormState, similar: Vec<SimilarDevice>) -> impl IntoView {
    let pairs: Vec<_> = similar.into_iter().map(|found| (found.written, found.device_id)).collect();
    let label = match pairs.as_slice() {
        [(_, only)] => format!("Use {only}"),
        several => format!("Use {} and {} more", several[0].1, grouped(several.len() as u64 - 1)),
    };
    let meant: Vec<_> = pairs.iter().map(|(written, id)| format!("{written} is {id}")).collect();
    let correct = move |_| {
        state.fields.update(|form| form.devices = device_list::replaced(&form.devices, &pairs));
    };
    view! {
        <span class="device-list__names">
            "In another case: " <code>{meant.join(", ")}</code>
        </span>
        <button class="button button--small needs-scripts" type="button" on:click=correct>
            {label}
        </button>
    }
    .into_any()
}

/// One device, and those that may be meant by an id that no device has.
#[component]
fn OneField(state: FormState, preview: PreviewResource, is_off: Signal<bool>) -> impl IntoView {
    let fields = state.fields;
    let problem = state.problem("deviceId");
    view! {
        <Field id="device" label="Device id" error=problem hint="Upper and lower case matter." is_off>
            <input
                type="text"
                class="input input--code job-new__method"
                id="device"
                name="form[device]"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                value=fields.with_untracked(|form| form.device.clone())
                prop:value=move || fields.with(|form| form.device.clone())
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby="device-hint device-problem"
                on:input:target=move |event| fields.update(|form| form.device = event.target().value())
            />
            <div class="job-new__meant" role="status">
                <Transition>
                    {move || Suspend::new(async move {
                        let is_one = state.fields.with_untracked(|form| form.target_kind() == TargetKind::One);
                        let preview = preview.await.filter(|_| is_one).and_then(|previewed| previewed.result.ok());
                        preview.map(|preview| view! { <Meant state preview /> })
                    })}
                </Transition>
            </div>
        </Field>
    }
    .into_any()
}

/// That no device has the id, and which may be meant.
#[component]
fn Meant(state: FormState, preview: Preview) -> impl IntoView {
    let Some(id) = preview.unknown.into_iter().next() else { return ().into_any() };
    let ids: Vec<_> = preview
        .similar
        .into_iter()
        .map(|SimilarDevice { device_id, .. }| {
            let used = device_id.clone();
            view! {
                <button
                    class="button button--small"
                    type="button"
                    on:click=move |_| state.fields.update(|form| form.device.clone_from(&used))
                >
                    <code>{device_id}</code>
                </button>
            }
        })
        .collect();
    let question = if ids.is_empty() { "" } else { " Did you mean:" };
    view! {
        <span class="cluster">
            <span>{format!("No device {id}.{question}")}</span>
            {ids}
        </span>
    }
    .into_any()
}

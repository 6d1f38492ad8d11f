//! Which devices: by a query, a list of ids, one id, or every one.

mod query;

use console_wire::{job::MAX_LISTED_DEVICES, target::Preview};
use leptos::prelude::*;

use super::{
    draft::{Draft, PreviewResource},
    section::Section,
};
use crate::{
    browser,
    components::FieldProblem,
    job_form::{JobForm, TargetKind, device_list},
    present::number::{counted, grouped},
    reactive::memo,
};
use query::QueryField;

/// The section.
#[component]
pub(super) fn TargetSection(draft: Draft, preview: PreviewResource) -> impl IntoView {
    let fields = draft.fields;
    let kind = memo(move || fields.with(JobForm::target_kind));
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
                <QueryField draft preview />
            </div>
            <div class="field" data-off=off(TargetKind::List)>
                <ListField draft preview />
            </div>
            <div class="field" data-off=off(TargetKind::One)>
                <OneField draft />
            </div>
        </Section>
    }
    .into_any()
}

/// A pasted list or a file, with what the hub knows of it.
#[component]
fn ListField(draft: Draft, preview: PreviewResource) -> impl IntoView {
    let fields = draft.fields;
    let problem = draft.problem("deviceIds");
    let is_wrong = move || problem.with(Option::is_some);
    let read_file = move |event: leptos::ev::Event| {
        browser::read_chosen_file(&event, move |name, text| {
            let is_table = name.to_ascii_lowercase().ends_with(".csv");
            let text = if is_table { device_list::from_csv(&text) } else { text };
            fields.update(|form| form.devices = text);
        });
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
            >
                {fields.with_untracked(|form| form.devices.clone())}
            </textarea>
            <div class="editor__foot">
                <span id="devices-found" role="status">
                    <Transition>
                        {move || Suspend::new(async move {
                            let found = preview.await.and_then(Result::ok);
                            view! { <Found draft found /> }
                        })}
                    </Transition>
                </span>
                <span class="cluster needs-scripts">
                    <label class="button button--small button--quiet file-button">
                        <input
                            class="visually-hidden"
                            type="file"
                            accept=".csv,.txt,text/csv,text/plain"
                            on:change=read_file
                        />
                        "Read a file…"
                    </label>
                </span>
            </div>
        </div>
        <FieldProblem id="devices-problem" error=problem />
        <span class="field__hint" id="devices-hint">
            {format!(
                "One a line, or with commas or spaces between. Of a CSV file, the column deviceId or the first one. Up to {} ids.",
                grouped(MAX_LISTED_DEVICES as u64),
            )}
        </span>
    }
    .into_any()
}

/// What the hub knows of a list; before it has said, what the list itself says.
#[component]
fn Found(draft: Draft, found: Option<Preview>) -> impl IntoView {
    let is_list = draft.fields.with_untracked(|form| form.target_kind() == TargetKind::List);
    let Some(found) = found.filter(|_| is_list) else {
        let words = move || {
            let ids = draft.fields.with(|form| device_list::ids(&form.devices));
            if ids.is_empty() {
                return "No ids yet".to_owned();
            }
            let doubles = device_list::doubles(&ids) as u64;
            format!("{}, {} twice", counted(ids.len() as u64, "id", "ids"), grouped(doubles))
        };
        return view! { <span>{move || words()}</span> }.into_any();
    };
    let Preview { count, unknown, unknown_count, unchecked_count, duplicates, .. } = found;
    let listed = unknown.join(", ");
    let more = unknown_count.saturating_sub(unknown.len() as u64);
    let has_surplus = unknown_count + duplicates > 0;
    let is_complete = more == 0;
    let clean = move |_| {
        draft.fields.update(|form| form.devices = device_list::without(&form.devices, &unknown));
    };
    view! {
        <span>
            {format!("{} found, ", grouped(count))}
            <span class="device-list__unknown" data-any=(unknown_count > 0).then_some("")>
                {format!("{} unknown", grouped(unknown_count))}
            </span>
            {format!(", {} twice", grouped(duplicates))}
            {(unchecked_count > 0).then(|| format!(", {} not looked up", grouped(unchecked_count)))}
        </span>
        {(unknown_count > 0)
            .then(|| {
                view! {
                    <span class="device-list__names">
                        "Unknown: " <code>{listed}</code>
                        {(more > 0).then(|| format!(" and {} more", grouped(more)))}
                    </span>
                }
            })}
        {(has_surplus && is_complete)
            .then(|| {
                view! {
                    <button class="button button--small button--quiet needs-scripts" type="button" on:click=clean>
                        {if unknown_count > 0 { "Remove unknown" } else { "Remove doubles" }}
                    </button>
                }
            })}
    }
    .into_any()
}

/// One device.
#[component]
fn OneField(draft: Draft) -> impl IntoView {
    let fields = draft.fields;
    let problem = draft.problem("deviceId");
    view! {
        <label class="field__label" for="device">
            "Device id"
        </label>
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
            aria-describedby="device-problem"
            on:input:target=move |event| fields.update(|form| form.device = event.target().value())
        />
        <FieldProblem id="device-problem" error=problem />
    }
    .into_any()
}

//! Waves, their gates and their order; the rate.

use leptos::prelude::*;

use super::setting::{AddRow, RemoveRow, Select, Setting, Text, row_indices};
use crate::{
    format::{number::grouped, rollout as words},
    forms::job::rollout::{Part, RolloutForm, WaveForm},
    pages::job_new::form_state::FormState,
};

const STOP_ACTIONS: &[(&str, &str)] = &[("pause", "Pause and say why"), ("cancel", "Cancel the rest")];

/// Waves.
#[component]
pub(super) fn WavesSetting(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let now = Memo::new(move |_| {
        let waves = fields.with(|form| form.rollout.read_waves());
        words::waves::sentence(&waves, state.counted.get())
    });
    let sizes = Memo::new(move |_| {
        let waves = fields.with(|form| form.rollout.read_waves());
        state.counted.get().and_then(|count| words::waves::sizes(&waves, count))
    });
    let has_waves = Memo::new(move |_| fields.with(|form| !form.rollout.waves.is_empty()));
    let is_by_tag = Memo::new(move |_| fields.with(|form| form.rollout.sizes_in == "tag"));
    let rows = row_indices(state, |form| form.waves.len(), 2);
    let last = move || {
        let number = fields.with(|form| form.rollout.waves.len()) + 1;
        let count = sizes.with(|sizes| sizes.as_ref().and_then(|sizes| sizes.last().copied()));
        let count = count.map(|count| format!(", {}", grouped(count))).unwrap_or_default();
        format!("Wave {number}: the rest{count}. Then the job ends.")
    };
    let add = move || {
        fields.update(|form| {
            // With empty gates a wave starts the next one by itself; a new wave has the gate of the one before.
            let before = form
                .rollout
                .waves
                .last()
                .cloned()
                .unwrap_or_else(|| WaveForm { succeeded: "95".into(), ..WaveForm::default() });
            form.rollout.waves.push(WaveForm { size: String::new(), ..before });
        });
    };
    view! {
        <Setting state part=Part::Waves name="Waves" now>
            <Select
                state
                name="[sizes_in]"
                label="Sizes in"
                options=&[("percent", "Percent of all devices"), ("devices", "Devices"), ("tag", "Values of a tag")]
                get=|form| form.sizes_in.clone()
                set=|form, text| form.sizes_in = text
            />
            <div data-off=move || (!is_by_tag.get()).then_some("")>
                <Text
                    state
                    name="[wave_tag]"
                    label="Tag"
                    member="waves.tag"
                    placeholder="tags.building"
                    is_wide=true
                    get=|form| form.wave_tag.clone()
                    set=|form, text| form.wave_tag = text
                />
            </div>
            <ol class="rule-rows" aria-label="Waves">
                <For each=move || rows.get() key=|index| *index let:index>
                    <WaveRow state index sizes />
                </For>
                <li class="rule-row" hidden=move || !has_waves.get()>{last}</li>
            </ol>
            <div class="cluster">
                <AddRow label="Add a wave" add />
                <span class="field__hint">
                    "Sizes are fixed at the start. Devices that come to match later join the last wave."
                </span>
            </div>
            <GatesAndOrder state has_waves />
        </Setting>
    }
    .into_any()
}

/// What follows a gate that is not met, and which device comes first.
#[component]
fn GatesAndOrder(state: FormState, has_waves: Memo<bool>) -> impl IntoView {
    let is_ordered = Memo::new(move |_| state.fields.with(|form| form.rollout.order == "tag"));
    view! {
            <div class="field-row" data-off=move || (!has_waves.get()).then_some("")>
                <Select
                    state
                    name="[gate_not_met]"
                    label="If a gate is not met"
                    options=STOP_ACTIONS
                    get=|form| form.gate_not_met.clone()
                    set=|form, text| form.gate_not_met = text
                />
                <Select
                    state
                    name="[order]"
                    label="Order"
                    options=&[("sample", "Random, the same for everyone"), ("tag", "By values of a tag")]
                    hint="A random order is a fair sample: wave 1 says something about wave 2."
                    get=|form| form.order.clone()
                    set=|form, text| form.order = text
                />
            </div>
            <div class="field-row" data-off=move || (!is_ordered.get()).then_some("")>
                <Text
                    state
                    name="[order_tag]"
                    label="Tag of the order"
                    member="order.tag.tag"
                    placeholder="tags.floor"
                    is_wide=true
                    get=|form| form.order_tag.clone()
                    set=|form, text| form.order_tag = text
                />
                <Text
                    state
                    name="[order_values]"
                    label="Its values, first to last"
                    member="order.tag.values"
                    placeholder="0, 1, 2"
                    is_wide=true
                    get=|form| form.order_values.clone()
                    set=|form, text| form.order_values = text
                />
            </div>
    }
    .into_any()
}

/// A wave as a sentence with fields.
#[component]
fn WaveRow(state: FormState, index: usize, sizes: Memo<Option<Vec<u64>>>) -> impl IntoView {
    let fields = state.fields;
    let number = index + 1;
    let count = move || {
        let count = sizes.with(|sizes| {
            let sizes = sizes.as_ref()?;
            sizes.get(index).filter(|_| index + 1 < sizes.len()).copied()
        });
        count.map(|count| format!("({})", grouped(count)))
    };
    let unit = Signal::derive(move || {
        fields
            .with(|form| match form.rollout.sizes_in.as_str() {
                "devices" => "devices",
                "tag" => "values",
                _ => "%",
            })
            .to_owned()
    });
    let is_wave = move || fields.with(|form| index < form.rollout.waves.len());
    let remove = move || {
        fields.update(|form| {
            if index < form.rollout.waves.len() {
                form.rollout.waves.remove(index);
            }
        });
    };
    view! {
        <li class="rule-row">
            <span class="rule-row__name">{format!("Wave {number}")}</span>
            <Text
                state
                name=format!("[waves][{index}][size]")
                label=format!("Size of wave {number}")
                member=format!("waves[{index}].size")
                unit
                is_in_row=true
                get=move |form| wave(form, index, |wave| &wave.size)
                set=move |form, text| change(form, index, |wave| wave.size = text)
            />
            <strong>{count}</strong>
            <span>"then if"</span>
            <Text
                state
                name=format!("[waves][{index}][succeeded]")
                label=format!("Wave {number}: share that has to succeed")
                member=format!("waves[{index}].gate.succeededPercent")
                unit=Signal::stored("%".to_owned())
                is_in_row=true
                get=move |form| wave(form, index, |wave| &wave.succeeded)
                set=move |form, text| change(form, index, |wave| wave.succeeded = text)
            />
            <span>"succeeded, wait"</span>
            <Text
                state
                name=format!("[waves][{index}][soak]")
                label=format!("Wave {number}: minutes to wait")
                member=format!("waves[{index}].gate.soakMinutes")
                unit=Signal::stored("min".to_owned())
                is_in_row=true
                get=move |form| wave(form, index, |wave| &wave.soak)
                set=move |form, text| change(form, index, |wave| wave.soak = text)
            />
            <Select
                state
                name=format!("[waves][{index}][then]")
                label=format!("After wave {number}")
                options=&[
                    ("continue", "continue"),
                    ("askPerson", "ask a person"),
                    ("askWebhook", "ask a webhook"),
                ]
                is_in_row=true
                get=move |form| wave(form, index, |wave| &wave.then)
                set=move |form, text| change(form, index, |wave| wave.then = text)
            />
            <span hidden=move || !is_wave()>
                <RemoveRow label=format!("Remove wave {number}") remove />
            </span>
        </li>
    }
    .into_any()
}

fn wave(form: &RolloutForm, index: usize, part: impl Fn(&WaveForm) -> &String) -> String {
    form.waves.get(index).map(|wave| part(wave).clone()).unwrap_or_default()
}

fn change(form: &mut RolloutForm, index: usize, change: impl FnOnce(&mut WaveForm)) {
    if let Some(wave) = form.waves.get_mut(index) {
        change(wave);
    }
}

/// The rate and how it rises.
#[component]
pub(super) fn RateSetting(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let now = Memo::new(move |_| words::rate(fields.with(|form| form.rollout.read_rate()).as_ref()));
    let per_minute = Signal::stored("per min".to_owned());
    view! {
        <Setting state part=Part::Rate name="Rate" now>
            <div class="field-row">
                <Text
                    state
                    name="[rate]"
                    label="Start with"
                    member="rate.perMinute"
                    unit=per_minute
                    hint="Devices a minute. Empty: the hub's pace."
                    get=|form| form.rate.clone()
                    set=|form, text| form.rate = text
                />
                <Text
                    state
                    name="[factor]"
                    label="Multiply by"
                    member="rate.ramp.factor"
                    unit=Signal::stored("×".to_owned())
                    hint="1.1 to 5. Empty keeps the rate."
                    get=|form| form.factor.clone()
                    set=|form, text| form.factor = text
                />
                <Text
                    state
                    name="[each]"
                    label="After each"
                    member="rate.ramp.afterEach"
                    unit=Signal::stored("devices".to_owned())
                    get=|form| form.each.clone()
                    set=|form, text| form.each = text
                />
                <Select
                    state
                    name="[each_of]"
                    label="That"
                    options=&[("succeeded", "succeeded"), ("notified", "were called")]
                    get=|form| form.each_of.clone()
                    set=|form, text| form.each_of = text
                />
                <Text
                    state
                    name="[up_to]"
                    label="Up to"
                    member="rate.ramp.upToPerMinute"
                    unit=per_minute
                    get=|form| form.up_to.clone()
                    set=|form, text| form.up_to = text
                />
            </div>
        </Setting>
    }
    .into_any()
}

//! Retry, offline devices, windows, end, engine.

use leptos::prelude::*;

use super::setting::{AddRow, Check, RemoveRow, Select, Setting, Text, row_indices};
use crate::{
    format::rollout as words,
    forms::job::rollout::{Part, RolloutForm, WindowForm},
    pages::job_new::form_state::FormState,
};

/// Which calls are repeated.
#[component]
pub(super) fn RetrySetting(state: FormState) -> impl IntoView {
    let now = Memo::new(move |_| words::retry(&state.fields.with(|form| form.rollout.read_retry())));
    view! {
        <Setting state part=Part::Retry name="Retry" now>
            <div class="field-row">
                <Text
                    state
                    name="[retries]"
                    label="Repeat at most"
                    member="retry.atMost"
                    unit=Signal::stored("times".to_owned())
                    hint="0 to 10. Errors of the hub before the device was reached."
                    get=|form| form.retries.clone()
                    set=|form, text| form.retries = text
                />
                <Text
                    state
                    name="[first_wait]"
                    label="First wait"
                    member="retry.firstWaitSeconds"
                    unit=Signal::stored("s".to_owned())
                    hint="Each further wait is twice as long, at most 15 min."
                    get=|form| form.first_wait.clone()
                    set=|form, text| form.first_wait = text
                />
                <Text
                    state
                    name="[statuses]"
                    label="Also after these answers"
                    member="retry.deviceStatuses"
                    placeholder="409, 503"
                    hint="Statuses of the device, 400 or more."
                    is_wide=true
                    get=|form| form.statuses.clone()
                    set=|form, text| form.statuses = text
                />
            </div>
            <Check
                state
                name="[safe_to_repeat]"
                label="The action may be done twice: repeat calls without an answer too"
                get=|form| form.safe_to_repeat.clone()
                set=|form, text| form.safe_to_repeat = text
            />
        </Setting>
    }
    .into_any()
}

/// What happens to devices that are not online.
#[component]
pub(super) fn OfflineSetting(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let now = Memo::new(move |_| words::offline(fields.with(|form| form.rollout.read_offline())));
    let waits = Memo::new(move |_| fields.with(|form| form.rollout.offline == "wait"));
    view! {
        <Setting state part=Part::Offline name="Offline devices" now>
            <div class="field-row">
                <Select
                    state
                    name="[offline]"
                    label="A device that is not online"
                    options=&[
                        ("end", "ends at once"),
                        ("wait", "has some time to connect"),
                        ("untilEnd", "may connect until the job ends"),
                    ]
                    get=|form| form.offline.clone()
                    set=|form, text| form.offline = text
                />
                <div data-off=move || (!waits.get()).then_some("")>
                    <Text
                        state
                        name="[offline_minutes]"
                        label="Time to connect"
                        member="offline.waitMinutes"
                        unit=Signal::stored("min".to_owned())
                        hint="From its first call on."
                        get=|form| form.offline_minutes.clone()
                        set=|form, text| form.offline_minutes = text
                    />
                </div>
            </div>
        </Setting>
    }
    .into_any()
}

/// When devices may be called.
#[component]
pub(super) fn WindowSetting(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let now = Memo::new(move |_| words::windows(fields.with(|form| form.rollout.read_windows()).as_ref()));
    let has_windows = Memo::new(move |_| fields.with(|form| !form.rollout.windows.is_empty()));
    let is_by_tag = Memo::new(move |_| fields.with(|form| form.rollout.zone_of == "tag"));
    let rows = row_indices(state, |form| form.windows.len(), 1);
    let add = move || {
        fields.update(|form| {
            let window = WindowForm { days: String::new(), start: "22:00".into(), minutes: "360".into() };
            form.rollout.windows.push(window);
        });
    };
    view! {
        <Setting state part=Part::Window name="Window" now>
            <ul class="rule-rows" aria-label="Windows">
                <For each=move || rows.get() key=|index| *index let:index>
                    <WindowRow state index />
                </For>
            </ul>
            <div class="cluster">
                <AddRow label="Add a window" add />
                <span class="field__hint">"Devices are called only inside of a window. Without one at any time."</span>
            </div>
            <div class="field-row" data-off=move || (!has_windows.get()).then_some("")>
                <Select
                    state
                    name="[zone_of]"
                    label="By the clock of"
                    options=&[("name", "one zone"), ("tag", "each device's own zone")]
                    get=|form| form.zone_of.clone()
                    set=|form, text| form.zone_of = text
                />
                <Text
                    state
                    name="[window_zone]"
                    label="Zone, or that of devices without one"
                    member="windows.zone.name"
                    placeholder="Europe/Berlin"
                    is_wide=true
                    get=|form| form.window_zone.clone()
                    set=|form, text| form.window_zone = text
                />
                <div data-off=move || (!is_by_tag.get()).then_some("")>
                    <Text
                        state
                        name="[zone_tag]"
                        label="Tag with the zone"
                        member="windows.zone.tag"
                        placeholder="tags.timeZone"
                        is_wide=true
                        get=|form| form.zone_tag.clone()
                        set=|form, text| form.zone_tag = text
                    />
                </div>
            </div>
        </Setting>
    }
    .into_any()
}

#[component]
fn WindowRow(state: FormState, index: usize) -> impl IntoView {
    let fields = state.fields;
    let number = index + 1;
    let window = |form: &RolloutForm, index: usize, part: fn(&WindowForm) -> &String| {
        form.windows.get(index).map(|window| part(window).clone()).unwrap_or_default()
    };
    let change = |form: &mut RolloutForm, index: usize, change: fn(&mut WindowForm, String), text: String| {
        if let Some(window) = form.windows.get_mut(index) {
            change(window, text);
        }
    };
    let is_window = move || fields.with(|form| index < form.rollout.windows.len());
    let remove = move || {
        fields.update(|form| {
            if index < form.rollout.windows.len() {
                form.rollout.windows.remove(index);
            }
        });
    };
    view! {
        <li class="rule-row">
            <Text
                state
                name=format!("[windows][{index}][days]")
                label=format!("Days of window {number}")
                member=format!("windows.windows[{index}].days")
                placeholder="every day, or mon, fri"
                is_in_row=true
                is_wide=true
                get=move |form| window(form, index, |window| &window.days)
                set=move |form, text| change(form, index, |window, text| window.days = text, text)
            />
            <span>"from"</span>
            <Text
                state
                name=format!("[windows][{index}][start]")
                label=format!("Start of window {number}")
                member=format!("windows.windows[{index}].start")
                placeholder="22:00"
                is_in_row=true
                get=move |form| window(form, index, |window| &window.start)
                set=move |form, text| change(form, index, |window, text| window.start = text, text)
            />
            <span>"for"</span>
            <Text
                state
                name=format!("[windows][{index}][minutes]")
                label=format!("Length of window {number}")
                member=format!("windows.windows[{index}].minutes")
                unit=Signal::stored("min".to_owned())
                is_in_row=true
                get=move |form| window(form, index, |window| &window.minutes)
                set=move |form, text| change(form, index, |window, text| window.minutes = text, text)
            />
            <span hidden=move || !is_window()>
                <RemoveRow label=format!("Remove window {number}") remove />
            </span>
        </li>
    }
    .into_any()
}

/// When it ends, and whether devices join.
#[component]
pub(super) fn EndSetting(state: FormState) -> impl IntoView {
    let now = Memo::new(move |_| {
        let (end, targets) = state.fields.with(|form| form.rollout.read_end());
        words::end(end, targets)
    });
    view! {
        <Setting state part=Part::End name="Job ends" now>
            <div class="field-row">
                <Text
                    state
                    name="[end]"
                    label="Date and time, in UTC"
                    member="end.at"
                    placeholder="YYYY-MM-DD hh:mm"
                    hint="Empty: when every device has ended."
                    is_wide=true
                    get=|form| form.end.clone()
                    set=|form, text| form.end = text
                />
                <Select
                    state
                    name="[end_behaviour]"
                    label="Devices to be called again then"
                    options=&[("cancel", "end with their last outcome"), ("stop", "are called again all the same")]
                    hint="What was never called is cancelled."
                    get=|form| form.end_behaviour.clone()
                    set=|form, text| form.end_behaviour = text
                />
            </div>
            <Check
                state
                name="[growing]"
                label="Include devices that come to match later, until the end"
                get=|form| form.growing.clone()
                set=|form, text| form.growing = text
            />
        </Setting>
    }
    .into_any()
}

/// How devices are reached.
#[component]
pub(super) fn EngineSetting(state: FormState) -> impl IntoView {
    let now = Memo::new(move |_| {
        state.fields.with(|form| {
            if form.rollout.is_touched() {
                words::engine(form.rollout.engine()).to_owned()
            } else {
                "One job of the hub".to_owned()
            }
        })
    });
    view! {
        <Setting state part=Part::Engine name="Engine" now>
            <Select
                state
                name="[engine]"
                label="Devices are reached by"
                options=&[
                    ("", "What suits the other settings"),
                    ("directCalls", "Direct calls by the console"),
                    ("hubJobs", "Jobs of the hub, one for each minute's share"),
                ]
                hint="Direct calls are faster on a small hub, and pause within a second. Jobs of the hub go on while the console restarts; a pause lets those end that the hub has."
                get=|form| form.engine.clone()
                set=|form, text| form.engine = text
            />
        </Setting>
    }
    .into_any()
}

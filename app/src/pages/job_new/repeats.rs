//! How a job repeats: the rule, its zone, what happens in special cases, and the next runs.

mod options;

use console_wire::problem::FieldError;
use leptos::prelude::*;

use self::options::{EVERY, NTH, OVERLAP, Options, REPEATED, SKIPPED, WEEKDAYS, ZONES};
use super::form_state::FormState;
use crate::{
    api::schedules::preview_schedule, data::page_data::page_data, forms::job::repeat::RepeatForm, kit::Field,
    pages::schedule_detail::NextRunsTable,
};

/// A field of the form.
type Member = fn(&mut RepeatForm) -> &mut String;

/// A field's text.
fn text(state: FormState, member: Member) -> Signal<String> {
    Signal::derive(move || {
        let mut repeat = state.fields.with(|form| form.repeat.clone());
        std::mem::take(member(&mut repeat))
    })
}

fn set(state: FormState, member: Member, value: String) {
    state.fields.update(|form| *member(&mut form.repeat) = value);
}

/// A field's error, by what its member begins with.
fn problem(faults: Memo<Vec<FieldError>>, prefix: &'static str) -> Signal<Option<FieldError>> {
    Signal::derive(move || {
        faults.with(|faults| faults.iter().find(|fault| fault.field.starts_with(prefix)).cloned())
    })
}

/// The fields, and the next runs.
#[component]
pub(super) fn Repeats(state: FormState) -> impl IntoView {
    let repeat = Memo::new(move |_| state.fields.with(|form| form.repeat.clone()));
    let preview =
        page_data(move || repeat.get(), |repeat| async move { preview_schedule(repeat).await.flatten() });
    // What is wrong while it is typed. The first frame has only what the server refused.
    let typed = RwSignal::new(None::<Vec<FieldError>>);
    Effect::new(move |_| {
        let checked = preview.get();
        typed.set(checked.map(|checked| checked.err().map(|error| error.0.errors).unwrap_or_default()));
    });
    let faults = Memo::new(move |_| {
        let refused = state.refused.with(|refused| refused.as_ref().map(|error| error.0.errors.clone()));
        typed.get().filter(|typed| !typed.is_empty()).or(refused).unwrap_or_default()
    });
    view! {
        <div class="repeats stack">
            <input type="hidden" name="form[repeat][shown]" value="1" />
            <Hidden state name="form[repeat][schedule]" member=|form| &mut form.schedule />
            <Hidden state name="form[repeat][from]" member=|form| &mut form.from />
            <RuleFields state faults repeat />
            <CaseFields state faults />
            <MoreFields state faults />
            <Transition>
                {move || Suspend::new(async move {
                    preview
                        .await
                        .ok()
                        .map(|next| {
                            let sentence = next.sentence.clone();
                            view! {
                                <div class="repeats__next">
                                    <h3 id="next-runs-title">{sentence}</h3>
                                    <NextRunsTable next labelled_by="next-runs-title" />
                                </div>
                            }
                        })
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// The rule and its zone.
#[component]
fn RuleFields(state: FormState, faults: Memo<Vec<FieldError>>, repeat: Memo<RepeatForm>) -> impl IntoView {
    // Until the page is hydrated nothing is hidden: a plain form can fill in every field.
    let unless = move |kinds: &'static [&'static str]| {
        move || state.is_interactive.get() && !repeat.with(|repeat| kinds.contains(&repeat.every.as_str()))
    };
    let without_weekday = move || {
        state.is_interactive.get()
            && !repeat.with(|repeat| {
                let is_number = matches!(repeat.nth.as_str(), "day" | "lastDay" | "lastWorkday");
                repeat.every == "week" || repeat.every == "month" && !is_number
            })
    };
    let without_day = move || {
        state.is_interactive.get() && !repeat.with(|repeat| repeat.every == "month" && repeat.nth == "day")
    };
    view! {
        <div class="field-row">
            <Select state id="every" name="form[repeat][every]" label="Every" member=|form| &mut form.every options=EVERY />
            <div hidden=unless(&["month"])>
                <Select state id="nth" name="form[repeat][nth]" label="On" member=|form| &mut form.nth options=NTH />
            </div>
            <div hidden=without_weekday>
                <Select state id="weekday" name="form[repeat][weekday]" label="Weekday" member=|form| &mut form.weekday options=WEEKDAYS />
            </div>
            <div hidden=without_day>
                <Text
                    state
                    id="month-day"
                    name="form[repeat][day]"
                    label="Day of the month"
                    member=|form| &mut form.day
                    error=problem(faults, "spec.rule.days")
                />
            </div>
            <div hidden=unless(&["day", "week", "month"])>
                <Text
                    state
                    id="times"
                    name="form[repeat][times]"
                    label="At"
                    member=|form| &mut form.times
                    error=problem(faults, "spec.rule.times")
                />
            </div>
            <div hidden=unless(&["interval"])>
                <Text
                    state
                    id="minutes"
                    name="form[repeat][minutes]"
                    label="Minutes"
                    member=|form| &mut form.minutes
                    error=problem(faults, "spec.rule.everyMinutes")
                />
            </div>
            <div hidden=unless(&["cron"])>
                <Text
                    state
                    id="cron"
                    name="form[repeat][cron]"
                    label="Cron text"
                    member=|form| &mut form.cron
                    error=problem(faults, "spec.rule.expression")
                />
            </div>
            <div>
                <Text
                    state
                    id="schedule-zone"
                    name="form[repeat][zone]"
                    label="Zone"
                    member=|form| &mut form.zone
                    error=problem(faults, "spec.zone")
                    list="zones"
                />
                <datalist id="zones">{ZONES.map(|zone| view! { <option value=zone></option> }).collect_view()}</datalist>
            </div>
        </div>
        <div hidden=unless(&["rule"])>
            <Text
                state
                id="rule"
                name="form[repeat][rule]"
                label="Rule as JSON"
                member=|form| &mut form.rule
                error=problem(faults, "spec.rule")
            />
        </div>
    }
    .into_any()
}

/// What happens in special cases.
#[component]
fn CaseFields(state: FormState, faults: Memo<Vec<FieldError>>) -> impl IntoView {
    view! {
        <div class="field-row">
            <Select
                state
                id="skipped"
                name="form[repeat][skipped]"
                label="If the clock skips the time"
                member=|form| &mut form.skipped
                options=SKIPPED
            />
            <Select
                state
                id="repeated"
                name="form[repeat][repeated]"
                label="If the time occurs twice"
                member=|form| &mut form.repeated
                options=REPEATED
            />
            <Select
                state
                id="overlap"
                name="form[repeat][overlap]"
                label="If the last run still goes on"
                member=|form| &mut form.overlap
                options=OVERLAP
            />
            <Text
                state
                id="late"
                name="form[repeat][late]"
                label="After a downtime start up to (min late)"
                member=|form| &mut form.late
                error=problem(faults, "spec.runs.catchUpSeconds")
            />
        </div>
    }
    .into_any()
}

/// What few schedules need.
#[component]
fn MoreFields(state: FormState, faults: Memo<Vec<FieldError>>) -> impl IntoView {
    view! {
        <details class="repeats__more">
            <summary>"Start, end, days without runs, delay, failures"</summary>
            <div class="stack">
                <div class="field-row">
                    <Text
                        state
                        id="first"
                        name="form[repeat][start]"
                        label="No run before (UTC)"
                        member=|form| &mut form.start
                        error=problem(faults, "spec.start")
                    />
                    <Text
                        state
                        id="last"
                        name="form[repeat][end]"
                        label="No run from (UTC)"
                        member=|form| &mut form.end
                        error=problem(faults, "spec.end")
                    />
                    <Text
                        state
                        id="jitter"
                        name="form[repeat][jitter]"
                        label="Delay each run by up to (min)"
                        member=|form| &mut form.jitter
                        error=problem(faults, "spec.jitterSeconds")
                    />
                    <Text
                        state
                        id="failures"
                        name="form[repeat][failures]"
                        label="Pause after failed runs in a row"
                        member=|form| &mut form.failures
                        error=problem(faults, "spec.runs.pauseAfterFailures")
                    />
                </div>
                <Text
                    state
                    id="exclusions"
                    name="form[repeat][exclusions]"
                    label="Days without runs, such as 2026-12-24 to 2027-01-02, 2027-05-01"
                    member=|form| &mut form.exclusions
                    error=problem(faults, "spec.exclusions")
                />
            </div>
        </details>
    }
    .into_any()
}

/// A field that is not shown.
#[component]
fn Hidden(state: FormState, name: &'static str, member: Member) -> impl IntoView {
    let value = text(state, member);
    view! { <input type="hidden" name=name value=value.get_untracked() prop:value=move || value.get() /> }
}

/// A choice.
#[component]
fn Select(
    state: FormState,
    id: &'static str,
    name: &'static str,
    label: &'static str,
    member: Member,
    options: Options,
) -> impl IntoView {
    let chosen = text(state, member);
    let first = chosen.get_untracked();
    let options: Vec<_> = options
        .iter()
        .map(|(value, words)| {
            let is_chosen = *value == first;
            view! {
                <option value=*value selected=is_chosen>
                    {*words}
                </option>
            }
        })
        .collect();
    view! {
        <Field id label>
            <select
                class="input"
                id=id
                name=name
                prop:value=move || chosen.get()
                on:change:target=move |event| set(state, member, event.target().value())
            >
                {options}
            </select>
        </Field>
    }
    .into_any()
}

/// A field of text. It counts when it is left.
#[component]
fn Text(
    state: FormState,
    id: &'static str,
    name: &'static str,
    label: &'static str,
    member: Member,
    error: Signal<Option<FieldError>>,
    #[prop(optional)] list: Option<&'static str>,
) -> impl IntoView {
    let value = text(state, member);
    view! {
        <Field id label error>
            <input
                type="text"
                class="input"
                id=id
                name=name
                list=list
                autocomplete="off"
                value=value.get_untracked()
                prop:value=move || value.get()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-problem")
                on:change:target=move |event| set(state, member, event.target().value())
            />
        </Field>
    }
    .into_any()
}

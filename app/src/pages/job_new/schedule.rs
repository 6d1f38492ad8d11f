//! When the job starts: a date and a time of 24 hours in the zone of the page, which is named beside the field. Until the
//! page is hydrated that is UTC.

use leptos::prelude::*;

use super::{
    form_state::FormState,
    repeats::Repeats,
    section::{Choice, Section},
};
use crate::{
    format::time,
    forms::job::JobForm,
    kit::{
        Field,
        clock::{Zone, use_clock},
        dom,
    },
};

/// Days that a job can start on: today and the 7 after it.
const DAYS: i64 = 8;

/// The section.
#[component]
pub(super) fn ScheduleSection(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let clock = use_clock();
    let is_later = Memo::new(move |_| fields.with(|form| form.when == "later"));
    let repeats = Memo::new(move |_| fields.with(|form| form.when == "repeats"));
    let problem = state.problem("startTime");
    let is_edit = fields.with_untracked(JobForm::is_edit);
    let hint = move || {
        let start = state.is_interactive.get().then(|| state.form().start_time().ok()).flatten();
        match start {
            Some(at) => {
                let when =
                    clock.now().map(|now| format!(", {}", time::relative(at, now))).unwrap_or_default();
                let in_utc = match clock.zone() {
                    Zone::Utc => String::new(),
                    Zone::Local => format!(" ({})", time::absolute(at, 0)),
                };
                format!("{}{in_utc}{when}.", time::absolute(at, clock.offset_minutes(at)))
            }
            None => "Year, month and day, then the time of 24 hours. Within the next 7 days.".to_owned(),
        }
    };
    view! {
        <Section title="When" intro=if is_edit { "Now, or at a set time." } else { "Now, once at a set time, or again and again." }>
            <div class="choices" role="radiogroup" aria-label="When">
                <Choice
                    name="form[when]"
                    value="now"
                    label="Now"
                    hint=if is_edit { "As soon as you save" } else { "As soon as you press Run" }
                    is_chosen=Signal::derive(move || !is_later.get() && !repeats.get())
                    choose=move || fields.update(|form| form.when = "now".into())
                />
                <Choice
                    name="form[when]"
                    value="later"
                    label="At a set time"
                    hint="At a date and time, within the next 7 days"
                    is_chosen=Signal::derive(move || is_later.get())
                    choose=move || fields.update(|form| form.when = "later".into())
                />
                {(!is_edit)
                    .then(|| {
                        view! {
                            <Choice
                                name="form[when]"
                                value="repeats"
                                label="Repeats"
                                hint="Daily, weekly or by calendar"
                                is_chosen=Signal::derive(move || repeats.get())
                                choose=move || fields.update(|form| form.when = "repeats".into())
                            />
                        }
                    })}
            </div>
            <Field
                id="start"
                label="Date and time"
                error=problem
                hint=Signal::derive(hint)
                is_off=Signal::derive(move || !is_later.get())
            >
                <div class="cluster">
                    <input
                        type="text"
                        class="input input--code job-new__start"
                        id="start"
                        name="form[start]"
                        placeholder="YYYY-MM-DD hh:mm"
                        autocomplete="off"
                        value=fields.with_untracked(|form| form.start.clone())
                        prop:value=move || fields.with(|form| form.start.clone())
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        aria-describedby="start-zone start-hint start-problem"
                        on:input:target=move |event| fields.update(|form| form.start = event.target().value())
                    />
                    <ZoneOfStart state />
                </div>
                <Days state />
                <input type="hidden" name="form[zone]" value="0" prop:value=move || state.form().zone />
            </Field>
            {move || repeats.get().then(|| view! { <Repeats state /> })}
        </Section>
    }
    .into_any()
}

/// The zone that the start is in, which is the page's, and the button that changes it.
#[component]
fn ZoneOfStart(state: FormState) -> impl IntoView {
    let clock = use_clock();
    let mine = move || time::zone_label(&dom::zone_name(), state.zone_offset());
    let zone = move || match clock.zone() {
        Zone::Utc => "UTC".to_owned(),
        Zone::Local => mine(),
    };
    // Where the user's zone is UTC there is no other.
    let other = Memo::new(move |_| {
        if !state.is_interactive.get() {
            return String::new();
        }
        match (clock.zone(), dom::zone_name().as_str()) {
            (Zone::Local, _) => "UTC".to_owned(),
            (Zone::Utc, "" | "UTC" | "Etc/UTC") => String::new(),
            (Zone::Utc, name) => name.to_owned(),
        }
    });
    let switch = move |_| {
        clock.set_zone(if clock.zone() == Zone::Utc { Zone::Local } else { Zone::Utc });
    };
    view! {
        <span id="start-zone">{zone}</span>
        <button class="link needs-scripts" type="button" hidden=move || other.with(String::is_empty) on:click=switch>
            {move || format!("Use {}", other.get())}
        </button>
    }
    .into_any()
}

/// The days to choose from, as buttons that fill in the date and keep the time.
#[component]
fn Days(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let clock = use_clock();
    let days = Memo::new(move |_| {
        let now = clock.now().filter(|_| state.is_interactive.get());
        now.map(|now| time::days_from(now, clock.offset_minutes(now), DAYS)).unwrap_or_default()
    });
    let dates = Memo::new(move |_| {
        days.with(|days| days.iter().map(|day| (day.label.clone(), day.date.clone())).collect::<Vec<_>>())
    });
    let button = move |(label, date): (String, String)| {
        let chosen = date.clone();
        let is_chosen = move || fields.with(|form| form.start.trim().starts_with(&chosen));
        let choose = move |_| {
            let begin = days
                .with_untracked(|days| days.iter().find(|day| day.date == date).map(|day| day.time.clone()));
            fields.update(|form| {
                let time = form.start.trim().split_once([' ', 'T']).map(|(_, time)| time.trim().to_owned());
                let time = time.filter(|time| !time.is_empty()).or(begin).unwrap_or_default();
                form.start = format!("{date} {time}");
            });
        };
        view! {
            <button
                class="button button--small"
                type="button"
                aria-pressed=move || if is_chosen() { "true" } else { "false" }
                on:click=choose
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="cluster needs-scripts job-new__days" role="group" aria-label="Day of the start">
            {move || dates.get().into_iter().map(button).collect_view()}
        </div>
    }
    .into_any()
}

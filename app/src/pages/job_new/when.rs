//! When it starts. Before the browser has taken over, the time is UTC and says so.

use leptos::prelude::*;

use super::{
    draft::Draft,
    section::{Choice, Section},
};
use crate::{clock::use_clock, components::FieldProblem, present::time, reactive::memo};

/// The section.
#[component]
pub(super) fn WhenSection(draft: Draft) -> impl IntoView {
    let fields = draft.fields;
    let clock = use_clock();
    let is_later = memo(move || fields.with(|form| form.when == "later"));
    let problem = draft.problem("startTime");
    let hint = move || {
        if !draft.is_interactive.get() {
            return "In UTC, at most 7 days ahead.".to_owned();
        }
        match draft.form().start_time() {
            Ok(at) => {
                let when =
                    clock.now().map(|now| format!(", {}", time::relative(at, now))).unwrap_or_default();
                format!("Your time. That is {}{when}.", time::absolute(at, 0))
            }
            Err(_) => "Your time, at most 7 days ahead.".to_owned(),
        }
    };
    view! {
        <Section title="When" intro="Now, or once at a time you choose.">
            <div class="choices" role="radiogroup" aria-label="When">
                <Choice
                    name="form[when]"
                    value="now"
                    label="Now"
                    hint="As soon as you press Run"
                    is_chosen=Signal::derive(move || !is_later.get())
                    choose=move || fields.update(|form| form.when = "now".into())
                />
                <Choice
                    name="form[when]"
                    value="later"
                    label="Once, later"
                    hint="You say when, up to a week ahead"
                    is_chosen=Signal::derive(move || is_later.get())
                    choose=move || fields.update(|form| form.when = "later".into())
                />
            </div>
            <div class="field" data-off=move || (!is_later.get()).then_some("")>
                <label class="field__label" for="start">
                    "Date and time"
                </label>
                <input
                    type="datetime-local"
                    class="input job-new__start"
                    id="start"
                    name="form[start]"
                    value=fields.with_untracked(|form| form.start.clone())
                    prop:value=move || fields.with(|form| form.start.clone())
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby="start-hint start-problem"
                    on:input:target=move |event| fields.update(|form| form.start = event.target().value())
                />
                <input type="hidden" name="form[zone]" value="0" prop:value=move || draft.form().zone />
                <FieldProblem id="start-problem" error=problem />
                <span class="field__hint" id="start-hint">
                    {move || hint()}
                </span>
            </div>
        </Section>
    }
    .into_any()
}

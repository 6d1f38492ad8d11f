//! The one button. It says what it will do to how many devices, or why it cannot.

use console_wire::problem::FieldError;
use leptos::prelude::*;

use super::{super::draft::Draft, who};
use crate::{
    job_form::{ActionKind, JobForm, TargetKind},
    reactive::memo,
};

/// The button.
#[component]
pub(super) fn RunButton(
    draft: Draft,
    count: Option<u64>,
    has_query_error: bool,
    pending: Signal<bool>,
) -> impl IntoView {
    let missing = memo(move || missing(&draft.form(), &draft.errors(), count, has_query_error));
    // Before the browser has taken over nothing is disabled: the server checks the plain form.
    let is_disabled = move || pending.get() || draft.is_interactive.get() && missing.with(Option::is_some);
    let words = memo(move || {
        let form = draft.form();
        match missing.get() {
            _ if pending.get() => "Sending".to_owned(),
            Some(missing) if draft.is_interactive.get() => missing.to_owned(),
            _ if form.method.is_empty() && form.action() == ActionKind::Method => "Run job".to_owned(),
            _ => label(&form, count),
        }
    });
    // There or not from the start: if it came or went, the words beside it would move.
    let has_key = move || !pending.get() && missing.with(Option::is_none);
    view! {
        // What the button promises goes along, so that the job's page can say when it came otherwise.
        {count.map(|count| view! { <input type="hidden" name="counted" value=count /> })}
        <button
            class="button button--primary button--tall button--wide"
            type="submit"
            aria-keyshortcuts="Control+Enter"
            disabled=move || is_disabled()
        >
            <span>{move || words.get()}</span>
            <kbd class="key button__key needs-scripts" aria-hidden="true" hidden=move || !has_key()>
                "Ctrl ↵"
            </kbd>
        </button>
    }
    .into_any()
}

/// What must be done before the form can be sent.
fn missing(
    form: &JobForm,
    errors: &[FieldError],
    count: Option<u64>,
    has_query_error: bool,
) -> Option<&'static str> {
    if let Some(error) = errors.first() {
        return Some(fix(form, error));
    }
    if has_query_error {
        return Some("Fix the query to run");
    }
    (count == Some(0) && form.when != "later").then_some("Fix the target to run, nothing matches")
}

/// What to do about the first fault.
fn fix(form: &JobForm, error: &FieldError) -> &'static str {
    match error.field.as_str() {
        "methodName" if form.method.trim().is_empty() => "Name the method to run",
        "methodName" => "Fix the method name to run",
        "payload" if form.payload.trim().is_empty() => "Write what to change to run",
        "payload" => "Fix the payload to run",
        "queryCondition" => "Write a condition to run",
        "deviceIds" if form.devices.trim().is_empty() => "Paste device ids to run",
        "deviceIds" => "Fix the device ids to run",
        "deviceId" if form.device.trim().is_empty() => "Write a device id to run",
        "deviceId" => "Fix the device id to run",
        "startTime" if form.start.trim().is_empty() => "Choose a start to run",
        "startTime" => "Fix the start to run",
        _ => "Fix the waits to run",
    }
}

fn label(form: &JobForm, count: Option<u64>) -> String {
    let is_later = form.when == "later";
    let verb = if is_later { "Schedule" } else { "Run" };
    let whom = match (count, form.target_kind()) {
        (Some(count), _) => who(form, count),
        (None, TargetKind::All) => "every device".to_owned(),
        (None, TargetKind::List) => "the listed devices".to_owned(),
        (None, TargetKind::One) => "one device".to_owned(),
        (None, TargetKind::Query) => "all that match".to_owned(),
    };
    match form.action() {
        ActionKind::Method => format!("{verb} {} on {whom}", form.method.trim()),
        ActionKind::Desired if is_later => format!("Schedule desired properties for {whom}"),
        ActionKind::Desired => format!("Set desired properties on {whom}"),
        ActionKind::Tags if is_later => format!("Schedule tags for {whom}"),
        ActionKind::Tags => format!("Set tags on {whom}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_names_action_and_number() {
        let form = |kind: &str, when: &str| JobForm {
            kind: kind.into(),
            when: when.into(),
            method: "lockDoor".into(),
            ..JobForm::default()
        };
        let modules = JobForm { query: "FROM devices.modules".into(), ..form("method", "now") };
        for (form, count, text) in [
            (form("method", "now"), Some(1204), "Run lockDoor on 1,204 devices"),
            (form("method", "later"), Some(1), "Schedule lockDoor on 1 device"),
            (form("desired", "now"), Some(2), "Set desired properties on 2 devices"),
            (form("tags", "later"), None, "Schedule tags for all that match"),
            (modules, Some(3), "Run lockDoor on 3 modules"),
        ] {
            assert_eq!(label(&form, count), text);
        }
    }

    #[test]
    fn a_target_that_nothing_matches_is_run_only_later() {
        let form = |when: &str| JobForm { when: when.into(), ..JobForm::default() };
        for (when, count, has_query_error, expected) in [
            ("now", Some(0), false, Some("Fix the target to run, nothing matches")),
            ("later", Some(0), false, None),
            ("now", Some(1), false, None),
            ("now", None, false, None),
            ("later", None, true, Some("Fix the query to run")),
        ] {
            assert_eq!(missing(&form(when), &[], count, has_query_error), expected, "{when} {count:?}");
        }
    }

    #[test]
    fn every_fault_has_a_way_out() {
        let form =
            JobForm { target: "list".into(), when: "later".into(), limit: "x".into(), ..JobForm::default() };
        let words: Vec<_> = form.to_new_job().unwrap_err().iter().map(|error| fix(&form, error)).collect();
        assert_eq!(
            words,
            [
                "Name the method to run",
                "Paste device ids to run",
                "Choose a start to run",
                "Fix the waits to run"
            ]
        );
    }
}

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
    let state = memo(move || {
        if pending.get() {
            return (true, "Sending".to_owned());
        }
        let form = draft.form();
        // Before the browser has taken over nothing is disabled: the server checks the plain form.
        if !draft.is_interactive.get() {
            return (false, if form.method.is_empty() { "Run job".to_owned() } else { label(&form, count) });
        }
        if let Some(error) = draft.errors().first() {
            return (true, fix(&form, error).to_owned());
        }
        if has_query_error {
            return (true, "Fix the query to run".to_owned());
        }
        if count == Some(0) && form.when != "later" {
            return (true, "Fix the target to run, nothing matches".to_owned());
        }
        (false, label(&form, count))
    });
    view! {
        // What the button promises goes along, so that the job's page can say when it came otherwise.
        {count.map(|count| view! { <input type="hidden" name="counted" value=count /> })}
        <button
            class="button button--primary button--tall button--wide"
            type="submit"
            aria-keyshortcuts="Control+Enter"
            disabled=move || state.with(|state| state.0)
        >
            <span>{move || state.with(|state| state.1.clone())}</span>
            <kbd class="key button__key needs-scripts" aria-hidden="true" hidden=move || state.with(|state| state.0)>
                "Ctrl ↵"
            </kbd>
        </button>
    }
    .into_any()
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

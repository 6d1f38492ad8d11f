//! The Run button. Its label is the action and the number of devices, or what to enter or fix first.

use console_wire::{access::Action, problem::FieldError};
use leptos::prelude::*;

use crate::{
    account::use_account,
    format::number::{devices, share},
    forms::job::{
        ActionKind, JobForm, TargetKind,
        caution::{TargetCount, cautions},
        rollout::{PREFIX, Part},
    },
    kit::PermissionNote,
    pages::job_new::{
        confirm::Question,
        form_state::{FormState, Previewed},
    },
};

/// What the button says for a job that is changed.
const SAVE: &str = "Save changes";

/// The button.
#[component]
pub(super) fn RunButton(
    state: FormState,
    previewed: Option<Previewed>,
    pending: Signal<bool>,
    question: RwSignal<Option<Question>>,
) -> impl IntoView {
    let counted = previewed.as_ref().and_then(Previewed::counted);
    let failure =
        previewed.as_ref().and_then(|previewed| Some(previewed.result.as_ref().err()?.0.title.clone()));
    let target = match (&previewed, counted) {
        (Some(previewed), _) if previewed.is_query_wrong() => Target::Wrong,
        (_, Some(counted)) => Target::Counted(counted),
        _ => Target::Unknown,
    };
    let previewed = StoredValue::new(previewed);
    let missing = Memo::new(move |_| {
        let is_outdated = previewed.with_value(|previewed| state.is_outdated(previewed.as_ref()));
        missing(&state.form(), &state.errors(), if is_outdated { Target::Outdated } else { target })
    });
    // Never disabled before hydration: the server checks the plain form.
    let is_allowed = use_account().may(Action::JobCreate);
    let is_disabled =
        move || !is_allowed || pending.get() || state.is_interactive.get() && missing.with(Option::is_some);
    let text = Memo::new(move |_| {
        let form = state.form();
        match missing.get() {
            _ if pending.get() => "Sending".to_owned(),
            Some(missing) if state.is_interactive.get() => missing.to_owned(),
            _ if form.is_edit() => SAVE.to_owned(),
            _ if form.when == "repeats" => schedule_label(&form).to_owned(),
            _ if form.method.is_empty() && form.action() == ActionKind::Method => "Run job".to_owned(),
            _ if state.needs_approval.get() => {
                format!(
                    "Ask approval for {}",
                    counted.map_or_else(String::new, |counted| form.count_targets(counted.targets))
                )
            }
            _ => label(&form, counted) + &offline_share(&form, counted),
        }
    });
    // Independent of hydration: if it appeared then, the label beside it would move.
    let has_key = move || !pending.get() && missing.with(Option::is_none);
    let ask = move |event: leptos::ev::MouseEvent| {
        let form = untrack(|| state.form());
        let mut cautions = if let Some(counted) = counted {
            cautions(&form, counted)
        } else {
            let why = failure.as_deref().unwrap_or("They have not been counted");
            vec![format!("How many devices this reaches is not known. {why}.")]
        };
        if state.is_interactive.get_untracked() && !cautions.is_empty() {
            event.prevent_default();
            let targets = counted.map(|counted| counted.targets);
            let action = if form.when == "repeats" {
                cautions.extend(targets.map(|targets| format!("Each run reaches {}.", devices(targets))));
                schedule_label(&form).to_owned()
            } else if form.is_edit() {
                SAVE.to_owned()
            } else {
                label(&form, counted)
            };
            question.set(Some(Question { action, targets, cautions }));
        }
    };
    view! {
        // The number on the button is sent along, so that the job's page can show a difference.
        {counted.map(|counted| view! { <input type="hidden" name="counted" value=counted.targets /> })}
        <button
            class="button button--primary button--tall button--wide"
            type="submit"
            aria-keyshortcuts="Control+Enter"
            disabled=is_disabled
            on:click=ask
        >
            <span>{move || text.get()}</span>
            <kbd class="key button__key needs-scripts" aria-hidden="true" hidden=move || !has_key()>
                "Ctrl ↵"
            </kbd>
        </button>
        <PermissionNote action=Action::JobCreate />
    }
    .into_any()
}

/// What is known of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// It was counted.
    Counted(TargetCount),
    /// It has been changed since it was counted.
    Outdated,
    /// The hub refused the query.
    Wrong,
    /// It could not be counted.
    Unknown,
}

/// What must be entered or fixed before the form can be sent.
fn missing(form: &JobForm, errors: &[FieldError], target: Target) -> Option<&'static str> {
    if let Some(error) = errors.first() {
        return Some(fix(form, error));
    }
    match target {
        Target::Outdated => Some("Counting devices"),
        Target::Wrong if form.target_kind() == TargetKind::Group => Some("Choose another group"),
        Target::Wrong => Some("Fix the query"),
        Target::Counted(counted) if counted.targets == 0 && form.when == "now" => {
            Some(match form.target_kind() {
                TargetKind::List | TargetKind::One => "Enter the id of a device that exists",
                TargetKind::Query => "Change the query, nothing matches",
                TargetKind::Group => "Choose another group, this one is empty",
                TargetKind::All => "Register a device first",
            })
        }
        Target::Counted(_) | Target::Unknown => None,
    }
}

/// How to correct an error.
fn fix(form: &JobForm, error: &FieldError) -> &'static str {
    match (error.field.as_str(), form.action()) {
        ("methodName", _) if form.method.trim().is_empty() => "Enter a method name",
        ("methodName", _) => "Fix the method name",
        ("payload", ActionKind::Tags) if form.payload.trim().is_empty() => "Enter the tags to set",
        ("payload", ActionKind::Desired) if form.payload.trim().is_empty() => "Enter the properties to set",
        ("payload", ActionKind::Method) => "Fix the payload",
        ("payload", ActionKind::Tags) => "Fix the tags",
        ("payload", ActionKind::Desired) => "Fix the properties",
        ("queryCondition", _) => "Enter a query condition",
        ("deviceIds", _) if form.devices.trim().is_empty() => "Enter device ids",
        ("deviceIds", _) => "Fix the device ids",
        ("deviceId", _) if form.device.trim().is_empty() => "Enter a device id",
        ("deviceId", _) => "Fix the device id",
        ("groupId", _) => "Choose a group",
        ("startTime", _) => "Choose a valid start time",
        ("maxExecutionTimeInSeconds", _) => "Fix the time limit",
        ("connectTimeoutInSeconds" | "responseTimeoutInSeconds", _) => "Fix the timeouts",
        (member, _) if member.starts_with(PREFIX) => match Part::of_member(member).unwrap_or(Part::Waves) {
            Part::Waves => "Complete the waves",
            Part::Rate => "Fix the rate",
            Part::StopRules => "Complete the stop rules",
            Part::Retry => "Fix the retries",
            Part::Offline => "Fix the time for offline devices",
            Part::Window => "Complete the windows",
            Part::End => "Fix the end of the job",
            Part::Engine => "Choose an engine",
        },
        _ => "Fix the form",
    }
}

fn label(form: &JobForm, counted: Option<TargetCount>) -> String {
    let is_later = form.when == "later";
    let verb = if is_later { "Schedule" } else { "Run" };
    let whom = match (counted, form.target_kind()) {
        (Some(counted), _) => form.count_targets(counted.targets),
        (None, TargetKind::All) => "every device".to_owned(),
        (None, TargetKind::List) => "the listed devices".to_owned(),
        (None, TargetKind::One) => "one device".to_owned(),
        (None, TargetKind::Group) => "the group".to_owned(),
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

/// The share of devices that a method does not reach now, after the label, if it is most of them.
fn offline_share(form: &JobForm, counted: Option<TargetCount>) -> String {
    let is_reached_now = form.action() == ActionKind::Method && form.when != "later";
    match counted.filter(|counted| is_reached_now && counted.is_mostly_offline()) {
        Some(counted) => format!(", {} offline", share(counted.offline(), counted.found)),
        None => String::new(),
    }
}

/// What the button says for a job that repeats.
fn schedule_label(form: &JobForm) -> &'static str {
    if form.repeat.schedule.is_empty() { "Create schedule" } else { "Save schedule" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counted(targets: u64, connected: u64) -> TargetCount {
        TargetCount { targets, found: targets, connected }
    }

    #[test]
    fn the_label_has_action_and_count() {
        let form = |kind: &str, when: &str| JobForm {
            kind: kind.into(),
            when: when.into(),
            method: "lockDoor".into(),
            ..JobForm::default()
        };
        let modules = JobForm { query: "FROM devices.modules".into(), ..form("method", "now") };
        for (form, count, text) in [
            (form("method", "now"), Some(counted(1204, 1000)), "Run lockDoor on 1,204 devices"),
            (form("method", "now"), Some(counted(1000, 20)), "Run lockDoor on 1,000 devices, 98.0 % offline"),
            (form("method", "later"), Some(counted(1, 0)), "Schedule lockDoor on 1 device"),
            (form("desired", "now"), Some(counted(2, 0)), "Set desired properties on 2 devices"),
            (form("tags", "later"), None, "Schedule tags for all that match"),
            (modules, Some(counted(3, 3)), "Run lockDoor on 3 modules"),
        ] {
            assert_eq!(label(&form, count) + &offline_share(&form, count), text);
        }
    }

    #[test]
    fn an_empty_target_can_only_be_scheduled() {
        let form = |when: &str| JobForm { when: when.into(), ..JobForm::default() };
        for (when, target, expected) in [
            ("now", Target::Counted(counted(0, 0)), Some("Change the query, nothing matches")),
            ("later", Target::Counted(counted(0, 0)), None),
            ("now", Target::Counted(counted(1, 1)), None),
            ("now", Target::Unknown, None),
            ("now", Target::Outdated, Some("Counting devices")),
            ("later", Target::Wrong, Some("Fix the query")),
        ] {
            assert_eq!(missing(&form(when), &[], target), expected, "{when} {target:?}");
        }
    }

    #[test]
    fn every_error_says_what_to_enter() {
        let empty =
            JobForm { target: "list".into(), when: "later".into(), limit: "x".into(), ..JobForm::default() };
        let tags = JobForm { kind: "tags".into(), target: "one".into(), ..JobForm::default() };
        let wrong =
            JobForm { payload: "{".into(), method: "a b".into(), answer: "x".into(), ..JobForm::default() };
        for (form, expected) in [
            (
                empty,
                vec![
                    "Enter a method name",
                    "Enter device ids",
                    "Choose a valid start time",
                    "Fix the time limit",
                ],
            ),
            (tags, vec!["Enter the tags to set", "Enter a device id"]),
            (wrong, vec!["Fix the timeouts", "Fix the payload", "Enter a query condition"]),
        ] {
            let errors = form.to_new_job().unwrap_err();
            let fixes: Vec<_> = errors.iter().map(|error| fix(&form, error)).collect();
            assert_eq!(fixes, expected);
        }
    }
}

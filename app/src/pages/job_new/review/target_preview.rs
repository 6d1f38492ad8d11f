//! The count of the target, its connected share, a sample of the devices, and warnings.

use console_wire::{
    device::DeviceSummary,
    target::{Preview, ScopeLimit},
};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    format::{
        device,
        number::{count_noun, grouped, share},
        time,
    },
    forms::job::{
        JobForm, Target, TargetKind,
        caution::{TargetCount, offline},
        listed,
    },
    kit::{Condition, Icon, TimeFormat, TimeText, clock::use_clock},
    pages::job_new::form_state::FormState,
    paths,
};

/// Devices in the sample.
const SAMPLE_SIZE: usize = 5;

/// The count and its details.
#[component]
pub(super) fn TargetCount(state: FormState, preview: Preview) -> impl IntoView {
    let clock = use_clock();
    let counted = TargetCount::from(&preview);
    let targets = counted.targets;
    let Preview { count, connected_count: connected, sample, unknown_count, limit, as_of, .. } = preview;
    let disconnected = count.saturating_sub(connected);
    let form = state.fields.get_untracked();
    let noun = match (form.is_on_modules(), targets) {
        (true, 1) => "module",
        (true, _) => "modules",
        (false, 1) => "device",
        (false, _) => "devices",
    };
    let rows: Vec<_> =
        sample.into_iter().take(SAMPLE_SIZE).map(|row| view! { <SampleRow row as_of /> }).collect();
    let has_sample = !rows.is_empty();
    let all = show_all(&form, limit.as_ref().map(|limit| limit.scope.as_str()));
    view! {
        <div class="review__count">
            <span class="figure__value">
                {grouped(targets)} " " <span class="figure__unit">{noun}</span>
            </span>
            <span class="field__hint">
                {move || {
                    format!(
                        "counted {}, {}",
                        time::clock(as_of, clock.offset_minutes(as_of)),
                        time::relative(as_of, clock.now_or(as_of)),
                    )
                }}
            </span>
        </div>
        <div
            class="bar"
            role="img"
            aria-label=format!("{} connected, {} disconnected", grouped(connected), grouped(disconnected))
        >
            <span class="bar__part" data-status="connected" hidden=connected == 0 style:flex-grow=connected.to_string()></span>
            <span class="bar__part" data-status="disconnected" hidden=disconnected == 0 style:flex-grow=disconnected.to_string()></span>
        </div>
        <div class="review__split">
            <span class="with-icon">
                <span class="status" data-status="connected">
                    <Icon name="wifi" />
                </span>
                {format!("{} connected", grouped(connected))}
            </span>
            <span class="with-icon">
                <span class="status" data-status="disconnected">
                    <Icon name="wifi-off" />
                </span>
                {if disconnected == 0 {
                    "0 disconnected".to_owned()
                } else {
                    format!("{} disconnected, {}", grouped(disconnected), share(disconnected, count))
                }}
            </span>
        </div>
        {limit.map(|limit| view! { <Limit limit kind=form.target_kind() /> })}
        <TargetWarnings state counted unknown_count />
        {has_sample.then(|| view! { <ul class="review__samples" aria-label="Sample of the target">{rows}</ul> })}
        {all
            .filter(|_| count > 0)
            .map(|href| {
                view! {
                    <a class="link field__hint" href=href>
                        {format!("Show all {}", grouped(count))}
                    </a>
                }
            })}
        <p class="field__hint">"The count may be a few minutes old. The hub counts again when the job starts."</p>
    }
    .into_any()
}

/// What the user's scope leaves out.
#[component]
fn Limit(limit: ScopeLimit, kind: TargetKind) -> impl IntoView {
    limit_words(limit.outside_count, kind).map(|words| {
        view! {
            <div class="notice">
                <Icon name="info" />
                <span>"Limited to your scope " <Condition text=limit.scope /> ": " {words}</span>
            </div>
        }
    })
}

/// A phrase that ends the sentence; nothing to say of one device that is inside, or not there.
fn limit_words(outside: u64, kind: TargetKind) -> Option<String> {
    let devices = count_noun(outside, "device", "devices");
    let are = if outside == 1 { "is" } else { "are" };
    Some(match (outside, kind) {
        (0, TargetKind::One) => return None,
        (0, TargetKind::List) => "all devices of the list are inside.".to_owned(),
        (0, _) => "all devices that match are inside.".to_owned(),
        (_, TargetKind::One) => "the device is outside and will be reported as failed.".to_owned(),
        (_, TargetKind::List) => {
            format!("{devices} of the list {are} outside and will be reported as failed.")
        }
        (1, _) => format!("{devices} that matches is outside and is left out."),
        (_, _) => format!("{devices} that match are outside and are left out."),
    })
}

/// The devices page for this target, within the user's scope, or the group's page; there is none for modules or for a list.
fn show_all(form: &JobForm, scope: Option<&str>) -> Option<String> {
    match form.target().ok()? {
        Target::Condition(condition) if !form.is_on_modules() => {
            let condition = match scope {
                Some(scope) => hub_query::narrow(scope, &condition).ok()?,
                None => condition,
            };
            Some(paths::devices_where(if condition == "*" { "" } else { &condition }))
        }
        Target::Group(group_id) => Some(paths::group(&group_id)),
        _ => None,
    }
}

/// A device of the sample.
#[component]
fn SampleRow(row: DeviceSummary, as_of: Timestamp) -> impl IntoView {
    let badge = device::connection(row.connection_state);
    let place = device::place(&row.tags);
    let note = if place.is_empty() {
        let (tags, _) = device::tags(&row.tags, 2);
        tags.into_iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
    } else {
        place
    };
    view! {
        <li>
            <code>{row.device_id.to_string()}</code>
            <span class="panel__note">{note}</span>
            <span class="with-icon panel__note">
                <span class="status" data-status=badge.status>
                    <Icon name=badge.icon />
                    <span class="visually-hidden">{badge.label}</span>
                </span>
                <TimeText at=row.last_activity_time as_of style=TimeFormat::Relative />
            </span>
        </li>
    }
    .into_any()
}

/// Warnings to read before running the job.
#[component]
fn TargetWarnings(state: FormState, counted: TargetCount, unknown_count: u64) -> impl IntoView {
    let warnings = Memo::new(move |_| state.fields.with(|form| warnings(form, counted, unknown_count)));
    move || {
        warnings
            .get()
            .into_iter()
            .map(|text| {
                view! {
                    <div class="notice" data-tone="warning">
                        <Icon name="triangle-alert" />
                        <span>{text}</span>
                    </div>
                }
            })
            .collect_view()
    }
}

fn warnings(form: &JobForm, counted: TargetCount, unknown_count: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_now = form.when != "later";
    match form.target_kind() {
        TargetKind::One if unknown_count > 0 => warnings.push(format!("No device {}.", form.device.trim())),
        TargetKind::List | TargetKind::One => warnings.extend(listed::unknown_warning(unknown_count)),
        _ if counted.targets > 0 => {}
        _ if is_now => warnings.push("No device matches now.".to_owned()),
        _ => warnings.push("No device matches now. The devices that match at the start count.".to_owned()),
    }
    if form.target_kind() == TargetKind::Group {
        warnings.extend(listed::unknown_warning(unknown_count));
    }
    warnings.extend(offline(form, counted).filter(|_| counted.is_mostly_offline()));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scope_leaves_out() {
        for (outside, kind, expected) in [
            (0, TargetKind::One, None),
            (1, TargetKind::One, Some("the device is outside and will be reported as failed.")),
            (0, TargetKind::Query, Some("all devices that match are inside.")),
            (1, TargetKind::Query, Some("1 device that matches is outside and is left out.")),
            (5658, TargetKind::All, Some("5,658 devices that match are outside and are left out.")),
            (0, TargetKind::List, Some("all devices of the list are inside.")),
            (1, TargetKind::List, Some("1 device of the list is outside and will be reported as failed.")),
            (2, TargetKind::List, Some("2 devices of the list are outside and will be reported as failed.")),
        ] {
            assert_eq!(limit_words(outside, kind).as_deref(), expected);
        }
    }

    #[test]
    fn what_to_know_before_running() {
        let form = |target: &str, when: &str| JobForm {
            target: target.into(),
            when: when.into(),
            device: "DOOR-1".into(),
            ..JobForm::default()
        };
        let counted = |targets, connected| TargetCount { targets, found: targets, connected };
        for (form, counted, unknown, expected) in [
            (form("query", "now"), counted(3, 3), 0, vec![]),
            (form("query", "now"), counted(0, 0), 0, vec!["No device matches now."]),
            (
                form("query", "later"),
                counted(0, 0),
                0,
                vec!["No device matches now. The devices that match at the start count."],
            ),
            (form("one", "now"), counted(0, 0), 1, vec!["No device DOOR-1."]),
            (form("group", "now"), counted(0, 0), 0, vec!["No device matches now."]),
            (
                form("group", "now"),
                counted(4, 4),
                2,
                vec!["2 ids do not exist and will be reported as failed."],
            ),
            (
                form("list", "now"),
                counted(4, 1),
                2,
                vec![
                    "2 ids do not exist and will be reported as failed.",
                    "3 of 4 (75.0 %) are offline now. Offline devices fail at once.",
                ],
            ),
        ] {
            assert_eq!(warnings(&form, counted, unknown), expected);
        }
    }
}

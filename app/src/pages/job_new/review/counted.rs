//! The count, its connected share, a few of the devices, and what is odd about them.

use console_wire::{device::DeviceSummary, target::Preview};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::super::draft::Draft;
use crate::{
    clock::use_clock,
    components::{Icon, Moment, TimeText},
    job_form::{ActionKind, JobForm, Target, TargetKind},
    paths,
    present::{
        device,
        number::{grouped, share},
        time,
    },
    reactive::memo,
};

/// Devices shown.
const SAMPLE: usize = 5;

/// The count and what is behind it.
#[component]
pub(super) fn Counted(draft: Draft, preview: Preview) -> impl IntoView {
    let clock = use_clock();
    let Preview { count, connected_count: connected, sample, unknown_count, unchecked_count, as_of, .. } =
        preview;
    let disconnected = count.saturating_sub(connected);
    let form = draft.fields.get_untracked();
    let noun = match (form.is_on_modules(), count) {
        (true, 1) => "module",
        (true, _) => "modules",
        (false, 1) => "device",
        (false, _) => "devices",
    };
    let rows: Vec<_> = sample.into_iter().take(SAMPLE).map(|row| view! { <Sampled row as_of /> }).collect();
    let has_sample = !rows.is_empty();
    view! {
        <div class="review__count">
            <span class="figure__value">
                {grouped(count)} " " <span class="figure__unit">{noun}</span>
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
        <Odd draft count connected unknown_count unchecked_count />
        {has_sample.then(|| view! { <ul class="review__samples" aria-label="Sample of the target">{rows}</ul> })}
        {show_all(&form)
            .filter(|_| count > 0)
            .map(|href| {
                view! {
                    <a class="link field__hint" href=href>
                        {format!("Show all {}", grouped(count))}
                    </a>
                }
            })}
        <p class="field__hint">"Twin queries can lag. The hub counts again when the job starts."</p>
    }
    .into_any()
}

/// Where all of them can be seen; there is no page of modules or of a list.
fn show_all(form: &JobForm) -> Option<String> {
    match form.target().ok()? {
        Target::Condition(condition) if !form.is_on_modules() => {
            Some(paths::devices_where(if condition == "*" { "" } else { &condition }))
        }
        _ => None,
    }
}

/// One of them.
#[component]
fn Sampled(row: DeviceSummary, as_of: Timestamp) -> impl IntoView {
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
                    <span class="visually-hidden">{badge.word}</span>
                </span>
                <TimeText at=row.last_activity_time as_of style=Moment::Relative />
            </span>
        </li>
    }
    .into_any()
}

/// What somebody should know before pressing the button.
#[component]
fn Odd(draft: Draft, count: u64, connected: u64, unknown_count: u64, unchecked_count: u64) -> impl IntoView {
    let words = memo(move || {
        draft.fields.with(|form| {
            let mut words = Vec::new();
            let is_now = form.when != "later";
            if count + unknown_count + unchecked_count == 0 {
                words.push(match form.target_kind() {
                    TargetKind::One => {
                        format!("The hub knows no device \u{201c}{}\u{201d}.", form.device.trim())
                    }
                    _ if is_now => "Nothing matches now.".to_owned(),
                    _ => "Nothing matches now; what matches at the start counts.".to_owned(),
                });
            }
            let waits = form.connect.trim().parse::<u32>().unwrap_or_default() > 0;
            if form.action() == ActionKind::Method && is_now && count > 0 && connected == 0 && !waits {
                words.push("None is connected now, so every one would end as not online.".to_owned());
            }
            words.extend(unknown_words(unknown_count));
            words
        })
    });
    move || {
        words
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

fn unknown_words(count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 id is unknown to the hub. Unless removed, it ends as failed.".to_owned()),
        _ => Some(format!(
            "{} ids are unknown to the hub. Unless removed, they end as failed.",
            grouped(count)
        )),
    }
}

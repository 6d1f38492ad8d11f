//! What touched this device: jobs, calls from this page, writes of its twin.

use console_wire::device::DeviceJob;
use hub_wire::{Timestamp, job::JobType};
use leptos::prelude::*;

use super::invoke::{Call, Calls};
use crate::{
    api::devices::{DeviceHistory, DeviceView},
    components::{Icon, Moment, TimeText},
    paths,
    present::{
        Badge,
        history::{Section, Write, writes},
        order::order_by,
        outcome, time,
    },
    reactive::memo,
};

/// Entries shown.
const SHOWN: usize = 12;
/// Paths named in one entry.
const NAMED: usize = 4;

/// One line of the history.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    at: Timestamp,
    what: String,
    detail: String,
    href: Option<String>,
    badge: Badge,
    result: String,
    sub: String,
}

/// The panel.
#[component]
pub(super) fn Timeline(
    view: RwSignal<DeviceView>,
    history: RwSignal<DeviceHistory>,
    calls: Calls,
    device_id: String,
) -> impl IntoView {
    let as_of = view.with_untracked(|view| view.as_of);
    let entries = memo(move || {
        let mut entries: Vec<Entry> = calls.get().into_iter().map(of_call).collect();
        entries.extend(history.with(|history| history.jobs.items.clone()).into_iter().map(of_job));
        entries.extend(view.with(|view| writes(&view.twin.properties)).into_iter().map(of_write));
        order_by(&mut entries, |a, b| a.at > b.at);
        entries.truncate(SHOWN);
        entries
    });
    let rows = move || entries.get().into_iter().map(|entry| view! { <Line entry as_of /> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="timeline-title">
            <div class="panel__header">
                <h2 class="panel__title" id="timeline-title">
                    "What touched this device"
                </h2>
                <span class="panel__note">"jobs, calls from here, each property's newest write"</span>
            </div>
            <ol class="timeline">{move || rows()}</ol>
            <div class="data-table__foot">
                <a class="link" href=paths::with_query(paths::JOBS, &[("q", &format!("device={device_id}"))])>
                    "Every job of this device"
                </a>
            </div>
            {move || entries.with(Vec::is_empty).then(|| view! { <p class="field__hint">"Nothing yet."</p> })}
        </section>
    }
    .into_any()
}

#[component]
fn Line(entry: Entry, as_of: Timestamp) -> impl IntoView {
    let what = match entry.href {
        Some(href) => view! {
            <a class="data-table__main" href=href>
                {entry.what}
            </a>
        }
        .into_any(),
        None => view! { <span class="data-table__main">{entry.what}</span> }.into_any(),
    };
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at=entry.at as_of style=Moment::Relative />
            </span>
            <span class="timeline__what">
                {what} <span class="data-table__sub">{entry.detail}</span>
            </span>
            <span class="timeline__result">
                <span class="status" data-status=entry.badge.status>
                    <Icon name=entry.badge.icon />
                    {entry.result}
                </span>
                <span class="data-table__sub">{entry.sub}</span>
            </span>
        </li>
    }
    .into_any()
}

fn of_job(job: DeviceJob) -> Entry {
    let badge = outcome::badge(job.outcome);
    let code = job.response_status.map(|status| status.to_string()).or(job.error_code);
    let result = match code {
        Some(code) => format!("{}, {code}", badge.word),
        None => badge.word.to_owned(),
    };
    let took = job.start_time_utc.zip(job.end_time_utc).map(|(begin, end)| {
        time::duration(u64::try_from(end.unix_millis() - begin.unix_millis()).unwrap_or_default())
    });
    let kind = if job.job_type == JobType::ScheduleDeviceMethod { "method" } else { "twin patch" };
    Entry {
        at: job.end_time_utc.or(job.start_time_utc).unwrap_or(job.created_time),
        what: job.job_id.clone(),
        detail: format!("{kind} job, {}", job.action),
        href: Some(paths::job(&job.job_id)),
        badge,
        result,
        sub: took.unwrap_or_default(),
    }
}

fn of_call(call: Call) -> Entry {
    let good = Badge { word: "Succeeded", icon: "circle-check", status: "succeeded" };
    let bad = Badge { word: "Failed", icon: "circle-x", status: "failed" };
    let (badge, result, sub) = match call.end {
        Ok((status, millis)) => {
            (if status < 400 { good } else { bad }, format!("Answered {status}"), time::duration(millis))
        }
        Err(title) => (bad, title, String::new()),
    };
    Entry {
        at: call.at,
        what: format!("{}, called from this page", call.method),
        detail: "direct method".into(),
        href: None,
        badge,
        result,
        sub,
    }
}

fn of_write(write: Write) -> Entry {
    let named = write.paths.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let detail = match write.paths.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    };
    let (what, badge, result) = match (write.section, write.is_followed) {
        (Section::Reported, _) => (
            "Reported by the device",
            Badge { word: "Reported", icon: "check", status: "succeeded" },
            "Reported",
        ),
        (Section::Desired, true) => (
            "Desired properties written",
            Badge { word: "Followed", icon: "circle-check", status: "succeeded" },
            "Reported since",
        ),
        (Section::Desired, false) => (
            "Desired properties written",
            Badge { word: "Differs", icon: "equal-not", status: "drift" },
            "Not yet reported",
        ),
    };
    Entry {
        at: write.at,
        what: what.into(),
        detail,
        href: None,
        badge,
        result: result.into(),
        sub: write.version.map(|version| format!("version {version}")).unwrap_or_default(),
    }
}

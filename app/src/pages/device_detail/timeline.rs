//! What touched this device: calls from this page, writes of its twin.

use hub_wire::Timestamp;
use leptos::prelude::*;

use super::invoke::{Call, Calls};
use crate::{
    api::devices::DeviceView,
    components::{Icon, Moment, TimeText},
    poll::Polled,
    present::{
        Badge,
        history::{Section, Write, writes},
        time,
    },
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
pub(super) fn Timeline(polled: Polled<DeviceView>, calls: Calls) -> impl IntoView {
    let view = polled.newest();
    let as_of = view.with_untracked(|view| view.as_of);
    let entries = Memo::new(move |_| {
        let mut entries: Vec<Entry> = calls.get().into_iter().map(of_call).collect();
        entries.extend(view.with(|view| writes(&view.twin.properties)).into_iter().map(of_write));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
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
                <span class="panel__note">"of each property its newest write"</span>
            </div>
            <ol class="timeline">{rows}</ol>
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

//! The device's activity: jobs, direct calls and changes of its twin, newest first.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::devices::{DeviceHistory, DeviceView},
    format::{
        activity::{Body, Entry, count, entries},
        number,
    },
    kit::{Icon, JobLink, Json, TimeFormat, TimeText},
    paths,
};

/// Lines shown until the user asks for more.
const SHOWN: usize = 12;

/// The panel.
#[component]
pub(super) fn ActivityPanel(
    view: Memo<DeviceView>,
    history: Memo<DeviceHistory>,
    device_id: String,
) -> impl IntoView {
    let as_of = view.with_untracked(|view| view.as_of);
    let shows_all = RwSignal::new(false);
    let all = Memo::new(move |_| {
        history.with(|history| {
            view.with(|view| entries(&history.jobs.items, &history.calls.items, &view.twin.properties))
        })
    });
    let known = Memo::new(move |_| all.with(Vec::len));
    let shown = Memo::new(move |_| if shows_all.get() { known.get() } else { known.get().min(SHOWN) });
    let has_more = Memo::new(move |_| {
        history.with(|history| history.jobs.next_cursor.is_some() || history.calls.next_cursor.is_some())
    });
    let note = move || {
        format!("{}: jobs, direct calls, twin changes", count(shown.get(), known.get(), has_more.get()))
    };
    let rows = move || all.with(|all| all.iter().take(shown.get()).cloned().collect::<Vec<_>>());
    // A line is made anew only when its end has become known, so that an open one stays open.
    let key = |entry: &Entry| format!("{} {} {}", entry.id, entry.badge.status, entry.result);
    let more = move || {
        let hidden = known.get() - shown.get();
        (hidden > 0).then(|| {
            view! {
                <button
                    class="button button--small needs-scripts"
                    type="button"
                    on:click=move |_| shows_all.set(true)
                >
                    {format!("Show {} more", number::grouped(hidden as u64))}
                </button>
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="activity-title">
            <div class="panel__header">
                <h2 class="panel__title" id="activity-title">
                    "Activity"
                </h2>
                <span class="panel__note">{move || note()}</span>
            </div>
            <ol class="timeline" aria-labelledby="activity-title">
                <For each=rows key let:entry>
                    <Line entry as_of />
                </For>
            </ol>
            {move || (known.get() == 0).then(|| view! { <p class="field__hint">"No activity yet."</p> })}
            <div class="data-table__foot">
                <a class="link" href=paths::device_jobs(&device_id)>
                    "All jobs for this device"
                </a>
                {move || more()}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Line(entry: Entry, as_of: Timestamp) -> impl IntoView {
    let Entry { at, title, job_id, kind, detail, badge, result, note, bodies, .. } = entry;
    let title = match job_id {
        Some(job_id) => view! { <JobLink job_id name=title class="data-table__main" /> }.into_any(),
        None => view! { <span class="data-table__main">{title}</span> }.into_any(),
    };
    let detail = (!detail.is_empty()).then(|| view! { " · " <code><bdi>{detail}</bdi></code> });
    let summary = view! { {kind} {detail} };
    let sub = if bodies.is_empty() {
        view! { <span class="timeline__sub">{summary}</span> }.into_any()
    } else {
        let bodies = bodies.into_iter().map(full).collect_view();
        view! {
            <details class="timeline__more">
                <summary class="timeline__sub">
                    <Icon name="chevron-right" />
                    <span class="timeline__line">{summary}</span>
                </summary>
                {bodies}
            </details>
        }
        .into_any()
    };
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at as_of style=TimeFormat::Relative />
                <span class="timeline__clock">
                    <TimeText at as_of style=TimeFormat::Clock />
                </span>
            </span>
            <div class="timeline__what">{title} {sub}</div>
            <span class="timeline__result">
                <span class="status" data-status=badge.status>
                    <Icon name=badge.icon />
                    <bdi>{result}</bdi>
                </span>
                <span class="data-table__sub">{note}</span>
            </span>
        </li>
    }
    .into_any()
}

/// A request or a response in full.
fn full(body: Body) -> AnyView {
    let Body { name, json, bytes } = body;
    let size = number::size(usize::try_from(bytes).unwrap_or(usize::MAX));
    let content = match json {
        Some(text) => view! { <Json text is_block=true /> }.into_any(),
        None => view! { <p class="field__hint">{format!("{size}, too large to be kept.")}</p> }.into_any(),
    };
    view! {
        <p class="timeline__body-name">{name}</p>
        {content}
    }
    .into_any()
}

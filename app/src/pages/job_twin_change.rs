//! `/jobs/{id}/devices/{device}/twin`: what a twin job changed on one device: before, as the job set it, and now.

use console_wire::compare::{ChangedValue, TwinChange};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde_json::Value;

use super::not_found::NotThere;
use crate::{
    api::messages::read_twin_change,
    data::read::{Answer, ReadOptions, use_read, use_read_from},
    kit::{ErrorPanel, Icon, Json, PollBadge, TimeFormat, TimeText, UnknownParams, title_of},
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5000;
/// Why nothing is known from before.
const NOT_KEPT: &str = "The values before this job are not kept. They are for jobs that begin at once on at most 1,000 devices (with a \
    real hub 100), not for reruns, and not for jobs that were created elsewhere.";

/// Job and device.
type Key = (String, String);

/// The page.
#[component]
pub(crate) fn TwinChangePage() -> impl IntoView {
    let params = use_params_map();
    let key = Memo::new(move |_| -> Key {
        let id =
            |name: &str| params.with(|params| paths::id(&params.get(name).unwrap_or_default()).to_owned());
        (id("id"), id("device"))
    });
    let read =
        use_read(Signal::derive(move || Some(key.get())), ReadOptions::once(), |(job, device): Key| {
            read_twin_change(job, device)
        });
    let content = move || {
        let Answer { key, result } = read.answer().get()?;
        Some(match result {
            Ok(change) => view! { <Loaded key change /> }.into_any(),
            Err(error) if error.is_not_found() => {
                view! { <NotThere title="No such job or device" text=error.0.detail.clone() /> }.into_any()
            }
            Err(error) => view! {
                <main class="page" id="main" tabindex="-1">
                    <h1>"Twin before and after"</h1>
                    <ErrorPanel error retry=read.retry() />
                </main>
            }
            .into_any(),
        })
    };
    view! {
        <Title text=title_of(Memo::new(move |_| key.with(|(_, device)| format!("Twin of {device} before and after")))) />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Loaded(key: Key, change: TwinChange) -> impl IntoView {
    let query = use_query_map();
    let unknown = Memo::new(move |_| query.with(|query| paths::unknown_names(query, &[])));
    let (job_id, device_id) = key.clone();
    let as_of = change.as_of;
    let reading = use_read_from(
        Signal::stored(Some(key)),
        Some(Ok(change.clone())),
        ReadOptions::every(POLL),
        |(job, device): Key| read_twin_change(job, device),
    );
    let change = reading.value_or(change);
    let values = Memo::new(move |_| change.with(|change| change.values.clone()));
    let read_time = Memo::new(move |_| change.with(|change| change.read_time_utc));
    let lead = move || match read_time.get() {
        Some(at) => {
            view! { <span>"before: read " <TimeText at as_of style=TimeFormat::Clock /></span> }.into_any()
        }
        None => view! { <span>{NOT_KEPT}</span> }.into_any(),
    };
    let rows = move || {
        let is_kept = read_time.with(Option::is_some);
        values.get().into_iter().map(|value| row(value, is_kept)).collect_view()
    };
    view! {
        <main class="page device" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <a
                            class="button button--quiet button--icon button--small run__back"
                            href=paths::job(&job_id)
                            aria-label="Back to the job"
                        >
                            <Icon name="arrow-left" is_large=true />
                        </a>
                        <h1>"Twin of " <span class="device__id">{device_id.clone()}</span> " before and after"</h1>
                    </div>
                    <p class="page__lead">
                        <span>"job " <code>{job_id}</code></span>
                        {lead}
                    </p>
                </div>
                <div class="page__actions">
                    <PollBadge stale_since=reading.stale_since() />
                    <a class="button" href=paths::device(&device_id)>
                        "Open device"
                    </a>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <section class="panel compare" aria-labelledby="change-title">
                <h2 class="visually-hidden" id="change-title">
                    "Values that the job names"
                </h2>
                <div class="table-scroll" tabindex="0" role="region" aria-label="Before and after">
                    <table class="twin-table">
                        <caption class="visually-hidden">"Values before the job, as it set them, and now"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Value"</th>
                                <th scope="col">"Before"</th>
                                <th scope="col">"Set by the job"</th>
                                <th scope="col">"Now"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        </main>
    }
    .into_any()
}

/// A value; marked where it is not any more what the job set.
fn row(changed: ChangedValue, is_kept: bool) -> impl IntoView {
    let differs = changed.set != changed.now;
    let note = differs.then(|| {
        view! {
            <span class="status" data-status="drift">
                <Icon name="equal-not" />
                "Not as set"
            </span>
        }
    });
    view! {
        <tr data-status=differs.then_some("drift")>
            <th scope="row" class="twin-table__path">
                {format!("{}.{}", changed.section.as_str(), changed.path)}
            </th>
            <td>{value(changed.before, if is_kept { "not set" } else { "not kept" })}</td>
            <td>{value(changed.set, "removed")}</td>
            <td>
                <span class="twin-table__note">
                    <span class="compare__label">"now"</span>
                    {value(changed.now, "not set")} {note}</span>
            </td>
        </tr>
    }
}

fn value(value: Option<Value>, none: &'static str) -> AnyView {
    match value {
        None => view! { <span class="twin-table__none">{none}</span> }.into_any(),
        Some(value) => view! { <Json text=value.to_string() /> }.into_any(),
    }
}

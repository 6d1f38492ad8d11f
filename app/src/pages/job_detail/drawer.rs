//! One device beside the list: when its call was sent, its response, the request, what the hub reports.

mod resize_handle;

use console_wire::{
    job::JobSummary,
    outcome::{DeviceResult, EarlierCall},
};
use hub_wire::Timestamp;
use leptos::prelude::*;

pub(super) use self::resize_handle::ResizeHandle;
use super::{
    context::{DeviceKey, DeviceReading, use_job_page},
    url_state::JobUrl,
};
use crate::{
    api::job_results::get_result,
    data::read::{Answer, ReadOptions, use_read},
    error::ApiError,
    format::{job, json, number, outcome, time},
    kit::{BadgeView, CopyButton, ErrorPanel, Icon, Json, TimeFormat, TimeText, dom, use_toasts},
    paths,
};

/// How often a device that has not ended is read again, in milliseconds.
const REREAD: u64 = 1500;

/// Reads the device that the address names, again while it has not ended and the job moves.
pub(super) fn use_device(url: JobUrl, sequence: Memo<u64>) -> DeviceReading {
    let key = Signal::derive(move || {
        let (job_id, device_id) = (url.job_id.get(), url.device.get());
        (!device_id.is_empty()).then_some(DeviceKey { job_id, device_id })
    });
    let options = ReadOptions::every(REREAD)
        .when_moved(sequence, 0)
        .only_while(|row: &DeviceResult| !row.outcome.is_terminal());
    use_read(
        key,
        options,
        |key: DeviceKey| async move { get_result(key.job_id, key.device_id).await.flatten() },
    )
}

/// The drawer; closed while the address names no device.
#[component]
pub(super) fn Drawer() -> impl IntoView {
    let page = use_job_page();
    let device = page.device;
    let content = move || {
        let Answer { key, result } = device.answer().get()?;
        let is_of_this_job = page.first.with_value(|first| first.job_id == key.job_id);
        is_of_this_job.then(|| view! { <DeviceDrawer id=key.device_id read=result /> })
    };
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                device.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

/// The device in the drawer.
#[component]
fn DeviceDrawer(id: String, read: Result<DeviceResult, ApiError>) -> impl IntoView {
    let page = use_job_page();
    view! {
        <aside class="drawer" data-open="" aria-label=format!("Device {id}")>
            <Head id=id.clone() read=read.as_ref().ok().cloned() />
            {match read {
                Ok(row) => view! { <Facts row job=page.first.get_value() as_of=page.as_of /> }.into_any(),
                Err(error) => view! { <div class="drawer__section"><ErrorPanel error retry=page.device.retry() /></div> }.into_any(),
            }}
            <div class="drawer__section drawer__tools">
                <div class="cluster">
                    <a class="button button--small" href=paths::device(&id)>
                        "Open device"
                    </a>
                    <TwinChangeLink device_id=id.clone() />
                    <CopyLink />
                </div>
            </div>
        </aside>
    }
    .into_any()
}

/// The devices before and after one in the list, as far as their rows are loaded.
type Neighbours = (Option<String>, Option<String>);

/// Id, state, and links to the devices before and after it.
#[component]
fn Head(id: String, read: Option<DeviceResult>) -> impl IntoView {
    let page = use_job_page();
    let (url, grid) = (page.url, page.grid);
    let beside = {
        let id = id.clone();
        Memo::new(move |_| {
            let found = grid.get().and_then(|grid| grid.rows.try_with(|rows| rows.neighbours(&id)));
            found.unwrap_or_default()
        })
    };
    let step = move |name: &'static str, icon: &'static str, pick: fn(&Neighbours) -> Option<String>| {
        let to = Memo::new(move |_| beside.with(pick));
        view! {
            <a
                class="copy needs-scripts"
                hidden=move || to.with(Option::is_none)
                href=move || url.with(|state| state.device = to.get().unwrap_or_default())
                aria-label=name
                data-noscroll=true
            >
                <Icon name=icon />
            </a>
        }
    };
    view! {
        <div class="drawer__header">
            <div class="drawer__bar">
                <h2 class="drawer__name">{id.clone()} " " <CopyButton text=id.clone() what=id /></h2>
                <div class="cluster">
                    {step("Previous device", "arrow-up", |beside| beside.0.clone())}
                    {step("Next device", "arrow-down", |beside| beside.1.clone())}
                    <a
                        class="copy"
                        href=move || url.with(|state| state.device.clear())
                        aria-label="Close device"
                        data-key="Escape"
                        data-noscroll=true
                        on:click=|_| dom::focus_selected_row()
                    >
                        <Icon name="x" />
                    </a>
                </div>
            </div>
            {read
                .map(|row| {
                    view! {
                        <div class="cluster">
                            <BadgeView badge=outcome::badge(row.outcome) is_filled=true />
                            <span class="panel__note">{outcome::result(&row).1}</span>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Leads to what a twin job changed on the device.
#[component]
fn TwinChangeLink(device_id: String) -> impl IntoView {
    let page = use_job_page();
    page.first.with_value(|job| {
        let changes_twin = job.update_twin.is_some();
        changes_twin.then(|| {
            view! {
                <a class="button button--small" href=paths::twin_change(&job.job_id, &device_id)>
                    "Twin before and after"
                </a>
            }
        })
    })
}

#[component]
fn CopyLink() -> impl IntoView {
    let toasts = use_toasts();
    let copy = move |_| {
        dom::copy_to_clipboard(&dom::page_url());
        toasts.show("Link copied.", None);
    };
    view! {
        <button class="button button--small button--quiet needs-scripts" type="button" on:click=copy>
            <Icon name="link" />
            "Copy link"
        </button>
    }
    .into_any()
}

/// A JSON text under a heading.
#[component]
fn JsonPanel(name: &'static str, note: String, text: String) -> impl IntoView {
    view! {
        <div class="drawer__section">
            <div class="drawer__heading">
                <h3>{name} " " <span class="panel__note">{note}</span></h3>
                <CopyButton text=text.clone() what=name.to_ascii_lowercase() />
            </div>
            <Json text is_block=true />
        </div>
    }
    .into_any()
}

/// Timings, response, error, request, the state that the hub reports.
#[component]
fn Facts(row: DeviceResult, job: JobSummary, as_of: Timestamp) -> impl IntoView {
    let explanation = outcome::hub_status_note(&row);
    let hub_status = row.status.as_str();
    let response = row.response.as_ref().map(|response| {
        let note = format!("{} payload", number::size(response.payload.to_string().len()));
        let text = json::pretty(&serde_json::json!({"status": response.status, "payload": response.payload}));
        view! { <JsonPanel name="Response" note text /> }
    });
    let error = row.error.clone().map(|error| {
        view! {
            <div class="drawer__section">
                <div class="drawer__heading">
                    <h3>"Error"</h3>
                </div>
                <p>
                    <code>{error.code}</code>
                    " "
                    {error.description}
                </p>
            </div>
        }
    });
    let request = job::request(&job).map(|request| {
        let note = number::size(request.to_string().len());
        view! { <JsonPanel name="Request" note text=json::pretty(&request) /> }
    });
    let earlier = (!row.earlier_calls.is_empty())
        .then(|| view! { <EarlierCalls calls=row.earlier_calls.clone() as_of /> });
    let module = row.module_id.clone().map(|module| {
        view! {
            <dt>"Module"</dt>
            <dd>
                <code>{module.to_string()}</code>
            </dd>
        }
    });
    view! {
        <Steps row job as_of />
        {response}
        {error}
        {earlier}
        {request}
        <div class="drawer__section">
            <dl class="facts">
                {module}
                <dt>"Hub says"</dt>
                <dd>
                    <code>{hub_status}</code>
                    " "
                    <span class="panel__note">{explanation}</span>
                </dd>
            </dl>
        </div>
    }
    .into_any()
}

/// The calls before the last one, side by side: a rollout has repeated them.
#[component]
fn EarlierCalls(calls: Vec<EarlierCall>, as_of: Timestamp) -> impl IntoView {
    let call = move |call: EarlierCall| {
        let badge = outcome::badge(call.outcome);
        let answer = call.response.map(|response| format!("Answered {}", response.status));
        let what = answer.or_else(|| call.error.map(|error| error.code)).unwrap_or_default();
        view! {
            <li>
                {format!("Call {}", call.attempt)} " " <BadgeView badge /> " " {what}
                <span class="steps__delta">
                    <code>
                        {call.end_time_utc.map(|at| view! { <TimeText at as_of style=TimeFormat::Millis /> })}
                    </code>
                </span>
            </li>
        }
    };
    view! {
        <div class="drawer__section">
            <div class="drawer__heading">
                <h3>"Earlier calls"</h3>
            </div>
            <ol class="steps">{calls.into_iter().map(call).collect_view()}</ol>
        </div>
    }
    .into_any()
}

/// When the job started, when this device's call was sent and when it ended.
#[component]
fn Steps(row: DeviceResult, job: JobSummary, as_of: Timestamp) -> impl IntoView {
    let status = outcome::badge(row.outcome).status;
    let (sent, ended) = (row.start_time_utc, row.end_time_utc);
    let trip = row.round_trip_ms().map(time::duration);
    let end_word = match &row.response {
        Some(response) => format!("Answered {}", response.status),
        None => outcome::badge(row.outcome).label.to_owned(),
    };
    let waited = job.start_time.zip(sent).filter(|(start, sent)| sent >= start).map(|(start, sent)| {
        let millis = u64::try_from(sent.since(start).as_millis()).unwrap_or_default();
        format!("after {} · ", time::duration(millis))
    });
    let step = move |name: String, delta: AnyView, at: Timestamp| {
        view! {
            <li>
                {name}
                <span class="steps__delta">
                    {delta}
                    <code>
                        <TimeText at as_of style=TimeFormat::Millis />
                    </code>
                </span>
            </li>
        }
    };
    view! {
        <div class="drawer__section">
            <h3 class="visually-hidden">"Timings"</h3>
            <ol class="steps" data-status=status>
                {job.start_time.map(|at| step("Job started".into(), ().into_any(), at))}
                {sent.map(|at| step("Sent".into(), waited.into_any(), at))}
                {ended
                    .map(|at| {
                        let delta = trip.map(|trip| view! { <strong>{trip}</strong> " · " });
                        step(end_word, delta.into_any(), at)
                    })}
                {sent.is_none().then(|| view! { <li>"Not sent"</li> })}
            </ol>
        </div>
    }
    .into_any()
}

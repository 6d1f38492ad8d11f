//! One device beside the list: when it was asked, what it answered, what was sent, what the hub says about it.

use console_wire::{job::JobSummary, outcome::DeviceResult};
use hub_wire::Timestamp;
use leptos::{lazy, prelude::*};

use super::{grid::Grid, view::View};
use crate::{
    api::{ApiError, job_results::get_result},
    browser,
    components::{BadgeView, Copy, ErrorPanel, Icon, Json, Moment, TimeText, use_toasts},
    paths,
    present::{job, json, number, outcome, time},
    reactive::memo,
};

/// How often a device that has not ended is read again, in milliseconds.
const REREAD: u64 = 1500;

/// What the drawer shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeviceRead {
    /// Nothing while the address names no device.
    read: Resource<Option<Result<DeviceResult, ApiError>>>,
    rereads: RwSignal<u32>,
    /// Whether the device that is shown has not ended.
    is_open: StoredValue<bool>,
}

/// The device that the address asks for.
pub(super) fn use_device_result(view: View) -> DeviceRead {
    let rereads = RwSignal::new(0_u32);
    let read = Resource::new(
        move || (view.job_id.get(), view.device.get(), rereads.get()),
        |(job_id, device, _)| async move {
            if device.is_empty() { None } else { Some(get_result(job_id, device).await.flatten()) }
        },
    );
    DeviceRead { read, rereads, is_open: StoredValue::new(false) }
}

impl DeviceRead {
    /// Reads the device again while it has not ended and the job moves.
    pub(super) fn follow(self, job: Memo<JobSummary>) {
        let read_at = StoredValue::new(job.with_untracked(|job| job.sequence));
        browser::every(REREAD, move || {
            let sequence = job.with_untracked(|job| job.sequence);
            if self.is_open.get_value() && sequence != read_at.get_value() && !browser::is_hidden() {
                read_at.set_value(sequence);
                self.rereads.update(|times| *times += 1);
            }
        });
    }
}

/// The drawer; nothing while the address names no device.
#[component]
pub(super) fn Drawer(
    device: DeviceRead,
    told: JobSummary,
    view: View,
    as_of: Timestamp,
    on_page: RwSignal<Option<Grid>>,
) -> impl IntoView {
    let told = StoredValue::new(told);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let id = view.device.get_untracked();
                let read = device.read.await;
                device.is_open.set_value(matches!(&read, Some(Ok(row)) if !row.outcome.is_terminal()));
                match read {
                    Some(read) => device_part(id, read, told, view, as_of, on_page).await,
                    None => ().into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// Whether the page at an address shows a device from the first frame on.
#[cfg(feature = "hydrate")]
pub(crate) fn shows_device(address: &str) -> bool {
    address.split(['?', '&']).any(|piece| piece.starts_with("device="))
}

/// Fetches what shows a device, before one is taken over from the server.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch_device_part() {
    __preload_device_part().await;
}

/// The device in the drawer. Its program comes with the first one that is looked at.
#[lazy]
fn device_part(
    id: String,
    read: Result<DeviceResult, ApiError>,
    told: StoredValue<JobSummary>,
    view: View,
    as_of: Timestamp,
    on_page: RwSignal<Option<Grid>>,
) -> AnyView {
    view! {
        <aside class="drawer" data-open="" aria-label=format!("Device {id}")>
            <Head id=id.clone() read=read.as_ref().ok().cloned() view on_page />
            {match read {
                Ok(row) => told.try_get_value().map(|told| view! { <Facts row told as_of /> }).into_any(),
                Err(error) => view! { <div class="drawer__section"><ErrorPanel error /></div> }.into_any(),
            }}
            <div class="drawer__section drawer__tools">
                <div class="cluster">
                    <a class="button button--small" href=paths::device(&id)>
                        "Open device"
                    </a>
                    <CopyLink />
                </div>
            </div>
        </aside>
    }
    .into_any()
}

/// The devices before and after one in the list, as far as they are here.
type Beside = (Option<String>, Option<String>);

/// Id, state, and the way to the devices beside it.
#[component]
fn Head(
    id: String,
    read: Option<DeviceResult>,
    view: View,
    on_page: RwSignal<Option<Grid>>,
) -> impl IntoView {
    let beside = {
        let id = id.clone();
        memo(move || {
            let found = on_page.get().and_then(|grid| grid.rows.try_with(|rows| rows.neighbours(&id)));
            found.unwrap_or_default()
        })
    };
    let step = move |name: &'static str, icon: &'static str, pick: fn(&Beside) -> Option<String>| {
        let to = memo(move || beside.with(pick));
        view! {
            <a
                class="copy needs-scripts"
                hidden=move || to.with(Option::is_none)
                href=move || view.with(|asked| asked.device = to.get().unwrap_or_default())
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
                <h2 class="drawer__name">{id.clone()} " " <Copy text=id.clone() what=id /></h2>
                <div class="cluster">
                    {step("Previous device", "arrow-up", |beside| beside.0.clone())}
                    {step("Next device", "arrow-down", |beside| beside.1.clone())}
                    <a
                        class="copy"
                        href=move || view.with(|asked| asked.device.clear())
                        aria-label="Close device"
                        data-key="Escape"
                        data-noscroll=true
                        on:click=|_| browser::focus_selected_row()
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

#[component]
fn CopyLink() -> impl IntoView {
    let toasts = use_toasts();
    let copy = move |_| {
        browser::copy(&browser::address());
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
fn Told(name: &'static str, note: String, text: String) -> impl IntoView {
    view! {
        <div class="drawer__section">
            <div class="drawer__heading">
                <h3>{name} " " <span class="panel__note">{note}</span></h3>
                <Copy text=text.clone() what=name.to_ascii_lowercase() />
            </div>
            <Json text is_block=true />
        </div>
    }
    .into_any()
}

/// Timings, response, error, request, the hub's words.
#[component]
fn Facts(row: DeviceResult, told: JobSummary, as_of: Timestamp) -> impl IntoView {
    let says = outcome::hub_says(&row);
    let hub_word = row.status.as_str();
    let response = row.response.as_ref().map(|response| {
        let note = format!("{} payload", number::size(response.payload.to_string().len()));
        let text = json::pretty(&serde_json::json!({"status": response.status, "payload": response.payload}));
        view! { <Told name="Response" note text /> }
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
    let request = job::request(&told).map(|request| {
        let note = number::size(request.to_string().len());
        view! { <Told name="Request" note text=json::pretty(&request) /> }
    });
    let module = row.module_id.clone().map(|module| {
        view! {
            <dt>"Module"</dt>
            <dd>
                <code>{module.to_string()}</code>
            </dd>
        }
    });
    view! {
        <Steps row told as_of />
        {response}
        {error}
        {request}
        <div class="drawer__section">
            <dl class="facts">
                {module}
                <dt>"Hub says"</dt>
                <dd>
                    <code>{hub_word}</code>
                    " "
                    <span class="panel__note">{says}</span>
                </dd>
            </dl>
        </div>
    }
    .into_any()
}

/// When the device's share of the job began, was sent, ended.
#[component]
fn Steps(row: DeviceResult, told: JobSummary, as_of: Timestamp) -> impl IntoView {
    let status = outcome::badge(row.outcome).status;
    let (sent, ended) = (row.start_time_utc, row.end_time_utc);
    let trip = row.round_trip_ms().map(time::duration);
    let end_word = match &row.response {
        Some(response) => format!("Answered {}", response.status),
        None => outcome::badge(row.outcome).word.to_owned(),
    };
    let waited = told.start_time.zip(sent).filter(|(start, sent)| sent >= start).map(|(start, sent)| {
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
                        <TimeText at as_of style=Moment::Millis />
                    </code>
                </span>
            </li>
        }
    };
    view! {
        <div class="drawer__section">
            <h3 class="visually-hidden">"Timings"</h3>
            <ol class="steps" data-status=status>
                {told.start_time.map(|at| step("Job started".into(), ().into_any(), at))}
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

//! One device beside the list: when it was asked, what it answered, what the hub says about it.

use console_wire::outcome::DeviceResult;
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::View;
use crate::{
    api::{ApiError, jobs::get_result},
    components::{BadgeView, Copy, ErrorPanel, Icon, Json, Moment, TimeText},
    paths,
    present::{json, number, outcome, time},
};

/// What the drawer shows; nothing while the address names no device.
pub(super) type DeviceRead = Resource<Option<Result<DeviceResult, ApiError>>>;

/// The device that the address asks for, read again whenever `rereads` moves.
pub(super) fn use_device_result(view: View, rereads: RwSignal<u32>) -> DeviceRead {
    Resource::new(
        move || (view.job_id.get(), view.device.get(), rereads.get()),
        |(job_id, device, _)| async move {
            if device.is_empty() { None } else { Some(get_result(job_id, device).await.flatten()) }
        },
    )
}

/// The drawer; nothing while the address names no device.
#[component]
pub(super) fn Drawer(read: DeviceRead, view: View, as_of: Timestamp) -> impl IntoView {
    let close = move || view.address(&view.state.get(), "");
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let device = view.device.get_untracked();
                read.await
                    .map(|read| {
                        let name = device.clone();
                        view! {
                            <aside class="drawer" data-open="" aria-label=format!("Device {device}")>
                                <div class="drawer__header">
                                    <div class="drawer__bar">
                                        <span class="drawer__name">{name.clone()} <Copy text=name.clone() what=name /></span>
                                        <a class="copy" href=close aria-label="Close device">
                                            <Icon name="x" />
                                        </a>
                                    </div>
                                    {read
                                        .as_ref()
                                        .ok()
                                        .map(|row| {
                                            view! {
                                                <div class="cluster">
                                                    <BadgeView badge=outcome::badge(row.outcome) is_filled=true />
                                                    <span class="panel__note">{outcome::result(row).1}</span>
                                                </div>
                                            }
                                        })}
                                </div>
                                {match read {
                                    Ok(row) => view! { <Facts row as_of /> }.into_any(),
                                    Err(error) => {
                                        view! { <div class="drawer__section"><ErrorPanel error /></div> }.into_any()
                                    }
                                }}
                                <div class="drawer__section">
                                    <div class="cluster">
                                        <a class="button button--small" href=paths::device(&device)>
                                            "Open device"
                                        </a>
                                    </div>
                                </div>
                            </aside>
                        }
                    })
            })}
        </Transition>
    }
    .into_any()
}

/// Timings, response, error, the hub's words.
#[component]
fn Facts(row: DeviceResult, as_of: Timestamp) -> impl IntoView {
    let says = outcome::hub_says(&row);
    let hub_word = row.status.as_str();
    let status = outcome::badge(row.outcome).status;
    let sent = row.start_time_utc;
    let ended = row.end_time_utc;
    let trip = row.round_trip_ms().map(time::duration);
    let end_word = match &row.response {
        Some(response) => format!("Answered {}", response.status),
        None => outcome::badge(row.outcome).word.to_owned(),
    };
    let response = row.response.map(|response| {
        let size = number::size(response.payload.to_string().len());
        let whole =
            json::pretty(&serde_json::json!({"status": response.status, "payload": response.payload}));
        view! {
            <div class="drawer__section">
                <div class="drawer__heading">
                    <h2>"Response " <span class="panel__note">{size} " payload"</span></h2>
                    <Copy text=whole.clone() what="response" />
                </div>
                <Json text=whole is_block=true />
            </div>
        }
    });
    let error = row.error.map(|error| {
        view! {
            <div class="drawer__section">
                <div class="drawer__heading">
                    <h2>"Error"</h2>
                </div>
                <p>
                    <code>{error.code}</code>
                    " "
                    {error.description}
                </p>
            </div>
        }
    });
    view! {
        <div class="drawer__section">
            <ol class="steps" data-status=status>
                {sent
                    .map(|at| {
                        view! {
                            <li>
                                "Sent"
                                <span class="steps__delta">
                                    <code>
                                        <TimeText at as_of style=Moment::Millis />
                                    </code>
                                </span>
                            </li>
                        }
                    })}
                {ended
                    .map(|at| {
                        view! {
                            <li>
                                {end_word}
                                <span class="steps__delta">
                                    {trip.map(|trip| view! { <strong>{trip}</strong> " · " })}
                                    <code>
                                        <TimeText at as_of style=Moment::Millis />
                                    </code>
                                </span>
                            </li>
                        }
                    })}
                {sent.is_none().then(|| view! { <li>"Not sent"</li> })}
            </ol>
        </div>
        {response}
        {error}
        <div class="drawer__section">
            <dl class="facts">
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

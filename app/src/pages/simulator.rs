//! `/simulator`: the simulated devices that run in this process, how they are doing and how they behave.

mod journal;
mod settings;
mod stats;

use console_wire::{hub::HubKind, simulator::Simulator};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{
        hub::read_hub,
        simulator::{ChangeSimulator, read_simulator},
    },
    data::read::{ReadOptions, use_read_from},
    error::ApiError,
    format::{Badge, number},
    kit::{BadgeView, CopyButton, ErrorPanel, PollBadge, Retry},
    paths,
};
use journal::{Journal, Outcomes};
use settings::PoolSettings;
use stats::PoolStats;

/// Time between two reads, in milliseconds.
const POLL: u64 = 1000;

/// The simulator page.
#[component]
pub(crate) fn SimulatorPage() -> impl IntoView {
    let read = Resource::new(
        || (),
        |()| async move {
            let simulator = read_simulator().await;
            // Only a page without a pool needs the reason.
            let hub = if matches!(simulator, Ok(None)) { read_hub().await.ok() } else { None };
            (simulator, hub.map(|hub| (hub.kind, hub.host_name)))
        },
    );
    let change = ServerAction::<ChangeSimulator>::new();
    view! {
        <Title text="Simulator" />
        <main class="page" id="main" tabindex="-1">
            <Transition>
                {move || Suspend::new(async move {
                    match read.await {
                        (Ok(Some(simulator)), _) => view! { <Running simulator change /> }.into_any(),
                        (Ok(None), hub) => view! { <Off hub /> }.into_any(),
                        (Err(error), _) => {
                            let retry =
                                Retry { run: Callback::new(move |()| read.refetch()), seconds: Signal::stored(None) };
                            view! {
                                <h1>"Simulator"</h1>
                                <ErrorPanel error retry />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </main>
    }
    .into_any()
}

/// No pool runs, with the reason.
#[component]
fn Off(hub: Option<(HubKind, String)>) -> impl IntoView {
    let why = match hub {
        Some((HubKind::Remote, name)) => format!(
            "This console works with the hub {name}, where real devices are. Simulated ones stay off beside a real \
             hub unless somebody asks for them."
        ),
        _ => "The server was started without simulated devices.".to_owned(),
    };
    view! {
        <section class="empty-state" aria-labelledby="off-title">
            <h1 id="off-title">"No simulated devices run here"</h1>
            <p class="empty-state__text">{why}</p>
            <p class="empty-state__text">
                "Start the server with " <code>"--simulated-devices 100"</code>
                " to have a hundred simulated doors you can control here."
            </p>
            <p>
                <a class="link" href=paths::JOBS>
                    "All jobs"
                </a>
                ", "
                <a class="link" href=paths::DEVICES>
                    "all devices"
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// Reads a running pool. One that has stopped meanwhile counts as one that does not answer.
async fn read_pool() -> Result<Simulator, ApiError> {
    read_simulator().await?.ok_or_else(|| ApiError::internal("the simulated devices have stopped"))
}

/// The page of a running pool.
#[component]
fn Running(simulator: Simulator, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let first = Some(Ok(simulator.clone()));
    let read = use_read_from(Signal::stored(Some(())), first, ReadOptions::every(POLL), |()| read_pool());
    let pool = read.value_or(simulator);
    // The answer to a change is newer than a read that started before it.
    Effect::new(move |_| {
        if let Some(Ok(confirmed)) = change.value().get() {
            read.set(confirmed);
        }
    });
    let badge = Memo::new(move |_| {
        pool.with(|pool| match (pool.registered < pool.settings.count, pool.connected < pool.expected) {
            (true, _) => Badge { label: "Registering", icon: "loader-circle", status: "running" },
            (false, true) => Badge { label: "Connecting", icon: "loader-circle", status: "running" },
            (false, false) => Badge { label: "Pool running", icon: "wifi", status: "connected" },
        })
    });
    let seed = Memo::new(move |_| pool.with(|pool| pool.settings.seed.to_string()));
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Simulator"</h1>
                    <BadgeView badge is_filled=true />
                    <span class="panel__note">
                        "seed " <code>{move || seed.get()}</code> " " <CopyButton text=seed what="the seed" />
                    </span>
                </div>
                <p class="page__lead">
                    <span>
                        {move || {
                            let devices = pool.with(|pool| number::devices(pool.settings.count));
                            format!(
                                "{devices}, simulated, talk to the hub over MQTT as real ones would.",
                            )
                        }}
                    </span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
            </div>
        </div>
        <PoolSettings pool change>
            <div class="stack stack--wide">
                <PoolStats pool />
                <div class="columns columns--even">
                    <Outcomes pool />
                    <Journal pool />
                </div>
            </div>
        </PoolSettings>
    }
    .into_any()
}

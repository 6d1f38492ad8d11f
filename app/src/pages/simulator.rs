//! `/simulator`: the simulated devices that run in this process, how they are doing and how they behave.

mod journal;
mod settings;
mod stats;

use console_wire::{hub::HubKind, simulator::Simulator};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        hub::read_hub,
        simulator::{ChangeSimulator, read_simulator},
    },
    data::read::{ReadOptions, Reading, use_read},
    error::ApiError,
    format::{Badge, number},
    kit::{BadgeView, CopyButton, ErrorPanel, PollBadge},
    paths,
};
use journal::{Journal, Outcomes};
use settings::PoolSettings;
use stats::PoolStats;

/// Time between two reads, in milliseconds.
const POLL: u64 = 1000;

/// What is read: the pool, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PoolRead {
    pool: Option<Simulator>,
    /// Kind and name of the hub, read only where no pool runs.
    hub: Option<(HubKind, String)>,
}

type PoolReading = Reading<(), PoolRead>;

async fn read_pool() -> Result<PoolRead, ApiError> {
    let pool = read_simulator().await?;
    let hub = if pool.is_none() { read_hub().await.ok() } else { None };
    Ok(PoolRead { pool, hub: hub.map(|hub| (hub.kind, hub.host_name)) })
}

/// Which content the page has.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Running,
    Off(Option<(HubKind, String)>),
    Failed(ApiError),
}

/// The simulator page.
#[component]
pub(crate) fn SimulatorPage() -> impl IntoView {
    let options = ReadOptions::every(POLL).only_while(|read: &PoolRead| read.pool.is_some());
    let read = use_read(Signal::stored(Some(())), options, |()| read_pool());
    let change = ServerAction::<ChangeSimulator>::new();
    // The answer to a change is newer than a read that started before it.
    Effect::new(move |_| {
        if let Some(Ok(confirmed)) = change.value().get() {
            read.set(PoolRead { pool: Some(confirmed), hub: None });
        }
    });
    view! {
        <Title text="Simulator" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=|| view! { <h1>"Simulator"</h1> }>
                {move || Suspend::new(async move {
                    read.ready().await;
                    view! { <Loaded read change /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// The page with its first answer. What was read once stays while the server does not answer.
#[component]
fn Loaded(read: PoolReading, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let good = read.good();
    let shown = Memo::new(move |_| {
        let known = good.with(|good| {
            good.as_ref().map(|good| match &good.value {
                PoolRead { pool: Some(_), .. } => Shown::Running,
                PoolRead { hub, .. } => Shown::Off(hub.clone()),
            })
        });
        known.or_else(|| read.error().map(Shown::Failed))
    });
    move || match shown.get()? {
        Shown::Running => {
            let first = good.with_untracked(|good| good.as_ref()?.value.pool.clone())?;
            Some(view! { <Running first read change /> }.into_any())
        }
        Shown::Off(hub) => Some(view! { <Off hub /> }.into_any()),
        Shown::Failed(error) => Some(
            view! {
                <div class="page__header">
                    <div class="page__title">
                        <h1>"Simulator"</h1>
                    </div>
                </div>
                <ErrorPanel error retry=read.retry() />
            }
            .into_any(),
        ),
    }
}

/// No pool runs, with the reason.
#[component]
fn Off(hub: Option<(HubKind, String)>) -> impl IntoView {
    let why = match hub {
        Some((HubKind::Remote, name)) => format!(
            "This console works with the hub {name}, where real devices are. Simulated ones stay off beside a real \
             hub unless --simulated-devices is given."
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

/// The page of a running pool.
#[component]
fn Running(first: Simulator, read: PoolReading, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let good = read.good();
    let pool = Memo::new(move |_| {
        let newest = good.with(|good| good.as_ref().and_then(|good| good.value.pool.clone()));
        newest.unwrap_or_else(|| first.clone())
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

//! `/simulator`: the simulated devices that run in this process, how they are doing and how they behave.

mod figures;
mod journal;
mod knobs;

use console_wire::{hub::HubKind, simulator::Simulator};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{
        ApiError,
        hub::read_hub,
        simulator::{ChangeSimulator, read_simulator},
    },
    components::{BadgeView, Copy, ErrorPanel, PollBadge},
    paths,
    poll::{Polled, use_poll},
    present::{Badge, number},
    reactive::{effect, memo},
};
use figures::Figures;
use journal::{Journal, Outcomes};
use knobs::Knobs;

/// Time between two reads, in milliseconds.
const POLL: u64 = 1000;

/// The simulator page.
#[component]
pub(crate) fn SimulatorPage() -> impl IntoView {
    let read = Resource::new(
        || (),
        |()| async move {
            let simulator = read_simulator().await;
            // Only a page without a pool has to say why.
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
                            view! {
                                <h1>"Simulator"</h1>
                                <ErrorPanel error />
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

/// No pool: says so, and why.
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
                " to have a hundred doors that connect, answer and misbehave as set here."
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

/// What a read of a running pool gives; one that has gone meanwhile is as good as one that does not answer.
async fn read_again() -> Result<Simulator, ApiError> {
    read_simulator().await?.ok_or_else(|| ApiError::internal("the simulated devices have gone"))
}

/// The page of a running pool.
#[component]
fn Running(simulator: Simulator, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let polled: Polled<Simulator> = use_poll(simulator, POLL, read_again);
    let pool = polled.newest();
    // What the pool answers to a change is newer than what was read before it.
    effect(move || {
        if let Some(Ok(confirmed)) = change.value().get() {
            polled.take(confirmed);
        }
    });
    let badge = memo(move || {
        pool.with(|pool| match (pool.registered < pool.knobs.count, pool.connected < pool.expected) {
            (true, _) => Badge { word: "Registering", icon: "loader-circle", status: "running" },
            (false, true) => Badge { word: "Connecting", icon: "loader-circle", status: "running" },
            (false, false) => Badge { word: "Pool running", icon: "wifi", status: "connected" },
        })
    });
    let seed = memo(move || pool.with(|pool| pool.knobs.seed.to_string()));
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Simulator"</h1>
                    <BadgeView badge is_filled=true />
                    <span class="panel__note">
                        "seed " <code>{move || seed.get()}</code> " " <Copy text=seed what="the seed" />
                    </span>
                </div>
                <p class="page__lead">
                    <span>
                        {move || {
                            let devices = pool.with(|pool| number::devices(pool.knobs.count));
                            format!(
                                "{devices}, simulated, talk to the hub over MQTT as real ones would. The pool cannot see what the hub knows.",
                            )
                        }}
                    </span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=polled.stale_since() />
            </div>
        </div>
        <Knobs pool change>
            <div class="stack stack--wide">
                <Figures pool />
                <div class="columns columns--even">
                    <Outcomes pool />
                    <Journal pool />
                </div>
            </div>
        </Knobs>
    }
    .into_any()
}

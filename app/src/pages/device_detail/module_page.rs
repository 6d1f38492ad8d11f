//! `/devices/{id}/modules/{module}`: one module's twin, a patch of it, a direct method call, its connections.
//!
//! The twin is read every few seconds while the page is visible. Forms keep what was typed meanwhile.

use console_wire::device::MethodAnswer;
use hub_wire::twin::section_version;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    connections::ConnectionsPanel,
    module_forms::{ModuleInvoke, ModulePatch},
    twin::Table,
};
use crate::{
    api::{
        devices::DeviceView,
        modules::{ModuleView, PatchModuleTwin, read_module},
    },
    data::read::{Answer, ReadOptions, Reading, use_read, use_read_from},
    error::ApiError,
    format::twin::rows,
    kit::{ConnectionBadge, CopyButton, ErrorPanel, Icon, Json, PollBadge, UnknownParams, title_of},
    pages::not_found::NotThere,
    paths::{self, unknown_names},
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 3000;

/// Device and module of the address.
type Ids = (String, String);

/// The page.
#[component]
pub(crate) fn ModulePage() -> impl IntoView {
    let params = use_params_map();
    let ids = Memo::new(move |_| {
        params.with(|params| {
            let id = |name| params.get(name).map(|id| paths::id(&id).to_owned()).unwrap_or_default();
            (id("id"), id("module"))
        })
    });
    let query = use_query_map();
    let key = Signal::derive(move || Some(ids.get()));
    let page = use_read(key, ReadOptions::once(), move |(device_id, module_id): Ids| {
        let answer = query.with_untracked(|query| query.get("answer")).unwrap_or_default();
        read_module(device_id, module_id, answer)
    });
    let content = move || {
        let Answer { key: (device_id, module_id), result } = page.answer().get()?;
        Some(match result {
            Ok(view) => view! { <Loaded view device_id module_id /> }.into_any(),
            Err(error) if error.is_not_found() => view! {
                <NotThere
                    title=format!("No module {module_id} of {device_id}")
                    text="Ids are case-sensitive. It may also have been deleted."
                />
            }
            .into_any(),
            Err(error) => view! {
                <main class="page" id="main" tabindex="-1">
                    <div class="page__header">
                        <div class="page__title">
                            <h1 class="device__id">{module_id}</h1>
                        </div>
                    </div>
                    <ErrorPanel error retry=page.retry() />
                </main>
            }
            .into_any(),
        })
    };
    let title = Memo::new(move |_| ids.with(|(device_id, module_id)| format!("{module_id} of {device_id}")));
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                page.ready().await;
                content
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(view: ModuleView, device_id: String, module_id: String) -> impl IntoView {
    let ModuleView { twin, connections, answer } = view;
    let key = Signal::stored(Some((device_id.clone(), module_id.clone())));
    let read = use_read_from(key, Some(Ok(twin.clone())), ReadOptions::every(POLL), read_twin);
    let view = read.value_or(twin);
    view! {
        <main class="page device" id="main" tabindex="-1">
            <Header read view device_id=device_id.clone() module_id=module_id.clone() />
            <div class="columns columns--even device__columns">
                <div class="stack stack--wide">
                    <TwinPanel view />
                    <Patch device_id=device_id.clone() module_id=module_id.clone() read view />
                </div>
                <div class="stack stack--wide">
                    <Invoke device_id=device_id.clone() module_id=module_id.clone() answer />
                    <ConnectionsPanel device_id module_id first=connections />
                </div>
            </div>
        </main>
    }
    .into_any()
}

async fn read_twin((device_id, module_id): Ids) -> Result<DeviceView, ApiError> {
    read_module(device_id, module_id, String::new()).await.map(|view| view.twin)
}

#[component]
fn Header(
    read: Reading<Ids, DeviceView>,
    view: Memo<DeviceView>,
    device_id: String,
    module_id: String,
) -> impl IntoView {
    let query = use_query_map();
    let unknown = Memo::new(move |_| query.with(|query| unknown_names(query, &["answer"])));
    let connection = Memo::new(move |_| view.with(|view| view.twin.connection_state));
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::device(&device_id)
                        aria-label=format!("Back to {device_id}")
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1 class="device__id">{module_id.clone()}</h1>
                    <CopyButton text=module_id.clone() what=module_id.clone() />
                    {move || view! { <ConnectionBadge state=connection.get() is_filled=true /> }}
                </div>
                <p class="page__lead">
                    "Module of "
                    <a class="link" href=paths::device(&device_id)>
                        {device_id.clone()}
                    </a>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
            </div>
        </div>
        <UnknownParams params=unknown />
    }
    .into_any()
}

/// Desired beside reported properties, and the whole twin.
#[component]
fn TwinPanel(view: Memo<DeviceView>) -> impl IntoView {
    let versions = Memo::new(move |_| {
        view.with(|view| {
            let properties = &view.twin.properties;
            let (desired, reported) =
                (section_version(&properties.desired), section_version(&properties.reported));
            format!("Versions: twin {}, desired {desired}, reported {reported}", view.twin.version)
        })
    });
    let all = Memo::new(move |_| view.with(|view| rows(&view.twin.properties)));
    let whole = Memo::new(move |_| {
        view.with(|view| {
            serde_json::to_value(&view.twin)
                .map(|twin| crate::format::json::pretty(&twin))
                .unwrap_or_default()
        })
    });
    view! {
        <section class="panel" aria-labelledby="twin-title">
            <div class="panel__header">
                <h2 class="panel__title" id="twin-title">
                    "Twin"
                </h2>
                <CopyButton text=whole what="the twin" />
            </div>
            <p class="panel__note">{move || versions.get()}</p>
            <Table rows=all none="No desired or reported properties yet." view />
            <details class="more device__edit">
                <summary>
                    <Icon name="chevron-right" />
                    "JSON"
                </summary>
                <div class="more__body">{move || view! { <Json text=whole.get() is_block=true /> }}</div>
            </details>
        </section>
    }
    .into_any()
}

#[component]
fn Patch(
    device_id: String,
    module_id: String,
    read: Reading<Ids, DeviceView>,
    view: Memo<DeviceView>,
) -> impl IntoView {
    let action = ServerAction::<PatchModuleTwin>::new();
    Effect::new(move |_| match action.value().get() {
        Some(Ok(written)) => read.set(written),
        Some(Err(error)) if error.0.kind == "conflict" => read.refetch(),
        _ => {}
    });
    view! {
        <section class="panel" aria-labelledby="patch-title">
            <div class="panel__header">
                <h2 class="panel__title" id="patch-title">
                    "Patch the twin"
                </h2>
                <span class="panel__note">
                    "merged; "
                    <code>"null"</code>
                    " deletes a key"
                </span>
            </div>
            <ModulePatch device_id module_id action view />
        </section>
    }
    .into_any()
}

#[component]
fn Invoke(device_id: String, module_id: String, answer: Option<MethodAnswer>) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="invoke-title">
            <div class="panel__header">
                <h2 class="panel__title" id="invoke-title">
                    "Invoke a direct method"
                </h2>
                <span class="panel__note">"on this module only"</span>
            </div>
            <ModuleInvoke device_id module_id answer />
        </section>
    }
    .into_any()
}

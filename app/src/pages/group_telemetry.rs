//! `/groups/{id}/telemetry`: messages from the devices of a group, as they arrive.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{live_telemetry::LiveTelemetryPanel, not_found::NotThere};
use crate::{
    api::messages::{FollowedGroup, read_followed_group},
    data::read::{Answer, ReadOptions, use_read},
    kit::{ErrorPanel, Icon, UnknownParams, title_of},
    paths,
};

/// The page.
#[component]
pub(crate) fn GroupTelemetryPage() -> impl IntoView {
    let params = use_params_map();
    let group_id =
        Memo::new(move |_| params.with(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned()));
    let key = Signal::derive(move || Some(group_id.get()));
    let read = use_read(key, ReadOptions::once(), read_followed_group);
    let content = move || {
        let Answer { key: group_id, result } = read.answer().get()?;
        Some(match result {
            Ok(group) => view! { <Loaded group_id group /> }.into_any(),
            Err(error) if error.is_not_found() => {
                let title = format!("There is no group {group_id}");
                view! { <NotThere title text="It may be misspelt, or it was deleted." /> }.into_any()
            }
            Err(error) => view! {
                <main class="page" id="main" tabindex="-1">
                    <h1>{group_id}</h1>
                    <ErrorPanel error retry=read.retry() />
                </main>
            }
            .into_any(),
        })
    };
    view! {
        <Title text=title_of(Memo::new(move |_| format!("Telemetry of {}", group_id.get()))) />
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
fn Loaded(group_id: String, group: FollowedGroup) -> impl IntoView {
    let query = use_query_map();
    let unknown = Memo::new(move |_| query.with(|query| paths::unknown_names(query, &[])));
    view! {
        <main class="page device" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <a
                            class="button button--quiet button--icon button--small run__back"
                            href=paths::group(&group_id)
                            aria-label="Back to the group"
                        >
                            <Icon name="arrow-left" is_large=true />
                        </a>
                        <h1>"Telemetry of " {group.name}</h1>
                    </div>
                    <p class="page__lead">
                        <span>"messages from the devices that belong to the group now"</span>
                    </p>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <LiveTelemetryPanel
                path=paths::group_telemetry_events(&group_id)
                is_offered=group.is_live_offered
                names_devices=true
            />
        </main>
    }
    .into_any()
}

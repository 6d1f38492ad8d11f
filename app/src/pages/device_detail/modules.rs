//! The modules of a device: which there are, and whether they are connected.

use console_wire::module::ModuleSummary;
use leptos::prelude::*;

use crate::{
    api::modules::{ModulesView, list_modules},
    data::read::{ReadOptions, use_read_from},
    error::ApiError,
    kit::{ConnectionBadge, ErrorPanel, TimeFormat, TimeText},
    paths,
};

/// Time between two reads, in milliseconds: a real hub allows few reads of its registry.
const POLL: u64 = 15_000;

/// The panel.
#[component]
pub(super) fn ModulesPanel(device_id: String, first: Result<ModulesView, ApiError>) -> impl IntoView {
    let key = Signal::stored(Some(device_id));
    let read = use_read_from(key, Some(first), ReadOptions::every(POLL), list_modules);
    let good = read.good();
    let failed = Memo::new(move |_| read.error().filter(|_| good.with(Option::is_none)));
    let modules = Memo::new(move |_| good.with(|good| good.as_ref().map(|good| good.value.modules.clone())));
    let list = move || {
        let as_of = good.with_untracked(|good| good.as_ref().map(|good| good.value.as_of))?;
        let modules = modules.get()?;
        Some(if modules.is_empty() {
            view! { <p class="field__hint">"No modules."</p> }.into_any()
        } else {
            let lines: Vec<_> = modules
                .into_iter()
                .map(|module| {
                    let at = module.last_activity_time;
                    view! { <Line module>"last activity " <TimeText at as_of style=TimeFormat::Relative /></Line> }
                })
                .collect();
            view! { <ul class="timeline">{lines}</ul> }.into_any()
        })
    };
    view! {
        <section class="panel" aria-labelledby="modules-title">
            <div class="panel__header">
                <h2 class="panel__title" id="modules-title">
                    "Modules"
                </h2>
                <span class="panel__note">"each with a twin and methods of its own"</span>
            </div>
            {move || failed.get().map(|error| view! { <ErrorPanel error retry=read.retry() /> })}
            {move || list()}
        </section>
    }
    .into_any()
}

/// A module; the children say when it was active.
#[component]
fn Line(module: ModuleSummary, children: Children) -> impl IntoView {
    let ModuleSummary { device_id, module_id, managed_by, connection_state, .. } = module;
    let managed_by = managed_by
        .map(|managed_by| view! { <span class="timeline__sub">{format!("managed by {managed_by}")}</span> });
    view! {
        <li class="module">
            <span class="timeline__what">
                <a class="link" href=paths::module(device_id.as_str(), module_id.as_str())>
                    <code>{module_id.to_string()}</code>
                </a>
                {managed_by}
            </span>
            <span class="timeline__result">
                <ConnectionBadge state=connection_state />
                <span class="timeline__sub">{children()}</span>
            </span>
        </li>
    }
    .into_any()
}

//! The twin: desired beside reported, only what differs, or the whole as JSON. Which is in the address.

use hub_wire::twin::section_version;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde_json::Value;

use crate::{
    api::devices::DeviceView,
    format::{
        json,
        twin::{Row, rows},
    },
    kit::{CopyButton, Icon, Json, TimeFormat, TimeText, UnknownParams},
    paths::{self, unknown, unknown_names},
};

/// All parameters of the page. `method` and `payload` fill the form of a call, `answer` names a kept answer, `connect` a
/// token that was just made.
const PARAMETERS: [&str; 5] = ["show", "method", "payload", "answer", "connect"];

/// The twin's panel.
#[component]
pub(super) fn TwinPanel(view: Memo<DeviceView>) -> impl IntoView {
    let query = use_query_map();
    let show = Memo::new(move |_| query.with(|query| query.get("show")).unwrap_or_default());
    let unknown_params = Memo::new(move |_| {
        let is_known = |word: &str| matches!(word, "differences" | "all" | "json");
        query.with(|query| {
            unknown(query, "show", is_known)
                .into_iter()
                .chain(unknown_names(query, &PARAMETERS))
                .collect::<Vec<_>>()
        })
    });
    let versions = Memo::new(move |_| {
        view.with(|view| {
            let properties = &view.twin.properties;
            let (desired, reported) =
                (section_version(&properties.desired), section_version(&properties.reported));
            format!(
                "Versions, one more with each change: twin {}, desired {desired}, reported {reported}",
                view.twin.version
            )
        })
    });
    let all = Memo::new(move |_| view.with(|view| rows(&view.twin.properties)));
    let differing = Memo::new(move |_| all.with(|rows| rows.iter().filter(|row| row.differs()).count()));
    let body = move || {
        match show.get().as_str() {
        "json" => view! { <Whole view /> }.into_any(),
        "differences" => {
            view! { <Table rows=Signal::derive(move || all.get().into_iter().filter(Row::differs).collect()) none="No differences." view /> }
                .into_any()
        }
        _ => view! { <Table rows=all none="No desired or reported properties yet." view /> }.into_any(),
    }
    };
    view! {
        <section class="panel" aria-labelledby="twin-title">
            <div class="panel__header">
                <h2 class="panel__title" id="twin-title">
                    "Twin"
                </h2>
                <nav class="segmented" aria-label="Show properties">
                    <Choice show name="differences" words=Signal::derive(move || format!("Differences {}", differing.get())) view />
                    <Choice show name="" words=Signal::derive(move || format!("All {}", all.with(Vec::len))) view />
                    <Choice show name="json" words=Signal::derive(|| "JSON".to_owned()) view />
                </nav>
            </div>
            <p class="panel__note">{move || versions.get()}</p>
            <UnknownParams params=unknown_params noun="parameter" />
            {body}
        </section>
    }
    .into_any()
}

/// One way to see the twin.
#[component]
fn Choice(
    show: Memo<String>,
    name: &'static str,
    words: Signal<String>,
    view: Memo<DeviceView>,
) -> impl IntoView {
    let device = view.with_untracked(|view| paths::device(view.twin.device_id.as_str()));
    let is_current = move || {
        show.with(|show| match show.as_str() {
            known @ ("differences" | "json") => known == name,
            _ => name.is_empty(),
        })
    };
    view! {
        <a
            href=paths::with_query(&device, &[("show", name)])
            aria-current=move || is_current().then_some("true")
        >
            {move || words.get()}
        </a>
    }
    .into_any()
}

/// The whole twin as the hub gives it.
#[component]
fn Whole(view: Memo<DeviceView>) -> impl IntoView {
    let text = Memo::new(move |_| {
        view.with(|view| serde_json::to_value(&view.twin).map(|twin| json::pretty(&twin)).unwrap_or_default())
    });
    view! {
        <div class="stack stack--tight">
            <div class="cluster">
                <CopyButton text what="the twin" />
            </div>
            {move || view! { <Json text=text.get() is_block=true /> }}
        </div>
    }
    .into_any()
}

/// Desired beside reported properties.
#[component]
pub(super) fn Table(
    #[prop(into)] rows: Signal<Vec<Row>>,
    none: &'static str,
    view: Memo<DeviceView>,
) -> impl IntoView {
    let as_of = view.with_untracked(|view| view.as_of);
    let shown = Memo::new(move |_| rows.get());
    move || {
        let rows = shown.get();
        if rows.is_empty() {
            return view! { <p class="field__hint">{none}</p> }.into_any();
        }
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let differs = row.differs();
                let since = row.since.map(|at| {
                    view! {
                        <span class="panel__note">
                            {differs.then_some("asked ")}
                            <TimeText at as_of style=TimeFormat::Relative />
                        </span>
                    }
                });
                view! {
                    <tr data-status=differs.then_some("drift")>
                        <th scope="row" class="twin-table__path">
                            {row.path}
                        </th>
                        <td>{value(row.desired, "not set")}</td>
                        <td>{value(row.reported, "not reported")}</td>
                        <td>
                            <span class="twin-table__note">
                                {differs
                                    .then(|| {
                                        view! {
                                            <span class="status" data-status="drift">
                                                <Icon name="equal-not" />
                                                "Differs"
                                            </span>
                                        }
                                    })} {since}
                            </span>
                        </td>
                    </tr>
                }
            })
            .collect();
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Desired and reported properties">
                <table class="twin-table">
                    <caption class="visually-hidden">"Desired and reported properties side by side"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Property"</th>
                            <th scope="col">"Desired"</th>
                            <th scope="col">"Reported"</th>
                            <th scope="col">
                                <span class="visually-hidden">"Comparison"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }
}

fn value(value: Option<Value>, none: &'static str) -> AnyView {
    value.map_or_else(
        || view! { <span class="twin-table__none">{none}</span> }.into_any(),
        |value| view! { <Json text=value.to_string() /> }.into_any(),
    )
}

//! The twin: desired beside reported, and the whole as JSON.

use hub_wire::twin::{Twin, section_version};
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    components::{Copy, Icon, Json},
    present::{
        json,
        twin::{Row, rows},
    },
};

/// The twin's panel.
#[component]
pub(super) fn TwinPanel(twin: Twin) -> impl IntoView {
    let versions = format!(
        "version {}, desired {}, reported {}",
        twin.version,
        section_version(&twin.properties.desired),
        section_version(&twin.properties.reported)
    );
    let rows = rows(&twin.properties);
    let whole = serde_json::to_value(&twin).map(|twin| json::pretty(&twin)).unwrap_or_default();
    let table = if rows.is_empty() {
        view! { <p class="field__hint">"No desired and no reported properties yet."</p> }.into_any()
    } else {
        view! { <Table rows /> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="twin-title">
            <div class="panel__header">
                <h2 class="panel__title" id="twin-title">
                    "Twin "
                    <span class="panel__note">{versions}</span>
                </h2>
            </div>
            {table}
            <details class="more twin-table__json">
                <summary>
                    <Icon name="chevron-right" />
                    "Whole twin as JSON"
                </summary>
                <div class="more__body stack stack--tight">
                    <div class="cluster">
                        <Copy text=whole.clone() what="the twin" />
                    </div>
                    <Json text=whole is_block=true />
                </div>
            </details>
        </section>
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<Row>) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let differs = row.differs();
            view! {
                <tr data-status=differs.then_some("drift")>
                    <th scope="row" class="twin-table__path">
                        {row.path}
                    </th>
                    <td>{value(row.desired, "not set")}</td>
                    <td>{value(row.reported, "not reported")}</td>
                    <td>
                        {differs
                            .then(|| {
                                view! {
                                    <span class="status" data-status="drift">
                                        <Icon name="equal-not" />
                                        "Differs"
                                    </span>
                                }
                            })}
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

fn value(value: Option<Value>, none: &'static str) -> AnyView {
    value.map_or_else(
        || view! { <span class="twin-table__none">{none}</span> }.into_any(),
        |value| view! { <Json text=value.to_string() /> }.into_any(),
    )
}

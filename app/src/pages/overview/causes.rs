//! Why devices failed in jobs of the last 24 hours.

use console_wire::overview::{CauseSum, CauseSums};
use leptos::prelude::*;

use super::{Nothing, PanelHeader};
use crate::{
    api::overview::OverviewView,
    format::{
        cause,
        number::{count_noun, devices, grouped},
        outcome,
    },
    kit::Icon,
    paths,
};

#[component]
pub(super) fn Causes(view: Memo<OverviewView>) -> impl IntoView {
    let causes = Memo::new(move |_| view.with(|view| view.overview.causes.clone()));
    let note = Signal::derive(move || {
        causes.with(|causes| match causes.causes {
            0 => String::new(),
            count => format!(
                "last 24 hours, {}, {}",
                devices(causes.devices),
                count_noun(count, "cause", "causes")
            ),
        })
    });
    let all = (paths::jobs_of_last_day(true), "Jobs with failures");
    view! {
        <section class="panel" aria-labelledby="causes-title">
            <PanelHeader id="causes-title" title="Causes" note link=all />
            {move || {
                if causes.with(|causes| causes.items.is_empty()) {
                    view! { <Nothing text="No device failed in the last 24 hours. The most frequent causes are listed here." /> }
                        .into_any()
                } else {
                    view! { <Table causes /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Table(causes: Memo<CauseSums>) -> impl IntoView {
    let rows = move || {
        causes.with(|causes| {
            let row = |sum: &CauseSum| view! { <Row sum=sum.clone() all=causes.devices /> };
            causes.items.iter().map(row).collect::<Vec<_>>()
        })
    };
    view! {
        <table class="data-table data-table--compact data-table--outset data-table--fixed">
            <caption class="visually-hidden">"Most frequent causes in the last 24 hours"</caption>
            <colgroup>
                <col />
                <col class="overview__cause-count" />
                <col class="overview__cause-share only-wide" />
                <col class="overview__cause-jobs" />
            </colgroup>
            <thead class="visually-hidden">
                <tr>
                    <th scope="col">"Cause"</th>
                    <th scope="col">"Devices"</th>
                    <th scope="col" class="only-wide">
                        "Share"
                    </th>
                    <th scope="col">"Jobs"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(sum: CauseSum, all: u64) -> impl IntoView {
    let badge = outcome::badge(sum.outcome);
    let href = paths::job_cause(&sum.newest_job.id, &sum.key.to_text());
    let newest = format!("Newest: {}", sum.newest_job.name);
    view! {
        <tr data-status=badge.status>
            <th scope="row" class="data-table__clip">
                <span class="with-icon">
                    <span class="status" data-status=badge.status>
                        <Icon name=badge.icon />
                    </span>
                    <span class="cause__code">{cause::code(&sum.key)}</span>
                    <a class="overview__ellipsis" href=href title=newest>
                        {cause::name(&sum.key, sum.outcome)}
                    </a>
                </span>
            </th>
            <td class="is-number cause__count">{grouped(sum.devices)}</td>
            <td class="only-wide">
                <span class="cause__share">
                    <span style:width=cause::width(sum.devices, all)></span>
                </span>
            </td>
            <td class="is-number field__hint">{count_noun(sum.jobs, "job", "jobs")}</td>
        </tr>
    }
    .into_any()
}

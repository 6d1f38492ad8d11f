//! The group's numbers: devices, the last 30 days, how many are connected.

use console_wire::group::Group;
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::groups::CountGroup,
    format::{
        group::{change, unknown_ids, week_change},
        number::{grouped, share},
    },
    forms::PostForm,
    kit::{DailyCounts, Stat, TimeFormat, TimeText},
};

/// Days of the chart.
const DAYS: usize = 30;

/// The numbers.
#[component]
pub(super) fn Stats(group: Group, as_of: Timestamp, count: ServerAction<CountGroup>) -> impl IntoView {
    let counted = group.count;
    let unknown = unknown_ids(&group);
    let week = week_change(&group).map(|change| format!("{change} in 7 days"));
    let days = &group.history[group.history.len().saturating_sub(DAYS)..];
    let month = days
        .first()
        .zip(days.last())
        .map(|(first, last)| change(first.devices, last.devices).unwrap_or_else(|| "no change".to_owned()));
    let pending = count.pending();
    view! {
        <section aria-label="Size">
            <dl class="figures group__numbers">
                <Stat name="Devices">
                    <span class="figure__value">
                        {counted.map_or_else(|| "not counted".to_owned(), |count| grouped(count.devices))}
                    </span>
                    <span class="figure__note group__counted">
                        {counted
                            .map(|count| {
                                view! {
                                    <span>"counted " <TimeText at=count.as_of as_of style=TimeFormat::Relative /></span>
                                }
                            })}
                        <PostForm action=count>
                            <input type="hidden" name="group_id" value=group.group_id.clone() />
                            <button class="link" type="submit" disabled=move || pending.get()>
                                "Count again"
                            </button>
                        </PostForm>
                    </span>
                    {unknown.map(|words| view! { <span class="figure__note">{words}</span> })}
                </Stat>
                <Stat name="Last 30 days">
                    <span class="figure__value">{month}</span>
                    <DailyCounts history=group.history.clone() class="figure__chart" />
                    {week.map(|words| view! { <span class="figure__note">{words}</span> })}
                </Stat>
                <Stat name="Connected">
                    <span class="figure__value">
                        {counted.map(|count| grouped(count.connected))} " "
                        <span class="figure__unit">{counted.map(|count| share(count.connected, count.devices))}</span>
                    </span>
                    <span class="figure__note">
                        {counted
                            .map(|count| {
                                format!("{} disconnected", grouped(count.devices.saturating_sub(count.connected)))
                            })}
                    </span>
                </Stat>
            </dl>
        </section>
    }
    .into_any()
}

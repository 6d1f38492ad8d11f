//! The settings of the rollout, which are fixed at the start, and the history of decisions.

use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::{
    format::{
        job,
        rollout::{self as words, run},
    },
    kit::{Icon, TimeFormat, TimeText},
};

/// Lines of the history that are shown at first.
const NEWEST: usize = 8;

/// The panel; nothing for a job without a rollout.
#[component]
pub(super) fn PlanPanel() -> impl IntoView {
    let rollout = use_job_page().rollout;
    let is_there = Memo::new(move |_| rollout.with(Option::is_some));
    move || is_there.get().then(|| view! { <Panel /> })
}

#[component]
fn Panel() -> impl IntoView {
    view! {
        <details class="more rollout__plan" open>
            <summary>
                <Icon name="chevron-right" />
                "Settings and history"
            </summary>
            <div class="more__body rollout__columns">
                <Settings />
                <History />
            </div>
        </details>
    }
    .into_any()
}

/// A sentence for each setting.
#[component]
fn Settings() -> impl IntoView {
    let JobPage { rollout, job, .. } = use_job_page();
    let facts = Memo::new(move |_| {
        let count = job.with(job::device_count);
        rollout.with(|rollout| {
            rollout.as_ref().map(|it| words::facts(&it.settings, Some(count))).unwrap_or_default()
        })
    });
    let rows = move || {
        let row = |(name, sentence): (&'static str, String)| view! { <dt>{name}</dt><dd>{sentence}</dd> };
        facts.get().into_iter().map(row).collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="settings-title">
            <div class="panel__header">
                <h2 class="panel__title" id="settings-title">
                    "Settings "
                    <span class="panel__note">"fixed at the start"</span>
                </h2>
            </div>
            <dl class="facts">{rows}</dl>
        </section>
    }
    .into_any()
}

/// What was decided, by whom, and why.
#[component]
fn History() -> impl IntoView {
    let JobPage { rollout, as_of, .. } = use_job_page();
    let lines = Memo::new(move |_| {
        rollout.with(|rollout| {
            let Some(rollout) = rollout else { return Vec::new() };
            let line = |entry: &console_wire::rollout::HistoryEntry| {
                let (who, what) = run::history(entry, &rollout.settings);
                (entry.at, who, what, entry.comment.clone())
            };
            rollout.history.iter().map(line).collect()
        })
    });
    let row = move |(at, who, what, comment): (hub_wire::Timestamp, String, String, Option<String>)| {
        view! {
            <li>
                <TimeText at as_of style=TimeFormat::Clock />
                <span>
                    <strong>{who}</strong>
                    " "
                    {what}
                    {comment.map(|comment| format!(": “{comment}”"))}
                </span>
            </li>
        }
    };
    let newest = move || lines.get().into_iter().take(NEWEST).map(row).collect_view();
    let older = move || {
        let older: Vec<_> = lines.get().into_iter().skip(NEWEST).collect();
        (!older.is_empty()).then(|| {
            view! {
                <details class="more">
                    <summary>
                        <Icon name="chevron-right" />
                        {format!("{} older lines", older.len())}
                    </summary>
                    <ol class="decisions">{older.into_iter().map(row).collect_view()}</ol>
                </details>
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="history-title">
            <div class="panel__header">
                <h2 class="panel__title" id="history-title">
                    "History"
                </h2>
            </div>
            <p class="panel__note" hidden=move || lines.with(|lines| !lines.is_empty())>
                "Nothing has been decided yet. Its start, each wave, and what people and rules decide is listed here."
            </p>
            <ol class="decisions">{newest}</ol>
            {older}
        </section>
    }
    .into_any()
}

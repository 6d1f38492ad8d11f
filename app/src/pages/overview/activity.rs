//! What people and jobs did last.

use console_wire::{access::Action, overview::Activity};
use leptos::prelude::*;

use super::{Nothing, PanelHeader};
use crate::{
    account::use_account,
    api::overview::OverviewView,
    format::overview::activity,
    kit::{JobLink, TimeFormat, TimeText},
    paths,
};

#[component]
pub(super) fn RecentActivity(view: Memo<OverviewView>) -> impl IntoView {
    let entries = Memo::new(move |_| view.with(|view| view.overview.activity.clone()));
    let link = if use_account().may_on_own(Action::AuditRead) {
        (paths::AUDIT.to_owned(), "Audit log")
    } else {
        (paths::JOBS.to_owned(), "Jobs")
    };
    view! {
        <section class="panel" aria-labelledby="activity-title">
            <PanelHeader id="activity-title" title="Recent activity" note=String::new() link />
            {move || {
                if entries.with(Vec::is_empty) {
                    return view! { <Nothing text="Job activity is listed here: who started, planned, paused or cancelled a job, and how it ended." /> }
                        .into_any();
                }
                let items =
                    entries.get().into_iter().map(|entry| view! { <Item entry view /> }).collect::<Vec<_>>();
                view! { <ol class="timeline timeline--short">{items}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Item(entry: Activity, view: Memo<OverviewView>) -> impl IntoView {
    let (who, verb, counted) = activity(&entry);
    let as_of = view.with_untracked(|view| view.overview.as_of);
    let job = view! { <JobLink job_id=entry.subject.id name=entry.subject.name /> };
    let sentence = if who.is_empty() {
        view! { {job} " " {verb} }.into_any()
    } else {
        view! { <strong>{who}</strong> " " {verb} " " {job} }.into_any()
    };
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at=entry.time as_of style=TimeFormat::Relative />
            </span>
            <span class="timeline__what overview__ellipsis">
                {sentence} " " <span class="panel__note">{counted}</span>
            </span>
        </li>
    }
    .into_any()
}

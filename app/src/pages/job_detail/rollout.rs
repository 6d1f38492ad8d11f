//! The rollout of a job: what paused it, its waves, its stop rules, its settings and its history. All of it is of the same
//! snapshot as the counts of the page.

mod commands;
mod figures;
mod paused;
mod plan;
mod waves;

use console_wire::rollout::{ApprovalResult, Rollout};
use leptos::prelude::*;

pub(super) use self::commands::{RolloutButtons, RolloutCommands, RolloutDialogs};
use self::{paused::PausedPanel, plan::PlanPanel, waves::WavesPanel};

use super::context::{JobPage, use_job_page};
use crate::{
    format::rollout::approval,
    kit::{Icon, TimeFormat, TimeText},
    paths,
};

/// The rollout in the newest snapshot; `None` for a job without one.
pub(super) type RolloutMemo = Memo<Option<Rollout>>;

/// What waits for a person: an approval, or a decision after a pause.
#[component]
pub(super) fn RolloutNotices() -> impl IntoView {
    view! {
        <ApprovalWaits />
        <PausedPanel />
    }
}

/// Waves, settings and history.
#[component]
pub(super) fn RolloutPanels() -> impl IntoView {
    view! {
        <WavesPanel />
        <PlanPanel />
    }
}

/// That another person has to agree before it starts, with a link to the request.
#[component]
fn ApprovalWaits() -> impl IntoView {
    let JobPage { rollout, job, as_of, .. } = use_job_page();
    let lapses_at = Memo::new(move |_| {
        rollout.with(|rollout| {
            let approval = rollout.as_ref()?.approval.as_ref()?;
            (approval.result == ApprovalResult::Waiting).then_some(approval.lapses_at)
        })
    });
    move || {
        lapses_at.get().map(|at| {
            view! {
                <div class="notice page__notice" data-tone="warning">
                    <Icon name="user-check" />
                    <span>
                        <strong>"Another person has to approve this job. "</strong>
                        "Without a decision it lapses "
                        <TimeText at as_of style=TimeFormat::Relative />
                        ". "
                        <a class="link" href=move || job.with(|job| paths::approval(&job.job_id))>
                            "Open the request"
                        </a>
                    </span>
                </div>
            }
        })
    }
}

/// Who approved it, for the sentence below the name.
#[component]
pub(super) fn ApprovedBy() -> impl IntoView {
    let rollout = use_job_page().rollout;
    let words = Memo::new(move |_| {
        rollout.with(|rollout| Some(approval::in_lead(rollout.as_ref()?.approval.as_ref()?)))
    });
    move || words.get().map(|words| view! { <span>{words}</span> })
}

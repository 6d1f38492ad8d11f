//! What is shown of a rollout's state. Pure.

use console_wire::{
    access::PersonRef,
    rollout::{
        ApprovalResult, Phase, Rollout, RolloutApproval, RolloutSummary, StopReason, StopRuleProgress,
        WaveProgress,
    },
};
use hub_wire::{Timestamp, job::JobStatus};
use rollout::{State, approval::LAPSES_AFTER, event::Decision, gate};

use crate::store::HistoryLine;

/// The status of a rollout's job.
pub(super) const fn job_status(phase: Phase) -> JobStatus {
    match phase {
        Phase::AwaitingApproval | Phase::Scheduled => JobStatus::Scheduled,
        Phase::ReadingTargets | Phase::Running | Phase::Paused(_) | Phase::Stopping(_) => JobStatus::Running,
        Phase::Ended(StopReason::Completed | StopReason::EndTime) => JobStatus::Completed,
        Phase::Ended(_) => JobStatus::Cancelled,
    }
}

/// A request for an approval that begins to wait now.
pub(super) fn approval_of(
    state: &State,
    devices: u64,
    asked_by: Option<&PersonRef>,
    now: Timestamp,
) -> RolloutApproval {
    RolloutApproval {
        result: ApprovalResult::Waiting,
        hash: state.request().hash.as_str().to_owned(),
        devices,
        asked_at: now,
        asked_by: asked_by.cloned(),
        lapses_at: now.plus(LAPSES_AFTER),
        decided_by: None,
        decided_at: None,
        comment: None,
    }
}

/// A rollout without its history and approval. `before` is what was shown before the steps that wrote the history.
pub(super) fn progress(
    state: &State,
    before: Option<&Rollout>,
    history: &[HistoryLine],
    next_step: Option<Timestamp>,
    now: Timestamp,
) -> Rollout {
    let settings = state.settings();
    let phase = state.phase();
    let same_phase = before.map(|before| &before.summary).filter(|before| before.phase == phase);
    let summary = RolloutSummary {
        phase,
        phase_since: same_phase.map_or(now, |before| before.phase_since),
        phase_by: match same_phase {
            Some(before) => before.phase_by.clone(),
            None => history.iter().rev().find_map(|line| line.by.clone()),
        },
        stage: state.stage(),
        wave: state.current_wave(),
        waves: settings.waves.len() + 1,
        next_step,
    };
    let started = |wave: usize| {
        let now =
            history.iter().find(|line| line.decision == Decision::WaveStarted { wave }).map(|line| line.at);
        now.or_else(|| before.and_then(|before| before.waves.get(wave)?.started))
    };
    let waves = state.waves().iter().enumerate().map(|(number, wave)| {
        let gate = settings.waves.get(number).map(|wave| wave.gate.clone());
        WaveProgress {
            outcomes: *wave.counts(),
            waiting_to_connect: wave.waiting_to_connect(),
            is_gate_lost: gate.as_ref().is_some_and(|gate| gate::is_lost(gate, wave.counts())),
            gate,
            started: started(number),
        }
    });
    let readings = settings.stop_rules.iter().zip(state.stop_rule_readings());
    let (rate_per_minute, rate_limit) = state.rate();
    Rollout {
        job_id: state.job_id().to_owned(),
        settings: settings.clone(),
        waves: waves.collect(),
        stop_rules: readings.map(|(rule, reading)| StopRuleProgress { rule: *rule, reading }).collect(),
        calls: *state.calls(),
        notified: state.notified(),
        rate_per_minute,
        rate_limit,
        hub_jobs: None,
        hub_use: None,
        approval: None,
        history: Vec::new(),
        summary,
    }
}

/// Why a rollout was cancelled without a person who cancelled it, a sentence; `None` while it was not.
pub(super) fn cancel_reason(reason: StopReason, history: &[HistoryLine]) -> Option<String> {
    let by_decision = history.iter().rev().find_map(|line| match (reason, line.decision) {
        (StopReason::StopRule(rule), Decision::StopRuleFired { rule: fired, counted, ended, .. })
            if rule == fired =>
        {
            Some(format!("Its stop rule fired: {counted} of {ended} devices that had ended."))
        }
        (StopReason::GateNotMet(wave), Decision::GateNotMet { wave: of, succeeded, devices })
            if wave == of =>
        {
            Some(format!(
                "Wave {} did not meet its gate: {succeeded} of {devices} devices succeeded.",
                wave + 1
            ))
        }
        (
            StopReason::Rejected,
            Decision::Stopped(StopReason::Rejected) | Decision::Finished(StopReason::Rejected),
        ) => {
            let by = line.by.as_ref().map_or("Another person", |person| &person.name);
            let why = line.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
            Some(format!("{by} rejected it{why}"))
        }
        _ => None,
    });
    match reason {
        StopReason::Lapsed => Some("It was not approved within 72 hours.".to_owned()),
        StopReason::EndTime => Some("Its end time came.".to_owned()),
        _ => by_decision,
    }
}

//! A rollout as text: where it is, its waves, its stop rules, who approved it.

use console_wire::{
    outcome::{Outcome, Outcomes},
    rollout::{ApprovalResult, PauseReason, Phase, Rollout, RolloutSummary, Stage, StopReason},
};

use super::{printable, table};

/// A few lines.
pub(crate) fn text(rollout: &Rollout) -> String {
    let mut lines = vec![format!("rollout: {}", phase(&rollout.summary))];
    if let Some(approval) = &rollout.approval {
        let by =
            approval.decided_by.as_ref().map(|person| format!(" by {}", person.name)).unwrap_or_default();
        lines.push(printable(match approval.result {
            ApprovalResult::Waiting => format!("waits for an approval until {}", approval.lapses_at),
            ApprovalResult::Approved => format!("approved{by}"),
            ApprovalResult::Rejected => format!("rejected{by}"),
            ApprovalResult::Lapsed => "not approved in time".to_owned(),
            ApprovalResult::Withdrawn => format!("withdrawn{by}"),
        }));
    }
    if let Some(jobs) = &rollout.hub_jobs {
        lines.push(format!(
            "jobs on the hub: {} running, {} waiting for room, {} ended",
            jobs.running, jobs.waiting, jobs.ended
        ));
    }
    for of in &rollout.stop_rules {
        lines.push(format!(
            "stop rule at {} of at least {}: {} of {} that ended",
            of.rule.percent, of.rule.at_least, of.reading.counted, of.reading.ended
        ));
    }
    if !rollout.waves.is_empty() {
        let rows = rollout.waves.iter().enumerate().map(|(index, wave)| {
            let state = if wave.started.is_none() {
                "not started"
            } else if index < rollout.summary.wave {
                "done"
            } else {
                "current"
            };
            [
                (index + 1).to_string(),
                state.to_owned(),
                wave.outcomes.total().to_string(),
                counts(&wave.outcomes),
            ]
        });
        lines.push(table(["WAVE", "STATE", "DEVICES", "OUTCOMES"], rows.collect()));
    }
    lines.join("\n")
}

fn counts(outcomes: &Outcomes) -> String {
    let counts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| outcomes.get(*outcome) > 0)
        .map(|outcome| format!("{} {}", outcomes.get(outcome), outcome.as_str()))
        .collect();
    counts.join(", ")
}

/// `paused by a stop rule, wave 2 of 3`.
pub(crate) fn phase(summary: &RolloutSummary) -> String {
    let words = match (summary.phase, summary.stage) {
        (Phase::AwaitingApproval, _) => "awaits approval",
        (Phase::Scheduled, _) => "waits for its start",
        (Phase::ReadingTargets, _) => "reads its devices",
        (Phase::Running, Stage::AwaitsPerson) => "asks a person about the next wave",
        (Phase::Running, Stage::AwaitsWebhook) => "asks webhooks about the next wave",
        (Phase::Running, Stage::Soaking(_)) => "waits before the next wave",
        (Phase::Running, _) => "runs",
        (Phase::Paused(PauseReason::Person), _) => "paused by a person",
        (Phase::Paused(PauseReason::StopRule(_)), _) => "paused by a stop rule",
        (Phase::Paused(PauseReason::GateNotMet(_)), _) => "paused, a gate was not met",
        (Phase::Paused(PauseReason::Webhook(_)), _) => "paused by a webhook",
        (Phase::Paused(PauseReason::NoWebhookAnswer(_)), _) => "paused, not every webhook answered",
        (Phase::Paused(PauseReason::TargetGrew), _) => "paused until it is approved again, its target grew",
        (Phase::Stopping(_), _) => "stops, calls under way go on",
        (Phase::Ended(StopReason::Completed), _) => "ended",
        (Phase::Ended(StopReason::Cancelled), _) => "cancelled by a person",
        (Phase::Ended(StopReason::StopRule(_)), _) => "cancelled by a stop rule",
        (Phase::Ended(StopReason::GateNotMet(_)), _) => "cancelled, a gate was not met",
        (Phase::Ended(StopReason::EndTime), _) => "ended at its end time",
        (Phase::Ended(StopReason::Rejected), _) => "rejected",
        (Phase::Ended(StopReason::Lapsed), _) => "not approved in time",
    };
    format!("{words}, wave {} of {}", summary.wave + 1, summary.waves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_in_lines() {
        let none = r#""queued":0,"inFlight":0,"timedOut":0,"notOnline":0,"interrupted":0,"cancelled":0"#;
        let wave = |succeeded: u32, failed: u32, more: &str| {
            format!(
                r#"{{"outcomes":{{{none},"succeeded":{succeeded},"failed":{failed}}},"waitingToConnect":0,"isGateLost":false{more}}}"#
            )
        };
        let begun = r#","started":"2026-12-01T12:00:00Z""#;
        let rollout = format!(
            r#"{{"jobId":"j","settings":{{}},"waves":[{},{},{}],"stopRules":[{{"rule":{{"outcome":"failed","percent":5,"atLeast":20}},
               "reading":{{"counted":3,"ended":60}}}}],"calls":{{{none},"succeeded":0,"failed":0}},"notified":60,"ratePerMinute":1,
               "rateLimit":"hub","history":[],"summary":{{"phase":{{"paused":{{"stopRule":0}}}},"phaseSince":"2026-12-01T12:00:00Z",
               "stage":"calling","wave":1,"waves":3}}}}"#,
            wave(10, 0, begun),
            wave(47, 3, begun),
            wave(0, 0, "")
        );
        assert_eq!(
            text(&serde_json::from_str(&rollout).unwrap()),
            "rollout: paused by a stop rule, wave 2 of 3\n\
             stop rule at 5 % of at least 20: 3 of 60 that ended\n\
             WAVE  STATE        DEVICES  OUTCOMES\n\
             1     done         10       10 succeeded\n\
             2     current      50       47 succeeded, 3 failed\n\
             3     not started  0        "
        );
    }
}

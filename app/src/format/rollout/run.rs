//! A rollout that runs as text: the state of each wave and what its gate says, the stop rules, the history.

use std::fmt::Write as _;

use console_wire::{
    outcome::Outcomes,
    rollout::{
        Counting, Decision, HistoryEntry, PauseReason, Phase, Rollout, RolloutSummary, Stage, StopReason,
        StopRuleProgress,
        settings::{Settings, StopAction},
    },
};
use hub_wire::Timestamp;

use super::{counted, stop_rule, waves};
use crate::format::{
    Badge,
    number::{devices, fixed, grouped, share},
};

/// A sentence that ends with a time, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// The words.
    pub(crate) text: String,
    /// The time that follows them.
    pub(crate) at: Option<Timestamp>,
}

impl Words {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }
}

/// Whether a wave has been passed.
const fn is_over(summary: &RolloutSummary, wave: usize) -> bool {
    wave < summary.wave || matches!(summary.phase, Phase::Ended(_)) && wave == summary.wave
}

/// The state of a wave.
pub(crate) fn wave_badge(rollout: &Rollout, wave: usize) -> Badge {
    let summary = &rollout.summary;
    let badge = |label, icon, status| Badge { label, icon, status };
    let is_unsent = rollout
        .waves
        .get(wave)
        .is_some_and(|of| of.outcomes.total() == of.outcomes.cancelled && of.outcomes.total() > 0);
    if is_unsent && wave >= summary.wave {
        return badge("Cancelled", "circle-slash", "cancelled");
    }
    if is_over(summary, wave) {
        return badge("Done", "circle-check", "completed");
    }
    if wave > summary.wave || rollout.waves.get(wave).is_none_or(|of| of.started.is_none()) {
        return badge("Not started", "circle-dashed", "queued");
    }
    match (summary.phase, summary.stage) {
        (Phase::Paused(_), _) => badge("Paused", "circle-pause", "awaiting"),
        (Phase::Stopping(_), _) => badge("Stopping", "loader-circle", "running"),
        (_, Stage::Soaking(_)) => badge("Waiting", "hourglass", "awaiting"),
        (_, Stage::AwaitsPerson) => badge("Asks a person", "hand", "awaiting"),
        (_, Stage::AwaitsWebhook) => badge("Asks a webhook", "hourglass", "awaiting"),
        _ => badge("Running", "loader-circle", "running"),
    }
}

/// The mark between a wave and the next: passed, asks, or not reached; with its meaning.
pub(crate) fn gate_mark(rollout: &Rollout, wave: usize) -> Badge {
    let summary = &rollout.summary;
    let asks = rollout
        .waves
        .get(wave)
        .and_then(|of| of.gate.as_ref())
        .is_some_and(|gate| gate.then != console_wire::rollout::settings::Then::Continue);
    if wave < summary.wave {
        Badge { label: "Gate passed", icon: "check", status: "completed" }
    } else if asks {
        Badge { label: "The gate asks", icon: "hand", status: "awaiting" }
    } else {
        Badge { label: "Gate not reached", icon: "clock", status: "queued" }
    }
}

/// What is said below a wave: its gate, or what it waits for.
pub(crate) fn wave_words(rollout: &Rollout, wave: usize) -> Words {
    let Some(of) = rollout.waves.get(wave) else { return Words::default() };
    let (summary, outcomes) = (&rollout.summary, &of.outcomes);
    let succeeded = format!("{} succeeded", share(outcomes.succeeded, outcomes.total()));
    let needs = of.gate.as_ref().and_then(|gate| gate.succeeded_percent);
    let is_begun = of.started.is_some();
    if is_over(summary, wave) && is_begun {
        return Words::new(match needs {
            Some(percent) => format!("{succeeded}, its gate needed {percent}."),
            None => format!("{succeeded}."),
        });
    }
    if !is_begun || wave > summary.wave {
        return Words::new(not_begun(rollout, wave));
    }
    let next = wave + 2;
    match (summary.phase, summary.stage) {
        (_, Stage::Soaking(until)) => Words {
            text: format!("{succeeded}, the gate is met. Wave {next} starts by itself at"),
            at: Some(until),
        },
        (_, Stage::AwaitsPerson) => Words::new(format!("{succeeded}. A person starts wave {next}.")),
        (_, Stage::AwaitsWebhook) => {
            Words::new(format!("{succeeded}. A webhook was asked about wave {next}."))
        }
        (_, Stage::Held) => Words::new(match needs {
            Some(percent) => format!(
                "{succeeded}, the gate needs {percent}. Nothing more is called until a person resumes."
            ),
            None => format!("{succeeded}. Nothing more is called until a person resumes."),
        }),
        _ => Words::new(under_way(outcomes, of.waiting_to_connect, needs.map(|percent| percent.to_string()))),
    }
}

/// Why a wave has not begun.
fn not_begun(rollout: &Rollout, wave: usize) -> String {
    let is_stopped = matches!(rollout.summary.phase, Phase::Stopping(_) | Phase::Ended(_));
    if is_stopped {
        return "Never started.".into();
    }
    let before = wave.checked_sub(1).and_then(|before| rollout.waves.get(before));
    let gate = before.and_then(|before| before.gate.as_ref());
    match gate.map(waves::needs).filter(|needs| !needs.is_empty()) {
        Some(needs) => format!("Starts when wave {wave} has ended, {needs}."),
        None if wave == 0 => "Starts first.".into(),
        None => format!("Starts when wave {wave} has ended."),
    }
}

/// How far a wave is that is being called.
fn under_way(outcomes: &Outcomes, waiting: u64, needs: Option<String>) -> String {
    let ended = outcomes.finished();
    let mut text = match needs {
        Some(needs) if ended > 0 => {
            format!(
                "{} of those that ended succeeded, the gate needs {needs}. ",
                share(outcomes.succeeded, ended)
            )
        }
        Some(needs) => format!("The gate needs {needs}. "),
        None => String::new(),
    };
    let _ = write!(text, "{} in flight, {} queued", grouped(outcomes.in_flight), grouped(outcomes.queued));
    if waiting > 0 {
        let _ = write!(text, ", {} of them wait to connect", grouped(waiting));
    }
    text + "."
}

/// A gauge of a stop rule: how near it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gauge {
    /// The share that was counted, as text: `2.1 %`.
    pub(crate) share: String,
    /// What counts: `failed`.
    pub(crate) counted: &'static str,
    /// `85 of 4,038 ended, pauses at 5 %`.
    pub(crate) words: String,
    /// The filled part, in percent of the gauge, whose mark is at [`GAUGE_MARK`].
    pub(crate) filled: f64,
    /// At three quarters of its limit or more, and it counts already.
    pub(crate) is_near: bool,
    /// At its limit, and it counts already.
    pub(crate) is_over: bool,
}

/// The gauge's mark for the limit, in percent.
pub(crate) const GAUGE_MARK: f64 = 84.0;

/// The gauge of a stop rule.
pub(crate) fn gauge(progress: &StopRuleProgress) -> Gauge {
    let (rule, reading) = (&progress.rule, progress.reading);
    #[expect(clippy::cast_precision_loss, reason = "a share is a rounded number")]
    let percent =
        if reading.ended == 0 { 0.0 } else { 100.0 * reading.counted as f64 / reading.ended as f64 };
    let limit = f64::from(rule.percent.hundredths()) / 100.0;
    let counts = reading.ended >= u64::from(rule.at_least);
    let of_limit = if limit > 0.0 {
        percent / limit
    } else if reading.counted > 0 {
        1.0
    } else {
        0.0
    };
    let verb = match rule.action {
        StopAction::Pause => "pauses",
        StopAction::Cancel => "cancels",
    };
    let words = if counts {
        format!(
            "{} of {} ended, {verb} at {}",
            grouped(reading.counted),
            grouped(reading.ended),
            rule.percent
        )
    } else {
        format!(
            "counts from {}, {} ended; {verb} at {}",
            devices(rule.at_least.into()),
            grouped(reading.ended),
            rule.percent
        )
    };
    Gauge {
        share: format!("{} %", fixed(percent, 1)),
        counted: counted(rule.outcome),
        words,
        filled: (of_limit * GAUGE_MARK).min(100.0),
        is_near: counts && of_limit >= 0.75,
        is_over: rule.fires(reading),
    }
}

/// What happened, of a rollout that is paused; `None` of any other.
pub(crate) fn pause(rollout: &Rollout) -> Option<String> {
    let Phase::Paused(reason) = rollout.summary.phase else { return None };
    let settings = &rollout.settings;
    Some(match reason {
        PauseReason::Person => {
            let by = rollout.summary.phase_by.as_ref().map_or("A person", |person| person.name.as_str());
            let comment = pause_comment(rollout);
            format!("{by} paused it{comment}. Queued devices stay queued; what was in flight went on.")
        }
        PauseReason::StopRule(rule) => {
            let fired = rollout.history.iter().find_map(|entry| match entry.decision {
                Decision::StopRuleFired { rule: fired, counted, ended, .. } if fired == rule => Some((counted, ended)),
                _ => None,
            });
            let of = settings.stop_rules.get(rule);
            let what = of.map_or("failed", |rule| counted(rule.outcome));
            let words = of.copied().map(stop_rule).unwrap_or_default();
            match fired {
                Some((count, ended)) => format!(
                    "Of {} devices that had ended, {} {what}: {}. The rule {words}. No device was called after that.",
                    grouped(ended),
                    grouped(count),
                    share(count, ended)
                ),
                None => format!("A stop rule {words}. No device was called after that."),
            }
        }
        PauseReason::GateNotMet(wave) => format!("The gate after wave {} was not met: {}", wave + 1, gate_numbers(rollout, wave)),
        PauseReason::Webhook(wave) => format!("A webhook refused to continue after wave {}{}.", wave + 1, pause_comment(rollout)),
        PauseReason::NoWebhookAnswer(wave) => {
            format!("Not every webhook answered within an hour after wave {}{}.", wave + 1, pause_comment(rollout))
        }
        PauseReason::TargetGrew => {
            "The target has grown by more than a tenth since it was approved. Another person has to approve it again.".into()
        }
    })
}

/// What the person or the webhook said: `: “5 crashes”`; empty without a comment.
fn pause_comment(rollout: &Rollout) -> String {
    let paused = rollout.history.iter().find(|entry| matches!(entry.decision, Decision::Paused(_)));
    let comment = paused.and_then(|entry| entry.comment.as_ref());
    comment.map(|comment| format!(": “{comment}”")).unwrap_or_default()
}

fn gate_numbers(rollout: &Rollout, wave: usize) -> String {
    let needs = rollout.settings.waves.get(wave).and_then(|wave| wave.gate.succeeded_percent);
    let needs = needs.map(|percent| format!(", and it needs {percent}")).unwrap_or_default();
    rollout
        .history
        .iter()
        .find_map(|entry| match entry.decision {
            Decision::GateNotMet { wave: of, succeeded, devices } if of == wave => Some(format!(
                "{} of {} succeeded, {}{needs}.",
                grouped(succeeded),
                grouped(devices),
                share(succeeded, devices)
            )),
            _ => None,
        })
        .unwrap_or_else(|| "too few devices succeeded.".into())
}

/// A line of the history: who did it, and what.
pub(crate) fn history(entry: &HistoryEntry, settings: &Settings) -> (String, String) {
    let by = |other: &str| entry.by.as_ref().map_or_else(|| other.to_owned(), |person| person.name.clone());
    let wave = |wave: usize| wave + 1;
    match entry.decision {
        Decision::Approved => (by("Another person"), "approved it".into()),
        Decision::Edited => (by("A person"), "edited the job before its start".into()),
        Decision::Started { devices: count } => ("Start".into(), format!("on {}", devices(count))),
        Decision::Joined { devices: count } => {
            ("Target".into(), format!("{} joined the last wave", devices(count)))
        }
        Decision::WaveStarted { wave: of } => ("Wave".into(), format!("{} began", wave(of))),
        Decision::GateMet { wave: of, succeeded, devices } => (
            "Gate".into(),
            format!("of wave {} was met, {} of {} succeeded", wave(of), grouped(succeeded), grouped(devices)),
        ),
        Decision::GateNotMet { wave: of, succeeded, devices } => (
            "Gate".into(),
            format!(
                "of wave {} was not met, {} of {} succeeded",
                wave(of),
                grouped(succeeded),
                grouped(devices)
            ),
        ),
        Decision::PersonAsked { wave: of } => ("Gate".into(), format!("of wave {} asked a person", wave(of))),
        Decision::WebhookAsked { wave: of } => {
            ("Gate".into(), format!("of wave {} asked webhooks", wave(of)))
        }
        Decision::WebhookAgreed { wave: of } => ("Webhooks".into(), format!("agreed to wave {}", of + 2)),
        Decision::WaitSkipped { wave: of } => {
            (by("A person"), format!("started wave {} without waiting", of + 2))
        }
        Decision::StopRuleFired { rule, counted: count, ended, action } => {
            let what = settings.stop_rules.get(rule).map_or("failed", |rule| counted(rule.outcome));
            let did = match action {
                StopAction::Pause => "paused",
                StopAction::Cancel => "cancelled",
            };
            ("Stop rule".into(), format!("{did} the job, {} of {} {what}", grouped(count), grouped(ended)))
        }
        Decision::Paused(PauseReason::Person) => (by("A person"), "paused the job".into()),
        Decision::Paused(reason) => ("Pause".into(), pause_reason(reason)),
        Decision::Resumed(counting) => {
            let how = match counting {
                Counting::Afresh => "stop rules count from here",
                Counting::FromStart => "stop rules count from the start",
            };
            (by("A person"), format!("resumed the job, {how}"))
        }
        Decision::Stopped(StopReason::Cancelled) => (by("A person"), "cancelled what had not begun".into()),
        Decision::Stopped(reason) => {
            ("Stop".into(), format!("{}; what had not begun is cancelled", stop_reason(reason)))
        }
        Decision::Finished(reason) => ("End".into(), stop_reason(reason).into()),
    }
}

fn pause_reason(reason: PauseReason) -> String {
    match reason {
        PauseReason::Person => "by a person".into(),
        PauseReason::StopRule(_) => "by a stop rule".into(),
        PauseReason::GateNotMet(wave) => format!("the gate after wave {} was not met", wave + 1),
        PauseReason::Webhook(wave) => format!("a webhook refused to continue after wave {}", wave + 1),
        PauseReason::NoWebhookAnswer(wave) => {
            format!("not every webhook answered within an hour after wave {}", wave + 1)
        }
        PauseReason::TargetGrew => "the target has grown by more than a tenth".into(),
    }
}

const fn stop_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Completed => "every device has ended",
        StopReason::Cancelled => "cancelled by a person",
        StopReason::StopRule(_) => "a stop rule fired",
        StopReason::GateNotMet(_) => "a gate was not met",
        StopReason::EndTime => "the end time came",
        StopReason::Rejected => "another person rejected it",
        StopReason::Lapsed => "no other person decided in 72 hours",
    }
}

/// Whether the next wave can be started by a person now, or why not.
pub(crate) fn next_wave(rollout: &Rollout) -> Result<usize, &'static str> {
    let summary = &rollout.summary;
    if summary.wave + 1 >= summary.waves {
        return Err("There is no further wave.");
    }
    match (summary.phase, summary.stage) {
        (Phase::Paused(_), _) => Err("The job is paused; resume it."),
        (Phase::Running, Stage::Soaking(_) | Stage::AwaitsPerson | Stage::AwaitsWebhook) => {
            Ok(summary.wave + 2)
        }
        (Phase::Running, _) => {
            let wave = rollout.waves.get(summary.wave);
            let is_called = wave.is_some_and(|wave| {
                wave.outcomes.in_flight == 0 && wave.outcomes.queued == wave.waiting_to_connect
            });
            if is_called {
                Ok(summary.wave + 2)
            } else {
                Err("Opens when every device of the wave was called and has answered.")
            }
        }
        _ => Err("The job is not running."),
    }
}

#[cfg(test)]
mod tests;

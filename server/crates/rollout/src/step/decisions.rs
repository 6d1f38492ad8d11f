//! What a rollout decides by itself: stop rules and gates.

use std::time::Duration;

use super::Step;
use crate::{
    event::{Decision, Effect, PauseReason, StopReason},
    gate::{self, Verdict},
    refusal::Refusal,
    settings::{StopAction, Then},
    state::{Phase, Stage},
};

impl Step<'_> {
    /// Of several rules that fire at once one that cancels goes first.
    pub(super) fn check_stop_rules(&mut self) {
        let readings = self.state.stop_rule_readings();
        let rules = self.state.settings.stop_rules.iter().zip(readings).enumerate();
        let fired = rules.filter(|(_, (rule, reading))| rule.fires(*reading));
        let first = fired.min_by_key(|(index, (rule, _))| (rule.action != StopAction::Cancel, *index));
        let Some((index, (rule, reading))) = first else { return };
        let action = match (self.state.phase, rule.action) {
            // It has stopped by a rule already; what was in flight changes nothing.
            (Phase::Paused(PauseReason::StopRule(_)), StopAction::Pause) => return,
            (Phase::Running | Phase::Paused(_), action) => action,
            // Only calls of before the end are repeated, so there is nothing to resume.
            (Phase::Stopping(_), _) if self.state.repeats_after_end => StopAction::Cancel,
            _ => return,
        };
        let (counted, ended) = (reading.counted, reading.ended);
        self.record(Decision::StopRuleFired { rule: index, counted, ended, action });
        match action {
            StopAction::Pause => self.pause_for(PauseReason::StopRule(index)),
            StopAction::Cancel => self.stop(StopReason::StopRule(index)),
        }
    }

    /// Goes as far as gates allow: to the next wave, to a wait, or to a question.
    pub(super) fn open_gates(&mut self) {
        while self.state.phase == Phase::Running {
            let wave = self.state.current;
            let (Some(gate), Some(state)) = (self.state.gate().cloned(), self.state.waves.get(wave)) else {
                return;
            };
            let (succeeded, devices) = (state.counts.succeeded, state.counts.total());
            match self.state.stage {
                Stage::Calling if devices == 0 => self.state.stage = Stage::Passed,
                Stage::Calling => match gate::judge(&gate, &state.counts, state.waiting_to_connect) {
                    Verdict::TooEarly | Verdict::WaitsForConnections => return,
                    Verdict::Met => {
                        let soak = Duration::from_secs(u64::from(gate.soak_minutes) * 60);
                        self.state.stage = Stage::Soaking(self.now.plus(soak));
                        self.record(Decision::GateMet { wave, succeeded, devices });
                    }
                    Verdict::NotMet => {
                        self.state.stage = Stage::Held;
                        self.record(Decision::GateNotMet { wave, succeeded, devices });
                        match self.state.settings.if_gate_not_met {
                            StopAction::Pause => self.pause_for(PauseReason::GateNotMet(wave)),
                            StopAction::Cancel => self.stop(StopReason::GateNotMet(wave)),
                        }
                    }
                },
                Stage::Soaking(until) if until <= self.now => match gate.then {
                    Then::Continue => self.state.stage = Stage::Passed,
                    Then::AskPerson => {
                        self.state.stage = Stage::AwaitsPerson;
                        self.record(Decision::PersonAsked { wave });
                    }
                    Then::AskWebhook => {
                        self.state.stage = Stage::AwaitsWebhook;
                        self.record(Decision::WebhookAsked { wave });
                        self.effects.push(Effect::AskWebhook { wave });
                    }
                },
                Stage::Passed => {
                    self.state.current = wave + 1;
                    self.state.stage = Stage::Calling;
                    self.record(Decision::WaveStarted { wave: wave + 1 });
                }
                Stage::Soaking(_) | Stage::AwaitsPerson | Stage::AwaitsWebhook | Stage::Held => return,
            }
        }
    }

    pub(super) fn webhook_answered(&mut self, wave: usize, may_continue: bool) -> Result<(), Refusal> {
        self.check_webhook_is_asked(wave)?;
        if may_continue {
            self.record(Decision::WebhookAgreed { wave });
            self.state.stage = Stage::Passed;
        } else {
            self.state.stage = Stage::Held;
            self.pause_for(PauseReason::Webhook(wave));
        }
        Ok(())
    }

    pub(super) fn webhook_unanswered(&mut self, wave: usize) -> Result<(), Refusal> {
        self.check_webhook_is_asked(wave)?;
        self.state.stage = Stage::Held;
        self.pause_for(PauseReason::NoWebhookAnswer(wave));
        Ok(())
    }

    fn check_webhook_is_asked(&self, wave: usize) -> Result<(), Refusal> {
        let is_asked = self.state.stage == Stage::AwaitsWebhook && self.state.current == wave;
        if is_asked && matches!(self.state.phase, Phase::Running | Phase::Paused(_)) {
            Ok(())
        } else {
            Err(Refusal::NoAnswerExpected)
        }
    }
}

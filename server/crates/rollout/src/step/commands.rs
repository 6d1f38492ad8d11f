//! What a person wants.

use super::Step;
use crate::{
    approval::{Request, RequestHash, may_decide},
    event::{Counting, Decision, PauseReason, StopReason},
    gate::{self, Verdict},
    refusal::Refusal,
    settings::Settings,
    state::{Phase, Stage},
    window,
};
use console_wire::outcome::Outcomes;

impl Step<'_> {
    /// Changes what is asked for. An approval that was given or is waited for is void.
    pub(super) fn edit(&mut self, settings: Settings, request: Request) -> Result<(), Refusal> {
        if !matches!(self.state.phase, Phase::AwaitingApproval | Phase::Scheduled) {
            return Err(self.not_before_start());
        }
        settings.check(self.now, window::is_zone).map_err(Refusal::Settings)?;
        self.state.settings = settings;
        self.state.request = request;
        self.record(Decision::Edited);
        self.ask_if_needed();
        Ok(())
    }

    fn not_before_start(&self) -> Refusal {
        if matches!(self.state.phase, Phase::Ended(_)) { Refusal::NotRunning } else { Refusal::Begun }
    }

    pub(super) fn approve(&mut self, by: String, seen: &RequestHash) -> Result<(), Refusal> {
        self.check_decision(&by, seen)?;
        if let Some(approval) = &mut self.state.approval {
            approval.approved_by = Some(by);
        }
        self.record(Decision::Approved);
        match self.state.phase {
            Phase::AwaitingApproval => self.state.phase = Phase::Scheduled,
            Phase::Paused(PauseReason::TargetGrew) => self.state.phase = Phase::Running,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn reject(&mut self, by: &str, seen: &RequestHash) -> Result<(), Refusal> {
        self.check_decision(by, seen)?;
        if self.state.phase == Phase::AwaitingApproval {
            self.close(StopReason::Rejected);
        } else {
            self.stop(StopReason::Rejected);
        }
        Ok(())
    }

    fn check_decision(&self, by: &str, seen: &RequestHash) -> Result<(), Refusal> {
        let is_open = matches!(self.state.phase, Phase::AwaitingApproval | Phase::Running | Phase::Paused(_));
        let has_lapsed =
            self.state.approval.as_ref().is_some_and(|approval| approval.lapses_at() <= self.now);
        if !is_open || !self.is_waiting_for_approval() || has_lapsed {
            return Err(Refusal::NothingToApprove);
        }
        may_decide(&self.state.request, by, seen)
    }

    pub(super) fn pause(&mut self) -> Result<(), Refusal> {
        match self.state.phase {
            Phase::Running => {
                self.pause_for(PauseReason::Person);
                Ok(())
            }
            Phase::Paused(_) => Err(Refusal::IsPaused),
            _ => Err(Refusal::NotRunning),
        }
    }

    /// Pauses, or names the newer reason of a pause, since that is what a person has to know before resuming.
    pub(super) fn pause_for(&mut self, reason: PauseReason) {
        self.state.phase = Phase::Paused(reason);
        self.record(Decision::Paused(reason));
    }

    pub(super) fn resume(&mut self, counting: Counting) -> Result<(), Refusal> {
        match self.state.phase {
            Phase::Paused(_) if self.is_waiting_for_approval() => return Err(Refusal::NeedsApproval),
            Phase::Paused(_) => {}
            Phase::Running => return Err(Refusal::NotPaused),
            _ => return Err(Refusal::NotRunning),
        }
        self.state.baseline = match counting {
            Counting::Afresh => self.state.counts,
            Counting::FromStart => Outcomes::default(),
        };
        self.state.phase = Phase::Running;
        self.record(Decision::Resumed(counting));
        if self.state.stage == Stage::Held {
            self.state.stage = Stage::Passed;
        }
        Ok(())
    }

    /// Starts the next wave without the wait, the question or the share of its gate. Devices of this wave that wait to connect
    /// are still called when they do.
    pub(super) fn skip_wait(&mut self) -> Result<(), Refusal> {
        match self.state.phase {
            Phase::Running => {}
            Phase::Paused(_) => return Err(Refusal::IsPaused),
            _ => return Err(Refusal::NotRunning),
        }
        let (Some(gate), Some(wave)) = (self.state.gate(), self.state.waves.get(self.state.current)) else {
            return Err(Refusal::LastWave);
        };
        if gate::judge(gate, &wave.counts, wave.waiting_to_connect) == Verdict::TooEarly
            && self.state.stage == Stage::Calling
        {
            return Err(Refusal::WaveUnderWay);
        }
        self.record(Decision::WaitSkipped { wave: self.state.current });
        self.state.stage = Stage::Passed;
        Ok(())
    }

    pub(super) fn cancel(&mut self) -> Result<(), Refusal> {
        match self.state.phase {
            Phase::AwaitingApproval | Phase::Scheduled | Phase::ReadingTargets => {
                self.close(StopReason::Cancelled);
            }
            Phase::Running | Phase::Paused(_) => self.stop(StopReason::Cancelled),
            Phase::Stopping(_) if self.state.repeats_after_end => self.stop(StopReason::Cancelled),
            Phase::Stopping(_) | Phase::Ended(_) => return Err(Refusal::NotRunning),
        }
        Ok(())
    }
}

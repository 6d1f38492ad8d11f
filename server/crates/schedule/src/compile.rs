//! From a schedule as it was written to one that can be searched.

use jiff::{SignedDuration, Timestamp};

use crate::{check, exclusions::Exclusions, fault::Fault, plan::Plan, spec::ScheduleSpec, zone::Zones};

impl Plan {
    /// Checks a schedule. `schedule_id` decides, with the instant, how long a run is delayed by the jitter.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(schedule_id: &str, spec: &ScheduleSpec, zones: &Zones) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let rule = check::rule(&spec.rule).map_err(|wrong| faults.extend(wrong)).ok();
        let zone = zones.find(&spec.zone).map_err(|wrong| faults.push(wrong)).ok();
        faults.extend(check::settings(spec));
        let (Some(rule), Some(zone), true) = (rule, zone, faults.is_empty()) else {
            return Err(faults);
        };
        let plan = Self {
            schedule_id: schedule_id.into(),
            rule,
            zone,
            clock_changes: spec.clock_changes,
            exclusions: Exclusions::new(&spec.exclusions),
            start: spec.start,
            end: spec.end,
            jitter: SignedDuration::from_secs(spec.jitter_seconds.into()),
        };
        if plan.has_runs() {
            Ok(plan)
        } else {
            let field = if plan.end.is_some() { "end" } else { "exclusions" };
            let what_to_do = "check start, end and exclusions against the rule";
            Err(vec![Fault::new(field, "it leaves no run", what_to_do)])
        }
    }

    /// Whether anything is left of the rule between start and end and beside the exclusions.
    fn has_runs(&self) -> bool {
        // A schedule without a start was not set up before 1970.
        let first = self.start.unwrap_or(Timestamp::UNIX_EPOCH);
        let before = first.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(first);
        self.occurrences_after(before).next().is_some()
    }
}

//! Addresses of schedules.

use super::{JOB_NEW, segment, with_query};

/// Jobs that run again and again.
pub(crate) const SCHEDULES: &str = "/schedules";

/// The form for a job that repeats.
pub(crate) fn job_new_repeats() -> String {
    with_query(JOB_NEW, &[("when", "repeats")])
}

/// One schedule's page.
pub(crate) fn schedule(schedule_id: &str) -> String {
    format!("{SCHEDULES}/{}", segment(schedule_id))
}

/// One schedule's page with a dialog open (`pause`, `run` or `delete`): the link of its button until the page is hydrated.
pub(crate) fn schedule_ask(schedule_id: &str, what: &str) -> String {
    with_query(&schedule(schedule_id), &[("ask", what)])
}

/// One schedule's page with earlier runs.
pub(crate) fn schedule_after(schedule_id: &str, cursor: &str) -> String {
    with_query(&schedule(schedule_id), &[("after", cursor)])
}

/// The form to change a schedule.
pub(crate) fn schedule_edit(schedule_id: &str) -> String {
    with_query(JOB_NEW, &[("schedule", schedule_id)])
}

/// The schedules of a status.
pub(crate) fn schedules_of(status: &str, after: &str) -> String {
    with_query(SCHEDULES, &[("tab", status), ("after", after)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (built, expected) in [
            (job_new_repeats(), "/jobs/new?when=repeats"),
            (schedule("new"), "/schedules/~new"),
            (schedule_ask("night", "pause"), "/schedules/night?ask=pause"),
            (schedule_after("night", "x"), "/schedules/night?after=x"),
            (schedule_edit("night"), "/jobs/new?schedule=night"),
            (schedules_of("paused", ""), "/schedules?tab=paused"),
        ] {
            assert_eq!(built, expected);
        }
    }
}

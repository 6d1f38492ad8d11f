//! The head of a job's list of devices: how many there are, and how many are newer than the rows. Pure.

use console_wire::{
    cause::{Cause, CauseKey},
    outcome::{Outcome, Outcomes},
};

use super::number::grouped;
use crate::api::job_results::ResultView;

/// The counts of one snapshot of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// By state.
    pub(crate) outcomes: &'a Outcomes,
    /// By cause.
    pub(crate) causes: &'a [Cause],
}

impl Known<'_> {
    /// How many devices a view has; `None` where only the rows themselves tell: of a search, a cell of the map, and of a
    /// cause together with a state.
    pub(crate) fn count(self, view: &ResultView) -> Option<u64> {
        if !view.find.is_empty() || !view.cell.is_empty() {
            return None;
        }
        match (view.state.as_str(), view.cause.as_str()) {
            ("", "") => Some(self.outcomes.total()),
            (state, "") => Outcome::from_wire(state).map(|state| self.outcomes.get(state)),
            ("", cause) => {
                let key = CauseKey::from_text(cause);
                Some(self.causes.iter().filter(|cause| cause.key == key).map(|cause| cause.count).sum())
            }
            _ => None,
        }
    }
}

/// `500`, or `26 of 500` where the list is filtered.
pub(crate) fn note(all: u64, shown: Option<u64>, is_filtered: bool) -> String {
    match shown.filter(|_| is_filtered) {
        Some(shown) => format!("{} of {}", grouped(shown), grouped(all)),
        None => grouped(all),
    }
}

/// The button that shows newer results.
pub(crate) fn newer(count: u64) -> String {
    match count {
        1 => "Show 1 newer result".to_owned(),
        count => format!("Show {} newer results", grouped(count)),
    }
}

/// Below the rows of a print, of which so many are on it: whether those are all.
pub(crate) fn printed(rows: u64, total: u64) -> String {
    if rows >= total {
        return format!("All {} rows.", grouped(total));
    }
    format!("Rows 1 to {} of {}. The export has all of them.", grouped(rows), grouped(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_views() {
        let outcomes = Outcomes { succeeded: 5, failed: 3, queued: 2, ..Outcomes::default() };
        let cause = |code: &str, count| Cause {
            key: CauseKey { code: code.into(), message: "X".into() },
            outcome: Outcome::Failed,
            count,
            first_seen: None,
            last_seen: None,
            sample: Vec::new(),
        };
        let causes = [cause("500", 2), cause("404", 1)];
        let known = Known { outcomes: &outcomes, causes: &causes };
        let view = |state: &str, cause: &str, find: &str| ResultView {
            state: state.into(),
            cause: cause.into(),
            find: find.into(),
            ..ResultView::default()
        };
        for (view, count) in [
            (view("", "", ""), Some(10)),
            (view("failed", "", ""), Some(3)),
            (view("", "500:X", ""), Some(2)),
            (view("", "500:Y", ""), Some(0)),
            (view("failed", "500:X", ""), None),
            (view("failed", "", "door"), None),
            (ResultView { cell: "3".into(), ..ResultView::default() }, None),
        ] {
            assert_eq!(known.count(&view), count, "{view:?}");
        }
    }

    #[test]
    fn words() {
        assert_eq!(
            (note(1204, Some(1204), false).as_str(), newer(1).as_str()),
            ("1,204", "Show 1 newer result")
        );
        assert_eq!(
            (note(500, Some(26), true).as_str(), newer(1212).as_str()),
            ("26 of 500", "Show 1,212 newer results")
        );
    }
}

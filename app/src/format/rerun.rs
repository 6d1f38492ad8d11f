//! A subset of a job's devices as text, and the question before they act again.

use console_wire::{
    cause::{Cause, CauseKey},
    job::JobSummary,
    outcome::{Outcome, Outcomes},
    rerun::Subset,
};

use super::{cause, job, number, outcome};

/// Some of a job's devices, as the forms and the address name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// In one state, `all`, or empty: all that did not succeed.
    State(&'static str),
    /// That failed for a cause, as `code:message`.
    Cause(String),
}

/// How the address names all that did not succeed.
const REST: &str = "rest";

impl Part {
    /// The state, or empty.
    pub(crate) const fn state(&self) -> &str {
        match self {
            Self::State(state) => state,
            Self::Cause(_) => "",
        }
    }

    /// The cause, or empty.
    pub(crate) fn cause(&self) -> &str {
        match self {
            Self::State(_) => "",
            Self::Cause(cause) => cause,
        }
    }

    /// The value of `rerun` in an address.
    pub(crate) fn to_address(&self) -> String {
        match self {
            Self::State("") => REST.to_owned(),
            Self::State(state) => (*state).to_owned(),
            Self::Cause(cause) => format!("cause:{cause}"),
        }
    }

    /// The part that an address names; `None` for an unknown value.
    pub(crate) fn from_address(word: &str) -> Option<Self> {
        if let Some(cause) = word.strip_prefix("cause:") {
            return Some(Self::Cause(cause.to_owned()));
        }
        match word {
            REST => Some(Self::State("")),
            "all" => Some(Self::State("all")),
            word => Outcome::from_wire(word).map(|state| Self::State(state.as_str())),
        }
    }

    /// How many devices it has.
    pub(crate) fn count(&self, outcomes: &Outcomes, causes: &[Cause]) -> u64 {
        match self {
            Self::State("") => outcomes.total() - outcomes.succeeded,
            Self::State("all") => outcomes.total(),
            Self::State(state) => Outcome::from_wire(state).map_or(0, |state| outcomes.get(state)),
            Self::Cause(cause) => {
                let key = CauseKey::from_text(cause);
                causes.iter().filter(|cause| cause.key == key).map(|cause| cause.count).sum()
            }
        }
    }

    fn subset(&self) -> Subset {
        match self {
            Self::State("all") => Subset { statuses: Outcome::ALL.to_vec(), cause: None },
            Self::State(state) => {
                Subset { statuses: Outcome::from_wire(state).into_iter().collect(), cause: None }
            }
            Self::Cause(cause) => Subset { statuses: Vec::new(), cause: Some(CauseKey::from_text(cause)) },
        }
    }
}

/// The title of the question before a rerun, and its button: both name action and number.
pub(crate) fn question(job: &JobSummary, count: u64) -> (String, String) {
    let action = match &job.cloud_to_device_method {
        Some(method) => method.method_name.clone(),
        None => format!("{} {}", job::action_kind(job).1, job.action()),
    };
    let words = format!("Rerun {action} on {}", number::devices(count));
    (format!("{words}?"), words)
}

/// What the rerun does.
pub(crate) fn consequence(part: &Part) -> String {
    let which = match subset(&part.subset()) {
        all if all == "all of them" => "on all devices of this one".to_owned(),
        some => format!("on its devices {some}"),
    };
    format!("A new job starts now, {which}. It links back here.")
}

/// Which devices; follows "its devices": `that failed`, `with 500 BOLT_JAMMED`.
pub(crate) fn subset(subset: &Subset) -> String {
    if let Some(key) = &subset.cause {
        let name = cause::name(key, Outcome::Failed);
        return format!("with {} {name}", cause::code(key));
    }
    match subset.statuses.as_slice() {
        [] => "that did not succeed".into(),
        [Outcome::Failed] => "that failed".into(),
        [Outcome::TimedOut] => "that timed out".into(),
        [Outcome::NotOnline] => "that were not online".into(),
        [Outcome::Cancelled] => "that were cancelled".into(),
        [Outcome::Succeeded] => "that succeeded".into(),
        states if states.len() == Outcome::ALL.len() => "all of them".into(),
        states => {
            let labels: Vec<_> =
                states.iter().map(|state| outcome::badge(*state).label.to_ascii_lowercase()).collect();
            labels.join(", ")
        }
    }
}

/// Why no device of an ended job is in this state.
pub(crate) const fn why_none(state: Outcome) -> &'static str {
    match state {
        Outcome::Queued | Outcome::InFlight => "0, all were sent",
        Outcome::Succeeded => "0, none did",
        Outcome::Failed => "0, none failed",
        Outcome::TimedOut => "0, all answered",
        Outcome::NotOnline => "0, all were online",
        Outcome::Interrupted | Outcome::Cancelled => "0, none were",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let outcomes = Outcomes { succeeded: 5, failed: 3, timed_out: 1, ..Outcomes::default() };
        let cause = |message: &str, count| Cause {
            key: CauseKey { code: "500".into(), message: message.into() },
            outcome: Outcome::Failed,
            count,
            first_seen: None,
            last_seen: None,
            sample: Vec::new(),
        };
        let causes = [cause("X", 2), cause("Y", 1)];
        for (word, count, text) in [
            ("rest", 4, "A new job starts now, on its devices that did not succeed. It links back here."),
            ("all", 9, "A new job starts now, on all devices of this one. It links back here."),
            ("failed", 3, "A new job starts now, on its devices that failed. It links back here."),
            ("cause:500:X", 2, "A new job starts now, on its devices with 500 X. It links back here."),
            ("cause:500:Z", 0, "A new job starts now, on its devices with 500 Z. It links back here."),
        ] {
            let part = Part::from_address(word).unwrap();
            assert_eq!((part.to_address().as_str(), part.count(&outcomes, &causes)), (word, count));
            assert_eq!(consequence(&part), text);
        }
        assert_eq!(Part::from_address("nonsense"), None);
        let (title, button) =
            question(&crate::format::job::tests::job(hub_wire::job::JobStatus::Completed), 1204);
        assert_eq!(
            (title.as_str(), button.as_str()),
            ("Rerun lockDoor on 1,204 devices?", "Rerun lockDoor on 1,204 devices")
        );
    }

    #[test]
    fn subsets() {
        let cause = Some(CauseKey::from_text("500:BOLT_JAMMED"));
        for (devices, text) in [
            (Subset::default(), "that did not succeed"),
            (Subset::of(Outcome::TimedOut), "that timed out"),
            (Subset { statuses: Vec::new(), cause }, "with 500 BOLT_JAMMED"),
            (Subset { statuses: Outcome::ALL.to_vec(), cause: None }, "all of them"),
            (Subset { statuses: vec![Outcome::Failed, Outcome::Queued], cause: None }, "failed, queued"),
        ] {
            assert_eq!(subset(&devices), text);
        }
    }
}

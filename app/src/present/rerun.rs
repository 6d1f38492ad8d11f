//! Some of a job's devices, in words.

use console_wire::{outcome::Outcome, rerun::Subset};

use super::{cause, outcome};

/// Which devices, after "its devices": `that failed`, `with 500 BOLT_JAMMED`.
pub(crate) fn subset(subset: &Subset) -> String {
    if let Some(key) = &subset.cause {
        let name = cause::name(key, Outcome::Failed);
        return format!("with {} {name}", cause::code(key));
    }
    match subset.statuses.as_slice() {
        [] => "that did not succeed".into(),
        [Outcome::Failed] => "that failed".into(),
        [Outcome::TimedOut] => "that gave no answer".into(),
        [Outcome::NotOnline] => "that were not online".into(),
        [Outcome::Cancelled] => "that were cancelled".into(),
        [Outcome::Succeeded] => "that succeeded".into(),
        states if states.len() == Outcome::ALL.len() => "all of them".into(),
        states => {
            let words: Vec<_> =
                states.iter().map(|state| outcome::badge(*state).word.to_ascii_lowercase()).collect();
            words.join(", ")
        }
    }
}

/// Why a part of a job that has ended holds no device.
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
    use console_wire::cause::CauseKey;

    use super::*;

    #[test]
    fn subsets() {
        let cause = Some(CauseKey::from_text("500:BOLT_JAMMED"));
        for (told, words) in [
            (Subset::default(), "that did not succeed"),
            (Subset::of(Outcome::TimedOut), "that gave no answer"),
            (Subset { statuses: Vec::new(), cause }, "with 500 BOLT_JAMMED"),
            (Subset { statuses: Outcome::ALL.to_vec(), cause: None }, "all of them"),
            (Subset { statuses: vec![Outcome::Failed, Outcome::Queued], cause: None }, "failed, queued"),
        ] {
            assert_eq!(subset(&told), words);
        }
    }
}

//! What a poll of a command line is answered: RFC 8628, section 3.5. Pure.

use std::time::Duration;

use console_wire::access::LoginDecision;
use hub_wire::Timestamp;

use crate::{
    clock::is_recent,
    store::{DeviceLoginRow, PollChange},
};

/// The interval grows by so much when a command line polls too fast.
const SLOWER_BY: Duration = Duration::from_secs(5);
/// The longest interval: more than the codes live would be no interval.
const LONGEST: Duration = Duration::from_mins(10);

/// Why a command line gets no token, yet or at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollRefusal {
    /// It is not decided yet.
    Pending,
    /// The same, and it polls too fast: the interval is 5 s longer from now on.
    SlowDown,
    /// A person has denied it.
    Denied,
    /// It was not decided in time.
    Expired,
    /// There is no such code, or its token was handed out.
    Unknown,
    /// The account has as many tokens as it may have.
    TooManyTokens,
}

/// The answer, and what changes.
pub(super) fn answer(row: Option<&DeviceLoginRow>, now: Timestamp) -> (Result<(), PollRefusal>, PollChange) {
    let refused = |refusal| (Err(refusal), PollChange::None);
    let Some(row) = row.filter(|row| !row.is_issued) else { return refused(PollRefusal::Unknown) };
    if now >= row.ends {
        return refused(PollRefusal::Expired);
    }
    match (row.decision, &row.user_id) {
        (Some(LoginDecision::Deny), _) => refused(PollRefusal::Denied),
        (Some(LoginDecision::Allow(role)), Some(user_id)) => {
            let name = format!("Command line on {}", row.machine);
            (Ok(()), PollChange::Issued { user_id: user_id.clone(), role, name })
        }
        _ if row.last_poll.is_some_and(|last| is_recent(last, now, row.interval)) => {
            let interval = row.interval.saturating_add(SLOWER_BY).min(LONGEST);
            (Err(PollRefusal::SlowDown), PollChange::Polled(interval))
        }
        _ => (Err(PollRefusal::Pending), PollChange::Polled(row.interval)),
    }
}

#[cfg(test)]
mod tests {
    use console_wire::access::{Role, UserCode};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_000_000_000 + seconds * 1000)
    }

    #[test]
    fn polls_are_answered_as_the_rfc_says() {
        let seconds = Duration::from_secs;
        let waiting = DeviceLoginRow {
            user_code: UserCode::parse("WDJB-MJHT").unwrap(),
            machine: "build-7".into(),
            address: None,
            ends: at(600),
            interval: seconds(5),
            last_poll: None,
            decision: None,
            user_id: None,
            is_issued: false,
        };
        let polled = DeviceLoginRow { last_poll: Some(at(10)), ..waiting.clone() };
        let slow = DeviceLoginRow { interval: seconds(10), ..polled.clone() };
        let by = |decision| DeviceLoginRow {
            decision: Some(decision),
            user_id: Some("u1".into()),
            ..polled.clone()
        };
        let allowed = by(LoginDecision::Allow(Role::Operator));
        let issued = DeviceLoginRow { is_issued: true, ..allowed.clone() };
        let issue = PollChange::Issued {
            user_id: "u1".into(),
            role: Role::Operator,
            name: "Command line on build-7".into(),
        };
        let (none, polls) = (PollChange::None, |interval| PollChange::Polled(seconds(interval)));
        for (what, row, now, expected) in [
            ("no such code", None, 10, (Err(PollRefusal::Unknown), none.clone())),
            ("the first poll", Some(&waiting), 10, (Err(PollRefusal::Pending), polls(5))),
            ("in time", Some(&polled), 15, (Err(PollRefusal::Pending), polls(5))),
            ("too fast", Some(&polled), 14, (Err(PollRefusal::SlowDown), polls(10))),
            ("too fast again", Some(&slow), 19, (Err(PollRefusal::SlowDown), polls(15))),
            ("slower", Some(&slow), 20, (Err(PollRefusal::Pending), polls(10))),
            ("the clock was set back", Some(&polled), -600, (Err(PollRefusal::Pending), polls(5))),
            ("late", Some(&polled), 600, (Err(PollRefusal::Expired), none.clone())),
            ("denied", Some(&by(LoginDecision::Deny)), 11, (Err(PollRefusal::Denied), none.clone())),
            ("allowed, however fast", Some(&allowed), 11, (Ok(()), issue)),
            ("allowed, but late", Some(&allowed), 600, (Err(PollRefusal::Expired), none.clone())),
            ("a second time", Some(&issued), 20, (Err(PollRefusal::Unknown), none.clone())),
        ] {
            assert_eq!(answer(row, at(now)), expected, "{what}");
        }
    }
}

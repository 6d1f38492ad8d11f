//! When the next attempt to sign in is taken. Pure.

use std::time::Duration;

use hub_wire::Timestamp;

use crate::store::AttemptsSoFar;

/// So many wrong passwords for an account are answered at once.
const FREE: u64 = 5;
/// The wait after one more; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Attempts from one address within [`ADDRESS_SPAN`].
const OF_ADDRESS: u64 = 30;
const ADDRESS_SPAN: Duration = Duration::from_mins(1);

/// How long the next attempt has to wait from now on; `None` when it may be made.
pub(super) fn wait(so_far: &AttemptsSoFar, now: Timestamp) -> Option<Duration> {
    let account = so_far.last_wrong.and_then(|last| left(after_wrong(so_far.wrong), last, now));
    let address = so_far.first_of_address.filter(|_| so_far.of_address >= OF_ADDRESS);
    account.max(address.and_then(|first| left(ADDRESS_SPAN, first, now)))
}

/// The wait after so many wrong passwords.
fn after_wrong(wrong: u64) -> Duration {
    let Some(more) = wrong.checked_sub(FREE) else { return Duration::ZERO };
    let doubled = u32::try_from(more).ok().and_then(|more| 1_u32.checked_shl(more)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

/// What is left of a wait that began at some moment. None when that is to come: the clock was set back since.
fn left(wait: Duration, since: Timestamp, now: Timestamp) -> Option<Duration> {
    if since > now {
        return None;
    }
    wait.checked_sub(now.since(since)).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_doubles_up_to_15_minutes() {
        for (wrong, seconds) in
            [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (40, 900), (u64::MAX, 900)]
        {
            assert_eq!(after_wrong(wrong), Duration::from_secs(seconds), "{wrong}");
        }
    }

    #[test]
    fn the_next_attempt_waits_for_account_and_address() {
        let at = |seconds: i64| Timestamp::from_unix_millis(1_000_000_000 + seconds * 1000);
        let so_far = |wrong, last: Option<i64>, of_address, first: Option<i64>| AttemptsSoFar {
            wrong,
            last_wrong: last.map(at),
            of_address,
            first_of_address: first.map(at),
        };
        for (name, so_far, expected) in [
            ("nothing before", so_far(0, None, 0, None), None),
            ("a few wrong ones", so_far(4, Some(0), 4, Some(0)), None),
            ("too many wrong ones", so_far(7, Some(0), 7, Some(0)), Some(4)),
            ("some of the wait is over", so_far(7, Some(-3), 7, Some(-3)), Some(1)),
            ("all of it is over", so_far(7, Some(-4), 7, Some(-4)), None),
            ("many of the address", so_far(0, None, 30, Some(-20)), Some(40)),
            ("fewer of the address", so_far(0, None, 29, Some(-20)), None),
            ("both: the longer one", so_far(7, Some(0), 30, Some(-20)), Some(40)),
            ("the clock was set back", so_far(20, Some(3600), 30, Some(3600)), None),
        ] {
            assert_eq!(wait(&so_far, at(0)), expected.map(|seconds| SECOND * seconds), "{name}");
        }
    }
}

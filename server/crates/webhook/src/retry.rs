//! When a message that did not arrive is sent again. Pure.

use std::time::Duration;

/// The waits between attempts: the first attempt is at once, so there are ten attempts within about three days.
pub const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// Longest wait that a receiver can ask for.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// How long to wait after so many failed attempts; `None` when there is no further one. A receiver that asks for a longer wait
/// (`Retry-After`) gets it, up to a day.
pub fn next_attempt(failed_attempts: u32, retry_after: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(failed_attempts).ok()?.checked_sub(1)?;
    let wait = WAITS.get(index)?;
    Some(retry_after.map_or(*wait, |asked| asked.min(LONGEST_WAIT).max(*wait)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_standard_webhooks() {
        let seconds = |attempts| next_attempt(attempts, None).map(|wait| wait.as_secs());
        let expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (index, wait) in expected.into_iter().enumerate() {
            let attempts = u32::try_from(index).unwrap() + 1;
            assert_eq!(seconds(attempts), Some(wait), "after {attempts}");
        }
        assert_eq!((seconds(0), seconds(10), seconds(u32::MAX)), (None, None, None));
    }

    #[test]
    fn a_receiver_can_ask_for_a_longer_wait() {
        for (attempts, asked, expected) in [
            (1, 60, Some(60)),
            (1, 1, Some(5)),
            (2, 60, Some(300)),
            (1, 1_000_000, Some(86_400)),
            (10, 60, None),
        ] {
            let wait = next_attempt(attempts, Some(Duration::from_secs(asked)));
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{attempts} {asked}");
        }
    }
}

//! How long after it is due a run starts.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The delay of one run: at least nothing and less than `limit`, in whole milliseconds.
///
/// It depends on nothing but the schedule and the instant, so a restart or another replica finds the same delay. A cryptographic
/// hash is used because its values never change; those of the standard library's hasher may, with a new version of Rust.
pub(crate) fn delay(schedule_id: &str, due: Timestamp, limit: SignedDuration) -> SignedDuration {
    let Some(limit) = u64::try_from(limit.as_millis()).ok().filter(|limit| *limit > 0) else {
        return SignedDuration::ZERO;
    };
    let mut hash = Sha256::new();
    hash.update(due.as_millisecond().to_be_bytes());
    hash.update(schedule_id.as_bytes());
    let first_bytes = hash.finalize().into_iter().take(8);
    let number = first_bytes.fold(0_u64, |number, byte| number << 8 | u64::from(byte));
    // The remainder prefers small values by less than limit / 2^64, which cannot be noticed.
    SignedDuration::from_millis((number % limit).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

    fn due(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap()
    }

    /// The values themselves: a change here moves the runs of every schedule that exists.
    #[test]
    fn a_delay_never_changes() {
        for (id, hour, milliseconds) in
            [("night-clean", 0, 379_204), ("night-clean", 1, 5359), ("self-test", 0, 309_776)]
        {
            assert_eq!(delay(id, due(hour), TEN_MINUTES).as_millis(), milliseconds, "{id} {hour}");
        }
    }

    #[test]
    fn delays_are_spread_over_the_whole_limit() {
        let mut tenths = [0; 10];
        for hour in 0..1000 {
            let delay = delay("night-clean", due(hour), TEN_MINUTES);
            assert!(!delay.is_negative() && delay < TEN_MINUTES, "{delay:?}");
            tenths[usize::try_from(delay.as_secs() / 60).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
    }

    #[test]
    fn without_a_limit_there_is_no_delay() {
        for limit in [SignedDuration::ZERO, SignedDuration::from_nanos(1), SignedDuration::from_secs(-5)] {
            assert_eq!(delay("night-clean", due(0), limit), SignedDuration::ZERO, "{limit:?}");
        }
    }
}

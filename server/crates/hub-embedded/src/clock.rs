//! The hub's clock.
//!
//! It has two readings. [`Clock::now`] is the wall clock, which may be set at any time: dates
//! that people or tokens name (a start time, an expiry) are compared with it. [`Clock::steady`] never goes back and
//! never stops: spans (an execution window, a lock, a throttle, a pause) are measured with it, so that setting the
//! clock back delays nothing.
//!
//! The scheduler and the gateway wait through the clock too: a test that moves a [`ManualClock`] past a start time
//! wakes exactly the tasks that wait for it, without waiting.

use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use hub_wire::Timestamp;
use tokio::sync::watch;

/// A wait that ends at an instant.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Longest single sleep. A suspended machine or a changed clock is noticed within this time.
const MAX_SLEEP: Duration = Duration::from_secs(30);
/// The wall clock may run this far off the machine's own timer between two readings without being called set.
const TOLERANCE: Duration = Duration::from_secs(2);
/// How often [`log_jumps`] reads the clocks.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// A source of time.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The wall clock, which may be set back or ahead. For dates.
    fn now(&self) -> Timestamp;

    /// Waits until the wall clock shows `at` or later; at once when it already does.
    fn sleep_until(&self, at: Timestamp) -> Sleep;

    /// A time that never goes back and never stops. It follows the wall clock when that is set ahead, and runs on when
    /// it is set back. For spans, within this process only: it is not to be stored, shown, or compared with `now`.
    fn steady(&self) -> Timestamp;

    /// Waits until [`Clock::steady`] is `at` or later; at once when it already is.
    fn sleep_until_steady(&self, at: Timestamp) -> Sleep;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The last reading of the machine's clocks. All of a process share them, so there is one.
static LAST_READING: Mutex<Option<ClockReading>> = Mutex::new(None);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        Box::pin(async move {
            loop {
                let left = at.since(SystemClock.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(MAX_SLEEP)).await;
            }
        })
    }

    fn steady(&self) -> Timestamp {
        let mut last = LAST_READING.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that readings are in the order of their times.
        let (wall, timer) = (self.now(), Instant::now());
        let (reading, jump) = match *last {
            Some(last) => last.next(wall, timer),
            None => (ClockReading { wall, timer, steady: wall }, None),
        };
        *last = Some(reading);
        drop(last);
        match jump {
            Some(Jump::Back(by)) => tracing::warn!(
                seconds = by.as_secs_f64(),
                "the clock was set back; jobs for now start now, jobs with a start time start when the clock shows it"
            ),
            Some(Jump::Ahead(by)) => {
                tracing::warn!(
                    seconds = by.as_secs_f64(),
                    "the clock went ahead: it was set, or the machine slept"
                );
            }
            None => {}
        }
        reading.steady
    }

    fn sleep_until_steady(&self, at: Timestamp) -> Sleep {
        Box::pin(async move {
            loop {
                let left = at.since(SystemClock.steady());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(MAX_SLEEP)).await;
            }
        })
    }
}

/// Reads the machine's clocks periodically, so that a change of the wall clock is logged within seconds. Never ends.
pub async fn log_jumps() {
    loop {
        SystemClock.steady();
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

/// The machine's clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ClockReading {
    wall: Timestamp,
    timer: Instant,
    steady: Timestamp,
}

/// The wall clock moved by more than the time that passed, or by less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jump {
    Back(Duration),
    Ahead(Duration),
}

impl ClockReading {
    /// The reading after this one, and whether the wall clock was set between the two.
    fn next(self, wall: Timestamp, timer: Instant) -> (Self, Option<Jump>) {
        let passed = timer.saturating_duration_since(self.timer);
        let expected = self.wall.plus(passed);
        let jump = if expected.since(wall) > TOLERANCE {
            Some(Jump::Back(expected.since(wall)))
        } else if wall.since(expected) > TOLERANCE {
            Some(Jump::Ahead(wall.since(expected)))
        } else {
            None
        };
        (Self { wall, timer, steady: self.steady.plus(passed).max(wall) }, jump)
    }
}

/// A clock that does not advance until a test sets it.
#[derive(Debug, Clone)]
pub struct ManualClock(watch::Sender<Shown>);

/// What a manual clock shows.
#[derive(Debug, Clone, Copy)]
struct Shown {
    now: Timestamp,
    steady: Timestamp,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(Shown { now, steady: now }))
    }

    /// Lets time pass, and wakes those whose time has come.
    pub fn advance(&self, span: Duration) {
        self.0.send_modify(|shown| {
            shown.now = shown.now.plus(span);
            shown.steady = shown.steady.plus(span).max(shown.now);
        });
    }

    /// Sets the wall clock, backwards too, while no time passes.
    pub fn set(&self, now: Timestamp) {
        self.0.send_modify(|shown| {
            shown.now = now;
            shown.steady = shown.steady.max(now);
        });
    }

    fn sleep(&self, is_over: impl Fn(&Shown) -> bool + Send + Sync + 'static) -> Sleep {
        let mut shown = self.0.subscribe();
        Box::pin(async move {
            // The clock was dropped: no test can set it, so the time is never reached.
            if shown.wait_for(|shown| is_over(shown)).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        self.sleep(move |shown| shown.now >= at)
    }

    fn steady(&self) -> Timestamp {
        self.0.borrow().steady
    }

    fn sleep_until_steady(&self, at: Timestamp) -> Sleep {
        self.sleep(move |shown| shown.steady >= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_waiting_tasks() {
        let clock = ManualClock::new(Timestamp::from_unix_millis(1_000));
        clock.sleep_until(Timestamp::from_unix_millis(1_000)).await;
        let waiting = tokio::spawn(clock.sleep_until(Timestamp::from_unix_millis(5_000)));
        clock.advance(Duration::from_secs(3));
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        waiting.await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_unix_millis(5_000));
    }

    #[tokio::test]
    async fn waiting_for_the_past_returns_at_once() {
        SystemClock.sleep_until(Timestamp::NEVER).await;
        SystemClock.sleep_until_steady(Timestamp::NEVER).await;
    }

    #[test]
    fn a_clock_that_is_set_does_not_stop_the_steady_time() {
        let at = Timestamp::from_unix_millis;
        let begin = Instant::now();
        let mut reading = ClockReading { wall: at(100_000), timer: begin, steady: at(100_000) };
        let mut passed = 0;
        for (seconds, wall, steady, jump) in [
            (10, 110_000, 110_000, None),
            // Within the tolerance: a clock that is corrected a little.
            (10, 118_500, 120_000, None),
            (10, 20_000, 130_000, Some(Jump::Back(Duration::from_millis(108_500)))),
            (10, 30_000, 140_000, None),
            (0, 135_000, 140_000, Some(Jump::Ahead(Duration::from_secs(105)))),
            (1, 500_000, 500_000, Some(Jump::Ahead(Duration::from_secs(364)))),
            (5, 505_000, 505_000, None),
        ] {
            passed += seconds;
            let (next, detected) = reading.next(at(wall), begin + Duration::from_secs(passed));
            assert_eq!((next.steady, detected), (at(steady), jump), "after {passed} s at {wall}");
            reading = next;
        }
    }

    #[tokio::test]
    async fn a_manual_clock_set_back_lets_spans_end() {
        let clock = ManualClock::new(Timestamp::from_unix_millis(1_000_000));
        let span = clock.sleep_until_steady(clock.steady().plus(Duration::from_mins(1)));
        clock.set(Timestamp::from_unix_millis(5_000));
        clock.advance(Duration::from_mins(1));
        span.await;
        assert_eq!(clock.now(), Timestamp::from_unix_millis(65_000));
    }
}

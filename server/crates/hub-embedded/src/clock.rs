//! Where the hub's time comes from.
//!
//! The scheduler and the gateway wait through the clock too: a test that moves a [`ManualClock`] past a start time
//! wakes exactly who waits for it, without a second passing.

use std::{pin::Pin, time::Duration};

use hub_wire::Timestamp;
use tokio::sync::watch;

/// A wait that ends at an instant.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Longest single wait on the machine's timer. A laptop that slept, or a clock that was set, is noticed this soon.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// A source of the present moment.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Waits until the clock shows `at` or later; at once when it already does.
    fn sleep_until(&self, at: Timestamp) -> Sleep;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

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
                tokio::time::sleep(left.min(LONGEST_NAP)).await;
            }
        })
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug, Clone)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Moves the clock on and wakes those whose time has come.
    pub fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now = now.plus(span));
    }

    /// Sets the clock, backwards too.
    pub fn set(&self, now: Timestamp) {
        self.0.send_replace(now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        let mut shown = self.0.subscribe();
        Box::pin(async move {
            // The clock is gone: nobody can move it, so the time never comes.
            if shown.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_who_waits() {
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
    async fn the_machines_clock_does_not_wait_for_the_past() {
        SystemClock.sleep_until(Timestamp::NEVER).await;
    }
}

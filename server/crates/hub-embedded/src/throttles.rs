//! Enforces the throttles of a tier: operations wait here for their bucket, or are refused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Clock,
    domain::{
        throttle::{Bucket, Reservation},
        tier::{Operation, Tier},
    },
    error::HubError,
};

/// A bucket's capacity, as a span of its rate. The source has throttles "applied in minute ranges".
const BURST: Duration = Duration::from_mins(1);
/// Longest wait; an operation that would wait longer is refused. Refusals of live hubs name ten seconds.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// All throttles of a hub; cheap to clone. Without a tier nothing is throttled.
#[derive(Debug, Clone)]
pub(crate) struct Throttles {
    buckets: Option<Arc<Mutex<HashMap<Operation, Bucket>>>>,
    clock: Arc<dyn Clock>,
}

impl Throttles {
    /// The throttles of a tier with its number of units.
    pub(crate) fn new(tier: Option<Tier>, units: u32, clock: Arc<dyn Clock>) -> Self {
        let bucket = |tier: Tier, of| (of, Bucket::new(tier.rate(units, of), BURST, clock.steady()));
        let buckets = tier.map(|tier| {
            Arc::new(Mutex::new(Operation::ALL.into_iter().map(|of| bucket(tier, of)).collect()))
        });
        Self { buckets, clock }
    }

    /// Waits until one operation may be done.
    ///
    /// # Errors
    /// [`HubError::Throttled`] when too many wait already.
    pub(crate) async fn acquire(&self, operation: Operation) -> Result<(), HubError> {
        self.acquire_many(operation, || 1).await
    }

    /// Waits until so many operations may be done; `count` is called only when there is a tier.
    ///
    /// # Errors
    /// [`HubError::Throttled`] when too many wait already.
    pub(crate) async fn acquire_many(
        &self,
        operation: Operation,
        count: impl FnOnce() -> u32,
    ) -> Result<(), HubError> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        let reservation = {
            let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(bucket) = buckets.get_mut(&operation) else { return Ok(()) };
            bucket.reserve(count(), MAX_WAIT, self.clock.steady())
        };
        match reservation {
            Reservation::Now => Ok(()),
            Reservation::At(at) => {
                self.clock.sleep_until_steady(at).await;
                Ok(())
            }
            Reservation::Refused => Err(HubError::Throttled(operation)),
        }
    }
}

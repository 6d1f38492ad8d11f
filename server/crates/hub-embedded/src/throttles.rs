//! The throttles of a tier, imposed: whoever does something counted asks here first, and waits or is refused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Clock,
    domain::{
        throttle::{Bucket, Leave},
        tier::{Operation, Tier},
    },
    error::HubError,
};

/// What comes in during this span may come at once. The source has throttles "applied in minute ranges".
const BURST: Duration = Duration::from_mins(1);
/// Longest wait in the line; who would have to wait longer is refused. The refusals of live hubs name ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// All throttles of a hub; cheap to clone. None are imposed without a tier.
#[derive(Debug, Clone)]
pub(crate) struct Throttles {
    buckets: Option<Arc<Mutex<HashMap<Operation, Bucket>>>>,
    clock: Arc<dyn Clock>,
}

impl Throttles {
    /// Those of a tier and its number of units.
    pub(crate) fn new(tier: Option<Tier>, units: u32, clock: Arc<dyn Clock>) -> Self {
        let bucket = |tier: Tier, of| (of, Bucket::new(tier.rate(units, of), BURST, clock.now()));
        let buckets = tier.map(|tier| {
            Arc::new(Mutex::new(Operation::ALL.into_iter().map(|of| bucket(tier, of)).collect()))
        });
        Self { buckets, clock }
    }

    /// Waits until one operation may be done.
    ///
    /// # Errors
    /// [`HubError::Throttled`] when too many wait already.
    pub(crate) async fn pass(&self, operation: Operation) -> Result<(), HubError> {
        self.pass_many(operation, || 1).await
    }

    /// Waits until so many operations may be done; they are counted only where a tier is imposed.
    ///
    /// # Errors
    /// [`HubError::Throttled`] when too many wait already.
    pub(crate) async fn pass_many(
        &self,
        operation: Operation,
        count: impl FnOnce() -> u32,
    ) -> Result<(), HubError> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        let leave = {
            let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(bucket) = buckets.get_mut(&operation) else { return Ok(()) };
            bucket.book(count(), PATIENCE, self.clock.now())
        };
        match leave {
            Leave::Now => Ok(()),
            Leave::At(at) => {
                self.clock.sleep_until(at).await;
                Ok(())
            }
            Leave::Refused => Err(HubError::Throttled(operation)),
        }
    }
}

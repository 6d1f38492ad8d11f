//! Trying again when the store fails.

use std::time::Duration;

use crate::error::HubError;

/// Tries in all. With the waits below about six seconds pass before a job gives up and rests.
const TRIES: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Does a write of the store, again if it failed. A write that failed has changed nothing, so trying again is safe; a
/// refusal is final.
pub(super) async fn persistently<T, F>(mut write: impl FnMut() -> F) -> Result<T, HubError>
where
    F: Future<Output = Result<T, HubError>>,
{
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match write().await {
            Err(HubError::Store(error)) => tracing::warn!(%error, "the hub's store failed; trying again"),
            Err(HubError::Commit(error)) => tracing::warn!(%error, "the hub's store failed; trying again"),
            other => return other,
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    write().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn faults_are_tried_again_and_refusals_are_not() {
        let mut tries = 0;
        let result = persistently(|| {
            tries += 1;
            let fails = tries < 4;
            async move { if fails { Err(HubError::Store(sqlx::Error::PoolTimedOut)) } else { Ok(7) } }
        })
        .await;
        assert_eq!((result.unwrap(), tries), (7, 4));

        let mut tries = 0;
        let result: Result<(), _> = persistently(|| {
            tries += 1;
            async { Err(HubError::Stopping) }
        })
        .await;
        assert!(matches!(result, Err(HubError::Stopping)));
        assert_eq!(tries, 1);

        let mut tries = 0;
        let result: Result<(), _> = persistently(|| {
            tries += 1;
            async { Err(HubError::Store(sqlx::Error::PoolTimedOut)) }
        })
        .await;
        assert!(result.is_err());
        assert_eq!(tries, TRIES);
    }
}

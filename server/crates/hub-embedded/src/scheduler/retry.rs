//! Retries writes when the store fails.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::HubError;

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Repeats a write while the store fails, until the hub stops: a full disk must not lose the answers of a job's devices. A
/// failed write has changed nothing, so repeating it is safe; a refusal is final. Waits double without jitter, since no
/// other process shares the store.
pub(super) async fn retry_until_stopped<T, F>(
    stop: &CancellationToken,
    mut write: impl FnMut() -> F,
) -> Result<T, HubError>
where
    F: Future<Output = Result<T, HubError>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        let error = match write().await {
            Err(error @ (HubError::Store(_) | HubError::Commit(_))) => error,
            other => return other,
        };
        // Short failures are not logged; one that lasts is logged at each attempt.
        if wait == LONGEST_WAIT {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the hub's store still fails; trying again"
            );
        }
        let stopped = tokio::time::timeout(wait, stop.cancelled()).await.is_ok();
        if stopped {
            return Err(error);
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault<T>() -> Result<T, HubError> {
        Err(HubError::Store(sqlx::Error::PoolTimedOut))
    }

    #[tokio::test(start_paused = true)]
    async fn failed_writes_are_repeated_until_they_succeed() {
        let stop = CancellationToken::new();
        for failures in [0, 3, 500] {
            let mut tries = 0;
            let result = retry_until_stopped(&stop, || {
                tries += 1;
                let fails = tries <= failures;
                async move { if fails { fault() } else { Ok(7) } }
            })
            .await;
            assert_eq!((result.unwrap(), tries), (7, failures + 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_final_and_a_stop_ends_the_retries() {
        let stop = CancellationToken::new();
        let mut tries = 0;
        let result: Result<(), _> = retry_until_stopped(&stop, || {
            tries += 1;
            async { Err(HubError::Stopping) }
        })
        .await;
        assert!(matches!(result, Err(HubError::Stopping)));
        assert_eq!(tries, 1);

        tokio::time::timeout(Duration::from_mins(1), retry_until_stopped(&stop, || async { fault::<()>() }))
            .await
            .unwrap_err();
        stop.cancel();
        retry_until_stopped(&stop, || async { fault::<()>() }).await.unwrap_err();
    }
}

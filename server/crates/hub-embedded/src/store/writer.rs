//! The only connection that writes, behind a queue.
//!
//! Waiting writes share one transaction, since a commit costs far more than a small write. Each has a savepoint: a refused
//! one is rolled back without affecting the others. Callers get a result only after the commit, so what was acknowledged
//! is in the file.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use hub_wire::Timestamp;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::{clock::Clock, error::HubError};

/// Queued writes before callers have to wait.
const QUEUE: usize = 1024;
/// Most writes in one transaction, so that the first does not wait long for the last.
const MAX_BATCH: usize = 256;

/// A transaction and its time, or why there is none.
type Transaction<'c> = Result<(&'c mut SqliteConnection, Timestamp), HubError>;
/// A queued write.
type Write = Box<dyn for<'c> FnOnce(Transaction<'c>) -> BoxFuture<'c, Executed> + Send>;
/// Sends the result to the caller once the transaction is committed or has failed.
type Reply = Box<dyn FnOnce(Result<(), HubError>) + Send>;

/// A write that was executed.
struct Executed {
    /// Whether its changes are kept.
    keep: bool,
    /// SQLite's error, if SQLite failed: it may have rolled back the whole transaction.
    fault: Option<Arc<sqlx::Error>>,
    reply: Reply,
}

/// Queues writes for the connection; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: Arc<Mutex<Option<mpsc::Sender<Write>>>>,
    closed: Arc<tokio::sync::watch::Receiver<bool>>,
}

impl Writer {
    /// Takes the connection and starts the task. Ends when the last clone is dropped, or with [`Writer::close`].
    pub(super) fn start(connection: SqliteConnection, clock: Arc<dyn Clock>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (done, closed) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            serve(connection, waiting, clock).await;
            done.send_replace(true);
        });
        Self { queue: Arc::new(Mutex::new(Some(queue))), closed: Arc::new(closed) }
    }

    /// Executes `work` in a transaction and returns its result once that is committed. An error rolls it back. It is executed
    /// even when the caller stops waiting.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, HubError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, Timestamp) -> BoxFuture<'c, Result<T, HubError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let write: Write = Box::new(move |transaction| {
            Box::pin(async move {
                let result = match transaction {
                    Ok((connection, now)) => work(connection, now).await,
                    Err(error) => Err(error),
                };
                let (result, fault) = match result {
                    Err(HubError::Store(error)) => {
                        let error = Arc::new(error);
                        (Err(HubError::Commit(Arc::clone(&error))), Some(error))
                    }
                    other => (other, None),
                };
                let keep = result.is_ok();
                let reply: Reply = Box::new(move |committed| {
                    // The caller may not be waiting any more; the write is kept all the same.
                    let _ = answer.send(result.and_then(|done| committed.map(|()| done)));
                });
                Executed { keep, fault, reply }
            })
        });
        let queue = self.queue().ok_or(HubError::Stopping)?;
        queue.send(write).await.map_err(|_| HubError::Stopping)?;
        drop(queue);
        answered.await.map_err(|_| HubError::Stopping)?
    }

    /// Takes no more writes, waits for those that were taken, and closes the connection.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // An error means that the task has ended, which is what is waited for.
        let _ = self.closed.as_ref().clone().wait_for(|closed| *closed).await;
    }

    fn queue(&self) -> Option<mpsc::Sender<Write>> {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

async fn serve(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Write>, clock: Arc<dyn Clock>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // The wall clock, even if it was set back, since due times are compared with it. Times that have to increase (changes
        // of a job's rows) are adjusted where they are written.
        let now = clock.now();
        let mut left = std::mem::take(&mut batch).into_iter();
        while left.len() > 0 {
            transaction(&mut connection, &mut left, now).await;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the hub's store did not close cleanly");
    }
}

/// Executes the writes in one transaction: all of them, unless SQLite rolls it back.
async fn transaction(
    connection: &mut SqliteConnection,
    left: &mut std::vec::IntoIter<Write>,
    now: Timestamp,
) {
    let mut replies = Vec::with_capacity(left.len());
    let outcome = match execute(connection, left, now, &mut replies).await {
        Ok(()) => Ok(()),
        Err(error) => {
            // Some errors (a full disk) have rolled back already, then this fails, which is fine.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            Err(error)
        }
    };
    for reply in replies {
        reply(outcome.clone().map_err(HubError::Commit));
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    left: &mut std::vec::IntoIter<Write>,
    now: Timestamp,
    replies: &mut Vec<Reply>,
) -> Result<(), Arc<sqlx::Error>> {
    if let Err(error) = sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await {
        // One caller gets the error at once; the others are tried again.
        let error = Arc::new(error);
        if let Some(work) = left.next() {
            let finished = work(Err(HubError::Commit(error.clone()))).await;
            (finished.reply)(Ok(()));
        }
        tracing::error!(error = &error as &dyn std::error::Error, "cannot begin to write to the hub's store");
        return Ok(());
    }
    for work in left {
        sqlx::query("SAVEPOINT one").execute(&mut *connection).await?;
        let finished = work(Ok((&mut *connection, now))).await;
        replies.push(finished.reply);
        if !finished.keep {
            let rolled_back = sqlx::query("ROLLBACK TO one").execute(&mut *connection).await;
            // Without the savepoint there is no transaction any more: all its writes fail with SQLite's error.
            rolled_back.map_err(|error| finished.fault.unwrap_or_else(|| Arc::new(error)))?;
        }
        sqlx::query("RELEASE one").execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::clock::SystemClock;

    /// A writer whose file may grow to so many pages.
    async fn writer(folder: &std::path::Path, pages: u32) -> Writer {
        let mut connection = SqliteConnectOptions::new()
            .filename(folder.join("test.sqlite"))
            .create_if_missing(true)
            .pragma("max_page_count", pages.to_string())
            .connect()
            .await
            .unwrap();
        sqlx::query("CREATE TABLE t (n INTEGER PRIMARY KEY, filler TEXT)")
            .execute(&mut connection)
            .await
            .unwrap();
        Writer::start(connection, Arc::new(SystemClock))
    }

    async fn insert(writer: &Writer, n: i64, bytes: usize) -> Result<(), HubError> {
        writer
            .write(move |connection, _| {
                Box::pin(async move {
                    sqlx::query("INSERT INTO t VALUES (?, ?)")
                        .bind(n)
                        .bind("x".repeat(bytes))
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let read = writer.write(|connection, _| {
            Box::pin(async move {
                Ok(sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(connection).await?)
            })
        });
        read.await.unwrap()
    }

    #[tokio::test]
    async fn a_full_disk_is_reported_and_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), 16).await;
        insert(&writer, 1, 10).await.unwrap();
        // Concurrently, so that they share a transaction: exactly the acknowledged ones are kept.
        let inserts = (2..40).map(|n| insert(&writer, n, if n % 7 == 0 { 200_000 } else { 10 }));
        let results = futures::future::join_all(inserts).await;
        let mut kept = vec![1];
        for (n, result) in (2..).zip(results) {
            match result {
                Ok(()) => kept.push(n),
                Err(error) => {
                    assert_eq!(error.code(), hub_wire::error::ErrorCode::ServiceUnavailable, "{error:?}");
                    assert!(
                        error.caller_text().starts_with("the disk of the hub's store is full"),
                        "{error:?}"
                    );
                }
            }
        }
        assert!(kept.iter().all(|n| n % 7 != 0));
        assert_eq!(numbers(&writer).await, kept);
        // Writes that fit still work.
        insert(&writer, 100, 10).await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_write_affects_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), 1000).await;
        let results = futures::future::join_all([1, 2, 1, 3].map(|n| insert(&writer, n, 10))).await;
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(results[2].as_ref().unwrap_err().code(), hub_wire::error::ErrorCode::ServerError);
        assert_eq!(numbers(&writer).await, [1, 2, 3]);
    }
}

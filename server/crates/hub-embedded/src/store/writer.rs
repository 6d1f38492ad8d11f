//! The one connection that writes, behind a queue.
//!
//! Writes that wait together share one transaction, since a commit costs far more than a small write. Each has a
//! savepoint of its own: one that is refused leaves nothing behind and disturbs no other. Callers hear of a write only
//! after the commit, so what was acknowledged is in the file.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use hub_wire::Timestamp;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::{clock::Clock, error::HubError};

/// Writes that may wait before callers are made to wait.
const QUEUE: usize = 1024;
/// Most writes in one transaction, so that the first does not wait long for the last.
const TOGETHER: usize = 256;

/// A transaction to work in and its time, or why there is none.
type Turn<'c> = Result<(&'c mut SqliteConnection, Timestamp), HubError>;
/// A write's work: what it does when its turn comes.
type Work = Box<dyn for<'c> FnOnce(Turn<'c>) -> BoxFuture<'c, Finished> + Send>;
/// Tells the caller, once it is known whether the transaction holds.
type Reply = Box<dyn FnOnce(Result<(), HubError>) + Send>;

/// A write that has been tried.
struct Finished {
    /// Whether what it changed is to stay.
    keep: bool,
    /// What SQLite said, when it was SQLite that failed: it may have given up the whole transaction.
    fault: Option<Arc<sqlx::Error>>,
    reply: Reply,
}

/// Hands writes to the connection; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: Arc<Mutex<Option<mpsc::Sender<Work>>>>,
    closed: Arc<tokio::sync::watch::Receiver<bool>>,
}

impl Writer {
    /// Takes the connection and begins to serve. Ends when the last clone is dropped, or with [`Writer::close`].
    pub(super) fn start(connection: SqliteConnection, clock: Arc<dyn Clock>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (done, closed) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            serve(connection, waiting, clock).await;
            done.send_replace(true);
        });
        Self { queue: Arc::new(Mutex::new(Some(queue))), closed: Arc::new(closed) }
    }

    /// Does some work in a transaction and gives its result once that is committed. An error undoes the work. The
    /// work goes on when the caller stops waiting.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, HubError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, Timestamp) -> BoxFuture<'c, Result<T, HubError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |turn| {
            Box::pin(async move {
                let result = match turn {
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
                    // Nobody may be waiting any more; the write stands all the same.
                    let _ = answer.send(result.and_then(|done| committed.map(|()| done)));
                });
                Finished { keep, fault, reply }
            })
        });
        let queue = self.queue().ok_or(HubError::Stopping)?;
        queue.send(work).await.map_err(|_| HubError::Stopping)?;
        drop(queue);
        answered.await.map_err(|_| HubError::Stopping)?
    }

    /// Takes no more writes, waits for those that were taken, and closes the connection.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // An error means that the task is gone, which is what is waited for.
        let _ = self.closed.as_ref().clone().wait_for(|closed| *closed).await;
    }

    fn queue(&self) -> Option<mpsc::Sender<Work>> {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

async fn serve(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Work>, clock: Arc<dyn Clock>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    let mut now = clock.now();
    while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
        // Never backwards: who follows a job by `lastUpdatedDateTimeUtc` must not miss a change when the clock is set.
        now = now.max(clock.now());
        let mut left = std::mem::take(&mut batch).into_iter();
        while left.len() > 0 {
            transaction(&mut connection, &mut left, now).await;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the hub's store did not close cleanly");
    }
}

/// Does as many of the writes in one transaction as it can: all, unless SQLite gives the transaction up.
async fn transaction(connection: &mut SqliteConnection, left: &mut std::vec::IntoIter<Work>, now: Timestamp) {
    let mut replies = Vec::with_capacity(left.len());
    let outcome = match tried(connection, left, now, &mut replies).await {
        Ok(()) => Ok(()),
        Err(error) => {
            // Some errors (a full disk) have rolled back already; then there is nothing to roll back, which is fine.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            Err(error)
        }
    };
    for reply in replies {
        reply(outcome.clone().map_err(HubError::Commit));
    }
}

async fn tried(
    connection: &mut SqliteConnection,
    left: &mut std::vec::IntoIter<Work>,
    now: Timestamp,
    replies: &mut Vec<Reply>,
) -> Result<(), Arc<sqlx::Error>> {
    if let Err(error) = sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await {
        // One caller is told at once; the others get their own try.
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
            let undone = sqlx::query("ROLLBACK TO one").execute(&mut *connection).await;
            // Without the savepoint there is no transaction any more: all in it fail, for what made SQLite give it up.
            undone.map_err(|error| finished.fault.unwrap_or_else(|| Arc::new(error)))?;
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
    async fn a_full_disk_is_told_and_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), 16).await;
        insert(&writer, 1, 10).await.unwrap();
        // Together, so that they share a transaction: what holds is what was acknowledged.
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
        // What fits is taken as before.
        insert(&writer, 100, 10).await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_write_disturbs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), 1000).await;
        let results = futures::future::join_all([1, 2, 1, 3].map(|n| insert(&writer, n, 10))).await;
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(results[2].as_ref().unwrap_err().code(), hub_wire::error::ErrorCode::ServerError);
        assert_eq!(numbers(&writer).await, [1, 2, 3]);
    }
}

//! The common source of all screens that show the wall: while at least one listens it reads what they show, once for all of
//! them, and serialises it once.

use std::{sync::Arc, time::Duration};

use console::{Console, ConsoleError};
use console_wire::access::Actor;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::build::BUILD;

/// Shortest time between two views, however often jobs change.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest time between two views: devices connect and days pass without a change of a job, and a screen that gets nothing
/// for 10 s asks by itself.
const LONGEST: Duration = Duration::from_secs(5);

/// What screens show now, as JSON; `None` while no screen listens, and until it was read.
pub(crate) type View = Option<Arc<str>>;

/// The screens' common source.
#[derive(Clone, Debug)]
pub(crate) struct WallFeed {
    views: Arc<watch::Sender<View>>,
    /// Wakes the task when a screen begins to listen.
    begun: Arc<Notify>,
}

impl WallFeed {
    /// Starts the task that reads for the screens until `stopping`.
    pub(crate) fn start<S: WallSource>(source: S, stopping: CancellationToken) -> Self {
        let feed = Self { views: Arc::new(watch::Sender::new(None)), begun: Arc::default() };
        let task = feed.clone();
        tokio::spawn(stopping.run_until_cancelled_owned(async move { task.run(&source).await }));
        feed
    }

    /// Follows the views until what this returns is dropped. The first screen that listens gets a new one.
    pub(crate) fn listen(&self) -> watch::Receiver<View> {
        let views = self.views.subscribe();
        self.begun.notify_one();
        views
    }

    async fn run(&self, source: &impl WallSource) {
        let mut changes = source.changes();
        loop {
            while self.views.receiver_count() == 0 {
                self.begun.notified().await;
            }
            let newest = *changes.borrow();
            let read_up_to = match source.read().await {
                Ok(read) => {
                    self.views.send_replace(Some(read.json));
                    read.sequence
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "cannot read what the screens show"
                    );
                    newest
                }
            };
            tokio::select! {
                () = self.views.closed() => {
                    // It grows old; the next screen must not get it.
                    self.views.send_replace(None);
                }
                () = until_due(&mut changes, read_up_to) => {}
            }
        }
    }
}

/// Waits until jobs have changed since a sequence number, or figures without a change are too old.
async fn until_due(changes: &mut watch::Receiver<u64>, read_up_to: u64) {
    let read_at = Instant::now();
    sleep(SHORTEST).await;
    let change = changes.wait_for(|newest| *newest > read_up_to);
    // A view is due either way.
    let _ = timeout_at(read_at + LONGEST, change).await;
}

/// A view, and the sequence number of the store that it was read at.
#[derive(Debug)]
pub(crate) struct ReadView {
    pub(crate) sequence: u64,
    pub(crate) json: Arc<str>,
}

/// Where views are read from.
pub(crate) trait WallSource: Send + Sync + 'static {
    /// The sequence number of the newest change.
    fn changes(&self) -> watch::Receiver<u64>;

    /// What screens show now.
    fn read(&self) -> impl Future<Output = Result<ReadView, ConsoleError>> + Send;
}

impl WallSource for Console {
    fn changes(&self) -> watch::Receiver<u64> {
        self.sequence()
    }

    async fn read(&self) -> Result<ReadView, ConsoleError> {
        // All who have no scope see the same, so it does not matter who asks.
        let view = self.wall(&Actor::LocalOperator, &BUILD).await?;
        let json = serde_json::to_string(&view).expect("views are plain data");
        Ok(ReadView { sequence: view.sequence, json: json.into() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Counts how often it is read. A view is the number of the newest change.
    struct CountedSource {
        sequence: watch::Sender<u64>,
        reads: AtomicU64,
    }

    impl CountedSource {
        fn reads(&self) -> u64 {
            self.reads.load(Ordering::Relaxed)
        }
    }

    impl WallSource for Arc<CountedSource> {
        fn changes(&self) -> watch::Receiver<u64> {
            self.sequence.subscribe()
        }

        async fn read(&self) -> Result<ReadView, ConsoleError> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let sequence = *self.sequence.borrow();
            Ok(ReadView { sequence, json: sequence.to_string().into() })
        }
    }

    fn start() -> (WallFeed, Arc<CountedSource>) {
        let source = Arc::new(CountedSource { sequence: watch::Sender::new(1), reads: AtomicU64::new(0) });
        (WallFeed::start(Arc::clone(&source), CancellationToken::new()), source)
    }

    async fn next(views: &mut watch::Receiver<View>) -> View {
        views.changed().await.unwrap();
        views.borrow_and_update().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_screen_nothing_is_read() {
        let (feed, source) = start();
        source.sequence.send_replace(2);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(source.reads(), 0);

        let mut screen = feed.listen();
        assert_eq!(next(&mut screen).await.as_deref(), Some("2"));
        drop(screen);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(source.reads(), 1, "the screen has gone");

        source.sequence.send_replace(3);
        let mut screen = feed.listen();
        assert_eq!(*screen.borrow(), None, "what the last screen got is not kept");
        assert_eq!(next(&mut screen).await.as_deref(), Some("3"));
    }

    #[tokio::test(start_paused = true)]
    async fn screens_share_what_is_read() {
        let (feed, source) = start();
        let mut screens = [feed.listen(), feed.listen(), feed.listen()];
        for screen in &mut screens {
            assert_eq!(next(screen).await.as_deref(), Some("1"));
        }
        assert_eq!(source.reads(), 1);

        for sequence in 2..=9 {
            source.sequence.send_replace(sequence);
            sleep(SHORTEST / 10).await;
        }
        for screen in &mut screens {
            assert_eq!(next(screen).await.as_deref(), Some("9"));
        }
        assert_eq!(source.reads(), 2, "once for all changes of a second");

        let read_at = Instant::now();
        for screen in &mut screens {
            assert_eq!(next(screen).await.as_deref(), Some("9"));
        }
        assert!(read_at.elapsed() >= LONGEST, "nothing has changed: {:?}", read_at.elapsed());
        assert_eq!(source.reads(), 3);
    }
}

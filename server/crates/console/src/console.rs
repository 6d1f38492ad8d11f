//! The facade: what the server and the pages' server functions call.

use std::{fmt, path::PathBuf, sync::Arc};

use console_wire::{
    hub::{HubInfo, HubKind},
    job::{JobCounts, JobSummary},
};
use hub_client::HubClient;
use hub_wire::Timestamp;
use tokio::sync::watch;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    ConsoleError, create::Creating, facets::Facets, hub_state::HubState, insight::LandingMaps, store::Store,
    throttle::Throttle, watch::Watchers,
};

/// What a console is opened with.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// Folder of the store, `console.sqlite3`; made with mode 0700 when missing. A second hub on the same folder gets a
    /// file of its own.
    pub data_dir: PathBuf,
    /// The hub.
    pub hub: HubClient,
    /// Which kind of hub that is: decides how often it is asked.
    pub hub_kind: HubKind,
    /// What tells this hub from others, where its host name does not: the embedded hub of every folder is `localhost`.
    pub hub_id: Option<String>,
    /// The pace that the hub is known to impose on jobs, if it is known.
    pub job_pace: Option<JobPace>,
    /// Whether a simulated pool runs beside it. Only reported.
    pub has_simulator: bool,
}

/// How fast a hub lets jobs go.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPace {
    /// Method calls or twin writes that jobs may make in a second.
    pub devices_per_second: f64,
    /// Where that comes from, a phrase: `the tier s1 allows 10 device operations a second`.
    pub reason: String,
}

/// The console. Clones are cheap and are the same console; when the last one goes, its tasks end.
#[derive(Clone)]
pub struct Console {
    pub(crate) core: Arc<Core>,
    _ends_tasks: Arc<DropGuard>,
}

/// What the console's tasks share.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) hub: HubClient,
    pub(crate) hub_kind: HubKind,
    /// How often the hub is asked: one that imposes a pace is asked as a real one is.
    pub(crate) paced_as: HubKind,
    pub(crate) has_simulator: bool,
    pub(crate) job_pace: Option<JobPace>,
    pub(crate) throttle: Throttle,
    pub(crate) creating: Creating,
    pub(crate) watchers: Watchers,
    pub(crate) hub_state: HubState,
    pub(crate) landing_maps: LandingMaps,
    pub(crate) facets: Facets,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Console {
    /// Opens the store, brings it up to date, and starts to watch: jobs that were open when the last process ended
    /// catch up by themselves, with the hub reachable now or later.
    ///
    /// # Errors
    /// When the store cannot be opened. A hub that is not reachable is no error.
    pub async fn open(config: ConsoleConfig) -> Result<Self, ConsoleError> {
        let identity = config.hub_id.as_deref().unwrap_or_else(|| config.hub.host_name());
        let store = Store::open(&config.data_dir, identity).await?;
        let paced_as = if config.job_pace.is_some() { HubKind::Remote } else { config.hub_kind };
        let stop = CancellationToken::new();
        let core = Arc::new(Core {
            store,
            hub: config.hub,
            hub_kind: config.hub_kind,
            has_simulator: config.has_simulator,
            paced_as,
            throttle: Throttle::new(paced_as),
            creating: Creating::default(),
            watchers: Watchers::default(),
            hub_state: HubState::default(),
            landing_maps: LandingMaps::default(),
            facets: Facets::default(),
            job_pace: config.job_pace,
            tasks: TaskTracker::new(),
            stop: stop.clone(),
        });
        crate::watch::start(&core).await?;
        core.spawn(crate::hub_state::refresh(Arc::clone(&core)));
        Ok(Self { core, _ends_tasks: Arc::new(stop.drop_guard()) })
    }

    /// Ends the watchers, waits for them, and closes the store. Calls after this fail with
    /// [`ConsoleError::Stopping`].
    pub async fn stop(&self) {
        self.core.stop.cancel();
        self.core.tasks.close();
        self.core.tasks.wait().await;
        self.core.store.close().await;
    }

    /// How many jobs each tab of the list holds.
    pub async fn job_counts(&self) -> Result<JobCounts, ConsoleError> {
        Ok(self.core.store.job_counts().await?)
    }

    /// How the hub is doing. Read from memory: never waits for the hub.
    #[expect(clippy::unused_async, reason = "callers need not care whether this ever waits")]
    pub async fn hub_info(&self) -> HubInfo {
        self.core.hub_info()
    }

    /// The newest sequence number; changes after the change it stands for is committed.
    pub fn sequence(&self) -> watch::Receiver<u64> {
        self.core.store.sequence()
    }

    /// Jobs that changed after a sequence number, in the order of their last change: all that a stream needs to
    /// resume without a gap.
    pub async fn changes_since(
        &self,
        sequence: u64,
        job_id: Option<&str>,
    ) -> Result<Vec<JobSummary>, ConsoleError> {
        let mut jobs = self.core.store.changes_since(sequence, job_id).await?;
        self.core.complete(&mut jobs).await?;
        Ok(jobs)
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Console({:?})", self.core.hub)
    }
}

impl Core {
    /// Puts into jobs as the store has them what is shown besides: how long they usually take, when the hub was last
    /// read for them.
    pub(crate) async fn complete(&self, jobs: &mut [JobSummary]) -> Result<(), ConsoleError> {
        self.store.tell_usual(jobs).await?;
        self.watchers.freshen(jobs);
        Ok(())
    }

    /// Runs a task that ends when the console stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }
}

/// Now, by the machine's clock, as precise as the wire.
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

//! What all use cases and tasks share: the store, the hub's client, and the state kept in memory. Nothing here imports a
//! use case.

mod answer_cache;
mod creations;
mod failures;
mod hub_state;
mod job_cache;
mod operations;
mod passwords;
mod rollouts;
mod schedule_state;
mod telemetry_feed;
mod watchers;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use console_wire::{
    audit::AuditCheck,
    connection::RefusedDevice,
    curve::TypicalCurve,
    desired_sync::SyncCount,
    device_table::Facet,
    hub::HubKind,
    job::JobSummary,
    outcome::Outcomes,
    overview::{Fleet, Overview, TagMatrix},
};
use hub_client::HubClient;
use rollout::{approval::ApprovalPolicy, estimate::tier::Tier};
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use webhook::Sender;

pub(crate) use self::{
    answer_cache::AnswerCache,
    failures::Failures,
    hub_state::{HubState, RefusedDevices, Transition},
    job_cache::{JobCache, Slot},
    passwords::Passwords,
    rollouts::{RolloutInput, RolloutSender, Rollouts},
    schedule_state::Scheduling,
    telemetry_feed::{LivePage, TelemetryFeed},
    watchers::Watcher,
};
use self::{creations::Creations, operations::Operations, watchers::Watchers};
use crate::{
    ConsoleConfig, ConsoleError, DeviceEndpoint, JobPace,
    clock::now,
    metrics,
    rate_limiter::HubRateLimits,
    store::{Applied, CountedCauses, Reading, Snapshot, Store},
    team_zone::TeamZone,
};

/// State that is shared.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) hub: HubClient,
    pub(crate) hub_kind: HubKind,
    /// How often the hub is called: one that imposes a rate is called as rarely as a real one.
    pub(crate) rate_profile: HubKind,
    /// Where devices connect.
    pub(crate) device_endpoint: DeviceEndpoint,
    pub(crate) has_simulator: bool,
    /// Whether a new job has to say why it runs.
    pub(crate) requires_reason: bool,
    /// Notices from before the start.
    pub(crate) notices: Vec<String>,
    pub(crate) job_pace: Option<JobPace>,
    pub(crate) rate_limits: HubRateLimits,
    /// The tier of the hub and its units, where they are known.
    pub(crate) hub_tier: Option<(Tier, u32)>,
    /// Calls of devices that rollouts may have under way at once, all together.
    pub(crate) direct_calls: u32,
    /// When another person has to approve a rollout.
    pub(crate) approval_policy: ApprovalPolicy,
    pub(crate) rollouts: Rollouts,
    pub(crate) creations: Creations,
    pub(crate) watchers: Watchers,
    pub(crate) hub_state: HubState,
    /// Each job as a whole.
    pub(crate) snapshots: JobCache<Arc<Snapshot>>,
    /// Of each job the typical run before it.
    pub(crate) typical_curves: JobCache<Arc<Option<TypicalCurve>>>,
    /// The overview, as the one entry.
    pub(crate) overviews: JobCache<Arc<Overview>>,
    pub(crate) counted_causes: AsyncMutex<CountedCauses>,
    /// By tags, measure and job.
    pub(crate) matrices: JobCache<Arc<TagMatrix>>,
    /// The team's time zone, if it is not UTC.
    pub(crate) zone: Option<TeamZone>,
    /// Device operations of jobs.
    pub(crate) operations: Operations,
    /// By condition and attribute.
    pub(crate) facet_cache: AnswerCache<Facet>,
    /// Whether a device is in a scope, by id and scope.
    pub(crate) visible_devices: AnswerCache<bool>,
    /// The names of the devices' tags, by scope.
    pub(crate) tag_names: AnswerCache<Vec<String>>,
    /// Which devices within a scope the hub refused, by scope.
    pub(crate) refusals_within: AnswerCache<Vec<RefusedDevice>>,
    /// How many devices are within a scope, by scope.
    pub(crate) fleets_within: AnswerCache<Fleet>,
    /// How many devices report what a job set; `None` while only counts that failed were made.
    pub(crate) sync_counts: JobCache<Option<SyncCount>>,
    pub(crate) passwords: Passwords,
    /// Moves when sessions were ended from elsewhere than their own browser.
    pub(crate) ended_sessions: watch::Sender<u64>,
    /// Moves when a person's role, scope or account was changed.
    pub(crate) changed_rights: watch::Sender<u64>,
    /// The result of the last check of the audit log.
    pub(crate) audit_check: Mutex<Option<AuditCheck>>,
    /// Sends messages to webhooks.
    pub(crate) webhooks: Sender,
    /// Notified when a message may be due although no job has changed.
    pub(crate) webhook_due: Notify,
    /// Notified when the hub has taken a message, on which there will be feedback.
    pub(crate) message_pending: Notify,
    /// Where live streams of telemetry get their messages from.
    pub(crate) telemetry: TelemetryFeed,
    /// What runs schedules.
    pub(crate) schedules: Scheduling,
    /// Notified when a registry change has begun.
    pub(crate) registry_due: Notify,
    /// By address.
    pub(crate) wrong_tokens: Failures,
    /// By account.
    pub(crate) wrong_user_codes: Failures,
    /// An API token that is not used for so long is revoked.
    pub(crate) unused_token_life: Duration,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Core {
    /// Opens the store. No task runs yet.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub(crate) async fn open(config: ConsoleConfig) -> Result<Self, ConsoleError> {
        let identity = config.hub_id.as_deref().unwrap_or_else(|| config.hub.host_name());
        let store = Store::open(&config.data_dir, identity).await?;
        let rate_profile = if config.job_pace.is_some() { HubKind::Remote } else { config.hub_kind };
        let notices = config.notices.into_iter().chain(store.open_notice().map(str::to_owned)).collect();
        Ok(Self {
            notices,
            store,
            hub: config.hub,
            hub_kind: config.hub_kind,
            rate_profile,
            device_endpoint: config.device_endpoint,
            has_simulator: config.has_simulator,
            requires_reason: config.requires_reason,
            job_pace: config.job_pace,
            rate_limits: HubRateLimits::new(rate_profile, config.hub_tier),
            hub_tier: config.hub_tier,
            direct_calls: config.direct_calls.max(1),
            approval_policy: config.approval_policy,
            rollouts: Rollouts::default(),
            creations: Creations::default(),
            watchers: Watchers::default(),
            hub_state: HubState::default(),
            // At most a fifth of a core for a large job.
            snapshots: JobCache::new(4),
            typical_curves: JobCache::new(0),
            // At most a tenth of a core each.
            overviews: JobCache::new(9),
            counted_causes: AsyncMutex::default(),
            matrices: JobCache::new(9),
            zone: TeamZone::find(&config.time_zone)?,
            operations: Operations::default(),
            facet_cache: AnswerCache::default(),
            visible_devices: AnswerCache::default(),
            tag_names: AnswerCache::default(),
            refusals_within: AnswerCache::default(),
            fleets_within: AnswerCache::default(),
            // At most a tenth of a core.
            sync_counts: JobCache::new(10),
            passwords: Passwords::default(),
            ended_sessions: watch::Sender::new(0),
            changed_rights: watch::Sender::new(0),
            audit_check: Mutex::default(),
            webhooks: Sender::new(config.webhook_addresses),
            webhook_due: Notify::new(),
            message_pending: Notify::new(),
            telemetry: TelemetryFeed::default(),
            schedules: Scheduling::new(config.schedule_clock),
            registry_due: Notify::new(),
            wrong_tokens: Failures::new(30),
            wrong_user_codes: Failures::new(10),
            unused_token_life: config.unused_token_life,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Ends the tasks, waits for them, and closes the store.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
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

    /// Writes a reading, and records what it came to.
    pub(crate) async fn apply(&self, reading: &Reading<'_>) -> Result<Option<Applied>, ConsoleError> {
        let applied = self.store.apply(reading).await?;
        if let Some(applied) = &applied {
            self.record(applied);
        }
        Ok(applied)
    }

    /// Records what a change of a job came to. A schedule may wait for the end of the job.
    pub(crate) fn record(&self, applied: &Applied) {
        metrics::record_applied(applied, now());
        let ended = |outcomes: &Outcomes| outcomes.finished() - outcomes.cancelled;
        let new = ended(&applied.outcomes).saturating_sub(ended(&applied.outcomes_before));
        self.operations.add(new, Instant::now());
        if applied.settled {
            self.schedules.wake.notify_one();
        }
    }

    /// Adds to jobs from the store what is not in their rows: the typical duration, and when the hub was last read for
    /// them.
    pub(crate) async fn enrich(&self, jobs: &mut [JobSummary]) -> Result<(), ConsoleError> {
        self.store.attach_typical_duration(jobs).await?;
        self.watchers.apply_last_read(jobs);
        Ok(())
    }
}

//! What a console is opened with.

use std::{path::PathBuf, sync::Arc, time::Duration};

use console_wire::hub::HubKind;
use hub_client::HubClient;
use rollout::{approval::ApprovalPolicy, estimate::tier::Tier};
use webhook::AddressRule;

use crate::clock::{Clock, SystemClock};

/// An API token that is not used for so long is revoked, unless set otherwise.
const UNUSED_TOKEN_LIFE: Duration = Duration::from_hours(90 * 24);

/// Calls under way at once, unless set otherwise: few enough for any limit of open files.
const DIRECT_CALLS: u32 = 64;

/// What a console is opened with.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// Folder of the store, `console.sqlite3`; made with mode 0700 when missing. A second hub on the same folder gets a
    /// file of its own.
    pub data_dir: PathBuf,
    /// The hub.
    pub hub: HubClient,
    /// Which kind of hub that is: decides how often it is polled.
    pub hub_kind: HubKind,
    /// Identifies the hub where its host name does not: the embedded hub of every folder is `localhost`.
    pub hub_id: Option<String>,
    /// The rate that the hub is known to impose on jobs, if it is known.
    pub job_pace: Option<JobPace>,
    /// The tier of the hub and its units, where they are known: how fast it takes calls of devices.
    pub hub_tier: Option<(Tier, u32)>,
    /// Calls of devices that jobs in waves may have under way at once, at least 1. Each may take a connection.
    pub direct_calls: u32,
    /// When another person has to approve a job in waves. Only people who have signed in are asked.
    pub approval_policy: ApprovalPolicy,
    /// Whether a simulated pool runs beside it. Only reported.
    pub has_simulator: bool,
    /// Whether a new job has to say why it runs.
    pub requires_reason: bool,
    /// Notices for every page beside those of the console itself, sentences for a person.
    pub notices: Vec<String>,
    /// Where devices connect to the hub.
    pub device_endpoint: DeviceEndpoint,
    /// The team's time zone, an IANA name; UTC when empty.
    pub time_zone: String,
    /// Which addresses webhooks may lead to.
    pub webhook_addresses: AddressRule,
    /// An API token that is not used for so long is revoked.
    pub unused_token_life: Duration,
    /// The clock that schedules follow.
    pub schedule_clock: Arc<dyn Clock>,
}

impl ConsoleConfig {
    /// The embedded hub, or another whose rate is not known, without simulator; everything else as it is unless set.
    pub fn new(data_dir: impl Into<PathBuf>, hub: HubClient) -> Self {
        let device_endpoint = DeviceEndpoint::iot_hub(hub.host_name());
        Self {
            data_dir: data_dir.into(),
            hub,
            device_endpoint,
            hub_kind: HubKind::Embedded,
            hub_id: None,
            job_pace: None,
            hub_tier: None,
            direct_calls: DIRECT_CALLS,
            approval_policy: ApprovalPolicy::default(),
            has_simulator: false,
            requires_reason: false,
            notices: Vec::new(),
            time_zone: String::new(),
            webhook_addresses: AddressRule::PublicOnly,
            unused_token_life: UNUSED_TOKEN_LIFE,
            schedule_clock: Arc::new(SystemClock),
        }
    }
}

/// How fast a hub lets jobs go.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPace {
    /// Method calls or twin writes that jobs may make in a second.
    pub devices_per_second: f64,
    /// Where the rate comes from, a phrase: `the tier s1 allows 10 device operations a second`.
    pub reason: String,
}

/// Where devices connect to the hub, over MQTT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEndpoint {
    /// Host name, as devices resolve it and as the certificate has it.
    pub host_name: String,
    /// Port.
    pub port: u16,
    /// Whether it is MQTT over TLS.
    pub is_encrypted: bool,
    /// The certificate authority to trust beside the platform's, PEM.
    pub certificate_authority: Option<String>,
    /// Whether only programs on the hub's own machine reach it.
    pub is_local: bool,
}

impl DeviceEndpoint {
    /// IoT Hub's: port 8883 of its host name, with a certificate that platforms trust.
    pub fn iot_hub(host_name: &str) -> Self {
        let host_name = host_name.to_owned();
        Self { host_name, port: 8883, is_encrypted: true, certificate_authority: None, is_local: false }
    }
}

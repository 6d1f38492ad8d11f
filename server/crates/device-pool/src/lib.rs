//! A pool of simulated devices: doors with an electric lock. Like real devices they use the hub over MQTT; they are
//! registered over REST.
//!
//! One call, end to end: a job of the hub publishes a method to `door-0042`; the device's `session` reads the packet
//! from its `link`, `topic` takes name and request id out of the topic, [`faults`] decides from the seed how the
//! call ends, [`behaviour`] handles the method, and the answer waits in `pending_actions` for the simulated latency. Then
//! it is published, and changed properties are reported to the twin.
//!
//! The pool is used for load tests, so a device is kept small: one task, one timer, and buffers that shrink when
//! idle. It takes 3 KB of memory each, measured with a thousand connected. The MQTT packets are `rumqttc`'s (`mqttbytes::v4`);
//! its event loop is not used, since with the smallest settings it takes 25 KB for each client: buffers for a busy one,
//! and a bit set for QoS 2, which a hub does not speak.
//!
//! Reading order: [`config`] and [`settings`]; [`pool`] and `supervisor`; `device`, `session`, `pending_actions`, `link`,
//! `topic`, `connect_rate`; `counters`, `histogram`, [`trend`], `sampler`, [`journal`]; then the pure part: [`behaviour`],
//! [`faults`], `seeded_random`, [`fleet`].
//!
//! ```no_run
//! # async fn example(connection: hub_wire::connection_string::ServiceConnectionString) -> Result<(), Box<dyn std::error::Error>> {
//! use device_pool::{Capacity, MqttEndpoint, Pool, PoolConfig, PoolSettings, SettingsPatch};
//!
//! let pool = Pool::start(PoolConfig {
//!     connection,
//!     rest_endpoint: Some("http://127.0.0.1:8080".into()),
//!     mqtt: MqttEndpoint { host: "127.0.0.1".into(), port: 1883, tls: None },
//!     count: 100,
//!     prefix: "door-".into(),
//!     settings: PoolSettings::default(),
//!     capacity: Capacity::default(),
//! })
//! .await?;
//! pool.wait_connected().await;
//! pool.apply(SettingsPatch { error_share: Some(0.05), ..SettingsPatch::default() }).await?;
//! pool.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod behaviour;
pub mod config;
mod connect_rate;
mod context;
mod counters;
mod device;
pub mod error;
pub mod faults;
pub mod fleet;
mod histogram;
pub mod journal;
mod link;
mod pending_actions;
pub mod pool;
mod sampler;
mod seeded_random;
mod session;
pub mod settings;
mod supervisor;
mod topic;
pub mod trend;

pub use config::{MqttEndpoint, PoolConfig, TlsTrust};
pub use connect_rate::REAL_HUB_CONNECTS_PER_SECOND;
pub use counters::PoolSnapshot;
pub use error::PoolError;
pub use histogram::AnswerTimes;
pub use pool::Pool;
pub use settings::{Capacity, InvalidSetting, Latency, PoolSettings, SettingsPatch};

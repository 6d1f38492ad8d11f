//! A pool of simulated devices: doors with an electric lock. They know a hub as real devices do, over MQTT, and are
//! registered over REST.
//!
//! One call, end to end: a job of the hub publishes a method to `door-0042`; the device's `session` reads the packet
//! from its `link`, `topic` takes name and request id out of the topic, [`faults`] decides the call's fate from the
//! seed, [`behaviour`] what the door does and answers, and the answer waits in the `agenda` for as long as the
//! latency says. Then it is published, and what it changed is reported to the device's twin.
//!
//! The pool is a load test's other half, so a device is kept small: one task, one timer, buffers that shrink when
//! idle: 3 KB of memory each, measured with a thousand connected. The MQTT packets are `rumqttc`'s (`mqttbytes::v4`);
//! its event loop is not used, since with the smallest settings it takes 25 KB for each client: buffers for a busy one,
//! and a bit set for QoS 2, which a hub does not speak.
//!
//! Reading order: [`config`] and [`settings`]; [`pool`] and `supervisor`; `device`, `session`, `agenda`, `link`,
//! `topic`, `pace`; what is counted: `counters`, `histogram`, [`trend`], [`journal`]; then what is pure: [`behaviour`], [`faults`], `chance`, [`fleet`].
//!
//! ```no_run
//! # async fn example(connection: hub_wire::connection_string::ServiceConnectionString) -> Result<(), Box<dyn std::error::Error>> {
//! use device_pool::{MqttEndpoint, Pool, PoolConfig, PoolSettings, SettingsPatch};
//!
//! let pool = Pool::start(PoolConfig {
//!     connection,
//!     rest_endpoint: Some("http://127.0.0.1:8080".into()),
//!     mqtt: MqttEndpoint { host: "127.0.0.1".into(), port: 1883, tls: None },
//!     count: 100,
//!     prefix: "door-".into(),
//!     settings: PoolSettings::default(),
//! })
//! .await?;
//! pool.wait_connected().await;
//! pool.apply(SettingsPatch { error_share: Some(0.05), ..SettingsPatch::default() }).await?;
//! pool.stop().await;
//! # Ok(())
//! # }
//! ```

mod agenda;
pub mod behaviour;
mod chance;
pub mod config;
mod context;
mod counters;
mod device;
pub mod error;
pub mod faults;
pub mod fleet;
mod histogram;
pub mod journal;
mod link;
mod pace;
pub mod pool;
mod session;
pub mod settings;
mod supervisor;
mod topic;
pub mod trend;

pub use config::{MqttEndpoint, PoolConfig, TlsTrust};
pub use counters::PoolSnapshot;
pub use error::PoolError;
pub use histogram::AnswerTimes;
pub use pace::REAL_HUB_CONNECTS_PER_SECOND;
pub use pool::Pool;
pub use settings::{InvalidSetting, Latency, PoolSettings, SettingsPatch};

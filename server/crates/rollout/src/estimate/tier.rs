//! How many devices and registry requests a minute a hub takes.
//!
//! Source: `iot-hub-devguide-quotas-throttling.md`, the rows of direct methods, twin updates, device operations of jobs and
//! identity registry operations.

use serde::{Deserialize, Serialize};

use crate::settings::Engine;

/// A direct method is metered by so many bytes of its payload.
const METER_BYTES: u64 = 4_096;

/// An edition of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tier {
    /// S1, and with it Free.
    S1,
    /// S2.
    S2,
    /// S3.
    S3,
}

/// What is done to each device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A direct method with so many bytes of payload.
    Method(u64),
    /// A change of its twin.
    TwinChange,
}

impl Tier {
    /// How many devices a minute a hub of so many units takes, if the job shares it equally with `other_jobs`. At least 1.
    pub fn devices_per_minute(self, units: u32, engine: Engine, work: Work, other_jobs: u32) -> u32 {
        let units = u64::from(units.max(1));
        let per_second = match (engine, work, self) {
            (Engine::HubJobs, _, Self::S1) => 10,
            (Engine::HubJobs, _, Self::S2) => units.max(10),
            (Engine::HubJobs, _, Self::S3) => 50 * units,
            (Engine::DirectCalls, Work::TwinChange, Self::S1) => 50,
            (Engine::DirectCalls, Work::TwinChange, Self::S2) => (5 * units).max(50),
            (Engine::DirectCalls, Work::TwinChange, Self::S3) => 250 * units,
            (Engine::DirectCalls, Work::Method(_), Self::S1) => 40 * units,
            (Engine::DirectCalls, Work::Method(_), Self::S2) => 120 * units,
            (Engine::DirectCalls, Work::Method(_), Self::S3) => 6_144 * units,
        };
        let meters = match (engine, work) {
            (Engine::DirectCalls, Work::Method(bytes)) => bytes.div_ceil(METER_BYTES).max(1),
            _ => 1,
        };
        let per_minute = per_second * 60 / meters / (u64::from(other_jobs) + 1);
        u32::try_from(per_minute).unwrap_or(u32::MAX).max(1)
    }

    /// How many jobs a hub runs at once; it refuses further ones.
    ///
    /// Source: `iot-hub-devguide-quotas-throttling.md`, "Jobs".
    pub const fn jobs_at_once(self) -> u32 {
        match self {
            Self::S1 => 1,
            Self::S2 => 5,
            Self::S3 => 10,
        }
    }

    /// How many requests to its registry a hub of so many units takes a minute: 1.67 a second and unit, with S3 83.33. A bulk
    /// request is one.
    pub const fn registry_requests_per_minute(self, units: u32) -> u32 {
        let per_unit = match self {
            Self::S1 | Self::S2 => 100,
            Self::S3 => 5_000,
        };
        let units = if units == 0 { 1 } else { units };
        units.saturating_mul(per_unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_rates() {
        let method = Work::Method(100);
        for (tier, units, engine, work, others, per_second) in [
            (Tier::S1, 1, Engine::HubJobs, method, 0, 10),
            (Tier::S1, 9, Engine::HubJobs, method, 0, 10),
            (Tier::S2, 20, Engine::HubJobs, Work::TwinChange, 0, 20),
            (Tier::S3, 2, Engine::HubJobs, Work::Method(100_000), 0, 100),
            (Tier::S1, 1, Engine::DirectCalls, method, 0, 40),
            (Tier::S1, 1, Engine::DirectCalls, Work::Method(0), 0, 40),
            (Tier::S1, 2, Engine::DirectCalls, Work::Method(4_097), 0, 40),
            (Tier::S1, 5, Engine::DirectCalls, method, 3, 50),
            (Tier::S2, 1, Engine::DirectCalls, method, 0, 120),
            (Tier::S3, 1, Engine::DirectCalls, method, 0, 6_144),
            (Tier::S1, 5, Engine::DirectCalls, Work::TwinChange, 0, 50),
            (Tier::S2, 20, Engine::DirectCalls, Work::TwinChange, 0, 100),
        ] {
            let found = tier.devices_per_minute(units, engine, work, others);
            assert_eq!(found, per_second * 60, "{tier:?} with {units} units, {engine:?}, {work:?}");
        }
        let slowest = Tier::S1.devices_per_minute(0, Engine::DirectCalls, Work::Method(u64::MAX), u32::MAX);
        assert_eq!(slowest, 1);
        for (tier, units, per_minute) in
            [(Tier::S1, 1, 100), (Tier::S1, 0, 100), (Tier::S2, 3, 300), (Tier::S3, 2, 10_000)]
        {
            assert_eq!(tier.registry_requests_per_minute(units), per_minute, "{tier:?} with {units} units");
        }
    }
}

//! The throttles that Microsoft publishes for each edition of the hub, so that an estimate can be tried against them.
//!
//! Source: `iot-hub-devguide-quotas-throttling.md`. Figures are for a hub; those that grow with its units say so.

use std::time::Duration;

use super::throttle::Rate;

/// An edition. Without one the hub imposes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// S1, and with it Free and B1.
    S1,
    /// S2.
    S2,
    /// S3.
    S3,
}

/// What is counted. The words are those that refusals use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An identity created, read, listed, changed or deleted. A bulk request is one.
    Registry,
    /// A device that connects, however it comes.
    Connect,
    /// A message from a device.
    DeviceToCloud,
    /// A message to a device.
    CloudToDevice,
    /// 4 KB of a direct method's payload, or a part of that.
    DirectMethod,
    /// A page of a query.
    Query,
    /// A twin read, by a service or by its device.
    TwinRead,
    /// A twin changed, by a service or by its device.
    TwinUpdate,
    /// A job created, read, listed or cancelled.
    Job,
    /// A device called, or its twin changed, by a job.
    JobDevice,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Registry,
        Self::Connect,
        Self::DeviceToCloud,
        Self::CloudToDevice,
        Self::DirectMethod,
        Self::Query,
        Self::TwinRead,
        Self::TwinUpdate,
        Self::Job,
        Self::JobDevice,
    ];

    /// Its name in refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "RegistryOperation",
            Self::Connect => "DeviceConnection",
            Self::DeviceToCloud => "DeviceToCloudSend",
            Self::CloudToDevice => "CloudToDeviceSend",
            Self::DirectMethod => "DirectMethod",
            Self::Query => "Query",
            Self::TwinRead => "TwinRead",
            Self::TwinUpdate => "TwinUpdate",
            Self::Job => "JobOperation",
            Self::JobDevice => "JobDeviceOperation",
        }
    }
}

/// What one call of a direct method counts: its payload in steps of 4 KB, an empty one as much as a small one.
pub fn method_meters(payload_bytes: usize) -> u32 {
    u32::try_from(payload_bytes.div_ceil(4096)).unwrap_or(u32::MAX).max(1)
}

impl Tier {
    /// Most v2 jobs that run or wait for their start at once; one more is refused with 429.
    pub const fn active_jobs(self) -> u64 {
        match self {
            Self::S1 => 1,
            Self::S2 => 5,
            Self::S3 => 10,
        }
    }

    /// The published rate of an operation on a hub of so many units (at least 1).
    #[expect(clippy::match_same_arms, reason = "the source's table, row by row")]
    pub fn rate(self, units: u32, operation: Operation) -> Rate {
        use Operation as Of;
        let (least, each, per) = match (operation, self) {
            (Of::Registry | Of::CloudToDevice | Of::Job, Self::S1 | Self::S2) => (0, 100, MINUTE),
            (Of::Registry | Of::CloudToDevice | Of::Job, Self::S3) => (0, 5_000, MINUTE),
            (Of::Query, Self::S1 | Self::S2) => (0, 20, MINUTE),
            (Of::Query, Self::S3) => (0, 1_000, MINUTE),
            (Of::Connect | Of::DeviceToCloud, Self::S1) => (100, 12, SECOND),
            (Of::Connect | Of::DeviceToCloud, Self::S2) => (0, 120, SECOND),
            (Of::Connect | Of::DeviceToCloud, Self::S3) => (0, 6_000, SECOND),
            // 160 KB, 480 KB and 24 MB a second, metered by 4 KB.
            (Of::DirectMethod, Self::S1) => (0, 40, SECOND),
            (Of::DirectMethod, Self::S2) => (0, 120, SECOND),
            (Of::DirectMethod, Self::S3) => (0, 6_144, SECOND),
            (Of::TwinRead, Self::S1) => (100, 0, SECOND),
            (Of::TwinRead, Self::S2) => (100, 10, SECOND),
            (Of::TwinRead, Self::S3) => (0, 500, SECOND),
            (Of::TwinUpdate, Self::S1) => (50, 0, SECOND),
            (Of::TwinUpdate, Self::S2) => (50, 5, SECOND),
            (Of::TwinUpdate, Self::S3) => (0, 250, SECOND),
            (Of::JobDevice, Self::S1) => (10, 0, SECOND),
            (Of::JobDevice, Self::S2) => (10, 1, SECOND),
            (Of::JobDevice, Self::S3) => (0, 50, SECOND),
        };
        Rate { count: least.max(units.max(1).saturating_mul(each)), per }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the source, for one unit, for four, and for twenty.
    #[test]
    fn the_published_table() {
        use Operation as Of;
        use Tier::{S1, S2, S3};
        for (operation, tier, per, [one, four, twenty]) in [
            (Of::Registry, S1, 60, [100, 400, 2_000]),
            (Of::Registry, S2, 60, [100, 400, 2_000]),
            (Of::Registry, S3, 60, [5_000, 20_000, 100_000]),
            (Of::Connect, S1, 1, [100, 100, 240]),
            (Of::Connect, S2, 1, [120, 480, 2_400]),
            (Of::Connect, S3, 1, [6_000, 24_000, 120_000]),
            (Of::DeviceToCloud, S1, 1, [100, 100, 240]),
            (Of::DeviceToCloud, S2, 1, [120, 480, 2_400]),
            (Of::DeviceToCloud, S3, 1, [6_000, 24_000, 120_000]),
            (Of::CloudToDevice, S1, 60, [100, 400, 2_000]),
            (Of::CloudToDevice, S2, 60, [100, 400, 2_000]),
            (Of::CloudToDevice, S3, 60, [5_000, 20_000, 100_000]),
            (Of::DirectMethod, S1, 1, [40, 160, 800]),
            (Of::DirectMethod, S2, 1, [120, 480, 2_400]),
            (Of::DirectMethod, S3, 1, [6_144, 24_576, 122_880]),
            (Of::Query, S1, 60, [20, 80, 400]),
            (Of::Query, S2, 60, [20, 80, 400]),
            (Of::Query, S3, 60, [1_000, 4_000, 20_000]),
            (Of::TwinRead, S1, 1, [100, 100, 100]),
            (Of::TwinRead, S2, 1, [100, 100, 200]),
            (Of::TwinRead, S3, 1, [500, 2_000, 10_000]),
            (Of::TwinUpdate, S1, 1, [50, 50, 50]),
            (Of::TwinUpdate, S2, 1, [50, 50, 100]),
            (Of::TwinUpdate, S3, 1, [250, 1_000, 5_000]),
            (Of::Job, S1, 60, [100, 400, 2_000]),
            (Of::Job, S2, 60, [100, 400, 2_000]),
            (Of::Job, S3, 60, [5_000, 20_000, 100_000]),
            (Of::JobDevice, S1, 1, [10, 10, 10]),
            (Of::JobDevice, S2, 1, [10, 10, 20]),
            (Of::JobDevice, S3, 1, [50, 200, 1_000]),
        ] {
            for (units, count) in [(0, one), (1, one), (4, four), (20, twenty)] {
                let expected = Rate { count, per: Duration::from_secs(per) };
                assert_eq!(tier.rate(units, operation), expected, "{operation:?} {tier:?} {units}");
            }
        }
        assert!([S1, S2, S3].iter().all(|tier| Of::ALL.iter().all(|of| tier.rate(u32::MAX, *of).count > 0)));
    }

    #[test]
    fn a_method_counts_once_per_4_kilobytes() {
        for (bytes, meters) in [(0, 1), (1, 1), (4096, 1), (4097, 2), (128 * 1024, 32)] {
            assert_eq!(method_meters(bytes), meters, "{bytes}");
        }
    }
}

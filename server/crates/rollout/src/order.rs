//! Which device is in which wave, and in which order a wave is called.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::settings::{Order, Settings, TagValues, WaveSize};

/// A device when targets are read. The values are those of the tags that the settings name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The device's id.
    pub device_id: String,
    /// Value of the tag that orders devices.
    pub order_value: Option<String>,
    /// Value of the tag that makes waves.
    pub wave_value: Option<String>,
    /// Value of the tag with the device's time zone.
    pub zone: Option<String>,
}

/// Where a device comes in the sample of a job: the first eight bytes of SHA-256 of both ids. So the order is the same on every
/// server and after a restart, and differs between jobs.
pub fn sample_key(job_id: &str, device_id: &str) -> u64 {
    // A line break is in neither of the ids, so no two pairs have the same text.
    let digest = Sha256::new().chain_update(job_id).chain_update("\n").chain_update(device_id).finalize();
    digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// Divides the targets of a job into its waves, the last one with the rest. A device is meant by its position in `targets`.
pub(crate) fn arrange(settings: &Settings, job_id: &str, targets: &[Target]) -> Vec<Vec<u32>> {
    let mut ordered: Vec<(usize, u64, u32)> = (0_u32..)
        .zip(targets)
        .map(|(index, target)| {
            (position(&settings.order, target), sample_key(job_id, &target.device_id), index)
        })
        .collect();
    ordered.sort_unstable();
    let mut rest: Vec<u32> = ordered.into_iter().map(|(_, _, index)| index).collect();
    let mut waves = Vec::with_capacity(settings.waves.len() + 1);
    for wave in &settings.waves {
        let (taken, left) = match &wave.size {
            WaveSize::Devices(devices) => split_at(rest, u64::from(*devices)),
            WaveSize::Percent(share) => split_at(rest, share.of(targets.len() as u64).max(1)),
            WaveSize::Tag(of) => rest.into_iter().partition(|index| {
                targets.get(*index as usize).is_some_and(|target| has_value(target.wave_value.as_deref(), of))
            }),
        };
        waves.push(taken);
        rest = left;
    }
    waves.push(rest);
    waves
}

fn split_at(mut devices: Vec<u32>, first: u64) -> (Vec<u32>, Vec<u32>) {
    let at = usize::try_from(first).unwrap_or(usize::MAX).min(devices.len());
    let rest = devices.split_off(at);
    (devices, rest)
}

/// Where an order by a tag puts a device; 0 for all in a sample.
fn position(order: &Order, target: &Target) -> usize {
    match order {
        Order::Sample => 0,
        Order::Tag(of) => {
            let at = |value: &str| of.values.iter().position(|known| known == value);
            target.order_value.as_deref().and_then(at).unwrap_or(of.values.len())
        }
    }
}

fn has_value(value: Option<&str>, of: &TagValues) -> bool {
    value.is_some_and(|value| of.values.iter().any(|known| known == value))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn targets(count: usize) -> Vec<Target> {
        (0..count)
            .map(|n| Target {
                device_id: format!("door-{n:05}"),
                order_value: Some(format!("{}", n % 4)),
                wave_value: (n % 5 > 0).then(|| format!("{}", n % 5)),
                zone: None,
            })
            .collect()
    }

    fn arranged(waves: &Value, order: &Value, count: usize) -> Vec<Vec<u32>> {
        let settings: Settings = serde_json::from_value(json!({"waves": waves, "order": order})).unwrap();
        arrange(&settings, "job", &targets(count))
    }

    fn sizes(waves: &Value, count: usize) -> Vec<usize> {
        let waves = arranged(waves, &json!("sample"), count);
        let mut all: Vec<u32> = waves.iter().flatten().copied().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..u32::try_from(count).unwrap()), "every device is in one wave");
        waves.iter().map(Vec::len).collect()
    }

    #[test]
    fn sizes_of_waves() {
        let percent = |shares: &[u32]| -> Value {
            shares.iter().map(|share| json!({"size": {"percent": share}})).collect()
        };
        assert_eq!(sizes(&json!([]), 10), [10]);
        assert_eq!(
            sizes(&percent(&[1, 9, 40]), 24_310),
            [243, 2_188, 9_724, 12_155],
            "percent of all, not of the rest"
        );
        assert_eq!(sizes(&percent(&[1, 9, 40]), 5), [1, 1, 2, 1], "at least one device");
        assert_eq!(sizes(&percent(&[50, 50]), 7), [4, 3, 0], "rounded; the rest is what is left");
        assert_eq!(sizes(&percent(&[1, 1]), 0), [0, 0, 0]);
        assert_eq!(sizes(&json!([{"size": {"devices": 3}}, {"size": {"devices": 90}}]), 10), [3, 7, 0]);
        let tag = json!([{"size": {"tag": {"tag": "tags.b", "values": ["1"]}}}, {"size": {"tag": {"tag": "tags.b", "values": ["2", "3"]}}}]);
        assert_eq!(sizes(&tag, 20), [4, 8, 8], "devices without the tag are in the last wave");
    }

    #[test]
    fn a_tag_orders_before_the_sample() {
        let order = json!({"tag": {"tag": "tags.floor", "values": ["2", "0"]}});
        let waves = arranged(&json!([{"size": {"devices": 10}}]), &order, 40);
        let floors = |wave: &[u32]| wave.iter().map(|device| device % 4).collect::<Vec<_>>();
        assert_eq!(floors(&waves[0]), [2; 10]);
        assert_eq!(floors(&waves[1])[..10], [0; 10]);
        assert!(floors(&waves[1])[10..].iter().all(|floor| floor % 2 == 1));
    }

    /// The first tenth of a sample has about a tenth of each building, and another job has another sample.
    #[test]
    fn a_sample_is_fair() {
        let waves = arranged(&json!([{"size": {"percent": 10}}]), &json!("sample"), 10_000);
        for building in 0..5 {
            let share = waves[0].iter().filter(|device| *device % 5 == building).count();
            assert!((150..=250).contains(&share), "{share} of 1,000 are in building {building}");
        }
        let mut other = targets(10_000);
        other.sort_by_key(|target| sample_key("another job", &target.device_id));
        let first: Vec<_> = other.iter().take(1_000).map(|target| target.device_id.clone()).collect();
        let both = waves[0].iter().filter(|device| first.contains(&format!("door-{device:05}"))).count();
        assert!(both < 200, "{both} devices are first in both jobs");
    }

    /// Servers of different versions have to agree about a job in flight.
    #[test]
    fn the_key_does_not_change() {
        assert_eq!(sample_key("job", "door-00001"), 0x374e_7520_c5e5_e3d4);
    }
}

//! Reproducible random numbers: each is a pure function of the seed and of its purpose.
//!
//! There is no generator state, so results do not depend on the order in which devices act, and cost a device no memory.

/// What a random number is for; two purposes never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Purpose {
    Offline = 1,
    CallOutcome,
    Latency,
    SecondLatency,
    Battery,
    Firmware,
    Wing,
    Locked,
    Renewal,
}

/// 64 well-mixed bits.
pub(crate) fn bits(seed: u64, device: usize, call: u64, purpose: Purpose) -> u64 {
    [device as u64, call, purpose as u64].into_iter().fold(mix(seed), |state, word| mix(state ^ mix(word)))
}

/// Uniform in 0 (included) to 1 (excluded).
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
pub(crate) fn uniform(seed: u64, device: usize, call: u64, purpose: Purpose) -> f64 {
    (bits(seed, device, call, purpose) >> 11) as f64 / (1_u64 << 53) as f64
}

/// One of `count` (1 or more), evenly for small counts.
pub(crate) fn pick(seed: u64, device: usize, purpose: Purpose, count: u64) -> u64 {
    bits(seed, device, 0, purpose) % count
}

/// `SplitMix64`'s output function on the next state. Source: Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators".
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_repeatable_and_differ() {
        let draw = |seed, device, call, purpose| uniform(seed, device, call, purpose).to_bits();
        let base = draw(1, 2, 3, Purpose::CallOutcome);
        assert_eq!(base, draw(1, 2, 3, Purpose::CallOutcome));
        for other in [
            draw(2, 2, 3, Purpose::CallOutcome),
            draw(1, 3, 3, Purpose::CallOutcome),
            draw(1, 2, 4, Purpose::CallOutcome),
            draw(1, 3, 2, Purpose::CallOutcome),
            draw(1, 2, 3, Purpose::Latency),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn draws_are_even() {
        let mut tenths = [0_u32; 10];
        for device in 0..10_000 {
            let draw = uniform(7, device, 1, Purpose::Offline);
            assert!((0.0..1.0).contains(&draw));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let tenth = (draw * 10.0) as usize;
            tenths[tenth] += 1;
        }
        // A thousand each; five standard deviations are 150.
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
    }
}

//! The form's fields as texts, and what they ask of the pool. The browser only names the fields that differ; the server
//! reads them.

#[cfg(any(feature = "ssr", test))]
use console_wire::{
    problem::FieldError,
    simulator::{Knobs, KnobsPatch, Latency},
};
use serde::{Deserialize, Serialize};

use super::knob::Knob;
#[cfg(any(feature = "ssr", test))]
use super::knob::{percentiles, whole};

/// The fields, as texts; one that is empty or absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KnobForm {
    count: String,
    latency: String,
    slowest: String,
    offline: String,
    error: String,
    silent: String,
    drop: String,
    connects: String,
    seed: String,
}

impl KnobForm {
    /// The form with these texts.
    pub(crate) fn of(text: impl Fn(Knob) -> String) -> Self {
        Self {
            count: text(Knob::Count),
            latency: text(Knob::Latency),
            slowest: text(Knob::Slowest),
            offline: text(Knob::Offline),
            error: text(Knob::Error),
            silent: text(Knob::Silent),
            drop: text(Knob::Drop),
            connects: text(Knob::Connects),
            seed: text(Knob::Seed),
        }
    }
}

#[cfg(any(feature = "ssr", test))]
impl KnobForm {
    fn text(&self, knob: Knob) -> &str {
        match knob {
            Knob::Count => &self.count,
            Knob::Latency => &self.latency,
            Knob::Slowest => &self.slowest,
            Knob::Offline => &self.offline,
            Knob::Error => &self.error,
            Knob::Silent => &self.silent,
            Knob::Drop => &self.drop,
            Knob::Connects => &self.connects,
            Knob::Seed => &self.seed,
        }
    }

    /// What the form asks of a pool that is set so.
    ///
    /// # Errors
    /// Every field at fault.
    pub(crate) fn patch(&self, now: &Knobs) -> Result<KnobsPatch, Vec<FieldError>> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for knob in Knob::ALL {
            let text = self.text(knob).trim();
            if text.is_empty() {
                continue;
            }
            match knob.read(text) {
                Ok(value) => values.push((knob, value)),
                Err(message) => errors.push(FieldError::new(knob.as_str(), message)),
            }
        }
        if errors.is_empty() { Ok(patch(now, &values)) } else { Err(errors) }
    }
}

/// The change that these values are to a pool that is set so.
#[cfg(any(feature = "ssr", test))]
fn patch(now: &Knobs, values: &[(Knob, f64)]) -> KnobsPatch {
    let given = |knob| values.iter().find(|(known, _)| *known == knob).map(|(_, value)| *value);
    let latency_ms = match (given(Knob::Latency), given(Knob::Slowest)) {
        (None, None) => None,
        (median, slowest) => {
            let (p50, p95) = percentiles(now.latency_ms);
            let p50 = median.unwrap_or(p50);
            // A median moved past the slow answers takes them along.
            let p95 = slowest.unwrap_or(p95).max(p50);
            Some(if p95 > p50 { Latency::Spread { p50, p95 } } else { Latency::Constant(p50) })
        }
    };
    let share = |knob: Knob| given(knob).map(|value| value / 100.0);
    KnobsPatch {
        count: given(Knob::Count).map(whole),
        latency_ms,
        offline_share: share(Knob::Offline),
        error_share: share(Knob::Error),
        silent_share: share(Knob::Silent),
        drop_share: share(Knob::Drop),
        connects_per_second: given(Knob::Connects)
            .map(|value| u32::try_from(whole(value)).unwrap_or(u32::MAX)),
        seed: given(Knob::Seed).map(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::knobs, *};

    #[test]
    fn only_what_is_given_changes() {
        let form = KnobForm { error: "25".into(), slowest: "50".into(), ..KnobForm::default() };
        let patch = form.patch(&knobs()).unwrap();
        let expected = KnobsPatch {
            error_share: Some(0.25),
            latency_ms: Some(Latency::Constant(120.0)),
            ..KnobsPatch::default()
        };
        assert_eq!(patch, expected);
        let wrong = KnobForm { drop: "x".into(), silent: "200".into(), ..KnobForm::default() };
        let fields: Vec<_> =
            wrong.patch(&knobs()).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["silent", "drop"]);
    }
}

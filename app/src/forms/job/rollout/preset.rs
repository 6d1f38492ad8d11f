//! Ready-made settings, so that a rollout with a stop rule is one click.

use super::{RolloutForm, RuleForm, WaveForm};

/// Ready-made waves with a stop rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    /// All devices in one wave.
    AtOnce,
    /// 1 %, 10 %, the rest.
    ThreeWaves,
    /// 20 devices, then a person decides.
    PilotFirst,
    /// 1 %, 9 %, 40 %, and a person decides about the rest.
    FourCareful,
}

impl Preset {
    /// All of them, in the order of the form.
    pub(crate) const ALL: [Self; 4] = [Self::AtOnce, Self::ThreeWaves, Self::PilotFirst, Self::FourCareful];

    /// The word in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::ThreeWaves => "three-waves",
            Self::PilotFirst => "pilot",
            Self::FourCareful => "four-waves",
        }
    }

    /// By the word in addresses.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == word)
    }

    /// On its button, and below it.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::AtOnce => ("All at once", "One hub job, no stop rule"),
            Self::ThreeWaves => ("Three waves", "1 %, 10 %, the rest; pauses at 5 % failed"),
            Self::PilotFirst => ("Pilot first", "20 devices, then a person decides"),
            Self::FourCareful => ("Four careful waves", "1 %, 9 %, 40 %, a person decides about the rest"),
        }
    }

    /// Puts the preset into a form; what presets do not choose stays.
    pub(crate) fn apply(self, form: &mut RolloutForm) {
        let wave = |size: &str, succeeded: &str, soak: &str, then: &str| WaveForm {
            size: size.into(),
            succeeded: succeeded.into(),
            soak: soak.into(),
            then: then.into(),
        };
        let rule = |percent: &str, at_least: &str| RuleForm {
            percent: percent.into(),
            at_least: at_least.into(),
            ..RuleForm::default()
        };
        let (sizes_in, waves, rules) = match self {
            Self::AtOnce => {
                *form = RolloutForm::default();
                return;
            }
            Self::ThreeWaves => (
                "percent",
                vec![wave("1", "95", "10", "continue"), wave("10", "95", "10", "continue")],
                vec![rule("5", "20")],
            ),
            Self::PilotFirst => ("devices", vec![wave("20", "95", "", "askPerson")], vec![rule("5", "20")]),
            Self::FourCareful => (
                "percent",
                vec![
                    wave("1", "98", "30", "continue"),
                    wave("9", "98", "30", "continue"),
                    wave("40", "98", "60", "askPerson"),
                ],
                vec![rule("3", "20")],
            ),
        };
        form.sizes_in = sizes_in.into();
        form.waves = waves;
        form.rules = rules;
        if form.retries == "0" {
            form.retries = "3".into();
        }
    }

    /// Whether a form has the waves and the rules of the preset.
    pub(crate) fn is_in(self, form: &RolloutForm) -> bool {
        let mut with = form.clone();
        if self == Self::AtOnce {
            return !form.is_touched();
        }
        self.apply(&mut with);
        with == *form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_valid_and_is_recognised() {
        for preset in Preset::ALL {
            let mut form = RolloutForm::default();
            preset.apply(&mut form);
            let settings = form.settings(30).unwrap();
            assert_eq!(settings.is_some(), preset != Preset::AtOnce);
            assert!(settings.is_none_or(|settings| !settings.stop_rules.is_empty()));
            let found: Vec<_> = Preset::ALL.into_iter().filter(|preset| preset.is_in(&form)).collect();
            assert_eq!(found, [preset]);
            assert_eq!(Preset::from_word(preset.as_str()), Some(preset));
        }
    }

    #[test]
    fn all_at_once_takes_everything_back() {
        let mut form = RolloutForm { rate: "5".into(), ..RolloutForm::default() };
        Preset::ThreeWaves.apply(&mut form);
        assert_eq!((form.waves.len(), form.rate.as_str(), form.retries.as_str()), (2, "5", "3"));
        Preset::AtOnce.apply(&mut form);
        assert!(!form.is_touched());
    }
}

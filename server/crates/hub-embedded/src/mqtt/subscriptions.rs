//! What a device listens to: a handful of fixed topics, so a byte holds them all.

use std::fmt;

/// One thing to listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    /// Messages from the cloud: `devices/{id}/messages/devicebound/#`.
    Devicebound,
    /// Method calls: `$iothub/methods/POST/#`.
    Methods,
    /// Answers to twin requests: `$iothub/twin/res/#`.
    TwinAnswers,
    /// Changes of desired properties: `$iothub/twin/PATCH/properties/desired/#`.
    Desired,
    /// A module's inputs: `devices/{id}/modules/{mid}/inputs/#`.
    Inputs,
}

impl Subscription {
    const ALL: [Self; 5] = [Self::Devicebound, Self::Methods, Self::TwinAnswers, Self::Desired, Self::Inputs];

    const fn word(self) -> &'static str {
        match self {
            Self::Devicebound => "devicebound",
            Self::Methods => "methods",
            Self::TwinAnswers => "twin-answers",
            Self::Desired => "desired",
            Self::Inputs => "inputs",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of [`Subscription`]s. Its text, for the store, is their words with blanks between.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Subscriptions(u8);

impl Subscriptions {
    /// Reads the text; words of a later version are passed over.
    pub fn from_text(text: &str) -> Self {
        Subscription::ALL
            .into_iter()
            .filter(|known| text.split_ascii_whitespace().any(|word| word == known.word()))
            .collect()
    }

    /// Whether it is among them.
    pub const fn contains(self, one: Subscription) -> bool {
        self.0 & one.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, one: Subscription) -> Self {
        Self(self.0 | one.bit())
    }

    /// These less one.
    #[must_use]
    pub const fn without(self, one: Subscription) -> Self {
        Self(self.0 & !one.bit())
    }

    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = Subscription> {
        Subscription::ALL.into_iter().filter(move |one| self.contains(*one))
    }
}

impl FromIterator<Subscription> for Subscriptions {
    fn from_iter<I: IntoIterator<Item = Subscription>>(all: I) -> Self {
        all.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Display for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { " " }, one.word())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        for bits in 0..32 {
            let set = Subscriptions(bits);
            assert_eq!(Subscriptions::from_text(&set.to_string()), set);
        }
        let set = Subscriptions::default().with(Subscription::Methods).with(Subscription::Desired);
        assert_eq!(set.to_string(), "methods desired");
        assert_eq!(Subscriptions::from_text("desired streams methods"), set);
        assert_eq!(set.without(Subscription::Desired).to_string(), "methods");
    }
}

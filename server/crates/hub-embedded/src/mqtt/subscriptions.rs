//! A device's subscriptions: its filters as it wrote them, and which of the hub's topics they cover.
//!
//! The filters themselves are kept, since two may overlap: when one is unsubscribed, the other still covers its topics.
//! Topics are matched again when something is sent, since a filter may be narrower than a subscription,
//! such as `$iothub/methods/POST/reboot/#`.

use std::fmt;

use super::{
    filter::{self, FilterFault},
    limits::MAX_FILTERS,
    topic::{self, Subscription},
};
use crate::domain::{Target, quote::quoted};

/// A device's filters.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Subscriptions(Vec<Filter>);

#[derive(Clone, PartialEq, Eq)]
struct Filter {
    text: Box<str>,
    /// 0 or 1, as granted.
    qos: u8,
    /// The bits of the [`Subscription`]s of which it covers something.
    covers: u8,
}

impl Subscriptions {
    /// Filters that the store kept. A filter that is not valid any more is left out.
    pub fn resume<'a>(target: &Target, kept: impl IntoIterator<Item = (&'a str, u8)>) -> Self {
        let mut subscriptions = Self::default();
        for (filter, qos) in kept {
            let _ = subscriptions.subscribe(target, filter, qos);
        }
        subscriptions
    }

    /// Adds a filter. One that is there already is replaced, as MQTT says.
    ///
    /// # Errors
    /// When it is no filter, matches nothing that the hub sends to the device, or is one too many.
    pub fn subscribe(&mut self, target: &Target, text: &str, qos: u8) -> Result<(), FilterFault> {
        let ids: Vec<&str> = std::iter::once(target.device_id.as_str()).chain(target.module_str()).collect();
        filter::check(text, &ids)?;
        let covers = topic::sent_to(target)
            .iter()
            .filter(|(_, form)| filter::matches_some(text, form.iter().copied()))
            .fold(0, |covers, (one, _)| covers | one.bit());
        if covers == 0 {
            return Err(FilterFault::MatchesNothing(quoted(text)));
        }
        if let Some(same) = self.0.iter_mut().find(|filter| *filter.text == *text) {
            same.qos = qos;
            return Ok(());
        }
        if self.0.len() >= MAX_FILTERS {
            return Err(FilterFault::TooMany);
        }
        self.0.push(Filter { text: text.into(), qos, covers });
        Ok(())
    }

    /// Removes a filter by its exact text. Topics that another filter covers stay covered.
    pub fn unsubscribe(&mut self, text: &str) {
        self.0.retain(|filter| *filter.text != *text);
    }

    /// Whether a topic of this kind is covered.
    pub fn contains(&self, one: Subscription) -> bool {
        self.0.iter().any(|filter| filter.covers & one.bit() != 0)
    }

    /// Whether a topic of the hub's matches one of the filters.
    pub fn matches_topic(&self, topic: &str) -> bool {
        self.0.iter().any(|filter| filter::matches(&filter.text, topic))
    }

    /// The filters and the quality of service granted to each, for the store.
    pub fn filters(&self) -> impl Iterator<Item = (&str, u8)> {
        self.0.iter().map(|filter| (&*filter.text, filter.qos))
    }
}

/// The labels of the covered kinds, separated by blanks.
impl fmt::Display for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<_> = Subscription::ALL
            .into_iter()
            .filter(|one| self.contains(*one))
            .map(Subscription::label)
            .collect();
        f.write_str(&labels.join(" "))
    }
}

impl fmt::Debug for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.filters().map(|(filter, _)| filter)).finish()
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::{DeviceId, ModuleId};

    use super::*;

    fn device(id: &str) -> Target {
        Target::device(DeviceId::new(id).unwrap())
    }

    fn module() -> Target {
        Target::module(DeviceId::new("d#1").unwrap(), ModuleId::new("m").unwrap())
    }

    /// What one filter covers; none when it is refused.
    fn covered(target: &Target, filter: &str) -> Option<String> {
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(target, filter, 1).ok()?;
        Some(subscriptions.to_string())
    }

    #[test]
    fn filters_cover_what_the_device_may_receive() {
        for (target, filter, expected) in [
            // As the SDKs of Node and Python write them.
            (device("d1"), "$iothub/methods/POST/#", Some("methods")),
            (device("d1"), "$iothub/twin/res/#", Some("twin-answers")),
            (device("d1"), "$iothub/twin/PATCH/properties/desired/#", Some("desired")),
            (device("d1"), "devices/d1/messages/devicebound/#", Some("devicebound")),
            (module(), "devices/d#1/modules/m/inputs/#", Some("inputs")),
            // azure-sdk-for-c, .NET nanoFramework, CircuitPython, NXP, C# for modules.
            (device("d1"), "devices/+/messages/devicebound/#", Some("devicebound")),
            (device("d1"), "$iothub/twin/#", Some("twin-answers desired")),
            (device("d1"), "$iothub/methods/#", Some("methods")),
            (module(), "devices/d#1/modules/m/#", Some("devicebound inputs")),
            (module(), "devices/+/modules/+/inputs/#", Some("inputs")),
            // Wider and narrower ones.
            (device("d1"), "#", Some("devicebound")),
            (device("d1"), "+/#", Some("devicebound")),
            (device("d1"), "devices/#", Some("devicebound")),
            (device("d1"), "devices/d1/#", Some("devicebound")),
            (device("d1"), "devices/d1/messages/devicebound/+", Some("devicebound")),
            (device("d1"), "devices/d1/messages/+/#", Some("devicebound")),
            (device("d1"), "$iothub/#", Some("methods twin-answers desired")),
            (device("d1"), "$iothub/+/POST/#", Some("methods")),
            (device("d1"), "$iothub/methods/POST/reboot/#", Some("methods")),
            (device("d1"), "$iothub/methods/POST/+/+", Some("methods")),
            (device("d1"), "$iothub/twin/res/200/#", Some("twin-answers")),
            (device("d1"), "$iothub/twin/PATCH/#", Some("desired")),
            (module(), "$iothub/#", Some("methods twin-answers desired")),
            (module(), "#", Some("devicebound inputs")),
            // Ids that hold wildcard characters.
            (device("d#1"), "devices/d#1/messages/devicebound/#", Some("devicebound")),
            (device("#"), "devices/#/messages/devicebound/#", Some("devicebound")),
            (device("+"), "devices/+/messages/devicebound/#", Some("devicebound")),
            (device("a+b"), "devices/a+b/messages/devicebound/#", Some("devicebound")),
            // Nothing of the device's.
            (device("d1"), "", None),
            (device("d1"), "x", None),
            (device("d1"), "devices/d2/messages/devicebound/#", None),
            (device("d1"), "devices/D1/messages/devicebound/#", None),
            (device("d1"), "devices/d1/messages/events/#", None),
            (device("d1"), "devices/d1/messages/devicebound", None),
            (device("d1"), "devices/d1/modules/m/inputs/#", None),
            (device("d1"), "devices/d1/inputs/#", None),
            (device("d1"), "$iothub/methods/POST/+", None),
            (device("d1"), "$iothub/methods/res/#", None),
            (device("d1"), "$iothub/twin/GET/#", None),
            (device("d1"), "$iothub/twin/PATCH/properties/reported/#", None),
            (device("d1"), "$iothub", None),
            (device("d1"), "$SYS/#", None),
            (device("d1"), "+/methods/POST/#", None),
            (device("d1"), "/#", None),
            (device("d1"), "devices/d1/#/devicebound", None),
            (device("d1"), "devices/d+/messages/devicebound/#", None),
            (device("d1"), "devices/d1/messages/devicebound#", None),
            (module(), "devices/d#1/messages/devicebound/#", None),
            (module(), "devices/d#1/modules/n/inputs/#", None),
        ] {
            assert_eq!(covered(&target, filter).as_deref(), expected, "{target} {filter}");
        }
    }

    #[test]
    fn overlapping_filters_are_removed_one_by_one() {
        let target = device("d1");
        let mut all = Subscriptions::default();
        for filter in [
            "$iothub/#",
            "$iothub/methods/POST/#",
            "$iothub/methods/POST/#",
            "devices/+/messages/devicebound/#",
        ] {
            all.subscribe(&target, filter, 1).unwrap();
        }
        all.unsubscribe("$iothub/twin/#");
        assert_eq!(all.to_string(), "devicebound methods twin-answers desired");
        all.unsubscribe("$iothub/#");
        assert_eq!(all.to_string(), "devicebound methods");
        all.unsubscribe("$iothub/methods/POST/#");
        assert_eq!(all.to_string(), "devicebound");
        all.unsubscribe("devices/d1/messages/devicebound/#");
        assert_eq!(all.to_string(), "devicebound", "another text is another filter");
    }

    #[test]
    fn a_narrow_filter_gets_what_it_matches() {
        let mut narrow = Subscriptions::default();
        narrow.subscribe(&device("d1"), "$iothub/methods/POST/reboot/#", 0).unwrap();
        assert!(narrow.matches_topic(&topic::method_request("reboot", 1)));
        assert!(!narrow.matches_topic(&topic::method_request("lock", 1)));
        assert!(!narrow.matches_topic(&topic::desired(1)));
    }

    #[test]
    fn kept_subscriptions_are_resumed() {
        let target = device("d1");
        let mut kept = Subscriptions::default();
        kept.subscribe(&target, "$iothub/#", 0).unwrap();
        kept.subscribe(&target, "devices/d1/#", 1).unwrap();
        assert_eq!(Subscriptions::resume(&target, kept.filters()), kept);
        let later_version =
            Subscriptions::resume(&target, [("$iothub/streams/#", 1), ("$iothub/methods/POST/#", 1)]);
        assert_eq!(later_version.filters().collect::<Vec<_>>(), [("$iothub/methods/POST/#", 1)]);
    }

    #[test]
    fn filters_are_bounded() {
        let target = device("d1");
        let mut many = Subscriptions::default();
        for number in 0..MAX_FILTERS {
            many.subscribe(&target, &format!("$iothub/methods/POST/m{number}/#"), 1).unwrap();
        }
        many.subscribe(&target, "$iothub/methods/POST/m0/#", 0).unwrap();
        assert_eq!(many.subscribe(&target, "$iothub/#", 1), Err(FilterFault::TooMany));
    }

    proptest::proptest! {
        /// Whatever of the hub's topics a granted filter matches is covered, and a refused one matches none.
        #[test]
        fn covered_is_matched(
            levels in proptest::collection::vec(
                "\\$iothub|devices|d1|messages|devicebound|methods|POST|twin|res|PATCH|properties|desired|x|\\+|", 1..7),
            open in proptest::bool::ANY,
        ) {
            let filter = levels.join("/") + if open { "/#" } else { "" };
            let target = device("d1");
            let mut one = Subscriptions::default();
            let granted = one.subscribe(&target, &filter, 1);
            for (subscription, topic) in [
                (Subscription::Devicebound, topic::devicebound(&target, "x")),
                (Subscription::Methods, topic::method_request("x", 1)),
                (Subscription::TwinAnswers, topic::twin_answer(200, "x", None)),
                (Subscription::Desired, topic::desired(1)),
            ] {
                let matched = filter::matches(&filter, &topic);
                proptest::prop_assert!(!matched || one.contains(subscription), "{filter} {topic}");
                proptest::prop_assert_eq!(one.matches_topic(&topic), matched);
                proptest::prop_assert!(!matched || granted.is_ok(), "{filter} {topic}");
            }
        }
    }
}

//! Topic filters by MQTT's rules, against the topics that the hub sends.
//!
//! `+` matches one level, `#` the rest including the parent; neither matches a first level that starts with `$`. Device and module ids may hold `+` and `#`, so a level that is the device's own id is
//! read as that id. Source: MQTT 3.1.1, section 4.7.

use super::limits::MAX_FILTER;
use crate::domain::quote::quoted;

/// Why a filter is not granted. The real hub closes the connection then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// Not a filter by MQTT's rules.
    #[error("the filter {filter} is not valid: {rule}")]
    Invalid {
        /// The filter, quoted.
        filter: String,
        /// Which rule it breaks.
        rule: &'static str,
    },
    /// No topic that the hub sends to this device matches it.
    #[error("the filter {0} matches nothing that the hub sends to this device")]
    MatchesNothing(String),
    /// The device has as many filters as the hub keeps.
    #[error("the device subscribes to more than {max} filters", max = super::limits::MAX_FILTERS)]
    TooMany,
}

/// One level of the topics that the hub sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level<'a> {
    /// This text.
    Text(&'a str),
    /// One level of any text: a name, a request id, a property bag.
    Any,
}

/// Checks a filter's form. `ids` are the device's own ids, which may hold wildcard characters.
pub(super) fn check(filter: &str, ids: &[&str]) -> Result<(), FilterFault> {
    let invalid = |rule| Err(FilterFault::Invalid { filter: quoted(filter), rule });
    if filter.is_empty() {
        return invalid("it is empty");
    }
    if filter.len() > MAX_FILTER {
        return invalid("it is too long");
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        if ids.contains(&level) {
            continue;
        }
        match level {
            "#" if levels.peek().is_some() => return invalid("'#' must be the last level"),
            "#" | "+" => {}
            _ if level.contains('#') => return invalid("'#' must be a level of its own"),
            _ if level.contains('+') => return invalid("'+' must be a level of its own"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a topic matches.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    matches_some(filter, topic.split('/').map(Level::Text))
}

/// Whether at least one topic of this form matches.
pub(super) fn matches_some<'a>(filter: &str, form: impl IntoIterator<Item = Level<'a>>) -> bool {
    let mut levels = filter.split('/').peekable();
    let mut form = form.into_iter().peekable();
    let is_reserved = matches!(form.peek(), Some(Level::Text(first)) if first.starts_with('$'));
    if is_reserved && matches!(levels.peek(), Some(&("#" | "+"))) {
        return false;
    }
    while let Some(level) = levels.next() {
        if level == "#" && levels.peek().is_none() {
            return true;
        }
        match form.next() {
            Some(Level::Any) => {}
            Some(Level::Text(text)) if level == "+" || level == text => {}
            Some(Level::Text(_)) | None => return false,
        }
    }
    form.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics() {
        for (filter, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/B", false),
            ("a/b", "a/b/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a/", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("+/+", "/a", true),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("#", "a/b", true),
            ("+/b/#", "a/b", true),
            ("#", "$iothub/twin", false),
            ("+/twin", "$iothub/twin", false),
            ("$iothub/#", "$iothub/twin", true),
            ("$iothub/+", "$iothub/twin", true),
            ("a/#/b", "a/#/b", true),
            ("a/#/b", "a/x/b", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn forms() {
        for (filter, rule) in [
            ("a/+/b/#", None),
            ("devices/d#1/+", None),
            ("devices/#/x", None),
            ("$iothub/#", None),
            ("", Some("it is empty")),
            ("a/#/b", Some("'#' must be the last level")),
            ("a#", Some("'#' must be a level of its own")),
            ("a/b+/c", Some("'+' must be a level of its own")),
            (&"x".repeat(MAX_FILTER + 1), Some("it is too long")),
        ] {
            let ids: &[&str] = if filter == "devices/#/x" { &["#"] } else { &["d#1"] };
            let found = match check(filter, ids) {
                Ok(()) => None,
                Err(FilterFault::Invalid { rule, .. }) => Some(rule),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, rule, "{filter}");
        }
    }

    proptest::proptest! {
        /// A form is met by a filter exactly when one of its topics is.
        #[test]
        fn a_form_is_all_of_its_topics(
            filter in proptest::collection::vec("a|b|\\$c|\\+", 1..5),
            open in proptest::bool::ANY,
            form in proptest::collection::vec(proptest::option::of("a|b|\\$c"), 1..5),
        ) {
            let mut filter = filter.join("/");
            if open {
                filter.push_str("/#");
            }
            let levels: Vec<_> =
                form.iter().map(|level| level.as_deref().map_or(Level::Any, Level::Text)).collect();
            // No form of the hub begins with any text.
            proptest::prop_assume!(levels[0] != Level::Any);
            let mut topics = vec![String::new()];
            for (at, level) in form.iter().enumerate() {
                let texts: Vec<&str> = level.as_deref().map_or(vec!["a", "b", "$c", "d"], |text| vec![text]);
                topics = topics
                    .iter()
                    .flat_map(|topic| {
                        texts.iter().map(move |text| format!("{topic}{}{text}", if at == 0 { "" } else { "/" }))
                    })
                    .collect();
            }
            let any = topics.iter().any(|topic| matches(&filter, topic));
            proptest::prop_assert_eq!(matches_some(&filter, levels), any, "{}", filter);
        }
    }
}

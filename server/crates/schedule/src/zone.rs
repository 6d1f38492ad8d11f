//! Time zones by their IANA names.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use crate::{fault::Fault, offset_period::OffsetPeriod};

/// Longest name of a zone, in bytes. The longest that exists has 32.
const MAX_NAME: usize = 64;

/// Where zones come from. Opened once when the program starts; the only part of this crate that reads files.
#[derive(Debug, Clone)]
pub struct Zones {
    /// Zone data of the system, which its updates keep up to date; empty in a bare container.
    system: TimeZoneDatabase,
    /// Zone data in the program, for names that the system does not have.
    bundled: TimeZoneDatabase,
}

impl Zones {
    /// The system's zone data, and behind it the program's own.
    pub fn system() -> Self {
        Self { system: TimeZoneDatabase::from_env(), bundled: TimeZoneDatabase::bundled() }
    }

    /// The program's own zone data alone: the same on every machine.
    pub fn bundled() -> Self {
        Self { system: TimeZoneDatabase::none(), bundled: TimeZoneDatabase::bundled() }
    }

    /// A zone by its name, such as `Europe/Berlin`, in any case of letters.
    ///
    /// # Errors
    /// The name is unknown. Names that look similar are offered.
    pub fn find(&self, name: &str) -> Result<TimeZone, Fault> {
        // The system's folder has more than zones: `right/…` counts leap seconds, `posixrules` and `localtime` are settings of
        // the machine. What the bundled data has is a zone, except `Etc/Unknown`.
        let known = (name.len() <= MAX_NAME).then(|| self.bundled.get(name).ok()).flatten();
        let known = known.filter(|zone| !zone.is_unknown());
        match known {
            Some(zone) => Ok(self.system.get(name).unwrap_or(zone)),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Fault {
        let shown: String = name.chars().take(MAX_NAME).collect();
        let what_to_do = match self.similar(&shown) {
            Some(similar) => format!("did you mean {similar}?"),
            None => "write an IANA name such as Europe/Berlin or UTC".into(),
        };
        Fault::new("zone", format!("there is no time zone {shown:?}"), what_to_do)
    }

    /// The name that is most similar to what was typed, or whose city was typed.
    fn similar(&self, typed: &str) -> Option<String> {
        let typed = typed.trim().to_lowercase().replace(' ', "_");
        let likeness = |name: &str| {
            let name = name.to_lowercase();
            let city = name.rsplit('/').next().unwrap_or(&name);
            strsim::jaro_winkler(&name, &typed).max(strsim::jaro_winkler(city, &typed))
        };
        let names = self.bundled.available().map(|name| name.as_str().to_owned());
        let (likeness, name) = names
            .map(|name| (likeness(&name), name))
            .max_by(|(a, name_a), (b, name_b)| a.total_cmp(b).then_with(|| name_b.cmp(name_a)))?;
        (likeness > 0.88).then_some(name)
    }
}

/// A change of a zone's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneChange {
    /// When.
    pub at: Timestamp,
    /// What the clock would show without the change.
    pub from: DateTime,
    /// What the clock shows.
    pub to: DateTime,
}

/// The next change of a zone's clock after an instant; nothing for a zone that has none any more.
pub fn next_change(zone: &TimeZone, after: Timestamp) -> Option<ZoneChange> {
    let period = OffsetPeriod::containing(zone, after);
    let (at, next) = period.next(zone)?;
    Some(ZoneChange { at, from: period.offset().to_datetime(at), to: next.offset().to_datetime(at) })
}

/// What people call a zone: the city of its name, such as `New York` of `America/New_York`.
pub(crate) fn city(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name() {
        for zones in [Zones::bundled(), Zones::system()] {
            for name in
                ["UTC", "Europe/Berlin", "europe/berlin", "America/Argentina/ComodRivadavia", "US/Eastern"]
            {
                assert!(zones.find(name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_similar_one() {
        for (typed, help) in [
            ("Europe/Berln", "did you mean Europe/Berlin?"),
            ("berlin", "did you mean Europe/Berlin?"),
            ("new york", "did you mean America/New_York?"),
            ("", "write an IANA name such as Europe/Berlin or UTC"),
            ("right/Europe/Berlin", "write an IANA name"),
            ("posixrules", "write an IANA name"),
            ("Etc/Unknown", ""),
            ("../../etc/passwd", "write an IANA name"),
            ("EST5EDT,M3.2.0,M11.1.0", ""),
            (&"x".repeat(10_000), "write an IANA name"),
        ] {
            let fault = Zones::system().find(typed).unwrap_err();
            assert_eq!(fault.field, "zone");
            assert!(fault.what_to_do.contains(help), "{typed}: {fault}");
            assert!(fault.what.len() < 200, "{fault}");
        }
    }

    #[test]
    fn the_next_change_of_the_clock_is_known() {
        let zones = Zones::bundled();
        let after: Timestamp = "2026-10-24T16:06:00Z".parse().unwrap();
        let change = next_change(&zones.find("Europe/Berlin").unwrap(), after).unwrap();
        assert_eq!(change.at.to_string(), "2026-10-25T01:00:00Z");
        assert_eq!(change.from.to_string(), "2026-10-25T03:00:00");
        assert_eq!(change.to.to_string(), "2026-10-25T02:00:00");
        for name in ["UTC", "Asia/Kolkata"] {
            assert_eq!(next_change(&zones.find(name).unwrap(), after), None, "{name}");
        }
    }
}

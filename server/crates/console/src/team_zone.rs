//! The time zone of the team, which is shown beside UTC, and those of schedules. Reads zone data, and no clock.

use console_wire::{overview::Zone, problem::FieldError};
use hub_wire::Timestamp;
use schedule::{ZoneChange, Zones, next_change};

/// A time zone other than UTC.
#[derive(Debug, Clone)]
pub(crate) struct TeamZone {
    name: String,
    zone: jiff::tz::TimeZone,
}

impl TeamZone {
    /// A zone by its IANA name; `None` for UTC, which is shown anyway.
    ///
    /// # Errors
    /// Why there is no such zone.
    pub(crate) fn find(name: &str) -> Result<Option<Self>, FieldError> {
        if matches!(name, "" | "UTC" | "Etc/UTC") {
            return Ok(None);
        }
        let zone =
            Zones::system().find(name).map_err(|fault| FieldError::new("timeZone", fault.to_string()))?;
        Ok(Some(Self { name: name.to_owned(), zone }))
    }

    /// Its IANA name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The zone between two instants.
    pub(crate) fn over(&self, from: Timestamp, until: Timestamp) -> Zone {
        let change = self.change(from, until);
        let offset = |at: Timestamp| instant(at).map_or(0, |at| self.zone.to_offset(at).seconds() / 60);
        let changes_at = change.map(|change| wire(change.at));
        Zone {
            name: self.name.clone(),
            city: self.city(),
            offset_minutes: offset(from),
            changes_at,
            offset_minutes_after: changes_at.map_or_else(|| offset(from), offset),
        }
    }

    /// The change of its clock between two instants.
    pub(crate) fn change(&self, from: Timestamp, until: Timestamp) -> Option<ZoneChange> {
        next_change(&self.zone, instant(from)?).filter(|change| wire(change.at) < until)
    }

    /// What people call it: the city of its name.
    pub(crate) fn city(&self) -> String {
        self.name.rsplit('/').next().unwrap_or(&self.name).replace('_', " ")
    }
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.unix_millis()).ok()
}

/// An instant of the time zone's data.
pub(crate) fn wire(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_unix_millis(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_needs_no_zone_and_others_must_exist() {
        assert!(TeamZone::find("UTC").unwrap().is_none());
        let wrong = TeamZone::find("Europe/Berln").unwrap_err();
        assert!(wrong.field == "timeZone" && wrong.message.contains("Europe/Berlin"), "{wrong:?}");
    }
}
